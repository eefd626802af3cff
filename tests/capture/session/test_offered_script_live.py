"""Scenarios walked live by two keys, go on and the script's next act: all that is promised is seen.

No recording is compared: the scenario's own promises are held against what was captured.
"""

import asyncio
import sys
from pathlib import Path

import msgspec
import pytest

from tests.support.guided_walk import PATIENCE, GuidedWalk, walk
from tests.support.need import need
from walkthrough.capture.environment.requirements import has_ipv6
from walkthrough.capture.workers.live_feed import LiveFeed
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    CaptureEnded,
    ClientActed,
    DetailEnded,
    Event,
    KernelObserved,
)
from walkthrough.model.protocol import (
    ActionOffered,
    AnyCommand,
    NextActCommand,
    NextChangeCommand,
    NextStageCommand,
    PauseCommand,
    RunCommand,
    ServerHalted,
    ServerRunning,
    StepCommand,
    StopCommand,
)
from walkthrough.scenario.checks.checker import check_run
from walkthrough.scenario.loader import load

pytestmark = pytest.mark.live

STAGE, CHANGE, RUN = NextStageCommand(), NextChangeCommand(), RunCommand()


def held_against_promises(name: str, seen: GuidedWalk) -> list[str]:
    """Return what was promised and not seen; that somebody ended the capture is no mistake."""
    events: list[AnyEvent] = [
        msgspec.structs.replace(event, reason="finished")
        if isinstance(event, CaptureEnded)
        else event
        for event in seen.history.between(0, len(seen.history))
    ]
    return [str(miss) for miss in check_run(load(name), seen.history.header, events)]


@pytest.mark.parametrize(
    ("name", "go_on"),
    [
        ("unix-socket", STAGE),
        ("close-while-accepting", CHANGE),
        ("ipv6-only", STAGE),
        ("epoll-ctl-fails", RUN),
        ("client-resets", RUN),
    ],
)
async def test_under_the_instrumented_server(name: str, go_on: AnyCommand) -> None:
    need(sys.platform == "linux", "the instrumented server needs Linux")
    need(name != "ipv6-only" or has_ipv6(), "no IPv6 here")
    await reaches_its_point(name, "python", go_on)


@pytest.mark.parametrize(
    ("name", "go_on"),
    [
        ("unix-socket", CHANGE),
        ("close-while-accepting", STAGE),
        ("ipv6-only", RUN),
        ("epoll-ctl-fails", STAGE),
    ],
)
async def test_under_the_go_server(go_server: Path, name: str, go_on: AnyCommand) -> None:
    need(name != "ipv6-only" or has_ipv6(), "no IPv6 here")
    await reaches_its_point(name, "go", go_on)


async def reaches_its_point(name: str, server: str, go_on: AnyCommand) -> None:
    seen = await walk(name, server, go_on)
    assert seen.refused == []
    assert seen.left == 0
    assert seen.acts == len(load(name).script)
    assert held_against_promises(name, seen) == []


@pytest.mark.parametrize("server", ["go", "python"])
async def test_whoever_steps_need_not_step_into_the_wait_for_the_act_that_ends_it(
    go_server: Path, server: str
) -> None:
    feed = LiveFeed("accept-parks", server)
    newest, acted, after = None, False, []
    async with asyncio.timeout(PATIENCE):
        async for line in feed.lines():
            if isinstance(line, Event) and not line.quiet:
                newest = line if not isinstance(line, KernelObserved) else newest
                after += [line] if acted and isinstance(line, CallReturned) else []
            if isinstance(line, ActionOffered) and line.due and not acted:
                assert isinstance(newest, CallEntered)
                assert newest.call == "epoll_pwait"
                acted = True
                feed.send(NextActCommand())
                feed.send(StepCommand())
            elif isinstance(line, ServerHalted):
                feed.send(StopCommand() if after else StepCommand())
            elif isinstance(line, ServerRunning):
                feed.send(PauseCommand())
    await feed.close()
    assert [(call.call, call.result) for call in after[:1]] == [("epoll_pwait", 1)]


async def test_a_hundred_clients_by_a_key_each(go_server: Path) -> None:
    seen = await walk("many-connections", "go", STAGE, most_acts=8)
    assert seen.refused == []
    events = [*seen.history.between(0, len(seen.history))]
    let_go = next(event.seq for event in events if isinstance(event, DetailEnded))
    clients = [event for event in events if isinstance(event, ClientActed) and event.seq > let_go]
    assert sum(event.clients for event in clients if event.action == "connect") == 99
    kernel = seen.history.world(len(events) - 1).kernel
    assert kernel is not None
    assert kernel.count_sockets("server").get("ESTABLISHED") == 100
