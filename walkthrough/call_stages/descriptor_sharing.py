"""Which threads share one table of descriptors from the beginning, as far as it is known.

A capture asks the kernel; a log that does not show how its threads came to be is searched
for evidence (`walkthrough.strace_log.sharing`). From then on clone(2) says it.
"""

from collections.abc import Mapping, Set
from typing import NamedTuple

from walkthrough.call_stages.told_call import Thread


class DescriptorSharing(NamedTuple):
    """Which threads share descriptors.

    Attributes:
        first: By thread the representative of all that share with it, the lowest by number, or
            the one that made the others. A thread that is missing represents itself.
        unseen: The representatives whose creation is not in the log.
        guessed: Those of them whose threads were grouped by evidence, not by flags of clone(2).
        apart: Those of them that are proved to have a table that another one does not share.
    """

    first: dict[Thread, Thread]
    unseen: frozenset[Thread]
    guessed: frozenset[Thread]
    apart: frozenset[Thread] = frozenset()

    def of(self, thread: Thread) -> Thread:
        """Return the representative of a thread."""
        return self.first.get(thread, thread)


FdDemands = Mapping[tuple[Thread, int], Set[str]]
"""What is done with descriptors that were not seen to be opened: names of calls, by representative
and number."""


def nothing_shared() -> DescriptorSharing:
    """Return what is known where every thread that comes is told of."""
    return DescriptorSharing({}, frozenset(), frozenset())
