"""net/tcpsockopt_posix.go: TCP_NODELAY."""

from __future__ import annotations

from typing import TYPE_CHECKING

from walkthrough.capture.instrumented.errors import named
from walkthrough.capture.instrumented.syscall import syscall_linux as syscall
from walkthrough.capture.instrumented.tracing import traced

if TYPE_CHECKING:
    from walkthrough.capture.instrumented.net.fd_unix import NetFD


@traced("net.setNoDelay")
def set_no_delay(fd: NetFD, no_delay: bool) -> None:
    """Send small writes at once instead of coalescing them (Nagle's algorithm), see tcp(7)."""
    with named("setsockopt"):
        fd.pfd.setsockopt_int(syscall.IPPROTO_TCP, syscall.TCP_NODELAY, int(no_delay))
