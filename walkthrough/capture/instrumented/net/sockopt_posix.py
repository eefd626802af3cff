"""net/sockopt_posix.go: SO_KEEPALIVE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from walkthrough.capture.instrumented.errors import named
from walkthrough.capture.instrumented.syscall import syscall_linux as syscall
from walkthrough.capture.instrumented.tracing import traced

if TYPE_CHECKING:
    from walkthrough.capture.instrumented.net.fd_unix import NetFD


@traced("net.setKeepAlive")
def set_keep_alive(fd: NetFD, keepalive: bool) -> None:
    """Make the kernel probe a silent connection, now and then."""
    with named("setsockopt"):
        fd.pfd.setsockopt_int(syscall.SOL_SOCKET, syscall.SO_KEEPALIVE, int(keepalive))
