"""``walkthrough progress``: what it prints, what it deletes, and what it refuses."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from walkthrough.cli import main
from walkthrough.quiz.answer import QuizAnswer
from walkthrough.quiz.question import QuestionKind
from walkthrough.scenario import labs, loader
from walkthrough.user_data.progress import Progress, progress_path

FIRST = loader.load("first-connection")
GOALS = tuple(goal.id for goal in FIRST.goal)
HOSTILE = "gone\x1b[2J\u202e"


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def learned() -> Progress:
    progress = Progress.load()
    progress.record(QuizAnswer("burst", "burst.wakes", QuestionKind.SCENARIO, False, 7, (7,)))
    progress.record(QuizAnswer("burst", "call:bind", QuestionKind.CALL, True))
    progress.record(QuizAnswer(HOSTILE, f"q{HOSTILE}", QuestionKind.CALL, True))
    progress.record(QuizAnswer("", "call:bind", QuestionKind.CALL, True))
    progress.record_walk(FIRST.name, seen=True, reached=[*GOALS, "first-connection.old"])
    return progress


Printed = Callable[..., list[str]]


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Printed:
    def said(*words: str, status: int = 0) -> list[str]:
        assert main(["progress", *words]) == status
        out, err = capsys.readouterr()
        assert all(line.isprintable() for line in (out + err).splitlines())
        return (err if status == 2 else out).splitlines()

    return said


def row_of(lines: list[str], name: str) -> str:
    return next(line for line in lines if line.startswith(name))


def row(lines: list[str], name: str) -> list[str]:
    return row_of(lines, name).split()


@pytest.mark.usefixtures("learned")
def test_what_was_learned_is_a_table(printed: Printed) -> None:
    lines = printed()
    goals = f"{len(GOALS)}/{len(GOALS)}" if GOALS else "-"
    assert row(lines, "first-connection")[1:-1] == ["done", goals, "-"]
    assert row(lines, "burst")[1] == "begun"
    assert row(lines, "burst")[3] == "1/2"
    assert row(lines, "gone")[0] == r"gone\x1b[2J\u202e"
    assert lines.index("Not among the scenarios here") == lines.index(row_of(lines, "gone")) - 1
    assert row(lines, "the scenario asks")[-1] == "0/1"
    assert row(lines, "next system call")[-1] == "3/3"
    assert f"Scenarios done: 1 of {len(loader.names())}." in lines
    assert lines[-1] == f"All of this is in {progress_path()}, and nowhere else."


@pytest.mark.usefixtures("learned")
def test_it_speaks_chinese(printed: Printed) -> None:
    lines = printed("--lang", "zh")
    assert row(lines, "first-connection")[1] == "已完成"
    assert "场景" in lines[0]


def test_nothing_is_known_at_first(printed: Printed) -> None:
    lines = printed()
    assert lines[1] == f"Labs done: 0 of {len(labs.names())}."
    assert lines[2] == "Next: walkthrough first-connection"
    assert "Nothing is remembered yet" in lines[3]
    assert not progress_path().parent.exists()
    document = json.loads("\n".join(printed("--json")))
    assert document["next"] == "first-connection"
    assert {one["name"] for one in document["scenarios"]} == set(loader.names())


@pytest.mark.usefixtures("learned")
def test_for_other_programs(printed: Printed) -> None:
    document = json.loads("\n".join(printed("--json")))
    scenarios: dict[str, dict[str, Any]] = {one["name"]: one for one in document["scenarios"]}
    assert document["file"] == str(progress_path())
    first = scenarios[FIRST.name]
    assert (first["here"], first["done"], first["seen"]) == (True, True, True)
    assert first["goals"] == list(GOALS)
    assert first["reached"] == [*GOALS, "first-connection.old"]
    assert scenarios["burst"]["questions"] == [
        {"question": "burst.wakes", "asked": 1, "right": 0},
        {"question": "call:bind", "asked": 1, "right": 1},
    ]
    assert not scenarios[HOSTILE]["here"]
    assert scenarios[HOSTILE]["asked"] == 1
    assert not scenarios["udp"]["done"]
    assert document["topics"] == [
        {"topic": "scenario", "asked": 1, "right": 0},
        {"topic": "call", "asked": 3, "right": 3},
    ]
    (belief,) = document["misconceptions"]
    assert (belief["number"], belief["met"], belief["believed"]) == (7, 1, 1)
    assert belief["corrected"] is False


@pytest.mark.usefixtures("learned")
def test_a_scenario_is_forgotten(printed: Printed) -> None:
    assert printed("--forget", "burst") == [
        f"Deleted from {progress_path()}: what was learned in burst (2 answers)."
    ]
    assert "burst" not in Progress.load().known.scenarios()
    assert printed("--forget", "burst") == ["Nothing is remembered of burst."]
    (deleted,) = printed("--forget", HOSTILE)
    assert deleted.endswith(r"what was learned in gone\x1b[2J\u202e (1 answer).")
    assert Progress.load().known.scenarios() == ["first-connection"]


@pytest.mark.usefixtures("learned")
def test_everything_is_forgotten(printed: Printed) -> None:
    assert printed("--forget") == [
        f"Deleted from {progress_path()}: what was learned in 3 scenarios (4 answers)."
    ]
    assert not progress_path().exists()
    assert printed("--forget") == ["Nothing is remembered."]


@pytest.mark.usefixtures("learned")
@pytest.mark.parametrize("name", ["burts", ""])
def test_a_name_that_is_wrong_deletes_nothing(printed: Printed, name: str) -> None:
    before = progress_path().read_bytes()
    (sentence,) = printed("--forget", name, status=2)
    assert f"There is no scenario {name!r}" in sentence
    assert progress_path().read_bytes() == before


@pytest.mark.parametrize(
    ("content", "said"),
    [(b'{"type":"progress","format":2}\n', "newer"), (b"hello\n", "was not understood")],
)
@pytest.mark.parametrize("words", [(), ("--json",), ("--forget",), ("--forget", "burst")])
def test_a_file_that_cannot_be_used_is_refused(
    printed: Printed, words: tuple[str, ...], content: bytes, said: str
) -> None:
    progress_path().parent.mkdir(parents=True)
    progress_path().write_bytes(content)
    (sentence,) = printed(*words, status=2)
    assert sentence.startswith(f"walkthrough: {progress_path()} ")
    assert said in sentence
    assert progress_path().read_bytes() == content


def test_lines_that_are_torn_are_said_and_the_others_count(
    learned: Progress, capsys: pytest.CaptureFixture[str]
) -> None:
    assert learned.path is not None
    with open(learned.path, "ab") as out:
        out.write(b'{"type":"ans')
    assert main(["progress"]) == 0
    out_text, err = capsys.readouterr()
    assert "1 line of" in err
    assert "first-connection" in out_text
    assert main(["progress", "--forget"]) == 0
    assert not learned.path.exists()


def test_scenarios_that_cannot_be_found(printed: Printed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(loader.ELSEWHERE, "/nowhere")
    (sentence,) = printed(status=2)
    assert "/nowhere" in sentence


def test_a_broken_scenario_is_passed_over(
    printed: Printed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine" / "broken").mkdir(parents=True)
    (tmp_path / "mine" / "broken" / "scenario.toml").write_text("?")
    monkeypatch.setenv(loader.ELSEWHERE, str(tmp_path / "mine"))
    assert f"Scenarios done: 0 of {len(loader.names()) - 1}." in printed()


def forget_at_a_terminal(typed: bytes) -> tuple[int, str]:
    """Give the command at a terminal, and type something; return its status, and what it said."""
    ours, theirs = pty.openpty()
    os.write(ours, typed)
    done = subprocess.run(
        [sys.executable, "-m", "walkthrough", "progress", "--forget"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        timeout=60,
    )
    os.close(theirs)
    said = b""
    try:
        while piece := os.read(ours, 4096):
            said += piece
    except OSError:  # EIO: nobody has the other side open
        pass
    os.close(ours)
    return done.returncode, said.decode()


def test_at_a_terminal_it_asks_first(learned: Progress) -> None:
    assert learned.path is not None
    for typed in (b"\n", b"\x04", b"no\n"):
        status, said = forget_at_a_terminal(typed)
        assert status == 1
        assert "deletes what was learned in 3 scenarios (4 answers) from" in said
        assert "Nothing was deleted." in said
        assert learned.path.exists()
    status, said = forget_at_a_terminal(b"y\n")
    assert status == 0
    assert "Deleted from" in said
    assert not learned.path.exists()


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "walkthrough", "progress", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as command:
        assert command.stdout is not None
        assert command.stderr is not None
        command.stdout.close()
        assert command.stderr.read() == b""
    assert command.returncode == 2
