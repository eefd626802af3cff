"""os/file_unix.go: files. They meet the poller as sockets do; most are refused there."""

from contextlib import suppress

from walkthrough.capture.instrumented.errors import Errno
from walkthrough.capture.instrumented.internal_poll.fd_unix import FD
from walkthrough.capture.instrumented.syscall import syscall_linux as syscall


class File:
    """An open file: ``os.File``."""

    def __init__(self, pfd: FD) -> None:
        self._pfd = pfd

    async def read(self, b: bytearray) -> int:
        """Read into ``b``."""
        return await self._pfd.read(b)

    async def write(self, b: bytes) -> int:
        """Write all of ``b``."""
        return await self._pfd.write(b)

    def close(self) -> None:
        """Close it."""
        self._pfd.close()


def open_(name: str) -> File:
    """Open ``name`` for reading.

    Raises:
        Errno: It cannot be opened.
    """
    while True:
        try:
            fd = syscall.open_(name, syscall.O_RDONLY | syscall.O_CLOEXEC)
        except Errno as err:
            if err.name != "EINTR":
                raise
        else:
            return _new_file(fd)


def _new_file(fd: int) -> File:
    pfd = FD(fd)
    try:
        syscall.set_nonblock(fd, True)
    except Errno:
        return File(pfd)
    try:
        pfd.init(True)
    except Errno:
        # Not a file that epoll can watch (one on disk, say): reads will not wait, so let it be.
        with suppress(Errno):
            syscall.set_nonblock(fd, False)
    return File(pfd)


stdout, stderr = File(FD(1)), File(FD(2))
