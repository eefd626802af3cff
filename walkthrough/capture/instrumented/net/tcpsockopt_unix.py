"""net/tcpsockopt_unix.go: when keep-alive probes, how often, how many times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from walkthrough.capture.instrumented.errors import named
from walkthrough.capture.instrumented.syscall import syscall_linux as syscall
from walkthrough.capture.instrumented.tracing import traced

if TYPE_CHECKING:
    from walkthrough.capture.instrumented.net.fd_unix import NetFD

SECOND = 1_000_000_000
# net/dial.go
DEFAULT_IDLE = 15 * SECOND
DEFAULT_INTERVAL = 15 * SECOND
DEFAULT_COUNT = 9


@traced("net.setKeepAliveIdle")
def set_keep_alive_idle(fd: NetFD, d: int) -> None:
    """Probe after ``d`` nanoseconds of silence; the kernel counts whole seconds, rounded up."""
    _set(fd, syscall.TCP_KEEPIDLE, _seconds(d or DEFAULT_IDLE))


@traced("net.setKeepAliveInterval")
def set_keep_alive_interval(fd: NetFD, d: int) -> None:
    """Probe again every ``d`` nanoseconds without an answer."""
    _set(fd, syscall.TCP_KEEPINTVL, _seconds(d or DEFAULT_INTERVAL))


@traced("net.setKeepAliveCount")
def set_keep_alive_count(fd: NetFD, n: int) -> None:
    """Drop the connection after ``n`` probes without an answer."""
    _set(fd, syscall.TCP_KEEPCNT, n or DEFAULT_COUNT)


def _seconds(d: int) -> int:
    return -(-d // SECOND)


def _set(fd: NetFD, option: int, value: int) -> None:
    if value >= 0:  # below 0: leave it as the kernel has it
        with named("setsockopt"):
            fd.pfd.setsockopt_int(syscall.IPPROTO_TCP, option, value)
