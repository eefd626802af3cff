"""The process beside a tracer that puts traced programs back as they were if the tracer is killed.

Run as ``python -m walkthrough.capture.workers.guardian CONTROL TRACER PID LIMIT``, two descriptors,
a process id and seconds: a socket from which reports are read
(`walkthrough.capture.ptrace.guardian`), a pidfd of the tracer, its id, and for how long it may be
stopped while programs wait for it. It ends when it is told that tracing has ended. If the tracer
ends without having said so, it puts back whatever has not been left, lets the programs run on, and
ends.
"""

import contextlib
import os
import select
import signal
import socket
import sys
from collections.abc import Iterator

import msgspec

from walkthrough.capture.kernel.thread_status import children_of
from walkthrough.capture.ptrace.guardian import (
    PUT_BACK,
    READY,
    CallsBegin,
    LeftBehind,
    MemoryMapped,
    ProcessLeft,
    Report,
    TracingEnded,
)
from walkthrough.capture.ptrace.memory import ProcessMemory
from walkthrough.capture.ptrace.restoration import (
    Changes,
    Restoration,
    put_back_remains,
    restore_text,
)

_SECONDS = 60.0
"""How long it tries to take a page away. One that is left harms nobody: the text comes first."""
_BYTES = 1 << 16
_LOOKS = 10
"""How often it looks, within the limit, whether the tracer is stopped."""


class _Guard:
    """What is known of the traced processes.

    Args:
        control: Where the tracer is told what was done.
    """

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._changes: dict[int, Changes] = {}
        self._pidfds: dict[int, int] = {}
        self._decoder = msgspec.json.Decoder(Report)
        self._said = b""

    @property
    def has_something(self) -> bool:
        """Whether a process would have to be put back."""
        return bool(self._changes)

    def take(self, said: bytes) -> bool:
        """Take in what the tracer said; return whether tracing has ended."""
        *lines, self._said = (self._said + said).split(b"\n")
        ended = False
        for line in lines:
            ended |= self._learn(self._decoder.decode(line))
        return ended

    def _learn(self, what: Report) -> bool:
        if isinstance(what, TracingEnded):
            return True
        if isinstance(what, LeftBehind | ProcessLeft):
            changes = self._changes.pop(what.pid, None)
            if isinstance(what, LeftBehind) and changes is not None and self._runs(what.pid):
                Restoration(changes).run(_SECONDS)
            if isinstance(what, LeftBehind):
                with contextlib.suppress(OSError):  # it may have been killed meanwhile
                    self._control.sendall(PUT_BACK)
            if (pidfd := self._pidfds.pop(what.pid, None)) is not None:
                os.close(pidfd)
            return False
        changes = self._changes.get(what.pid)
        if changes is None:
            changes = self._changes[what.pid] = Changes(what.pid)
            with contextlib.suppress(OSError):
                self._pidfds[what.pid] = os.pidfd_open(what.pid)
        if isinstance(what, CallsBegin):
            changes.masks[what.thread] = what.mask
        elif isinstance(what, MemoryMapped):
            changes.mapped = what.address, what.length
        else:
            changes.page = what.page
        return False

    def put_back(self) -> None:
        """Put back all that has not been left: every text first, as that is what is urgent."""
        running = [each for each in self._changes.values() if self._runs(each.pid)]
        for changes in running:
            if changes.page is not None:
                with contextlib.suppress(OSError):
                    memory = ProcessMemory(changes.pid)
                    restore_text(memory, changes.page)
                    memory.close()
        for changes in running:
            Restoration(changes).run(_SECONDS)
            for child in self._forks(changes.pid):
                put_back_remains(child, _SECONDS)

    def _forks(self, pid: int) -> Iterator[int]:
        """Yield what a process has forked, and these; the tracer may not have come to tell."""
        for child in children_of(pid):
            if child not in self._changes:
                yield child
                yield from self._forks(child)

    def _runs(self, pid: int) -> bool:
        """Return whether the process has not ended; its number may be another's by then."""
        pidfd = self._pidfds.get(pid)
        return pidfd is not None and not select.select([pidfd], [], [], 0)[0]


def main(arguments: list[str]) -> int:
    """Guard until tracing has ended, or the tracer."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # it ends with the tracer, and not before
    control = socket.socket(fileno=int(arguments[0]))
    tracer = int(arguments[1])
    guard = _Guard(control)
    control.sendall(READY)
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(tracer, select.POLLIN)
    watchdog = _Watchdog(tracer, int(arguments[2]), float(arguments[3]))
    while said := _read(control, poll, guard, watchdog):
        if guard.take(said):
            return 0
    guard.put_back()
    return 0


class _Watchdog:
    """Kills a tracer that is stopped, and with it what it traces, for too long.

    Args:
        tracer: A pidfd of it.
        pid: Its process id.
        limit_s: How long it may be, in seconds; 0 for ever.
    """

    def __init__(self, tracer: int, pid: int, limit_s: float) -> None:
        self._tracer = tracer
        self._pid = pid
        self._looks = 0
        self.pause_ms = 1000 * limit_s / _LOOKS if limit_s > 0 else None

    def look(self) -> None:
        """Look once more, after a pause in which nothing was said."""
        self._looks = self._looks + 1 if self._is_stopped() else 0
        if self._looks >= _LOOKS:
            with contextlib.suppress(OSError):
                signal.pidfd_send_signal(self._tracer, signal.SIGKILL)

    def _is_stopped(self) -> bool:
        try:
            with open(f"/proc/{self._pid}/stat", "rb") as file:
                return file.read().rpartition(b")")[2].split()[0] == b"T"
        except (OSError, IndexError):
            return False


def _read(control: socket.socket, poll: "select.poll", guard: _Guard, watchdog: _Watchdog) -> bytes:
    """Wait for more of what the tracer says; return nothing once it has ended and all is read."""
    with contextlib.suppress(ConnectionError):
        while not (ready := poll.poll(watchdog.pause_ms if guard.has_something else None)):
            watchdog.look()
        if any(descriptor == control.fileno() for descriptor, _ in ready):
            return control.recv(_BYTES)
    return b""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
