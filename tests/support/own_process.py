"""Runs a function in a child of its own, and commands where no network namespace is available."""

import ctypes
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import traceback
from collections.abc import Callable
from typing import Any

ORDINARY = 65534
"""A user that may do nothing in particular."""
_LIMIT = "/proc/sys/user/max_net_namespaces"


def in_child(work: Callable[[], object], user: int | None = None) -> Any:
    """Fork, become ``user``, call ``work`` and return what it returned, by way of JSON.

    Whatever it does to the process that it runs in is gone afterwards.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            if user is not None:
                os.setgroups([])
                os.setresgid(user, user, user)
                os.setresuid(user, user, user)
                ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # dumpable, as execve(2) would make it
            os.write(writing, json.dumps(work()).encode())
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        found = pipe.read()
    _, status = os.waitpid(child, 0)
    assert status == 0, "the child failed, see above"
    return json.loads(found)


def without_namespaces(*command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run ``python -m walkthrough`` where network namespaces are used up.

    It has a machine of its own to expose itself on: a namespace without any interface but lo.
    """
    from tests.support.time_limits import limit  # where this file is run, it has no package

    return subprocess.run(
        [sys.executable, __file__, sys.executable, "-m", "walkthrough", *command],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=limit(240),
        env={**os.environ, **environment},
    )


def use_up_namespaces() -> None:
    """Enter a user and network namespace in which no other network namespace can be made."""
    user, group = os.geteuid(), os.getegid()
    if ctypes.CDLL(None, use_errno=True).unshare(0x10000000 | 0x40000000) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    for file, line in (
        ("/proc/self/setgroups", "deny"),
        ("/proc/self/uid_map", f"{user} {user} 1"),
        ("/proc/self/gid_map", f"{group} {group} 1"),
        (_LIMIT, "0"),
    ):
        with open(file, "w", encoding="utf-8") as found:
            found.write(line)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh22x", b"lo", 1))


if __name__ == "__main__":
    use_up_namespaces()
    os.execv(sys.argv[1], sys.argv[1:])
