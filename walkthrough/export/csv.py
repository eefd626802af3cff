"""The system calls of a recording as a table, a row a call, for notebooks and spreadsheets.

A row is written when its call has ended, as in an strace(1) log: a call that waited while other
threads continued comes after theirs. Those that never returned come last, without a result.
"""

from typing import IO

from walkthrough.export.registry import ExportFormat
from walkthrough.formatting import strace_lines
from walkthrough.formatting.csv_rows import Cell, csv_row
from walkthrough.formatting.escaping import word
from walkthrough.i18n.messages import Message, message
from walkthrough.model.events import DetailEnded
from walkthrough.recording.call_pairing import CallPairing, PairedCall
from walkthrough.recording.file import Recording
from walkthrough.recording.payload import without_payload

COLUMNS = (
    "entered_event",
    "returned_event",
    "time_s",
    "duration_s",
    "thread",
    "goroutine",
    "stage",
    "step",
    "function",
    "file",
    "line",
    "call",
    "arguments",
    "result",
    "error",
    "injected",
    "quiet",
    "process",
)
"""The head of the table; docs/sharing.md explains each."""


def to_csv(recording: Recording, out: IO[bytes], *, payload: bool = True) -> Message | str:
    """Write the system calls to ``out``, one row each, below the names of the columns.

    Args:
        recording: What is read, an event at a time.
        out: Where to write; left open.
        payload: Whether to include what was read and written.

    Returns:
        Why the recording ends early, or that it stopped watching calls; "" for nothing.

    Raises:
        RecordingError: It cannot be read. What ``out`` holds by then is a part of the table.
        OSError: ``out`` cannot be written.
    """
    calls = CallPairing(recording.header.pid)
    remark: Message | str = ""
    out.write(csv_row(COLUMNS))
    for _, event in recording:
        if isinstance(event, DetailEnded):
            remark = message(
                "From event {event} on the recording holds no system calls: the server ran at full "
                "speed, and the table ends there.",
                event=event.seq,
            )
        for ended in calls.ended_at(event if payload else without_payload(event)):
            out.write(csv_row(_cells(ended, recording.header.pid)))
    for left in calls.rest():
        out.write(csv_row(_cells(left, recording.header.pid)))
    if recording.torn and remark:
        return message("{torn} {remark}", torn=recording.torn, remark=remark)
    return recording.torn or remark


FORMAT = ExportFormat(summary=message("a table of its system calls"), suffix=".csv", write=to_csv)


def _cells(call: PairedCall, first: int) -> tuple[Cell, ...]:
    entered, returned = call
    known = entered or returned
    assert known is not None
    spelled = strace_lines.call(entered, returned)
    name, _, arguments = spelled.partition("(")
    error = returned.error if returned is not None else None
    took = (returned.time_ns - entered.time_ns) / 1e9 if entered and returned else None
    return (
        entered.seq if entered else None,
        returned.seq if returned else None,
        known.time_ns / 1e9,
        took,
        known.thread,
        known.goroutine,
        str(known.stage or ""),
        str(known.step or ""),
        known.function,
        known.source.file if known.source is not None else None,
        known.source.line if known.source is not None else None,
        name,
        arguments.removesuffix(")"),
        returned.result if returned is not None else None,
        (word(error.name) or str(error.raw)) if error is not None else None,
        returned.injected if returned is not None else None,
        known.quiet,
        known.process or first,
    )
