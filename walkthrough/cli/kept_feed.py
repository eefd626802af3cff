"""A live feed whose events are also written down as they come, so that nothing seen is lost.

The recordings lie in the user's data folder; the oldest make room for the newest.
"""

import contextlib
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import platformdirs

from walkthrough.model.events import Header
from walkthrough.model.protocol import AnyCommand, Line
from walkthrough.notation.safe import printable
from walkthrough.recording.bookmarks import beside
from walkthrough.recording.file import RecordingError
from walkthrough.recording.sink import Sink
from walkthrough.replay.feed import Feed

MOST_KEPT = 50


def folder() -> Path:
    """Return where recordings of live sessions are kept (XDG data folder)."""
    return Path(platformdirs.user_data_dir("walkthrough")) / "recordings"


class KeptFeed:
    """Passes a feed on and keeps what it brings.

    Attributes:
        path: The recording, once it has been begun; None before, or if it cannot be written.
        problem: Why it cannot be written, a sentence; "" if it can, or nothing has begun.
    """

    def __init__(self, feed: Feed, scenario: str) -> None:
        self._feed = feed
        self._scenario = scenario
        self._sink: Sink | None = None
        self.path: Path | None = None
        self.problem = ""

    async def lines(self) -> AsyncIterator[Line]:
        """Yield what the feed yields."""
        try:
            async for line in self._feed.lines():
                self._keep(line)
                yield line
        finally:
            self._end()

    def _keep(self, line: Line) -> None:
        if isinstance(line, Header):
            self._begin()
        if self._sink is None:
            return
        try:
            self._sink.put(line)
        except RecordingError as error:
            # A full disk must not end the session that is on the screen.
            self._end()
            self.path, self.problem = None, str(error)

    def _begin(self) -> None:
        place = folder()
        stamp = datetime.now().strftime("%Y-%m-%d-%H%M%S-%f")
        try:
            place.mkdir(parents=True, exist_ok=True)
            for old in sorted(place.glob("*.jsonl"), key=_age)[: -(MOST_KEPT - 1)]:
                old.unlink()
                beside(old).unlink(missing_ok=True)  # its bookmarks
        except OSError as error:
            self.problem = f"{printable(str(place))} cannot be written ({error.strerror})."
            return
        self.path = place / f"{self._scenario}-{stamp}.jsonl"
        self._sink = Sink(self.path)

    def _end(self) -> None:
        if self._sink is not None:
            self._sink.close()
            self._sink = None

    def send(self, command: AnyCommand) -> None:
        """Pass a command on."""
        self._feed.send(command)

    async def close(self) -> None:
        """Close the feed."""
        await self._feed.close()
        self._end()


def _age(path: Path) -> float:
    with contextlib.suppress(OSError):
        return path.stat().st_mtime
    return 0.0
