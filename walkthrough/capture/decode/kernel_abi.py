"""What depends on the machine in what Linux and programs tell each other, as data.

Numbers: arch/x86/entry/syscalls/syscall_64.tbl, and include/uapi/asm-generic/unistd.h, which the
newer architectures share and which lacks the calls that newer ones replace.
"""

import struct
from collections.abc import Mapping
from typing import NamedTuple

from walkthrough.model.linux import constants as k


class KernelAbi(NamedTuple):
    """Linux on one machine.

    Attributes:
        numbers: Of the system calls that are traced, by name; those that the machine has.
        open_flags: Names of the flags of open(2), without the access mode.
        epoll_event: ``struct epoll_event``, uapi/linux/eventpoll.h: packed on x86_64 alone.
    """

    numbers: Mapping[str, int]
    open_flags: k.Table
    epoll_event: struct.Struct


_X86_64 = {
    "read": 0,
    "write": 1,
    "open": 2,
    "close": 3,
    "poll": 7,
    "readv": 19,
    "writev": 20,
    "pipe": 22,
    "select": 23,
    "dup": 32,
    "dup2": 33,
    "sendfile": 40,
    "socket": 41,
    "connect": 42,
    "accept": 43,
    "sendto": 44,
    "recvfrom": 45,
    "sendmsg": 46,
    "recvmsg": 47,
    "shutdown": 48,
    "bind": 49,
    "listen": 50,
    "getsockname": 51,
    "getpeername": 52,
    "socketpair": 53,
    "setsockopt": 54,
    "getsockopt": 55,
    "fcntl": 72,
    "unlink": 87,
    "epoll_create": 213,
    "epoll_wait": 232,
    "epoll_ctl": 233,
    "openat": 257,
    "unlinkat": 263,
    "pselect6": 270,
    "ppoll": 271,
    "epoll_pwait": 281,
    "eventfd": 284,
    "accept4": 288,
    "eventfd2": 290,
    "epoll_create1": 291,
    "dup3": 292,
    "pipe2": 293,
    "close_range": 436,
    "epoll_pwait2": 441,
}
_GENERIC = {
    "eventfd2": 19,
    "epoll_create1": 20,
    "epoll_ctl": 21,
    "epoll_pwait": 22,
    "dup": 23,
    "dup3": 24,
    "fcntl": 25,
    "unlinkat": 35,
    "openat": 56,
    "close": 57,
    "pipe2": 59,
    "read": 63,
    "write": 64,
    "readv": 65,
    "writev": 66,
    "sendfile": 71,
    "pselect6": 72,
    "ppoll": 73,
    "socket": 198,
    "socketpair": 199,
    "bind": 200,
    "listen": 201,
    "accept": 202,
    "connect": 203,
    "getsockname": 204,
    "getpeername": 205,
    "sendto": 206,
    "recvfrom": 207,
    "setsockopt": 208,
    "getsockopt": 209,
    "shutdown": 210,
    "sendmsg": 211,
    "recvmsg": 212,
    "accept4": 242,
    "close_range": 436,
    "epoll_pwait2": 441,
}
_PACKED, _ALIGNED = struct.Struct("<IQ"), struct.Struct("<I4xQ")

ABIS: Mapping[str, KernelAbi] = {
    machine: KernelAbi(
        numbers, k.open_flag_names(machine), _PACKED if machine == "x86_64" else _ALIGNED
    )
    for machine, numbers in (
        ("x86_64", _X86_64),
        ("aarch64", _GENERIC),
        ("riscv64", _GENERIC),
        ("loongarch64", _GENERIC),
    )
}
"""By the machine's name as uname(2) has it; more than the tracer knows."""
