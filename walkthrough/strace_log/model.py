"""What an strace(1) log is made of, once read: calls, and everything else in it.

Texts are those of the log, unescaped and unchecked: whoever shows one makes it printable first.
"""

from enum import StrEnum

import msgspec


class LineKind(StrEnum):
    """What a line that is not a call says."""

    SIGNAL = "signal"
    """``--- SIGURG {si_signo=SIGURG, ...} ---``, and ``--- stopped by SIGSTOP ---``"""
    EXITED = "exited"
    """``+++ exited with 0 +++``"""
    KILLED = "killed"
    """``+++ killed by SIGKILL (core dumped) +++``"""
    NOTE = "note"
    """strace's own words: ``strace: Process 7 attached``, ``[ Process PID=7 runs in ... ]``"""
    FRAME = "frame"
    """A line of the stack behind the call before it (``-k``)"""
    DUMP = "dump"
    """Bytes of the call before it (``-e read``, ``-e write``)"""
    COMMENT = "comment"
    """Added by somebody who passed the log on: ``$ strace ...``, ``# ...``, Markdown's fences"""
    WRAPPED = "wrapped"
    """A part of the call above, which a paste had broken into several lines"""
    UNKNOWN = "unknown"
    """Not understood; kept, counted and shown."""


class LogCall(msgspec.Struct, frozen=True, gc=False):
    """One system call: one line, or the two halves of a call that strace had to break off.

    Attributes:
        line: Number of the line on which it begins, from 1; counted over all files of ``-ff``.
        end: Number of the line on which it ends; ``line`` itself for a call on one line.
        thread: Thread id; None in a log of one thread without ids.
        name: ``accept4``; ``syscall_0x1c3`` for one that strace did not know.
        arguments: The text between the parentheses, as written.
        result: The text after ``=``: ``3``, ``-1 EAGAIN (Resource temporarily unavailable)``,
            ``0x2 (flags O_RDWR)``, ``?``; without what ``-T`` appends. "" if it never ended.
        time_ns: When it began: nanoseconds since the first time in the log; None without times.
        duration_ns: How long it took (``-T``); None if the log does not say.
        injected: strace itself made it fail or succeed (``(INJECTED)``).
        cut: The log ends in the middle of it.
    """

    line: int
    end: int
    thread: int | None
    name: str
    arguments: str
    result: str
    time_ns: int | None = None
    duration_ns: int | None = None
    injected: bool = False
    cut: bool = False


class OtherLine(msgspec.Struct, frozen=True, gc=False):
    """A line that is not a call.

    Attributes:
        line: Its number, from 1.
        thread: Thread id, if the line names one.
        kind: What it is.
        text: The line after the thread id and the time.
        time_ns: As in `LogCall`.
    """

    line: int
    thread: int | None
    kind: LineKind
    text: str
    time_ns: int | None = None


Record = LogCall | OtherLine
