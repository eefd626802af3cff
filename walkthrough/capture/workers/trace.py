"""The process that traces a program for the screen.

Run as ``python -m walkthrough.capture.workers.trace``.

Like `live`, it writes JSON Lines to its standard output and reads commands from its standard input,
before which comes one line more: a `TraceRequest`. It ends when its input ends. A program that it
has launched ends with it; one that it is attached to runs on.
"""

import contextlib
import os
import sys

import msgspec

from walkthrough.capture.environment import leftovers
from walkthrough.capture.environment.trace_backend import prepare_trace
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.session.session import CaptureSession
from walkthrough.capture.session.trace_request import TraceRequest
from walkthrough.capture.workers.screen_end import LineWriter, end_with_the_screen
from walkthrough.model.events import AnyEvent, Header, ProcessStarted
from walkthrough.model.protocol import (
    CaptureFailed,
    CommandRefused,
    Line,
    ProgressReported,
    ServerChosen,
)
from walkthrough.recording.payload import header_without_payload, without_payload

_LONGEST = 16 * 1024 * 1024
"""Bytes of a request: execve(2) takes fewer."""


def main() -> int:
    """Trace one program, driven through standard input and output.

    Returns:
        0, or 2 after a `CaptureFailed` line.
    """
    end_with_the_screen()
    emit = LineWriter()
    leftovers.remove()
    try:
        request = _request()
        if request is None:
            return 2  # the screen has gone before it asked for anything
        prepared = prepare_trace(request)
        chosen = ServerChosen(server="", why=prepared.why, remarks=prepared.remarks)
        emit(chosen)
        emit(ProgressReported(phase="attach" if request.attaches else "launch"))
        full = request.limit if request.limit is not None else sys.maxsize

        def put(line: Line) -> None:
            emit(line if request.payload else _without_payload(line))
            if isinstance(line, Header | ProcessStarted):  # a program has begun
                for complaint in prepared.complaints():
                    emit(CommandRefused(message=complaint))
            if emit.written > full:
                session.end("full")

        session = CaptureSession(prepared.target, put, request.plan(), commands=0)
        session.run()
    except CaptureError as error:
        with contextlib.suppress(OSError):
            emit(CaptureFailed(message=error.message))
        return 2
    except BrokenPipeError:
        return 2  # the screen is gone; the session has already let the program go
    return 0


def _without_payload(line: Line) -> Line:
    """Return a line with what was read and written left out, wherever it goes."""
    if isinstance(line, Header):
        return header_without_payload(line)
    return without_payload(line) if isinstance(line, AnyEvent) else line


def _request() -> TraceRequest | None:
    """Read the first line, and not a byte of the commands behind it."""
    line = bytearray()
    while not line.endswith(b"\n") and len(line) < _LONGEST:
        if not (byte := os.read(0, 1)):
            return None
        line += byte
    return msgspec.json.decode(line, type=TraceRequest)


if __name__ == "__main__":
    sys.exit(main())
