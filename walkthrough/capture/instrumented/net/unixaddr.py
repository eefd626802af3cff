"""Addresses of Unix sockets: what is theirs in net/unixsock.go and unixsock_posix.go."""

from typing import NamedTuple

from walkthrough.capture.instrumented.syscall import syscall_linux as syscall
from walkthrough.model.values import Fields, SocketAddress, Value


class UnixAddr(NamedTuple):
    """``net.UnixAddr``: a file's path, or a name that begins with @, which is not a file."""

    name: str
    net: str

    def __str__(self) -> str:
        """Return the name."""
        return self.name

    def described(self) -> Value:
        """Return it as a value."""
        return Fields("*net.UnixAddr", {"address": SocketAddress("AF_UNIX", path=self.name)})

    def family(self) -> int:
        """Return the family."""
        return syscall.AF_UNIX

    def is_wildcard(self) -> bool:
        """Return whether it is not a name at all."""
        return not self.name

    def sockaddr(self, family: int) -> syscall.Sockaddr:
        """Return it as the kernel wants it; ``family`` is always AF_UNIX."""
        return syscall.SockaddrUnix(self.name)


def sockaddr_to_unix(sa: syscall.Sockaddr | None) -> UnixAddr | None:
    """Return the kernel's address as Go's; None for none."""
    return UnixAddr(sa.name, "unix") if isinstance(sa, syscall.SockaddrUnix) else None
