"""A pipe that holds one write at a time, and lets it be read before it is removed.

strace writes each system call when it begins and when it ends, and only then lets the thread
continue. While one such write stays in the pipe the next one blocks: so no traced call of any
thread begins, without any signal and without a trace in the log.
"""

import ctypes
import fcntl
import os
import select
import time

from walkthrough.capture.errors import CaptureError
from walkthrough.i18n.messages import message
from walkthrough.i18n.system_errors import error_number_text

_NONBLOCK = 2  # SPLICE_F_NONBLOCK, tee(2)
_libc = ctypes.CDLL(None, use_errno=True)


class BlockingPipe:
    """The pipe. Its writer has to inherit ``writing``: reopened, it would not be in packet mode.

    Raises:
        CaptureError: This system has no such pipe.
    """

    def __init__(self) -> None:
        # O_DIRECT: each write is a packet and takes a slot of its own, pipe2(2). A slot is a page.
        self._slot, self.writing = os.pipe2(os.O_CLOEXEC | os.O_DIRECT)
        self._copied, self._copying = os.pipe2(os.O_CLOEXEC | os.O_DIRECT)
        self._page = os.sysconf("SC_PAGESIZE")
        if fcntl.fcntl(self.writing, fcntl.F_SETPIPE_SZ, self._page) != self._page:
            self.close()
            raise CaptureError(
                message(
                    "This system has no pipe of one slot, by which strace is halted: use --server "
                    "python, where it watches the same run."
                )
            )

    def writer_started(self) -> None:
        """The writer has inherited its end: close ours, so that end-of-file is seen."""
        os.close(self.writing)
        self.writing = -1

    def look(self, seconds: float) -> bytes | None:
        """Wait for a write and return it, leaving it there.

        Returns:
            None if none came in time, b"" at the end.
        """
        deadline = time.monotonic() + seconds
        poll = select.poll()
        poll.register(self._slot, select.POLLIN)
        while not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            if time.monotonic() >= deadline:
                return None
        copied = _libc.tee(self._slot, self._copying, self._page, _NONBLOCK)
        if copied < 0:
            raise CaptureError(
                message(
                    "strace's log cannot be followed here ({why}): use --server python.",
                    why=error_number_text(ctypes.get_errno()),
                )
            )
        return os.read(self._copied, self._page) if copied else b""

    def take(self) -> bytes:
        """Remove what `look` returned: the writer may continue. b"" at the end."""
        return os.read(self._slot, self._page)

    def close(self) -> None:
        """Close it; a writer gets SIGPIPE. Idempotent."""
        for name in ("_slot", "writing", "_copied", "_copying"):
            if getattr(self, name) >= 0:
                os.close(getattr(self, name))
                setattr(self, name, -1)
