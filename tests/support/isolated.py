"""Runs a few lines of Python in a process of their own, also in a network of their own.

A fact of the kernel is tried out there when the trial would disturb the tests' own process (limits,
signals) or the machine (its sysctls). What the lines print as JSON is handed back.
"""

import ctypes
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.time_limits import limit

SECONDS = limit(60)
_CANNOT = 77
_NETWORK = """
import ctypes, errno, fcntl, os, socket, struct, sys
home = os.stat("/proc/self/ns/net").st_ino
libc = ctypes.CDLL(None, use_errno=True)
SOMAXCONN = "/proc/sys/net/core/somaxconn"
NEW_NETWORK, NEW_USER = 0x40000000, 0x10000000  # sched.h
if libc.unshare(NEW_NETWORK) and libc.unshare(NEW_NETWORK | NEW_USER):
    sys.exit(77)
if os.stat("/proc/self/ns/net").st_ino == home:
    sys.exit(77)
try:
    open(SOMAXCONN, "r+").close()
except OSError:  # /proc is mounted read-only
    sys.exit(77)
with socket.socket() as any_socket:  # netdevice(7): SIOCSIFFLAGS, IFF_UP
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh22x", b"lo", 1))


def sysctl(name, value):
    with open("/proc/sys/" + name, "w") as file:
        file.write(str(value))


"""


class NoNetworkError(Exception):
    """This user cannot have a network of their own here."""


def run(code: str, *arguments: str, own_network: bool = False) -> Any:
    """Run Python and return what it printed last, as JSON.

    Args:
        code: The program.
        arguments: Its ``sys.argv[1:]``.
        own_network: Whether it runs in a new network namespace, loopback up and nothing else in
            it; ``sysctl(name, value)`` then sets what is that network's own.

    Raises:
        NoNetworkError: No network namespace is available.
    """
    whole = (_NETWORK if own_network else "") + code
    done = subprocess.run(
        [sys.executable, "-c", whole, *arguments],
        env=dict(os.environ, PYTHONPATH=str(Path(__file__).parents[2])),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if own_network and done.returncode == _CANNOT:
        raise NoNetworkError
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for a condition, giving other threads and processes their turn; never for a time."""
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, f"never came: {what}"
        os.sched_yield()


def accept4(fd: int, flags: int) -> int:
    """Call accept4(2) once: Python's own would call it again after EINTR, and set flags."""
    return _checked(_libc().accept4(fd, None, None, flags))


def read(fd: int, size: int) -> int:
    """Call read(2) once, see `accept4`."""
    return _checked(_libc().read(fd, ctypes.create_string_buffer(size), size))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
