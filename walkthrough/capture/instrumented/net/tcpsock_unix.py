"""net/tcpsock_unix.go: the four options of keep-alive, in Go's order."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from walkthrough.capture.instrumented.net.sockopt_posix import set_keep_alive
from walkthrough.capture.instrumented.net.tcpsockopt_unix import (
    set_keep_alive_count,
    set_keep_alive_idle,
    set_keep_alive_interval,
)

if TYPE_CHECKING:
    from walkthrough.capture.instrumented.net.tcpsock import TCPConn


class KeepAliveConfig(NamedTuple):
    """``net.KeepAliveConfig`` (``probes``: its Count); nanoseconds, 0: Go's default."""

    enable: bool = False
    idle: int = 0
    interval: int = 0
    probes: int = 0


def set_keep_alive_config(c: TCPConn, config: KeepAliveConfig) -> None:
    """Switch keep-alive, and set after how long, how often and how many times it probes."""
    set_keep_alive(c.fd, config.enable)
    set_keep_alive_idle(c.fd, config.idle)
    set_keep_alive_interval(c.fd, config.interval)
    set_keep_alive_count(c.fd, config.probes)
