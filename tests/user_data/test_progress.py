"""What was learned: kept, merged with what other screens write, and never a reason to fail."""

import errno
import fcntl
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkthrough.quiz.answer import QuizAnswer
from walkthrough.quiz.question import QuestionKind
from walkthrough.user_data import progress_file
from walkthrough.user_data.progress import Progress, progress_path
from walkthrough.user_data.progress_errors import ProgressFault, ProgressFileError
from walkthrough.user_data.progress_file import LARGEST_FILE
from walkthrough.user_data.progress_format import HEADER, LONGEST_NAME, LONGEST_PREDICTION
from walkthrough.user_data.progress_summary import AnswerTally, LabProgress

RIGHT = QuizAnswer("burst", "burst.wakes", QuestionKind.SCENARIO, True)
WRONG = QuizAnswer("burst", "burst.wakes", QuestionKind.SCENARIO, False, 7, (7, 9))


class _Answer(NamedTuple):
    scenario: str
    question: str
    topic: str
    right: bool
    believes: int = 0
    tests: tuple[int, ...] = ()


def said(progress: Progress) -> list[str]:
    return [str(problem) for problem in progress.problems()]


def lines_of(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_bytes().splitlines()]


def test_what_is_recorded_is_there_again(tmp_path: Path) -> None:
    file = tmp_path / "new" / "progress.jsonl"
    progress = Progress.load(file)
    assert not file.parent.exists(), "nothing is written before there is something to keep"
    progress.record(WRONG)
    progress.record(RIGHT)
    progress.record(QuizAnswer("udp", "call:bind", QuestionKind.CALL, True))
    progress.record_walk("burst", reached=["queue"])
    progress.record_walk("burst", seen=True, reached=["queue", "woken"])
    again = Progress.load(file)
    for one in (progress, again):
        burst = one.known.scenario("burst")
        assert (burst.seen, burst.reached) == (True, ("queue", "woken"))
        assert burst.questions == AnswerTally(asked=1, right=1)
        assert one.known.times_right() == {"burst.wakes": 1, "call:bind": 1}
        assert one.known.scenarios() == ["burst", "udp"]
        assert said(one) == []
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [one.name for one in file.parent.iterdir()] == [file.name]


def test_the_file_can_be_read_by_anybody(tmp_path: Path) -> None:
    file = tmp_path / "progress.jsonl"
    progress = Progress.load(file)
    progress.record(WRONG)
    progress.record_walk("burst", seen=True)
    header, answer, walk = lines_of(file)
    day = answer.pop("day")
    assert walk.pop("day") == day
    assert len(str(day).split("-")) == 3
    assert header == {"type": "progress", "format": 1}
    assert answer == {
        "type": "answer",
        "scenario": "burst",
        "question": "burst.wakes",
        "topic": "scenario",
        "right": False,
        "believes": 7,
        "tests": [7, 9],
    }
    assert walk == {"type": "walk", "scenario": "burst", "seen": True}


def test_what_a_walk_shows_again_is_not_written_again(tmp_path: Path) -> None:
    file = tmp_path / "progress.jsonl"
    progress = Progress.load(file)
    for _ in range(3):
        progress.record_walk("burst", seen=True, reached=["queue"])
    progress.record_walk("burst")
    progress.record_walk("", seen=True)
    assert len(lines_of(file)) == 2


def test_without_a_file_it_lasts_as_long_as_the_object() -> None:
    progress = Progress()
    progress.record(RIGHT)
    progress.record_walk("udp", seen=True)
    progress.refresh()
    assert progress.known.scenarios() == ["burst", "udp"]
    progress.forget("udp")
    assert progress.known.scenarios() == ["burst"]
    assert progress.forget() == (1, 1)
    assert progress.known.scenarios() == []
    assert said(progress) == []
    assert progress.path is None


def test_the_default_is_in_the_users_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert progress_path() == tmp_path / "walkthrough" / "progress.jsonl"
    Progress.load().record(RIGHT)
    assert len(lines_of(progress_path())) == 2


# Several screens


def test_two_screens_learn_from_each_other(tmp_path: Path) -> None:
    file = tmp_path / "progress.jsonl"
    one, other = Progress.load(file), Progress.load(file)
    one.record(RIGHT)
    other.record(QuizAnswer("udp", "call:bind", QuestionKind.CALL, True))
    assert other.known.scenarios() == ["burst", "udp"], "it has read what was there before"
    assert one.known.scenarios() == ["burst"]
    one.refresh()
    assert one.known.scenarios() == ["burst", "udp"]
    one.record(RIGHT)
    assert one.known.times_right() == {"burst.wakes": 2, "call:bind": 1}


WRITER = """
import os, sys
from walkthrough.user_data.progress import Progress
from walkthrough.quiz.answer import QuizAnswer
from walkthrough.quiz.question import QuestionKind

from pathlib import Path
progress = Progress.load(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[3])):
    progress.record(QuizAnswer(sys.argv[2], f"q{number}", QuestionKind.CALL, True))
for problem in progress.problems():
    print(problem)
"""


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    file, names, each = tmp_path / "progress.jsonl", ("one", "two", "three"), 60
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(file), name, str(each)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("\n")
        writer.stdin.flush()
    for writer in writers:
        assert writer.communicate()[0] == ""
        assert writer.returncode == 0
    progress = Progress.load(file)
    for name in names:
        assert progress.known.scenario(name).questions == AnswerTally(each, each)
    assert len(lines_of(file)) == 1 + each * len(names)


def test_what_is_forgotten_while_another_screen_is_open(tmp_path: Path) -> None:
    file = tmp_path / "progress.jsonl"
    screen = Progress.load(file)
    screen.record(RIGHT)
    screen.record_walk("udp", seen=True)
    assert Progress.load(file).forget("burst") == (1, 1)
    screen.record_walk("dial", seen=True)
    assert screen.known.scenarios() == ["udp", "dial"]
    assert Progress.load(file).forget() == (2, 0)
    assert not file.exists()
    screen.refresh()
    assert screen.known.scenarios() == []
    screen.record(RIGHT)
    assert Progress.load(file).known.scenarios() == ["burst"]


def test_where_files_have_no_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(progress_file, "COMPACTED_FROM", 300)
    file = tmp_path / "progress.jsonl"
    progress = Progress.load(file)
    for _ in range(4):
        progress.record(RIGHT)
    assert len(lines_of(file)) < 4, "answers that are alike are one line"
    progress.record_walk("udp", seen=True)
    assert progress.forget("burst") == (1, 4)
    assert Progress.load(file).known.scenarios() == ["udp"]
    assert progress.forget() == (1, 0)
    assert not file.exists()
    assert said(progress) == []


def test_one_that_holds_the_file_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_file, "PAUSE_S", 0.0)
    file = tmp_path / "progress.jsonl"
    progress = Progress.load(file)
    progress.record(RIGHT)
    with open(file, "rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        progress.record(WRONG)
        assert "busy" in said(progress)[0]
        assert Progress.load(file).known.times_right() == {"burst.wakes": 1}, "it can be read"
        with pytest.raises(ProgressFileError, match="nothing was deleted"):
            progress.forget()
        progress.record(RIGHT)
        assert said(progress) == [], "said once"
    progress.record_walk("udp", seen=True)
    assert len(lines_of(file)) == 5, "what could not be written before is written with it"


def test_a_file_that_is_replaced_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "progress.jsonl"
    progress = Progress.load(file)
    progress.record(RIGHT)
    flock, left = fcntl.flock, [1]

    def replacing(held: object, how: int) -> None:
        if left.pop() > 0:
            left.append(left_after)
            (tmp_path / "other").write_bytes(file.read_bytes())
            os.replace(tmp_path / "other", file)
        else:
            left.append(0)
        flock(held, how)  # type: ignore[arg-type]

    monkeypatch.setattr(fcntl, "flock", replacing)
    left_after = 0
    progress.record(RIGHT)
    assert said(progress) == []
    assert len(lines_of(file)) == 3, "it was added to the new one"
    left_after = 1
    left[:] = [1]
    progress.record(RIGHT)
    assert "busy" in said(progress)[0]


# Files that are not as they should be

OWN = HEADER + b'{"type":"answer","scenario":"burst","question":"q","topic":"call","right":true}\n'
BROKEN = {
    "no JSON": b"hello\n",
    "a list": b"[]\n",
    "another type": b'{"type":"bookmarks","format":1}\n',
    "a format below 1": b'{"type":"progress","format":0}\n',
    "a format that is no number": b'{"type":"progress","format":"1"}\n',
    "bytes": bytes(range(256)) * 4,
    "zeros": bytes(4096),
    "nested": b"[" * 100_000,
    "long": OWN + b"x" * LARGEST_FILE,
    "a huge number": b'{"type":"progress","format":' + b"9" * 5000 + b"}\n",
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_not_ours_is_left_alone(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "progress.jsonl"
    file.write_bytes(content)
    progress = Progress.load(file)
    progress.record(RIGHT)
    progress.record_walk("udp", seen=True)
    with pytest.raises(ProgressFileError) as refused:
        progress.forget()
    assert refused.value.fault is ProgressFault.BROKEN
    assert file.read_bytes() == content
    assert len(problems := said(progress)) == 1
    assert str(file) in problems[0]
    assert "mend it, or remove it" in problems[0]


def test_once_it_is_removed_nothing_of_the_session_is_lost(tmp_path: Path) -> None:
    file = tmp_path / "progress.jsonl"
    file.write_bytes(b"hello\n")
    progress = Progress.load(file)
    progress.record(RIGHT)
    assert len(said(progress)) == 1
    assert progress.known.times_right() == {"burst.wakes": 1}
    file.unlink()
    progress.record(RIGHT)
    assert Progress.load(file).known.times_right() == {"burst.wakes": 2}


def test_a_file_from_the_future(tmp_path: Path) -> None:
    file = tmp_path / "progress.jsonl"
    content = b'{"type":"progress","format":2,"packed":true}\n\x00\x01\x02'
    file.write_bytes(content)
    progress = Progress.load(file)
    for _ in range(2):
        progress.record(RIGHT)
        progress.refresh()
    with pytest.raises(ProgressFileError) as refused:
        progress.forget("burst")
    assert refused.value.fault is ProgressFault.NEWER
    assert file.read_bytes() == content
    problems = said(progress)
    assert len(problems) == 1, "said once"
    assert "newer" in problems[0]
    assert Progress.load(file).known.scenarios() == []


def test_lines_that_only_a_newer_version_knows_stay(tmp_path: Path) -> None:
    file = tmp_path / "progress.jsonl"
    line = b'{"type":"course","scenario":"burst","passed":true}\n'
    file.write_bytes(OWN + line + OWN.splitlines()[1].replace(b"}", b',"new":[1]}\n'))
    progress = Progress.load(file)
    assert progress.known.times_right() == {"q": 2}
    progress.forget("burst")
    assert file.read_bytes() == HEADER + line
    assert said(progress) == []
    progress.forget()
    assert not file.exists()


TORN = {
    "half a line": (OWN + b'{"type":"answer","scen', [3]),
    "zeros at the end": (OWN + bytes(300), [3]),
    "a line in the middle": (OWN + b"\xff\xfe\n" + OWN.splitlines()[1] + b"\n", [3]),
    "an answer of another kind": (OWN + b'{"type":"answer","right":1}\n', [3]),
    "numbers out of bounds": (OWN + OWN.splitlines()[1].replace(b"}", b',"times":0}'), [3]),
    "a name that is too long": (
        OWN + b'{"type":"walk","scenario":"' + b"x" * (LONGEST_NAME + 1) + b'"}\n',
        [3],
    ),
    "many": (OWN + b"?\n" * 9, [*range(3, 12)]),
}


@pytest.mark.parametrize(("content", "lines"), TORN.values(), ids=TORN)
def test_a_torn_file_loses_what_is_torn_alone(
    content: bytes, lines: list[int], tmp_path: Path
) -> None:
    file = tmp_path / "progress.jsonl"
    file.write_bytes(content)
    progress = Progress.load(file)
    before = progress.known.times_right()["q"]
    assert before == OWN.count(b"\n") - 1 + (content.count(b'"q"') - 1) * (b"times" not in content)
    assert len(problems := said(progress)) == 1
    assert f"{len(lines)} line" in problems[0]
    assert ", ".join(map(str, lines[:5])) in problems[0]
    progress.record(RIGHT)
    assert file.read_bytes().startswith(content)
    again = Progress.load(file).known
    assert again.times_right() == {"q": before, "burst.wakes": 1}


@pytest.mark.parametrize("length", [0, 1, len(HEADER) - 1])
def test_a_header_that_is_torn_is_written_again(length: int, tmp_path: Path) -> None:
    file = tmp_path / "progress.jsonl"
    file.write_bytes(HEADER[:length])
    progress = Progress.load(file)
    progress.record(RIGHT)
    assert said(progress) == []
    assert file.read_bytes().startswith(HEADER + b'{"type":"answer"')
    assert Progress.load(file).known.times_right() == {"burst.wakes": 1}


def test_a_last_line_without_its_end_counts(tmp_path: Path) -> None:
    file = tmp_path / "progress.jsonl"
    file.write_bytes(OWN.rstrip(b"\n"))
    progress = Progress.load(file)
    progress.record(RIGHT)
    assert Progress.load(file).known.times_right() == {"q": 1, "burst.wakes": 1}
    assert said(progress) == []


@given(content=st.binary(max_size=300), ours=st.booleans())
def test_no_content_is_a_reason_to_fail(
    content: bytes, ours: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("any") / "progress.jsonl"
    file.write_bytes(HEADER * ours + content)
    progress = Progress.load(file)
    progress.record(RIGHT)
    assert progress.known.times_right() == {"burst.wakes": 1}
    for problem in said(progress):
        assert problem.isprintable()


def test_names_are_cut_and_act_on_no_terminal(tmp_path: Path) -> None:
    file = tmp_path / "progress.jsonl"
    progress = Progress.load(file)
    hostile = "\x1b[2J\u202e\udcff\n队列"
    progress.record(_Answer(hostile, "x" * 10_000, "call", True))
    progress.record_walk(hostile, reached=[hostile])
    text = file.read_text()
    assert all(line.isprintable() for line in text.splitlines())
    assert "队列" in text
    assert len(text.splitlines()) == 3
    again = Progress.load(file).known
    assert again.times_right() == {"x" * LONGEST_NAME: 1}
    assert again.scenarios() == [hostile.replace("\udcff", "?")]
    assert again.scenario(again.scenarios()[0]).reached == (again.scenarios()[0],)


def test_a_path_acts_on_no_terminal(tmp_path: Path) -> None:
    file = tmp_path / "\x1b[2J" / "progress.jsonl"
    file.parent.mkdir()
    file.write_bytes(b"?")
    assert said(Progress.load(file))[0].isprintable()


# Places that are no files, or cannot be written


def test_a_pipe_and_a_folder(tmp_path: Path) -> None:
    pipe, folder = tmp_path / "pipe", tmp_path / "folder"
    os.mkfifo(pipe)
    folder.mkdir()
    for place in (pipe, folder, Path("/dev/full")):
        progress = Progress.load(place)
        progress.record(RIGHT)
        assert len(said(progress)) in (1, 2), place
        assert progress.known.times_right() == {"burst.wakes": 1}
        with pytest.raises(ProgressFileError):
            progress.forget()
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "no-folder").write_text("")
    progress = Progress.load(tmp_path / "no-folder" / "walkthrough" / "progress.jsonl")
    progress.record(RIGHT)
    assert [text for text in said(progress) if "cannot be written" in text]
    assert progress.known.times_right() == {"burst.wakes": 1}


def test_a_folder_that_somebody_else_owns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "progress.jsonl"
    file.write_bytes(OWN)
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    progress = Progress.load(file)
    progress.record(RIGHT)
    assert "belongs to another user" in said(progress)[0]
    with pytest.raises(ProgressFileError, match="another user"):
        progress.forget()
    assert file.read_bytes() == OWN


def test_a_file_that_cannot_be_opened_for_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "progress.jsonl"
    file.write_bytes(OWN)
    system = os.open

    def refusing(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if str(path) == str(file) and flags & os.O_RDWR:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return system(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", refusing)  # root may write everything
    progress = Progress.load(file)
    assert said(progress) == []
    progress.record(RIGHT)
    progress.record(RIGHT)
    assert said(progress) == [
        f"{file} cannot be written (Permission denied): what is learned now is not remembered."
    ]
    assert progress.known.times_right() == {"q": 1, "burst.wakes": 2}
    with pytest.raises(ProgressFileError, match="nothing was deleted"):
        progress.forget()
    assert file.read_bytes() == OWN


@contextmanager
def no_room_for(size: int) -> Iterator[None]:
    """Let no file grow beyond ``size`` bytes."""
    import resource
    import signal

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("content", [OWN, b"", HEADER[:9]], ids=["some", "none", "torn"])
def test_where_there_is_no_room_no_half_line_is_left(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "progress.jsonl"
    file.write_bytes(content)
    progress = Progress.load(file)
    with no_room_for(len(OWN) + 20):
        progress.record(RIGHT)
    whole = content if content == OWN else b""
    assert file.read_bytes() == whole
    assert "cannot be written (File too large)" in said(progress)[0]
    progress.record(RIGHT)
    assert Progress.load(file).known.times_right()["burst.wakes"] == 2


def test_a_symbolic_link_is_kept(tmp_path: Path) -> None:
    real, link = tmp_path / "real.jsonl", tmp_path / "progress.jsonl"
    link.symlink_to(real)
    progress = Progress.load(link)
    progress.record(RIGHT)
    progress.record_walk("udp", seen=True)
    progress.forget("burst")
    assert link.is_symlink()
    assert len(lines_of(real)) == 2
    progress.forget()
    assert not real.exists()
    progress.record(RIGHT)
    assert len(lines_of(real)) == 2


def test_its_mode_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "progress.jsonl"
    progress = Progress.load(file)
    progress.record(RIGHT)
    progress.record_walk("udp", seen=True)
    file.chmod(0o640)
    progress.forget("udp")
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


# A file that grows


def test_what_is_alike_becomes_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "progress.jsonl"
    progress = Progress.load(file)
    lab = b'{"type":"course","scenario":"burst"}\n'
    progress.record(WRONG)
    with open(file, "ab") as out:
        out.write(lab)
    for _ in range(9):
        progress.record(RIGHT)
    progress.record(WRONG)
    progress.record_walk("burst", seen=True)
    before = Progress.load(file).known
    monkeypatch.setattr(progress_file, "COMPACTED_FROM", 100)
    progress.record_walk("udp", seen=True)
    assert len(lines_of(file)) == 6
    assert lab in file.read_bytes()
    again = Progress.load(file).known
    assert again.times_right() == before.times_right() == {"burst.wakes": 9}
    assert again.topics() == before.topics() == {"scenario": AnswerTally(11, 9)}
    assert again.beliefs() == before.beliefs() == {7: (2, 2, False), 9: (2, 0, False)}
    progress.record(RIGHT)
    assert progress.known.beliefs()[7] == (2, 2, True)
    assert said(progress) == []


def test_a_few_lines_are_not_made_fewer_at_every_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress_file, "COMPACTED_FROM", 100)
    file = tmp_path / "progress.jsonl"
    progress = Progress.load(file)
    for number in range(5):
        progress.record(RIGHT._replace(question=f"q{number}"))
    inode = file.stat().st_ino
    progress.record(RIGHT._replace(question="q0"))
    assert file.stat().st_ino == inode
    assert len(lines_of(file)) == 7


def test_where_it_cannot_be_made_smaller_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress_file, "COMPACTED_FROM", 100)

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(os, "replace", fail)
    file = tmp_path / "progress.jsonl"
    progress = Progress.load(file)
    for _ in range(5):
        progress.record(RIGHT)
    assert len(lines_of(file)) == 6
    assert [one.name for one in tmp_path.iterdir()] == [file.name]
    assert said(progress) == []


def test_a_lab_is_remembered(tmp_path: Path) -> None:
    file = tmp_path / "progress.jsonl"
    progress = Progress.load(file)
    assert progress.known.lab("burst") == LabProgress()
    progress.record_lab("burst", prediction="one\udcff" + "y" * LONGEST_PREDICTION)
    progress.record_lab("burst", hint=True)
    progress.record_lab("burst", hint=True)
    progress.record_lab("burst", passed=True)
    progress.record_lab("burst", prediction="another")
    for one in (progress, Progress.load(file)):
        assert one.known.lab("burst") == LabProgress("another", 2, True)
        assert one.known.scenario("burst").begun is False, "it was not walked through"
    assert len(str(lines_of(file)[1]["prediction"])) == LONGEST_PREDICTION
    progress.forget("burst")
    assert Progress.load(file).known.lab("burst") == LabProgress()
