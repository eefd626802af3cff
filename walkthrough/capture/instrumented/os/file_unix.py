"""os/file_unix.go: files. They are registered with the poller as sockets are; most are refused."""

from contextlib import suppress

from walkthrough.capture.instrumented.errors import Errno, RaisedError
from walkthrough.capture.instrumented.internal_poll.fd_unix import FD
from walkthrough.capture.instrumented.os.proc import die_of_sigpipe
from walkthrough.capture.instrumented.syscall import syscall_linux as syscall


class File:
    """An open file: ``os.File``.

    Args:
        pfd: Its descriptor.
        stdout_or_err: It is the process's output; when nobody reads that, the process ends.
    """

    def __init__(self, pfd: FD, stdout_or_err: bool = False) -> None:
        self._pfd = pfd
        self._stdout_or_err = stdout_or_err

    async def read(self, b: bytearray) -> int:
        """Read into ``b``."""
        return await self._pfd.read(b)

    async def write(self, b: bytes) -> int:
        """Write all of ``b``."""
        try:
            return await self._pfd.write(b)
        except Errno as err:
            if err.name == "EPIPE" and self._stdout_or_err:
                die_of_sigpipe()
            raise

    async def close(self) -> None:
        """Close it."""
        await self._pfd.close()


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


stdout, stderr = File(FD(1), True), File(FD(2), True)


async def fprintln(file: File, *values: object) -> None:
    """Print a line as fmt.Fprintln does, ignoring failures."""
    line = " ".join("<nil>" if value is None else str(value) for value in values)
    with suppress(RaisedError):
        await file.write(f"{line}\n".encode("utf-8", "surrogateescape"))
