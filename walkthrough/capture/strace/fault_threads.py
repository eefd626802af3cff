"""On which call of its thread a fault has to strike: strace counts per thread.

Which thread of a Go program makes them is up to its scheduler, so it can only be guessed,
tried, and guessed again from what was seen. Pure: knows neither strace nor a process.
"""

from collections import Counter
from collections.abc import Mapping

from walkthrough.capture.strace.cues import InjectedFault, RecordedRun


class ThreadOrdinals:
    """Guesses for each fault its ordinal among the calls of the same name on its thread.

    Args:
        first: The run in which they struck. The first guess is that one thread makes all calls.
    """

    def __init__(self, first: RecordedRun) -> None:
        self._faults = first.faults
        self._votes = {
            _key(fault): Counter({first.start[fault.call] + fault.ordinal: 1})
            for fault in first.faults
        }

    def rules(self) -> tuple[str, ...]:
        """Format the faults for ``strace -e inject=``, which accepts one rule for each name."""
        guess = {_key(fault): self._guess(fault) for fault in self._faults}
        rules = []
        for call in dict.fromkeys(fault.call for fault in self._faults):
            struck = [fault for fault in self._faults if fault.call == call]
            first, last = (guess[_key(each)] for each in (struck[0], struck[-1]))
            when = f"{first}..{last}" if last > first else f"{first}"
            rules.append(f"{call}:error={struck[0].errno}:when={when}")
        return tuple(rules)

    def missed(self, seen: Mapping[tuple[str, int], int]) -> None:
        """Note that another call was struck.

        A guess that strikes too early ends the attempt before the intended call: then nothing is
        seen of it, and only the guess is known to be wrong.

        Args:
            seen: For the name and ordinal of each call, its ordinal on its thread.
        """
        for fault in self._faults:
            votes = self._votes[_key(fault)]
            votes[self._guess(fault)] -= 1
            if (there := seen.get(_key(fault))) is not None:
                votes[there] += 1

    def _guess(self, fault: InjectedFault) -> int:
        return self._votes[_key(fault)].most_common(1)[0][0]


def _key(fault: InjectedFault) -> tuple[str, int]:
    return fault.call, fault.ordinal
