"""Live sessions are kept: whatever happens to the screen, what was seen can be opened again."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from walkthrough.cli import autosave
from walkthrough.cli.autosave import AutosavedFeed
from walkthrough.i18n.messages import message
from walkthrough.model.events import CaptureEnded, Header, ThreadStarted
from walkthrough.model.protocol import AnyCommand, CaptureFinished, Line, ServerHalted, StepCommand
from walkthrough.recording.file import load
from walkthrough.tui.screens.session_source import SavedSession

LINES: list[Line] = [
    Header(server="go", scenario="test"),
    ThreadStarted(seq=0, time_ns=1, thread=5),
    ServerHalted(seq=0),
    CaptureEnded(seq=1, time_ns=2, reason="stopped"),
    CaptureFinished(),
]


class FakeFeed:
    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self.sent: list[AnyCommand] = []
        self.closed = False

    async def lines(self) -> AsyncIterator[Line]:
        for line in self._lines:
            yield line

    def send(self, command: AnyCommand) -> None:
        self.sent.append(command)

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "recordings"
    monkeypatch.setattr(autosave, "folder", lambda: place)
    return place


async def test_header_and_events_are_written_as_they_come(place: Path) -> None:
    feed = AutosavedFeed(FakeFeed(LINES), "test")
    seen = []
    async for line in feed.lines():
        seen.append(line)
        if isinstance(line, ThreadStarted):
            assert feed.path is not None
            assert [event for _, event in load(feed.path)] == [line], "before the session is over"
    assert seen == LINES
    assert feed.path is not None
    recording = load(feed.path)
    assert [event for _, event in recording] == [LINES[1], LINES[3]]
    assert recording.torn == ""


async def test_commands_and_the_end_are_passed_on(place: Path) -> None:
    inner = FakeFeed(LINES)
    feed = AutosavedFeed(inner, "test")
    feed.send(StepCommand())
    await feed.close()
    assert inner.sent == [StepCommand()]
    assert inner.closed


async def test_a_folder_that_cannot_be_written_costs_only_the_recording(place: Path) -> None:
    place.write_text("a file where the folder should be")
    feed = AutosavedFeed(FakeFeed(LINES), "test")
    assert [line async for line in feed.lines()] == LINES
    assert feed.path is None
    assert feed.kept == SavedSession(place, message("File exists"))


async def test_nothing_was_to_be_kept_before_the_header(place: Path) -> None:
    feed = AutosavedFeed(FakeFeed([CaptureFinished()]), "test")
    assert [line async for line in feed.lines()] == [CaptureFinished()]
    assert feed.kept is None


async def test_a_disk_that_gets_full_costs_only_the_recording(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed, seen = AutosavedFeed(FakeFeed(LINES), "test"), []
    async for line in feed.lines():
        if isinstance(line, Header):
            full = open("/dev/full", "wb", buffering=0)  # noqa: SIM115
            assert feed.kept == SavedSession(next(place.iterdir()))
            assert feed._sink is not None
            assert feed._sink._writer is not None
            monkeypatch.setattr(feed._sink._writer, "_file", full)
        seen.append(line)
    assert seen == LINES
    assert full.closed
    assert feed.kept == SavedSession(next(place.iterdir()), message("No space left on device"))


async def test_the_oldest_make_room(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autosave, "MOST_KEPT", 3)
    for _ in range(5):
        async for _ in AutosavedFeed(FakeFeed(LINES), "test").lines():
            pass
    assert len(list(place.glob("*.jsonl"))) == 3
