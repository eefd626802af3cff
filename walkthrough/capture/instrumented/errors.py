"""Go's errors as exceptions: where Go returns an error, this server raises one of these.

Each has the text that Go's Error method gives, and knows itself as a value for an event.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from walkthrough.model.linux import constants as k
from walkthrough.model.values import Constant, GoError

_TEMPORARY = ("EINTR", "EMFILE", "ENFILE", "EAGAIN", "ETIMEDOUT")
_TEMPORARY_OF_ACCEPT = ("ECONNRESET", "ECONNABORTED")


class RaisedError(Exception):
    """A Go ``error``; ``str`` gives its text.

    Attributes:
        go_type: Its dynamic type as Go's %T prints it.
        number: The errno it wraps, 0 if it wraps none.
    """

    go_type = "*errors.errorString"
    number = 0

    def value(self) -> GoError:
        """Return the error as a value."""
        errno = k.constant(k.ERRNO, self.number) if self.number else None
        return GoError(self.go_type, str(self), errno)


class Errno(RaisedError):  # noqa: N818  (Go's own name)
    """``syscall.Errno``: what a system call returned. The text begins in lower case, as Go's."""

    go_type = "syscall.Errno"

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(errno_text(number))

    @property
    def name(self) -> str:
        """The errno's name, ``EAGAIN``; "" if it has none."""
        return k.ERRNO.get(self.number, "")


def errno_text(number: int) -> str:
    """Return Go's text for an errno: that of strerror(3), without a leading capital.

    A leading acronym (``RFS specific error``) keeps its capitals.
    """
    text = k.ERRNO_TEXT.get(number, f"errno {number}")
    return text[0].lower() + text[1:] if text[1:2].islower() else text


class SyscallError(RaisedError):
    """``*os.SyscallError``: an errno and the name of the call that returned it."""

    go_type = "*os.SyscallError"

    def __init__(self, call: str, err: Errno) -> None:
        self.number = err.number
        super().__init__(f"{call}: {err}")


class OpError(RaisedError):
    """``*net.OpError``: which operation on which network and addresses failed, and why."""

    go_type = "*net.OpError"

    def __init__(self, op: str, net: str, source: object, addr: object, err: RaisedError) -> None:
        self.number = err.number
        self.op, self.err = op, err
        ends = "->".join(str(end) for end in (source, addr) if end is not None)
        super().__init__(" ".join(part for part in (op, net, ends) if part) + f": {err}")

    def temporary(self) -> bool:
        """Return whether it may pass: net/net.go (*OpError).Temporary."""
        if isinstance(self.err, DeadlineExceededError):
            return True
        name = k.ERRNO.get(self.number, "")
        return name in _TEMPORARY or (self.op == "accept" and name in _TEMPORARY_OF_ACCEPT)


class AddrError(RaisedError):
    """``*net.AddrError``: an address that makes no sense."""

    go_type = "*net.AddrError"

    def __init__(self, why: str, addr: str) -> None:
        super().__init__(f"address {addr}: {why}" if addr else why)


class UnknownNetworkError(RaisedError):
    """``net.UnknownNetworkError``: a network that is not known, or not here."""

    go_type = "net.UnknownNetworkError"

    def __init__(self, network: str) -> None:
        super().__init__(f"unknown network {network}")


class DNSError(RaisedError):
    """``*net.DNSError``: a name without an address."""

    go_type = "*net.DNSError"

    def __init__(self, name: str) -> None:
        super().__init__(f"lookup {name}: no such host")


class NetClosingError(RaisedError):
    """``poll.errNetClosing``: the descriptor was closed, before or meanwhile."""

    go_type = "poll.errNetClosing"

    def __init__(self) -> None:
        super().__init__("use of closed network connection")


class DeadlineExceededError(RaisedError):
    """``*poll.DeadlineExceededError``: what was waited for did not come in time."""

    go_type = "*poll.DeadlineExceededError"

    def __init__(self) -> None:
        super().__init__("i/o timeout")


class EndOfFile(RaisedError):  # noqa: N818  (as Go's io.EOF, no failure)
    """``io.EOF``: a read returned 0 bytes; not a failure, but an error in Go."""

    def __init__(self) -> None:
        super().__init__("EOF")


class Throw(BaseException):
    """``runtime.throw``: what Go cannot recover from. The process ends with status 2."""


@contextmanager
def named(call: str) -> Iterator[None]:
    """Add the name of its call to an errno raised inside: ``os.NewSyscallError(call, err)``."""
    try:
        yield
    except Errno as err:
        raise SyscallError(call, err) from None


def constant(number: int) -> Constant | int:
    """Return an errno that is a plain result, not an error: 0, or the named number."""
    return k.constant(k.ERRNO, number) if number else 0
