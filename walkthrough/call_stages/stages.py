"""The places of a program's calls while it runs: each at once, and again when more is known.

A program may run for days, so what was called long ago stays as it was told (`REVISABLE`).

The same calls have the same places in the end as in an strace(1) log, since both come from
`FileRoles` and `PlaceFinder`: those follow from the calls so far, whoever asks when.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Mapping
from typing import NamedTuple

from walkthrough.call_stages.descriptor_sharing import DescriptorSharing, FdDemands
from walkthrough.call_stages.fd_roles import FileRoles
from walkthrough.call_stages.fd_table import UNKNOWN, FdTable
from walkthrough.call_stages.marks import begun_by, ends_visit, mark_of
from walkthrough.call_stages.places import PlaceFinder
from walkthrough.call_stages.roles import FileRole
from walkthrough.call_stages.told_call import Thread, ToldCall
from walkthrough.model.stages import NOWHERE, Place

REVISABLE = 1 << 14
"""How many calls, the newest, may turn out to belong elsewhere."""


class ToldPlace(NamedTuple):
    """Where on the path a call belongs.

    Attributes:
        place: Its place.
        mark: As in `CallEntered`: what visit begins with it.
    """

    place: Place
    mark: str | None


class CallStages:
    """Follows the calls of a program, of all its threads and processes.

    Args:
        sharing: Which threads share descriptors from the beginning; those that come are told of.
        demands: What is done with descriptors that are not seen to be opened.
    """

    def __init__(
        self, sharing: DescriptorSharing | None = None, demands: FdDemands | None = None
    ) -> None:
        self._dirty: set[int] = set()
        self._depending: dict[int, list[int]] = {}  # by file the calls whose places depend on it
        self.roles = FileRoles(sharing, demands, self._touch, self._dirty.add, self)
        self._finder = PlaceFinder(self.roles, self._depend)
        self._number = 0  # of the next call
        self._calls: dict[int, ToldCall] = {}  # those that can be revised
        self._told: dict[int, ToldPlace] = {}
        self._shared: dict[ToldPlace, ToldPlace] = {}
        self._visits: list[int] = []  # the calls that end the visit before them, ascending
        self._closed: deque[tuple[int, int]] = deque()  # files, and which call was next
        self._going_on: set[int] = set()
        self._overdue: list[int] = []  # calls that have ended after they should be forgotten

    def begins(self, call: ToldCall) -> int:
        """Follow a call that begins, and return its number; `told` says where it belongs."""
        number = self._number
        self._number += 1
        self._calls[number] = call
        self.roles.begins(number, call)
        self.roles.settle()
        place = begun_by(self._finder.place(number, call))
        before = self._place_of_visit(len(self._visits) - 1)
        self._told[number] = self._share(ToldPlace(place, mark_of(call.name, place, before)))
        if ends_visit(call.name, place):
            self._visits.append(number)
        self._going_on.add(number)
        if number >= REVISABLE:
            self._forget(number - REVISABLE)
        while self._overdue:
            self._forget(self._overdue.pop())
        return number

    def ends(self, number: int, call: ToldCall) -> None:
        """Follow a call that has ended.

        Args:
            number: What `begins` has returned.
            call: The call with its result, and with what the kernel has written.
        """
        self._calls[number] = call
        self._going_on.discard(number)
        if number < self._number - REVISABLE:
            self._overdue.append(number)
        self.roles.ends(number, call)
        self.roles.settle()

    def made(self, parent: Thread, child: Thread, *, shares: bool) -> None:
        """Follow a thread or a process that is made, before its first call.

        Args:
            parent: The thread that makes it.
            child: The new thread, or the first one of the new process.
            shares: It shares the descriptors (CLONE_FILES), as threads do.
        """
        self.roles.tables.made(parent, child, shares=shares)

    def holds(self, thread: Thread, fd: int, what: FileRole) -> None:
        """Take what a descriptor is for that a process had before its first call is followed."""
        self.roles.holds(thread, fd, what)

    def holds_epoll(self, thread: Thread, fd: int, watched: Mapping[int, int]) -> None:
        """Take what an epoll instance watches that a process had before, likewise.

        Args:
            thread: A thread of the process.
            fd: The descriptor of the instance.
            watched: The user data of each descriptor that it watches.
        """
        self.roles.holds_epoll(thread, fd, watched)

    def executed(self, thread: Thread) -> None:
        """Follow a process that executes another program: some descriptors are closed."""
        self.roles.tables.executed(thread)

    def exits(self, thread: Thread) -> None:
        """Follow the end of a thread."""
        self.roles.tables.exits(thread)

    def told(self, number: int) -> ToldPlace:
        """Return where a call belongs, as it was told last; to be asked until the next begins.

        Raises:
            KeyError: It has ended, and was called too long ago.
        """
        return self._told[number]

    def revised(self) -> list[tuple[int, ToldPlace]]:
        """Return the calls that belong elsewhere than was told, with their numbers, ascending.

        They count as told then.
        """
        if not self._dirty:
            return []
        changed: dict[int, Place] = {}
        while self._dirty:
            numbers = sorted(self._dirty)
            self._dirty.clear()
            for number in numbers:
                if number not in self._calls:
                    continue
                place = begun_by(self._finder.place(number, self._calls[number]))
                if place != self._told[number].place:
                    changed[number] = place
        for number, place in changed.items():
            self._told[number] = ToldPlace(place, self._told[number].mark)
        affected = set(changed)
        for number, place in changed.items():
            at = bisect_left(self._visits, number)
            there = at < len(self._visits) and self._visits[at] == number
            if ends_visit(self._calls[number].name, place) != there:
                if there:
                    del self._visits[at]
                else:
                    self._visits.insert(at, number)
        for number in changed:
            at = bisect_left(self._visits, number)
            affected.update(self._visits[at : at + 2])
        revised = []
        for number in sorted(affected):
            told = self._told[number]
            at = bisect_left(self._visits, number)
            before = self._place_of_visit(at - 1)
            mark = mark_of(self._calls[number].name, told.place, before)
            if number in changed or mark != told.mark:
                self._told[number] = now = self._share(ToldPlace(told.place, mark))
                revised.append((number, now))
        return revised

    def _place_of_visit(self, at: int) -> Place:
        return self._told[self._visits[at]].place if at >= 0 else NOWHERE

    def held(self, table: FdTable, fd: int, file: int) -> None:
        """A descriptor stands for a file (see `FdObserver`)."""

    def dropped(self, table: FdTable, fd: int, file: int) -> None:
        """A descriptor is closed (see `FdObserver`)."""
        if not self.roles.tables.holders[file]:
            self._closed.append((file, self._number))

    def _forget(self, number: int) -> None:
        """Forget a call long ago, unless it goes on, and files that had been closed by then."""
        if self._visits[1:2] and self._visits[1] <= number:
            begun = self._visits.pop(0)
            if begun not in self._calls:
                del self._told[begun]
        if number not in self._going_on:
            del self._calls[number]
            if not self._visits or number != self._visits[0]:  # which says what goes on
                del self._told[number]
            self.roles.forget_call(number)
        while self._closed and self._closed[0][1] <= number:
            file, _ = self._closed.popleft()
            if not self.roles.tables.holders[file]:
                self.roles.forget(file)
                self._depending.pop(file, None)

    def _share(self, told: ToldPlace) -> ToldPlace:
        return self._shared.setdefault(told, told)

    def _depend(self, file: int, number: int) -> None:
        if file != UNKNOWN:
            depending = self._depending.setdefault(file, [])
            depending.append(number)
            if len(depending) >= 2 * REVISABLE:
                del depending[:REVISABLE]

    def _touch(self, file: int) -> None:
        self._dirty.update(self._depending.pop(file, ()))
