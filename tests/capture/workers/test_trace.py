"""The process that traces for the screen: it halts, runs, and ends with its input."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator

import pytest

from tests.support.need import need
from tests.support.time_limits import limit
from walkthrough.capture.environment.doctor import why_no_trace
from walkthrough.capture.session.trace_request import TraceRequest, launch
from walkthrough.capture.workers.live_feed import TraceFeed
from walkthrough.model.events import CallEntered, CallReturned, CaptureEnded, Header, begins_stage
from walkthrough.model.protocol import (
    CaptureFailed,
    CaptureFinished,
    Line,
    NextStageCommand,
    PauseCommand,
    RunCommand,
    ServerChosen,
    ServerHalted,
    ServerRunning,
    StopCommand,
)
from walkthrough.model.stages import Stage

pytestmark = pytest.mark.live
SERVER = """
import socket
with socket.create_server(("127.0.0.1", 0)) as there:
    there.accept()
"""


@pytest.fixture(autouse=True)
def _can_trace() -> None:
    need(why_no_trace() is None, why_no_trace())


async def until(lines: AsyncIterator[Line], kind: type[Line], seen: list[Line]) -> Line:
    async for line in lines:
        seen.append(line)
        if isinstance(line, kind):
            return line
    raise AssertionError(f"no {kind} in {seen}")


async def test_a_program_is_halted_at_its_stages_and_where_it_is() -> None:
    feed = TraceFeed(launch((sys.executable, "-c", SERVER)))
    lines, seen = feed.lines(), []  # type: ignore[var-annotated]
    async with asyncio.timeout(limit(120)):
        chosen = await until(lines, ServerChosen, seen)
        assert isinstance(chosen, ServerChosen)
        assert not chosen.server
        header = await until(lines, Header, seen)
        assert isinstance(header, Header)
        assert header.program is not None
        running = await until(lines, ServerRunning, seen)
        assert running == ServerRunning(halts=True)
        for stage in (Stage.SYS_SOCKET, Stage.BIND, Stage.LISTEN, Stage.ACCEPT):
            del seen[:]
            await until(lines, ServerHalted, seen)
            begun = [event for event in seen if isinstance(event, CallEntered | CallReturned)]
            assert any(begins_stage(event) and event.stage is stage for event in begun), stage
            feed.send(NextStageCommand())
        while await until(lines, ServerRunning, seen) != ServerRunning(waiting=True):
            pass  # it sleeps in accept
        del seen[:]
        feed.send(PauseCommand())
        await until(lines, ServerHalted, seen)
        assert not [line for line in seen if isinstance(line, CallEntered | CallReturned)]
        feed.send(RunCommand())
        await until(lines, ServerRunning, seen)
        feed.send(StopCommand())
        ended = await until(lines, CaptureEnded, seen)
        assert isinstance(ended, CaptureEnded)
        assert ended.reason == "stopped"
        await until(lines, CaptureFinished, seen)
    await feed.close()
    assert not os.path.exists(f"/proc/{header.pid}")


async def test_it_ends_with_its_screen_and_so_does_what_it_launched() -> None:
    feed = TraceFeed(launch((sys.executable, "-c", SERVER), begin="run"))
    lines = feed.lines()
    async with asyncio.timeout(limit(120)):
        header = await until(lines, Header, [])
        assert isinstance(header, Header)
        await feed.close()
        async for _ in lines:
            pass
    assert not os.path.exists(f"/proc/{header.pid}")


async def test_what_cannot_be_traced_is_said() -> None:
    for request, why in (
        (launch(("no-such-program",)), "There is no program no-such-program on PATH"),
        (TraceRequest(pids=(1 << 21,)), "2097152"),
    ):
        feed = TraceFeed(request)
        async with asyncio.timeout(limit(120)):
            said = [line async for line in feed.lines()]
        await feed.close()
        assert isinstance(said[-1], CaptureFailed)
        assert why in str(said[-1].message)
