"""Many sessions that begin at the same instant: each keeps what it sees, and prunes no other."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from walkthrough.cli import autosave
from walkthrough.i18n.messages import message
from walkthrough.recording.file import load
from walkthrough.recording.output import OutputTarget, begin_file
from walkthrough.user_data.pruning import prune

SESSIONS = """
import asyncio, json, os, sys
from pathlib import Path
from walkthrough.cli import autosave
from walkthrough.cli.autosave import AutosavedFeed
from walkthrough.model.events import CaptureEnded, Header, ThreadStarted
from walkthrough.recording.file import load

place, processes, in_a_row, hold, most = Path(sys.argv[1]), *map(int, sys.argv[2:])
autosave.folder = lambda: place
autosave.MOST_KEPT = most
start, go = os.pipe()
begun, told = os.pipe()
all_begun, release = os.pipe()
answers, answer = os.pipe()

class Feed:
    async def lines(self):
        yield Header(server="go", scenario="test")
        yield ThreadStarted(seq=0, time_ns=1, thread=os.getpid())
        if hold:
            os.write(told, b".")
            os.read(all_begun, 1)
        yield CaptureEnded(seq=1, time_ns=2, reason="stopped")
    def send(self, command): pass
    async def close(self): pass

async def session():
    feed = AutosavedFeed(Feed(), "test")
    there = False
    async for line in feed.lines():
        if isinstance(line, CaptureEnded):  # it is written, and still held
            recording = load(feed.path)
            there = [event for _, event in recording][-1] == line and not recording.torn
    return str(feed.kept.path), feed.kept.why, there

for _ in range(processes):
    if os.fork() == 0:
        os.close(go); os.close(release)
        os.read(start, 1)
        for _ in range(in_a_row):
            os.write(answer, json.dumps(asyncio.run(session())).encode() + b"\\n")
        os._exit(0)
os.close(go)
if hold:
    got = 0
    while got < processes:
        got += len(os.read(begun, processes))
os.close(release)
while True:
    try:
        os.wait()
    except ChildProcessError:
        break
    except InterruptedError:
        continue
os.close(answer)
with open(answers) as told:
    sys.stdout.write(told.read())
"""


def old_recordings(place: Path, count: int) -> list[Path]:
    place.mkdir()
    made = [place / f"old-{number:02}.jsonl" for number in range(count)]
    for number, path in enumerate(made):
        begin_file(OutputTarget(path), b'{"type":"header","format":1}\n').close()
        os.utime(path, (number, number))
    return made


def run(
    place: Path, processes: int, in_a_row: int, hold: bool, most: int
) -> list[Sequence[object]]:
    words = [str(int(each)) for each in (processes, in_a_row, hold, most)]
    done = subprocess.run(
        [sys.executable, "-c", SESSIONS, str(place), *words],
        stdout=subprocess.PIPE,
        check=True,
        timeout=150,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_sessions_that_begin_at_the_same_instant_are_all_kept(tmp_path: Path) -> None:
    place = tmp_path / "recordings"
    old_recordings(place, 50)
    answers = run(place, processes=24, in_a_row=1, hold=True, most=50)
    paths = {str(path) for path, _, _ in answers}
    assert len(paths) == len(answers) == 24
    assert {(why, there) for _, why, there in answers} == {("", True)}
    for path in paths:
        assert not [*load(path)][2:]
        assert load(path).header.scenario == "test"
    assert 50 <= len(list(place.iterdir())) <= 50 + 24


def test_sessions_that_come_and_go_lose_nothing_that_is_being_written(tmp_path: Path) -> None:
    place = tmp_path / "recordings"
    answers = run(place, processes=16, in_a_row=8, hold=False, most=3)
    # A name may come twice: of one begun in the same microsecond that has made room already.
    assert len(answers) == 16 * 8
    assert {(why, there) for _, why, there in answers} == {("", True)}
    prune(place, 3)
    assert len(list(place.iterdir())) == 3


def test_the_newest_stay_and_names_decide_where_times_do_not(tmp_path: Path) -> None:
    place = tmp_path / "recordings"
    made = old_recordings(place, 6)
    for path in made[1:4]:
        os.utime(path, (7, 7))
    made[0].with_name("old-00.bookmarks.json").touch()
    (place / "notes.txt").touch()
    (place / "link.jsonl").symlink_to(made[5])
    prune(place, 2)
    left = sorted(each.name for each in place.iterdir())
    assert left == ["link.jsonl", "notes.txt", "old-02.jsonl", "old-03.jsonl"]


def test_what_is_being_written_stays_however_old(tmp_path: Path) -> None:
    place = tmp_path / "recordings"
    made = old_recordings(place, 3)
    with begin_file(OutputTarget(place / "live.jsonl"), b"first"):
        os.utime(place / "live.jsonl", (0, 0))
        prune(place, 1)
        assert sorted(each.name for each in place.iterdir()) == ["live.jsonl", made[2].name]
    prune(place, 1)
    assert [each.name for each in place.iterdir()] == [made[2].name]


def test_what_a_killed_process_has_begun_is_removed(tmp_path: Path) -> None:
    place = tmp_path / "recordings"
    place.mkdir()
    for name, when in ((".walkthrough-a.tmp", 0), (".walkthrough-b.tmp", None)):
        (place / name).touch()
        if when is not None:
            os.utime(place / name, (when, when))
    prune(place, 1)
    assert [each.name for each in place.iterdir()] == [".walkthrough-b.tmp"]


def test_kept_sessions_are_for_nobody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "share" / "recordings"
    place.mkdir(parents=True)
    place.chmod(0o755)
    (answer,) = run(place, processes=1, in_a_row=1, hold=False, most=3)
    assert place.stat().st_mode & 0o777 == 0o700
    assert Path(str(answer[0])).stat().st_mode & 0o777 == 0o600
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000_000)
    monkeypatch.setattr(autosave, "folder", lambda: place)
    before = list(place.iterdir())
    feed = autosave.AutosavedFeed(None, "test")  # type: ignore[arg-type]
    feed._begin(load(before[0]).header)
    assert feed.kept is not None
    assert feed.kept.why == message("it belongs to another user")
    assert list(place.iterdir()) == before
