"""internal/poll/fd_unix.go: a descriptor whose operations park the goroutine, not the thread."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from walkthrough.capture.instrumented.errors import EndOfFile, Errno, NetClosingError
from walkthrough.capture.instrumented.internal_poll.fd_poll_runtime import PollDesc
from walkthrough.capture.instrumented.internal_poll.sock_cloexec import accept
from walkthrough.capture.instrumented.runtime.sema import Semaphore
from walkthrough.capture.instrumented.syscall import syscall_linux as syscall
from walkthrough.capture.instrumented.tracing import traced
from walkthrough.model.values import Fields, Value


class FD:
    """A descriptor.

    Args:
        sysfd: Its number; -1 once it is closed.
        zero_read_is_eof: A read of 0 bytes means the end. A datagram may be empty.
    """

    def __init__(self, sysfd: int, zero_read_is_eof: bool = True) -> None:
        self.sysfd = sysfd
        self.pd = PollDesc()
        self._zero_read_is_eof = zero_read_is_eof
        self._is_blocking = False
        self._users = 1  # the owner; and each operation while it lasts
        self._closing = False
        self._csema = Semaphore()  # released once it is closed

    def described(self) -> Value:
        """Return it as a value."""
        return Fields("*poll.FD", {"Sysfd": self.sysfd})

    def init(self, pollable: bool) -> None:
        """Register it with the poller, if it is to be."""
        self._is_blocking = True
        if pollable:
            self.pd.init(self)
            self._is_blocking = False

    @traced("internal/poll.(*FD).Accept")
    async def accept(self) -> tuple[int, syscall.Sockaddr]:
        """Return the next connection's descriptor and its other end's address.

        First the call is tried, then waited for, then tried again: EAGAIN costs
        little, and epoll would not repeat what it reported before.
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
                    if n == 0 and len(p) > 0 and self._zero_read_is_eof:
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

    @traced("internal/poll.(*FD).ReadFromInet4")
    async def read_from_inet4(self, p: bytearray) -> tuple[int, syscall.Sockaddr]:
        """Receive one datagram into ``p``; return how many bytes came, and whose they are."""
        return await self._read_from(p)

    @traced("internal/poll.(*FD).ReadFromInet6")
    async def read_from_inet6(self, p: bytearray) -> tuple[int, syscall.Sockaddr]:
        """Do the same with an IPv6 socket."""
        return await self._read_from(p)

    async def _read_from(self, p: bytearray) -> tuple[int, syscall.Sockaddr]:
        with self._in_use():
            self.pd.prepare("r")
            while True:
                try:
                    return syscall.recvfrom(self.sysfd, p, 0)
                except Errno as err:
                    if err.name == "EAGAIN" and self.pd.pollable():
                        await self.pd.wait("r")
                    elif err.name != "EINTR":
                        raise

    @traced("internal/poll.(*FD).WriteToInet4")
    async def write_to_inet4(self, p: bytes, sa: syscall.Sockaddr) -> int:
        """Send ``p`` to ``sa`` as one datagram; return its length."""
        return await self._write_to(p, sa)

    @traced("internal/poll.(*FD).WriteToInet6")
    async def write_to_inet6(self, p: bytes, sa: syscall.Sockaddr) -> int:
        """Do the same with an IPv6 socket."""
        return await self._write_to(p, sa)

    async def _write_to(self, p: bytes, sa: syscall.Sockaddr) -> int:
        with self._in_use():
            self.pd.prepare("w")
            while True:
                try:
                    syscall.sendto(self.sysfd, p, 0, sa)
                except Errno as err:
                    if err.name == "EAGAIN" and self.pd.pollable():
                        await self.pd.wait("w")
                    elif err.name != "EINTR":
                        raise
                else:
                    return len(p)

    async def wait_write(self) -> None:
        """Wait until there is room to write; of a connecting socket: until that is decided."""
        await self.pd.wait("w")

    @traced("internal/poll.(*FD).Close")
    async def close(self) -> None:
        """Close it: wake its waiters, and return when the descriptor is closed.

        The last user closes it, so one may have to wait for that.

        Raises:
            NetClosingError: It is closed already.
        """
        if self._closing:
            raise NetClosingError
        self._closing = True
        self.pd.evict()
        try:
            self._decref()
        finally:
            if not self._is_blocking:
                await self._csema.acquire()

    def setsockopt_int(self, level: int, name: int, arg: int) -> None:
        """Set a socket option that is an int."""
        with self._in_use():
            syscall.setsockopt_int(self.sysfd, level, name, arg)

    def raw_control(self, f: Callable[[int], None]) -> None:
        """Call ``f`` with the descriptor's number."""
        with self._in_use():
            f(self.sysfd)

    def set_deadline(self, t: int) -> None:
        """Let all waits end at ``t``, see `PollDesc.set_deadline`."""
        with self._in_use():
            self.pd.set_deadline(t, "rw")

    @contextmanager
    def _in_use(self) -> Iterator[None]:
        # The number must not be freed and reused while an operation uses it.
        if self._closing:
            raise NetClosingError
        self._users += 1
        try:
            yield
        finally:
            with suppress(Errno):
                self._decref()

    def _decref(self) -> None:
        self._users -= 1
        if self._users == 0:
            self._destroy()

    def _destroy(self) -> None:
        # The poller first: afterwards the number may belong to another file.
        self.pd.close()
        try:
            syscall.close(self.sysfd)
        finally:
            self.sysfd = -1
            self._csema.release()
