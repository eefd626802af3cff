"""internal/poll/fd_unix.go: a descriptor whose operations park the goroutine, not the thread."""

from collections.abc import Iterator
from contextlib import contextmanager

from walkthrough.capture.instrumented.errors import EndOfFile, Errno, NetClosingError
from walkthrough.capture.instrumented.internal_poll.fd_poll_runtime import PollDesc
from walkthrough.capture.instrumented.internal_poll.sock_cloexec import accept
from walkthrough.capture.instrumented.syscall import syscall_linux as syscall
from walkthrough.capture.instrumented.tracing import traced
from walkthrough.model.values import Fields, Value


class FD:
    """A descriptor.

    Args:
        sysfd: Its number; -1 once it is closed.
    """

    def __init__(self, sysfd: int) -> None:
        self.sysfd = sysfd
        self.pd = PollDesc()
        self._users = 1  # the owner; and each operation while it lasts
        self._closing = False

    def described(self) -> Value:
        """Return it as a value."""
        return Fields("*poll.FD", {"Sysfd": self.sysfd})

    def init(self, pollable: bool) -> None:
        """Register it with the poller, if it is to be."""
        if pollable:
            self.pd.init(self)

    @traced("internal/poll.(*FD).Accept")
    async def accept(self) -> tuple[int, syscall.Sockaddr]:
        """Return the next connection's descriptor and its other end's address.

        First the call is tried, then waited for, then tried again: the answer EAGAIN costs
        little, and epoll would not repeat what it told before.
        """
        with self._in_use():
            self.pd.prepare("r")
            while True:
                try:
                    return accept(self.sysfd)
                except Errno as err:
                    if err.name == "EAGAIN" and self.pd.pollable():
                        await self.pd.wait("r")
                    elif err.name not in ("EINTR", "ECONNABORTED"):
                        raise

    @traced("internal/poll.(*FD).Read")
    async def read(self, p: bytearray) -> int:
        """Read at most ``len(p)`` bytes into ``p``; return how many.

        Raises:
            EndOfFile: There will be no more. (No more for now is EAGAIN, and a park.)
        """
        with self._in_use():
            self.pd.prepare("r")
            while True:
                try:
                    n = syscall.read(self.sysfd, p)
                except Errno as err:
                    if err.name == "EAGAIN" and self.pd.pollable():
                        await self.pd.wait("r")
                    elif err.name != "EINTR":
                        raise
                else:
                    if n == 0 and len(p) > 0:
                        raise EndOfFile
                    return n

    @traced("internal/poll.(*FD).Write")
    async def write(self, p: bytes) -> int:
        """Write all of ``p``, parking whenever there is no room; return its length."""
        with self._in_use():
            self.pd.prepare("w")
            nn = 0
            while True:
                try:
                    nn += syscall.write(self.sysfd, p[nn:])
                except Errno as err:
                    if err.name == "EAGAIN" and self.pd.pollable():
                        await self.pd.wait("w")
                    elif err.name != "EINTR":
                        raise
                if nn == len(p):
                    return nn

    @traced("internal/poll.(*FD).Close")
    def close(self) -> None:
        """Close it: wake who waits in it, and give it back when the last operation is over.

        Raises:
            NetClosingError: It is closed already.
        """
        if self._closing:
            raise NetClosingError
        self._closing = True
        self.pd.evict()
        self._decref()

    def setsockopt_int(self, level: int, name: int, arg: int) -> None:
        """Set a socket option that is an int."""
        with self._in_use():
            syscall.setsockopt_int(self.sysfd, level, name, arg)

    @contextmanager
    def _in_use(self) -> Iterator[None]:
        # The number may not be given back, and to another, while an operation holds it.
        if self._closing:
            raise NetClosingError
        self._users += 1
        try:
            yield
        finally:
            self._decref()

    def _decref(self) -> None:
        self._users -= 1
        if self._users == 0:
            self._destroy()

    def _destroy(self) -> None:
        # The poller first: afterwards the number may belong to another file.
        self.pd.close()
        syscall.close(self.sysfd)
        self.sysfd = -1
