"""Which descriptors of which processes stand for one open file, and which processes share them all.

The kernel is asked to compare two at a time, kcmp(2): allowed to those who may ptrace both
processes. An epoll has no inode of its own by which it could be recognized.
"""

import ctypes
import functools
import os
from collections.abc import Iterable, Sequence
from functools import cmp_to_key
from itertools import count, pairwise

_KCMP = {"x86_64": 312, "aarch64": 272}
_FILE, _FILES = 0, 2  # uapi/linux/kcmp.h
_EQUAL, _LESS, _GREATER = 0, 1, 2

Holder = tuple[int, int]
"""A process and a descriptor of it."""


class OpenFiles:
    """Numbers open files from one look at some processes to the next. Belongs to one thread."""

    def __init__(self) -> None:
        self._numbers: dict[Holder, int] = {}
        self._next = count(1)

    def number(self, holders: Sequence[Holder]) -> dict[Holder, int]:
        """Return a number for each descriptor, the same for those of one open file.

        It stays the same as long as one of its descriptors does. Empty where there is only one
        process, or the kernel does not compare.
        """
        if len({pid for pid, _ in holders}) < 2:
            self._numbers = {}
            return self._numbers
        numbers: dict[Holder, int] = {}
        for same in _groups(holders):
            known = (self._numbers[each] for each in same if each in self._numbers)
            number = next((each for each in known if each not in numbers.values()), None)
            numbers |= dict.fromkeys(same, next(self._next) if number is None else number)
        self._numbers = numbers
        return numbers


def table_of(pid: int, others: Iterable[int]) -> int:
    """Return the lowest process id of those that share the descriptors of ``pid``; 0 if none do."""
    sharing = [each for each in others if each != pid and _compare(_FILES, pid, each) == _EQUAL]
    return min(pid, *sharing) if sharing else 0


def _groups(holders: Sequence[Holder]) -> list[list[Holder]]:
    """Put those together that are of one open file; no group if the kernel does not compare."""
    unknown = False

    def order(one: Holder, other: Holder) -> int:
        nonlocal unknown
        found = _compare(_FILE, one[0], other[0], one[1], other[1])
        unknown |= found not in (_EQUAL, _LESS, _GREATER)
        return {_LESS: -1, _GREATER: 1}.get(found, 0)

    ordered = sorted(holders, key=cmp_to_key(order))
    if unknown or not ordered:
        return []
    groups = [[ordered[0]]]
    for one, other in pairwise(ordered):
        if order(one, other):
            groups.append([])
        groups[-1].append(other)
    return groups


def _compare(kind: int, pid: int, other: int, fd: int = 0, other_fd: int = 0) -> int:
    """Compare; -1 where that is not allowed, or a process is gone."""
    number = _KCMP.get(os.uname().machine)
    if number is None:
        return -1
    return int(_libc().syscall(number, pid, other, kind, fd, other_fd))


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)
