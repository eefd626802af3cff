"""The places of a program's calls while it runs: each at once, and again when more is known.

The same calls have the same places in the end as in an strace(1) log, since both come from
`FileRoles` and `PlaceFinder`: those follow from the calls so far, whoever asks when.
"""

from bisect import bisect_left
from typing import NamedTuple

from walkthrough.call_stages.descriptor_sharing import DescriptorSharing, FdDemands
from walkthrough.call_stages.fd_roles import FileRoles
from walkthrough.call_stages.fd_table import UNKNOWN
from walkthrough.call_stages.marks import begun_by, ends_visit, mark_of
from walkthrough.call_stages.places import PlaceFinder
from walkthrough.call_stages.told_call import Thread, ToldCall
from walkthrough.model.stages import NOWHERE, Place


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
        self.roles = FileRoles(sharing, demands, self._touch, self._dirty.add)
        self._finder = PlaceFinder(self.roles, self._depend)
        self._calls: list[ToldCall] = []
        self._told: list[ToldPlace] = []
        self._shared: dict[ToldPlace, ToldPlace] = {}
        self._visits: list[int] = []  # the calls that end the visit before them, ascending

    def begins(self, call: ToldCall) -> int:
        """Follow a call that begins, and return its number; `told` says where it belongs."""
        number = len(self._calls)
        self._calls.append(call)
        self.roles.begins(number, call)
        self.roles.settle()
        place = begun_by(self._finder.place(number, call))
        before = self._told[self._visits[-1]].place if self._visits else NOWHERE
        self._told.append(self._share(ToldPlace(place, mark_of(call.name, place, before))))
        if ends_visit(call.name, place):
            self._visits.append(number)
        return number

    def ends(self, number: int, call: ToldCall) -> None:
        """Follow a call that has ended.

        Args:
            number: What `begins` has returned.
            call: The call with its result, and with what the kernel has written.
        """
        self._calls[number] = call
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

    def executed(self, thread: Thread) -> None:
        """Follow a process that executes another program: some descriptors are closed."""
        self.roles.tables.executed(thread)

    def exits(self, thread: Thread) -> None:
        """Follow the end of a thread."""
        self.roles.tables.exits(thread)

    def told(self, number: int) -> ToldPlace:
        """Return where a call belongs, as it was told last."""
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
            before = self._told[self._visits[at - 1]].place if at else NOWHERE
            mark = mark_of(self._calls[number].name, told.place, before)
            if number in changed or mark != told.mark:
                self._told[number] = now = self._share(ToldPlace(told.place, mark))
                revised.append((number, now))
        return revised

    def _share(self, told: ToldPlace) -> ToldPlace:
        return self._shared.setdefault(told, told)

    def _depend(self, file: int, number: int) -> None:
        if file != UNKNOWN:
            self._depending.setdefault(file, []).append(number)

    def _touch(self, file: int) -> None:
        self._dirty.update(self._depending.pop(file, ()))
