"""What the screen asks of a live capture, so that it need not know how one is run."""

from collections.abc import AsyncIterator
from typing import Protocol

from walkthrough.model.protocol import AnyCommand, Line


class Feed(Protocol):
    """A live stream of lines from a capture, and the way back to it."""

    def lines(self) -> AsyncIterator[Line]:
        """Yield the header, events and messages as they come; ends when the capture ends.

        Never raises for what the capture does: if it dies, a `Failed` is yielded last.
        """

    def send(self, command: AnyCommand) -> None:
        """Send a command; ignored once the capture has ended."""

    async def close(self) -> None:
        """End the capture and everything it started. Idempotent."""
