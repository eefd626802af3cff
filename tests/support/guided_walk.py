"""Somebody who walks a scenario live and presses two keys only: go on, and the script's next act.

Over the protocol, as the screen does it; without a screen.
"""

import asyncio
from typing import NamedTuple

from tests.support.time_limits import limit
from walkthrough.capture.kernel.thread_status import is_asleep
from walkthrough.capture.workers.live_feed import LiveFeed
from walkthrough.model.events import Event, Header
from walkthrough.model.protocol import (
    ActionOffered,
    ActionSkipped,
    AnyCommand,
    CaptureFailed,
    CommandRefused,
    NextActCommand,
    PauseCommand,
    ServerGone,
    ServerHalted,
    ServerRunning,
    StopCommand,
)
from walkthrough.state.history import History

PATIENCE = limit(120.0)
"""Seconds; a server may have to be built, on a machine that may be busy."""

ASKED = 3
"""How often a server has to be asked, and sleep each time, before it counts as done."""


class GuidedWalk(NamedTuple):
    """What was seen, by whoever pressed as few keys as that.

    Attributes:
        history: The events.
        left: How many actions of the script were left.
        refused: What was refused, or failed.
        presses: How many keys were pressed.
        acts: How many of them were for the script's next act.
    """

    history: History
    left: int
    refused: list[str]
    presses: int
    acts: int


async def walk(scenario: str, server: str, go_on: AnyCommand, most_acts: int = 1000) -> GuidedWalk:
    """Walk to the end: until the script is done and the server waits, or has ended.

    Args:
        scenario: Which.
        server: ``go`` or ``python``.
        go_on: What is sent to go on.
        most_acts: After how many acts of the script to stop.
    """
    feed = LiveFeed(scenario, server)
    history: History | None = None
    offered = ActionOffered()
    refused: list[str] = []
    stands, waits, asked, presses, acts = False, False, 0, 0, 0
    async with asyncio.timeout(PATIENCE):
        async for line in feed.lines():
            match line:
                case Header():
                    history = History(line)
                case ActionOffered():
                    offered = line
                case ServerHalted():
                    stands, waits = True, False
                case ServerRunning() | ServerGone():
                    stands, waits = False, True
                case CommandRefused(message=why) | CaptureFailed(message=why):
                    refused.append(str(why))
                case ActionSkipped():
                    refused.append(f"skipped: {line.action} {line.client}")
                case Event() if history is not None:
                    history.append(line)
            if not isinstance(line, ActionOffered | ServerHalted | ServerRunning | ServerGone):
                continue
            assert history is not None
            command: AnyCommand | None = None
            if isinstance(line, ServerHalted | ServerRunning | ServerGone) or waits or stands:
                if offered.action and offered.due:
                    command = NextActCommand()
                    acts += 1
                    offered = ActionOffered(left=-1)
                elif stands and offered.left >= 0:
                    command = go_on
                    stands, asked = False, 0
                elif waits and not offered.action and offered.left == 0:
                    # Whether the last act has woken the server is known once it was asked again,
                    # more than once, and slept: on a busy machine it may not have had its turn, or
                    # what it did may still be on its way.
                    asked = asked + 1 if is_asleep(history.header.pid) else 0
                    over = asked > ASKED or isinstance(line, ServerGone)
                    command = StopCommand() if over else PauseCommand()
                    waits = False
            if command is not None:
                presses += 1
                feed.send(command if acts <= most_acts else StopCommand())
    await feed.close()
    assert history is not None
    return GuidedWalk(history, offered.left, refused, presses, acts)
