"""The live feed: runs a capture as a child process and speaks JSON Lines with it.

The screen's side of the protocol. Knows how a child is started, commanded and ended; not what
ptrace is, and not what the lines mean.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator

import msgspec

from walkthrough.capture import processes
from walkthrough.capture.environment.resource_limits import not_started
from walkthrough.capture.session.trace_request import TraceRequest
from walkthrough.i18n.messages import Message, message
from walkthrough.model.protocol import (
    EXPOSE,
    PACKETS,
    AnyCommand,
    CaptureFailed,
    CaptureFinished,
    Line,
)

_LONGEST = 64 * 1024 * 1024  # bytes in one line: a read of 10 MB is an event like any other
_PATIENCE = 3.0  # seconds for a child to end by itself, and again after it was told to


class WorkerFeed:
    """A `Feed` from a capture that a process of its own makes.

    Args:
        command: What starts that process.
        request: What it reads before any command, a line; b"" for nothing.
    """

    def __init__(self, command: list[str], request: bytes = b"") -> None:
        self._command = command
        self._request = request
        self._process: asyncio.subprocess.Process | None = None
        self._encoder = msgspec.json.Encoder()
        self._decoder: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)
        self._closed = False

    async def lines(self) -> AsyncIterator[Line]:
        """Start the child and yield what it says; a `CaptureFailed` comes last if it dies.

        Never raises for what the child does.
        """
        try:
            self._process = await processes.start(
                self._command, stdin=asyncio.subprocess.PIPE, limit=_LONGEST
            )
        except OSError as error:
            yield CaptureFailed(message=not_started(message("The capture"), error).message)
            return
        stdout, stderr = self._process.stdout, self._process.stderr
        assert stdout is not None
        assert stderr is not None
        if self._request and self._process.stdin is not None:
            self._process.stdin.write(self._request)
        complaints = asyncio.create_task(_last_line(stderr))
        said_end = False
        while True:
            try:
                raw = await stdout.readline()
            except (ValueError, OSError) as error:
                yield CaptureFailed(
                    message=message("The capture could not be understood: {why}.", why=str(error))
                )
                break
            if not raw:
                break
            try:
                line = self._decoder.decode(raw)
            except (msgspec.MsgspecError, ValueError) as error:
                yield CaptureFailed(
                    message=message("The capture said something unexpected: {why}.", why=str(error))
                )
                break
            said_end = said_end or isinstance(line, CaptureFinished | CaptureFailed)
            yield line
        code = await self._ended()
        if not said_end and not self._closed:
            yield CaptureFailed(message=_obituary(code, await complaints))
        complaints.cancel()

    def send(self, command: AnyCommand) -> None:
        """Send a command; ignored before the child runs and after it has ended."""
        process = self._process
        if process is None or process.stdin is None or process.returncode is not None:
            return
        if process.stdin.is_closing():
            return
        process.stdin.write(self._encoder.encode(command) + b"\n")

    async def close(self) -> None:
        """End the child and everything it started. Idempotent."""
        self._closed = True
        process = self._process
        if process is None:
            return
        if process.stdin is not None and not process.stdin.is_closing():
            process.stdin.close()  # the end of its input is its signal to end
        await self._ended()

    async def _ended(self) -> int:
        assert self._process is not None
        for reminder in (signal.SIGTERM, signal.SIGKILL):  # the former lets it end what it started
            try:
                return await asyncio.wait_for(self._process.wait(), _PATIENCE)
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self._process.pid, reminder)
        return await self._process.wait()


class LiveFeed(WorkerFeed):
    """A `Feed` from a capture of ``scenario`` under ``server``.

    Args:
        scenario: Its name.
        server: ``auto``, ``go`` or ``python``.
        expose: Whether others on the network may connect, if it listens where they can.
        packets: Whether packets are captured, where a network namespace is available.
    """

    def __init__(
        self, scenario: str, server: str, *, expose: bool = False, packets: bool = False
    ) -> None:
        command = processes.python("walkthrough.capture.workers.live", scenario, server)
        if expose:
            command.append(EXPOSE)
        if packets:
            command.append(PACKETS)
        super().__init__(command)


class TraceFeed(WorkerFeed):
    """A `Feed` from a program that is traced.

    Args:
        request: Which, and how.
    """

    def __init__(self, request: TraceRequest) -> None:
        command = processes.python("walkthrough.capture.workers.trace")
        super().__init__(command, msgspec.json.encode(request) + b"\n")


async def _last_line(stream: asyncio.StreamReader) -> str:
    last = b""
    while chunk := await stream.read(1 << 16):
        last = (last + chunk)[-4096:]
    lines = last.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else ""


def _obituary(code: int, complaint: str) -> Message:
    if code < 0:
        with contextlib.suppress(ValueError):
            name = signal.Signals(-code).name
            return message(
                "The capture was killed by {signal}; what it recorded can still be stepped.",
                signal=name,
            )
    if not complaint:
        return message("The capture ended unexpectedly; what it recorded can still be stepped.")
    return message(
        "The capture ended unexpectedly ({why}); what it recorded can still be stepped.",
        why=complaint,
    )
