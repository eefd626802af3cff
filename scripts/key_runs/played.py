"""A live walk without a server: a recording's events, let go as the screen asks for them."""

import asyncio
from collections.abc import AsyncIterator

from walkthrough.model.events import AnyEvent, Header
from walkthrough.model.protocol import (
    AnyCommand,
    Line,
    PauseCommand,
    RunCommand,
    ServerHalted,
    ServerRunning,
    StepCommand,
)

_STAGE = 12
"""How many events are let go for a stage."""
_LATER = 0.01
"""Seconds that a server takes for its answer."""


class PlayedFeed:
    """A feed of what was recorded; at its end it waits for a client, for ever.

    Args:
        header: The recording's.
        events: What is let go.
        begin: So many are, at the start.
    """

    def __init__(self, header: Header, events: list[AnyEvent], begin: int) -> None:
        self._events = events
        self._next = 0
        self._lines: asyncio.Queue[Line | None] = asyncio.Queue()
        self._lines.put_nowait(header)
        self._let_go(begin)

    async def lines(self) -> AsyncIterator[Line]:
        """Yield what was let go."""
        while (line := await self._lines.get()) is not None:
            yield line

    def send(self, command: AnyCommand) -> None:
        """Let events go, a moment later: a server answers when the next key has long come."""
        if isinstance(command, RunCommand):
            self._lines.put_nowait(ServerRunning())
        else:
            count = 1 if isinstance(command, StepCommand | PauseCommand) else _STAGE
            asyncio.get_running_loop().call_later(_LATER, self._let_go, count)

    async def close(self) -> None:
        """End it."""
        self._lines.put_nowait(None)

    def _let_go(self, count: int) -> None:
        for event in self._events[self._next : self._next + count]:
            self._lines.put_nowait(event)
        self._next = min(self._next + count, len(self._events))
        at_end = self._next == len(self._events)
        self._lines.put_nowait(
            ServerRunning(waiting=True) if at_end else ServerHalted(seq=self._next - 1)
        )
