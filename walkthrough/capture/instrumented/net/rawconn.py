"""net/rawconn.go: a socket's descriptor, lent to a function of the program."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from walkthrough.capture.instrumented.errors import NetClosingError, OpError
from walkthrough.capture.instrumented.tracing import traced
from walkthrough.model.values import Fields, Value

if TYPE_CHECKING:
    from walkthrough.capture.instrumented.net.fd_unix import NetFD


class RawConn:
    """A socket as ``syscall.RawConn``: ``net.rawConn``."""

    def __init__(self, fd: NetFD) -> None:
        self._fd = fd

    def described(self) -> Value:
        """Return it as a value."""
        return Fields("*net.rawConn", {"fd": self._fd.described()})

    @traced("net.(*rawConn).Control")
    def control(self, f: Callable[[int], None]) -> None:
        """Call ``f`` with the descriptor, which is not closed meanwhile.

        Raises:
            OpError: It is closed already.
        """
        try:
            self._fd.pfd.raw_control(f)
        except NetClosingError as err:
            raise OpError("raw-control", self._fd.net, None, self._fd.laddr, err) from None


ControlFn = Callable[[str, str, RawConn], None]
"""A hook: called with the network, the address and the socket, which has no address yet."""
