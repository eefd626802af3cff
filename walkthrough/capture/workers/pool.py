"""Runs many scenarios, each in a process of its own, a few at a time, and collects the verdicts.

A run that crashes or hangs becomes a verdict that says so; the others continue.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncGenerator, Collection, Sequence
from typing import NamedTuple

import msgspec

from walkthrough.capture import processes
from walkthrough.capture.environment.resource_limits import not_started
from walkthrough.capture.workers.unattended import RunOutcome, ScenarioVerdict
from walkthrough.i18n.messages import Message, message
from walkthrough.model.protocol import EXPOSE, PACKETS, SLOW

BUILD_SECONDS = 300.0
"""Seconds that a run may take beyond its own limit, for a first build on a slow machine."""
_END_SECONDS = 5.0
_COMPLAINT = 4096


class CheckJob(NamedTuple):
    """One run.

    Attributes:
        scenario: The scenario's name.
        server: ``go`` or ``python``.
        timeout_s: Seconds that its script may take; multiplied already.
        claims: A resource that it needs exclusively (a fixed port), "" for none: no two runs with
            the same claim run at the same time.
        expose: Whether it is run where others on the network can connect, if it listens there.
        packets: Whether its packets are captured, and checked as well.
        slow: By how much the machine is slow: what the limits are multiplied by.
    """

    scenario: str
    server: str
    timeout_s: float
    claims: str = ""
    expose: bool = False
    packets: bool = False
    slow: float = 1.0


async def run(jobs: Sequence[CheckJob], width: int) -> AsyncGenerator[ScenarioVerdict, None]:
    """Run ``jobs``, ``width`` at a time; yield each verdict as it comes.

    They begin in their order, except those that wait for another to release what they claim.

    Closing the iterator ends the runs that are under way, and what they started.
    """
    waiting = list(jobs)
    running: dict[asyncio.Task[ScenarioVerdict], str] = {}
    try:
        while waiting or running:
            while len(running) < max(1, width):
                job = next_of(waiting, running.values())
                if job is None:
                    break
                running[asyncio.create_task(_run(job))] = job.claims
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                del running[task]
                yield task.result()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def next_of(waiting: list[CheckJob], claimed: Collection[str]) -> CheckJob | None:
    """Take the first job whose claim is free; None if there is none."""
    for number, job in enumerate(waiting):
        if not job.claims or job.claims not in claimed:
            return waiting.pop(number)
    return None


async def _run(job: CheckJob) -> ScenarioVerdict:
    def failed(why: Message | str) -> ScenarioVerdict:
        return ScenarioVerdict(
            scenario=job.scenario, server=job.server, outcome=RunOutcome.FAILED, why=(why,)
        )

    command = processes.python("walkthrough.capture.workers.unattended", job.scenario, job.server)
    if job.expose:
        command.append(EXPOSE)
    if job.packets:
        command.append(PACKETS)
    command.append(f"{SLOW}{job.slow:g}")
    try:
        process = await processes.start(command)
    except OSError as error:
        return failed(not_started(message("Its process"), error).message)
    allowed = job.timeout_s + BUILD_SECONDS * job.slow
    try:
        said, complaint = await asyncio.wait_for(process.communicate(), allowed)
    except TimeoutError:
        return failed(
            message(
                "It was still running after {seconds} seconds, and was ended.",
                seconds=format(allowed, "g"),
            )
        )
    finally:
        await _end(process)
        await processes.put_away(process)
    try:
        return msgspec.json.decode(said, type=ScenarioVerdict)
    except msgspec.MsgspecError:
        return failed(_obituary(process.returncode, complaint))


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a process that still runs: by SIGTERM, so that it ends its server, then by SIGKILL."""
    for reminder in (signal.SIGTERM, signal.SIGKILL):
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, reminder)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _END_SECONDS)


def _obituary(code: int | None, complaint: bytes) -> Message:
    lines = complaint[-_COMPLAINT:].decode("utf-8", "replace").strip().splitlines()
    how = message("Its process ended with status {status} and without a verdict", status=str(code))
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            name = signal.Signals(-code).name
            how = message("Its process was killed by {signal}", signal=name)
    if not lines:
        return message("{what}.", what=how)
    return message("{what}: {words}.", what=how, words=lines[-1])
