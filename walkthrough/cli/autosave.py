"""A live feed whose events are also recorded as they come, so that nothing seen is lost.

The recordings are in the user's data folder, which is private; the oldest make room for
the newest, except those being written.
"""

import contextlib
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import platformdirs

from walkthrough.i18n.system_errors import reason
from walkthrough.model.events import Header
from walkthrough.model.protocol import AnyCommand, Line
from walkthrough.recording.file import RecordingError
from walkthrough.recording.output import OutputExistsError, private_folder
from walkthrough.recording.sink import RecordingSink
from walkthrough.state.event_source import Feed
from walkthrough.tui.screens.session_source import SavedSession
from walkthrough.user_data.pruning import prune

MOST_KEPT = 50
_MOST_AT_ONCE = 1000


def folder() -> Path:
    """Return where recordings of live sessions are kept (XDG data folder)."""
    return Path(platformdirs.user_data_dir("walkthrough")) / "recordings"


class AutosavedFeed:
    """Passes a feed on and records it.

    Attributes:
        path: The recording, once it has been begun; None before, or if it cannot be written.
        kept: The same, or a message why it could not be written; None before there is anything to
            keep.
    """

    def __init__(self, feed: Feed, scenario: str) -> None:
        self._feed = feed
        self._scenario = scenario
        self._sink: RecordingSink | None = None
        self.path: Path | None = None
        self.kept: SavedSession | None = None

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
            self._begin(line)
        elif self._sink is not None:
            try:
                self._sink.put(line)
            except RecordingError as error:
                # A full disk must not end the session that is on the screen.
                self._end()
                self._lose(self.path or folder(), error.__cause__ or error)

    def _begin(self, header: Header) -> None:
        place = folder()
        stem = f"{self._scenario}-{datetime.now():%Y-%m-%d-%H%M%S-%f}"
        try:
            private_folder(place)
        except OSError as error:
            self._lose(place, error)
            return
        with contextlib.suppress(OSError):  # if pruning fails, the new one is tried anyway
            prune(place, MOST_KEPT - 1)
        for number in range(1, _MOST_AT_ONCE):
            path = place / (f"{stem}-{number}.jsonl" if number > 1 else f"{stem}.jsonl")
            sink = RecordingSink(path)
            try:
                sink.put(header)
            except RecordingError as error:
                if isinstance(error.__cause__, (FileExistsError, OutputExistsError)):
                    continue  # begun in the same microsecond
                self._lose(path, error.__cause__ or error)
                return
            self.path, self.kept, self._sink = path, SavedSession(path), sink
            return

    def _lose(self, path: Path, error: BaseException) -> None:
        self.kept, self.path = SavedSession(path, reason(error)), None

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
