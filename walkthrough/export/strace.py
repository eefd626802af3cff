"""A recording as an strace(1) log: what ``strace -f -ttt -T`` would have written of its calls.

One line a call, at the moment of its return, with the time of its beginning and how long it took;
so a call that waited while other threads continued comes after theirs, and none is ever split in
two. Holds the calls that have begun, nothing else. Functions, clients and the kernel's state have
no line there.
"""

import os
from collections.abc import Iterator
from typing import IO

import msgspec

from walkthrough.export.registry import ExportFormat
from walkthrough.formatting import strace_lines
from walkthrough.formatting.c_strings import quoted
from walkthrough.formatting.escaping import word
from walkthrough.i18n.messages import Message, message
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    DetailEnded,
    Event,
    Header,
    ProcessExited,
    ProcessStarted,
    SignalDelivered,
)
from walkthrough.model.values import Constant
from walkthrough.recording.call_pairing import CallPairing
from walkthrough.recording.file import Recording, load
from walkthrough.recording.payload import without_payload
from walkthrough.recording.start_time import began_ns

_COLUMN = 40
"""Where strace puts the equals sign, if the call leaves room before it."""
_AT_ENTRY = {
    "accept": 1,
    "accept4": 1,
    "epoll_pwait": 1,
    "epoll_pwait2": 1,
    "epoll_wait": 1,
    "getpeername": 1,
    "getsockname": 1,
    "getsockopt": 3,
    "pipe": 0,
    "pipe2": 0,
    "read": 1,
    "readv": 1,
    "recvfrom": 1,
    "recvmsg": 1,
    "socketpair": 3,
}
"""How many arguments strace prints before such a call has returned; for others, all of them."""
_MAKES = frozenset({"clone", "clone3", "fork", "vfork"})
_CLONE = "clone(child_stack=NULL, flags=SIGCHLD)"
"""How the making of a process is written whose call was not captured."""
_EXECUTES = frozenset({"execve", "execveat"})
_WORDS = 32
"""Words of a command that strace shows."""


def to_strace(
    recording: Recording | str | os.PathLike[str], out: IO[bytes], *, payload: bool = True
) -> Message | str:
    """Write the recording's system calls, signals and end to ``out``, one line each.

    Args:
        recording: A loaded recording, or the path of one.
        out: Where to write; left open.
        payload: Whether to include what was read and written; else ``""...``.

    Returns:
        What the reader should know of the log, in sentences: why the recording ends early, that
        it stopped watching calls.

    Raises:
        RecordingError: It cannot be read. What ``out`` holds by then is a part of the log.
        OSError: ``out`` cannot be written.
    """
    if not isinstance(recording, Recording):
        recording = load(recording)
    writer = _StraceWriter(recording.header)
    for _, event in recording:
        for line in writer.lines(event if payload else without_payload(event)):
            out.write(line.encode("ascii", "backslashreplace") + b"\n")
    for line in writer.rest():
        out.write(line.encode("ascii", "backslashreplace") + b"\n")
    if recording.torn and writer.remark:
        return message("{torn} {remark}", torn=recording.torn, remark=writer.remark)
    return recording.torn or writer.remark


FORMAT = ExportFormat(
    summary=message("a log of its system calls as `strace -f -ttt -T` has it"),
    suffix=".log",
    write=to_strace,
)


class _StraceWriter:
    def __init__(self, header: Header) -> None:
        self._pid = header.pid
        self._began_ns = began_ns(header)
        self._calls = CallPairing(header.pid)
        self.remark: Message | str = ""
        self._alive: set[int] = set()
        self._captured = frozenset(header.calls)

    def lines(self, event: AnyEvent) -> Iterator[str]:
        for ended in self._calls.ended_at(event):
            yield self._call(*ended)
        match event:
            case SignalDelivered(signal=signal):
                name = _name(signal)
                yield f"{self._start(event)}--- {name} {{si_signo={name}}} ---"
            case ProcessExited(code=code, signal=signal, pid=pid):
                self._alive.discard(pid)
                yield from self.rest(pid if self._alive else None)
                end = f"killed by {_name(signal)}" if signal else f"exited with {code or 0}"
                yield f"{self._start(event)}+++ {end} +++"
            case ProcessStarted(origin="fork", parent_pid=maker, pid=pid) if maker is not None:
                self._alive.add(pid)
                if not self._captured & _MAKES:  # else the call says it
                    yield f"{self._start(event, maker)}{_CLONE} = {pid}"
            case ProcessStarted(origin="exec") if self._captured & _EXECUTES:
                pass  # the call says it
            case ProcessStarted(command=command, pid=pid) if self._begins(pid) and command:
                # Programs that draw process trees look for it. Which file was executed, and
                # with what environment, is in no recording.
                words = [
                    quoted(each.encode("utf-8", "backslashreplace")) for each in command[:_WORDS]
                ]
                listed = ", ".join(words + ["..."] * (len(command) > _WORDS))
                yield f"{self._start(event)}execve({words[0]}, [{listed}], 0x0 /* 0 vars */) = 0"
            case DetailEnded():
                self.remark = message(
                    "From event {event} on the recording holds no system calls: the server ran at "
                    "full speed, and the log ends there.",
                    event=event.seq,
                )

    def rest(self, process: int | None = None) -> Iterator[str]:
        """Return the calls that have not returned, of one process or of all, and forget them."""
        for call in self._calls.rest(process):
            yield self._call(*call)

    def _begins(self, pid: int) -> bool:
        """Note that a process has begun; always true."""
        self._alive.add(pid)
        return True

    def _thread(self, event: Event) -> int:
        return (event.process or self._pid) if event.thread is None else event.thread

    def _start(self, event: Event, thread: int | None = None) -> str:
        """Return the columns before a line's text: thread, another one if given, and time."""
        thread = self._thread(event) if thread is None else thread
        ns = max(self._began_ns + event.time_ns, 0)
        seconds, rest = divmod(ns // 1000, 1_000_000)
        return f"{max(thread, 0):<5} {seconds}.{rest:06} "

    def _call(self, entered: CallEntered | None, returned: CallReturned | None) -> str:
        if entered is not None and returned is None:
            return f"{self._start(entered)}{_begun(entered)} <unfinished ...>) = ?"
        known = entered or returned
        assert known is not None
        call = f"{self._start(known)}{strace_lines.call(entered, returned)} "
        took = _took(entered, returned) if entered and returned else ""
        return f"{call:<{_COLUMN}}= {strace_lines.result(entered, returned)}{took}"


def _begun(entered: CallEntered) -> str:
    """Spell what strace has printed of a call when its program ends in the middle of it."""
    printed = _AT_ENTRY.get(entered.call, len(entered.arguments))
    if printed >= len(entered.arguments):
        return strace_lines.call(entered, None)[:-1]
    shown = msgspec.structs.replace(entered, arguments=entered.arguments[:printed])
    return strace_lines.call(shown, None)[:-1] + ", " * (printed > 0)


def _took(entered: CallEntered, returned: CallReturned) -> str:
    seconds, rest = divmod(max(returned.time_ns - entered.time_ns, 0) // 1000, 1_000_000)
    return f" <{seconds}.{rest:06}>"


def _name(signal: Constant) -> str:
    return word(signal.name) or f"SIG_{abs(signal.raw)}"
