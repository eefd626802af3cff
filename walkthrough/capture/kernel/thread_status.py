"""What /proc says of threads that are, or are about to be, traced, see proc(5)."""

import os
from typing import NamedTuple

GONE = (b"", b"Z", b"X")
"""States of a thread that will not run again: it is gone, or waits for somebody to hear of it."""


class ThreadStatus(NamedTuple):
    """What is asked of ``/proc/TID/status``; an empty state, and zeros, if it is gone.

    Attributes:
        state: A letter.
        process: The process that it belongs to.
        parent: That process's parent.
        tracer: Who traces it, 0 for nobody.
    """

    state: bytes = b""
    process: int = 0
    parent: int = 0
    tracer: int = 0


def thread_status(thread: int) -> ThreadStatus:
    """Return the status of a thread."""
    state, found = b"", {b"Tgid:": 0, b"PPid:": 0, b"TracerPid:": 0}
    try:
        with open(f"/proc/{thread}/status", "rb") as file:
            for line in file:
                name, _, value = line.partition(b"\t")
                if name == b"State:":
                    state = value[:1]
                elif name in found:
                    found[name] = int(value)
                if name == b"TracerPid:":
                    break
    except OSError:
        return ThreadStatus()
    return ThreadStatus(state, *found.values())


def threads_of(process: int) -> list[int]:
    """Return the threads of a process, none if it is gone."""
    try:
        return [int(each) for each in os.listdir(f"/proc/{process}/task")]
    except OSError:
        return []


def children_of(process: int) -> list[int]:
    """Return the processes that a process has started and that are its own to wait for."""
    found: list[int] = []
    for thread in threads_of(process):
        try:
            with open(f"/proc/{process}/task/{thread}/children", "rb") as file:
                found += map(int, file.read().split())
        except OSError:
            continue
    return found
