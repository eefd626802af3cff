"""What /proc says of threads, those that are traced and others, see proc(5)."""

import os
from typing import NamedTuple

GONE = (b"", b"Z", b"X")
"""States of a thread that will not run again: it is gone, or waits for somebody to hear of it."""
_AT_REST = (*GONE, b"S", b"I")
"""And of one that sleeps, or is the kernel's own and idle."""
_WHOSE = (b"State", b"Tgid", b"PPid", b"TracerPid")
_SLEEP = (b"State", b"voluntary_ctxt_switches", b"nonvoluntary_ctxt_switches")


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
    state, *numbers = _fields(thread, _WHOSE)
    return ThreadStatus(state[:1], *(int(each or 0) for each in numbers))


def _fields(thread: int, names: tuple[bytes, ...]) -> list[bytes]:
    """Return lines of a thread's status, which has them in this order; empty if it is gone."""
    found = [b""] * len(names)
    at = 0
    try:
        with open(f"/proc/{thread}/status", "rb") as file:
            for line in file:
                name, _, value = line.partition(b":\t")
                if name == names[at]:
                    found[at] = value.rstrip()
                    at += 1
                    if at == len(names):
                        break
    except OSError:
        return [b""] * len(names)
    return found


def is_asleep(*pids: int, besides: int | None = None) -> bool:
    """Return whether at one moment no thread runs, waits for a disk or is stopped.

    Threads are looked at one after the other, and one that has just been seen asleep may be woken
    by one that falls asleep before its turn. So all are looked at twice: who has not been switched
    away from meanwhile has slept from the first look to the second, see ``State`` and
    ``voluntary_ctxt_switches`` of ``/proc/PID/task/TID/status``, proc(5).

    Args:
        pids: The processes; one that is gone sleeps.
        besides: A thread that does not matter.
    """
    seen = _sleepers(pids, besides)
    return seen is not None and _sleepers(pids, besides) == seen


def _sleepers(pids: tuple[int, ...], besides: int | None) -> dict[int, list[bytes]] | None:
    """Return how often each thread was switched away from; None if one does not sleep."""
    found: dict[int, list[bytes]] = {}
    for thread in (each for pid in pids for each in threads_of(pid) if each != besides):
        state, *switches = _fields(thread, _SLEEP)
        if state[:1] not in _AT_REST:
            return None
        if state:
            found[thread] = switches
    return found


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
