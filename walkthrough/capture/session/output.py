"""The server's standard output and standard error, read through pipes into events."""

import contextlib
import fcntl
import os
import signal
from collections.abc import Sequence

from walkthrough.model.events import OutputWritten

_CHUNK = 1 << 16
_FIRST = 3
"""SD_LISTEN_FDS_START of sd_listen_fds(3)."""


class OutputPipes:
    """Two pipes, whose writing ends become a child's descriptors 1 and 2."""

    def __init__(self) -> None:
        self._read: dict[int, int] = {}
        self._write: dict[int, int] = {}
        for stream in (1, 2):
            self._read[stream], self._write[stream] = os.pipe2(os.O_CLOEXEC)
            os.set_blocking(self._read[stream], False)

    def redirect(self, inherited: Sequence[int] = (), stdin: int | None = None) -> None:
        """In the child, before execve(2): install the writing ends, and read nothing from the user.

        Unless ``stdin`` is given, a descriptor that it reads from.

        The child becomes the leader of a group of its own, so that Ctrl-C in the terminal is for
        us alone, and every descriptor above 2 is closed, so that its first socket is 3 as under
        any shell. Sockets that are ``inherited`` are 3 and those that follow, announced as systemd
        does: LISTEN_FDS and LISTEN_PID, sd_listen_fds(3).
        """
        os.setpgid(0, 0)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # CPython ignores it; a server must not
        os.dup2(os.open("/dev/null", os.O_RDONLY) if stdin is None else stdin, 0)
        for stream, end in self._write.items():
            os.dup2(end, stream)
        # Where they go another one of them may be: so all are put aside first.
        aside = max(inherited, default=0) + len(inherited) + _FIRST
        moved = [fcntl.fcntl(each, fcntl.F_DUPFD, aside) for each in inherited]
        for number, each in enumerate(moved, _FIRST):
            os.dup2(each, number)
        os.closerange(_FIRST + len(inherited), 4096)
        if inherited:
            os.environ |= {"LISTEN_FDS": str(len(inherited)), "LISTEN_PID": str(os.getpid())}

    def writing(self, stream: int) -> int:
        """Return the writing end for descriptor ``stream`` (1 or 2) of a future child."""
        return self._write[stream]

    def parent_side(self) -> None:
        """In the parent, after the child has its ends: close them."""
        for end in self._write.values():
            os.close(end)
        self._write.clear()

    def descriptors(self) -> Sequence[int]:
        """The reading ends that are still open."""
        return tuple(self._read.values())

    def read(self, time_ns: int) -> list[OutputWritten]:
        """Return, without blocking, what was written since the last call, as events."""
        events = []
        for stream, end in list(self._read.items()):
            while True:
                try:
                    data = os.read(end, _CHUNK)
                except BlockingIOError:
                    break
                except OSError:
                    data = b""
                if not data:
                    os.close(end)
                    del self._read[stream]
                    break
                events.append(OutputWritten(seq=-1, time_ns=time_ns, stream=stream, data=data))
        return events

    def close(self) -> None:
        """Close what is open. Idempotent."""
        for ends in (self._read, self._write):
            for end in ends.values():
                with contextlib.suppress(OSError):
                    os.close(end)
            ends.clear()
