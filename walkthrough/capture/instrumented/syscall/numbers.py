"""Which system calls the server makes, and their numbers on this machine."""

import platform
import struct

from walkthrough.capture.decode import calls as decode
from walkthrough.i18n.messages import message

# include/uapi/asm-generic/unistd.h, which the newer architectures share
_GENERIC = {
    "eventfd2": 19,
    "epoll_create1": 20,
    "epoll_ctl": 21,
    "epoll_pwait": 22,
    "fcntl": 25,
    "unlinkat": 35,
    "openat": 56,
    "close": 57,
    "read": 63,
    "write": 64,
    "socket": 198,
    "bind": 200,
    "listen": 201,
    "connect": 203,
    "getsockname": 204,
    "getpeername": 205,
    "sendto": 206,
    "recvfrom": 207,
    "setsockopt": 208,
    "getsockopt": 209,
    "accept4": 242,
}
CALLS = tuple(_GENERIC)
"""Names of the system calls this server makes, all of them told."""

_BY_MACHINE = {
    "x86_64": {spec.name: number for number, spec in decode.CALLS.items()},
    "aarch64": _GENERIC,
    "riscv64": _GENERIC,
    "loongarch64": _GENERIC,
}


def numbers(machine: str, pointer_bytes: int) -> dict[str, int]:
    """Return the numbers for a machine as uname(2) names it; empty if it is not known.

    Args:
        machine: Such as ``x86_64``.
        pointer_bytes: Of this process: one of 32 bits on a 64-bit kernel has other numbers.
    """
    return _BY_MACHINE.get(machine, {}) if pointer_bytes == 8 else {}


NUMBERS = numbers(platform.machine(), struct.calcsize("P"))
"""The numbers here; empty where this server cannot run."""
NOT_HERE = message(
    "The instrumented server does not run on {machine} (it does on {machines}, with a 64-bit "
    "Python): replay a recording instead.",
    machine=platform.machine(),
    machines=[*_BY_MACHINE],
)
