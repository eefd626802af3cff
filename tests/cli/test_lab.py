"""``walkthrough lab``: what it lists, begins and refuses; whatever is run, is in the live tests."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from walkthrough.capture.errors import CaptureError
from walkthrough.cli import lab as command
from walkthrough.cli import main
from walkthrough.cli.lab_run import LabOutcome
from walkthrough.i18n.messages import message
from walkthrough.scenario import labs
from walkthrough.scenario.checks.promise_miss import PromiseMiss
from walkthrough.user_data.progress import Progress

NAME = "backlog-capped"
HINTS = labs.load(NAME).texts.hint
HOSTILE = "\x1b[2J\u202e"


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)


Said = Callable[..., str]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    def run(*words: str, status: int = 0) -> str:
        assert main(["lab", *words]) == status
        out, err = capsys.readouterr()
        assert all(line.isprintable() for line in (out + err).splitlines())
        return err if status == 2 else out

    return run


@pytest.fixture
def outcome(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def will_be(*misses: PromiseMiss) -> None:
        def run_lab(*_: object) -> LabOutcome:
            return LabOutcome(misses, Path(f"/kept/{HOSTILE}recording.jsonl"))

        monkeypatch.setattr(command, "run_lab", run_lab)

    return will_be


def rows(text: str) -> dict[str, str]:
    return {line.split()[0]: line.split()[1] for line in text.splitlines() if "-" in line}


def test_labs_are_listed_with_what_was_done(said: Said) -> None:
    assert {*rows(said())} >= {*labs.names()}
    assert rows(said())[NAME] == "-"
    Progress.load().record_lab(NAME, prediction="it fails")
    assert rows(said())[NAME] == "begun"
    Progress.load().record_lab(NAME, passed=True)
    assert rows(said())[NAME] == "done"
    listed: list[dict[str, Any]] = json.loads(said("--json"))
    assert [each["name"] for each in listed] == [*labs.names()]
    mine = next(each for each in listed if each["name"] == NAME)
    assert (mine["prediction"], mine["passed"], mine["shown"]) == ("it fails", True, 0)


def test_a_lab_is_begun_once(said: Said, tmp_path: Path) -> None:
    text = said(NAME)
    assert labs.load(NAME).scenario.summary.says("en").split()[0] in text
    assert "Predict first: " in text
    assert text.endswith(f"  walkthrough lab {NAME} --predict '...'\n")
    file = tmp_path / NAME / "main.go"
    assert file.read_text("utf-8") == labs.skeleton(labs.load(NAME))
    file.write_text("mine")
    assert "before you have predicted" in said(NAME, status=2)
    assert file.read_text() == "mine"


def test_a_prediction_can_be_another_one_later(said: Said, tmp_path: Path) -> None:
    assert "There is no" in said(NAME, "--json", status=2)
    assert not (tmp_path / NAME).exists()
    assert "Predict first" not in said(NAME, "--predict", "one")
    (tmp_path / NAME / "main.go").unlink()
    said(NAME, "--predict", "two")
    assert Progress.load().known.lab(NAME).prediction == "two"


def test_chinese_is_spoken(said: Said) -> None:
    assert labs.load(NAME).texts.predict.says("zh") in said(NAME, "--lang", "zh")


def test_a_prediction_comes_before_the_first_run(
    said: Said, outcome: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> LabOutcome:
        raise AssertionError("it was run")

    monkeypatch.setattr(command, "run_lab", refuse)
    said(NAME)
    assert "before you have predicted" in said(NAME, status=2)
    assert "before you have predicted" in said(NAME, "--predict", " ", status=2)
    outcome()
    text = said(NAME, "--predict", f"it {HOSTILE} fails")
    assert r"You predicted: it \x1b[2J\u202e fails" in text
    assert "You predicted" in said(NAME), "it is asked for once"


def test_a_failed_run_says_where_and_one_more_hint(
    said: Said, outcome: Callable[..., None]
) -> None:
    said(NAME, "--predict", "x")
    outcome(PromiseMiss(message("It {how}.", how=HOSTILE), 142), PromiseMiss(message("No.")))
    for number in (1, 2, 3, 3):
        text = said(NAME, status=1)
        assert r"  It \x1b[2J\u202e. (event 143)" in text
        assert "  No.\n" in text
        assert f"Hint {number} of {len(HINTS)}: {HINTS[number - 1].says('en')}" in text
    assert rows(said())[NAME] == "begun"
    document: dict[str, Any] = json.loads(said(NAME, "--json", status=1))
    assert document["outcome"] == "failed"
    assert document["misses"][0] == {"why": f"It {HOSTILE}.", "event": 143}
    assert document["misses"][1]["event"] is None
    assert len(document["hints"]) == len(HINTS)


def test_what_was_predicted_is_beside_what_happened(
    said: Said, outcome: Callable[..., None]
) -> None:
    said(NAME, "--predict", "it fails")
    outcome()
    text = said(NAME)
    assert text.index("PASSED") < text.index("You predicted: it fails")
    assert f"What happened: {labs.load(NAME).texts.answer.says('en')}" in text
    assert rows(said())[NAME] == "done"
    assert json.loads(said(NAME, "--json"))["misses"] == []


def test_a_hint_can_be_had_without_a_run(said: Said) -> None:
    assert said(NAME, "--hint") == f"Hint 1 of {len(HINTS)}: {HINTS[0].says('en')}\n"
    assert said(NAME, "--hint").startswith("Hint 2 of")


def test_a_prediction_is_asked_for_at_a_terminal(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "walkthrough", "lab", NAME],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        cwd=tmp_path,
    ) as child:
        os.close(theirs)
        os.write(ours, b"it will fail\n")
        out, _ = child.communicate(timeout=60)
    os.close(ours)
    assert child.returncode == 0
    assert f"walkthrough lab {NAME}\n" in out.decode(), "nothing is left to be asked"
    assert Progress.load().known.lab(NAME).prediction == "it will fail"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("first-connection",), "has no lab"),
        ((f"no{HOSTILE}",), "There is no scenario"),
        ((NAME, f"/dev/null/{HOSTILE}"), "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(words: tuple[str, ...], why: str, said: Said) -> None:
    refused = said(*words, status=2)
    assert why in refused
    assert len(refused.splitlines()) == 1


def test_what_cannot_be_run_is_one_sentence(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    said(NAME, "--predict", "x")

    def refuse(*_: object) -> LabOutcome:
        raise CaptureError(message("It could not be built."))

    monkeypatch.setattr(command, "run_lab", refuse)
    assert said(NAME, status=2) == "walkthrough: It could not be built.\n"
    assert Progress.load().known.lab(NAME).hints == 0, "it has not failed"
