"""A capture without a server: says what it is told to, and writes down what it is asked."""

import asyncio
from collections.abc import AsyncIterator

from walkthrough.model.protocol import AnyCommand, Line


class FakeFeed:
    """A feed that a test drives.

    Attributes:
        sent: Commands received, oldest first.
        closed: Whether it was closed.
    """

    def __init__(self, *lines: Line) -> None:
        self._queue: asyncio.Queue[Line | None] = asyncio.Queue()
        self.sent: list[AnyCommand] = []
        self.closed = False
        self.say(*lines)

    def say(self, *lines: Line) -> None:
        """Let the capture send these lines."""
        for line in lines:
            self._queue.put_nowait(line)

    @property
    def heard(self) -> bool:
        """Return whether all that was said has been taken in."""
        return self._queue.empty()

    def end(self) -> None:
        """End the stream, as a child does that dies."""
        self._queue.put_nowait(None)

    async def lines(self) -> AsyncIterator[Line]:
        """Yield what was said."""
        while (line := await self._queue.get()) is not None:
            yield line

    def send(self, command: AnyCommand) -> None:
        """Take a command."""
        self.sent.append(command)

    async def close(self) -> None:
        """End the capture."""
        self.closed = True
        self.end()
