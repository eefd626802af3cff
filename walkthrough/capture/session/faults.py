"""Decides which system calls fail because a scenario says so. Knows no process."""

from collections.abc import Iterable

from walkthrough.model.linux import constants as k
from walkthrough.model.stages import Place
from walkthrough.scenario.schema import Fault
from walkthrough.state.triggers import covers, parse_place

_NUMBERS = {name: number for number, name in k.ERRNO.items()}


class FaultInjector:
    """The faults of one run; calls are counted for each fault over the whole process.

    Args:
        faults: As in the scenario, which has checked their names.
    """

    def __init__(self, faults: Iterable[Fault]) -> None:
        self._faults = [
            (each, parse_place(each.at) if each.at else None, _NUMBERS[each.errno])
            for each in faults
        ]
        self._met = [0] * len(self._faults)

    def __bool__(self) -> bool:
        return bool(self._faults)

    def strikes(self, call: str, place: Place) -> int:
        """Record a system call that is about to be made, and return whether it fails.

        Args:
            call: Its name.
            place: Where on the path it is made.

        Returns:
            The error number with which it fails, 0 if it does not.
        """
        struck = 0
        for index, (fault, at, number) in enumerate(self._faults):
            if (fault.call and fault.call != call) or (at is not None and not covers(at, place)):
                continue
            self._met[index] += 1
            if 0 <= self._met[index] - fault.occurrence < fault.times:
                struck = struck or number
        return struck
