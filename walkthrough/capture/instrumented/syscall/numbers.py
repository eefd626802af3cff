"""Which system calls the server makes, and their numbers on this machine."""

import platform
import struct
from collections.abc import Mapping

from walkthrough.capture.decode.kernel_abi import ABIS
from walkthrough.i18n.messages import message

CALLS = (
    "eventfd2",
    "epoll_create1",
    "epoll_ctl",
    "epoll_pwait",
    "fcntl",
    "unlinkat",
    "openat",
    "close",
    "read",
    "write",
    "socket",
    "bind",
    "listen",
    "connect",
    "getsockname",
    "getpeername",
    "sendto",
    "recvfrom",
    "setsockopt",
    "getsockopt",
    "accept4",
)
"""Names of the system calls this server makes, all of them told."""


def numbers(machine: str, pointer_bytes: int) -> Mapping[str, int]:
    """Return the numbers for a machine as uname(2) names it; empty if it is not known.

    Args:
        machine: Such as ``x86_64``.
        pointer_bytes: Of this process: one of 32 bits on a 64-bit kernel has other numbers.
    """
    return ABIS[machine].numbers if machine in ABIS and pointer_bytes == 8 else {}


NUMBERS = numbers(platform.machine(), struct.calcsize("P"))
"""The numbers here; empty where this server cannot run."""
NOT_HERE = message(
    "The instrumented server does not run on {machine} (it does on {machines}, with a 64-bit "
    "Python): replay a recording instead.",
    machine=platform.machine(),
    machines=[*ABIS],
)
