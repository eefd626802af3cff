"""A log aligned with a walk that may still go on: compared again as the walk grows."""

from walkthrough.compare.align import compare, compare_so_far
from walkthrough.compare.follow_lines import AlignedLog
from walkthrough.compare.inputs import of_events, of_log
from walkthrough.compare.payload import without_payload_on_both
from walkthrough.state.history import History
from walkthrough.strace_log.log import Log

_AT_ONCE = 500
"""Calls up to which a grown walk is compared at once; a longer one waits until it has grown by a
tenth, so that the total cost stays near-linear."""


class FollowedComparison:
    """The lines of one log aligned with the events of one walk.

    Args:
        log: The log.
        first_line: Line on which the program itself begins.
        ours: Descriptors by which the program was watched: calls on them are left out.
        one_process: All threads of the log are of one process.
    """

    def __init__(
        self,
        log: Log,
        first_line: int = 1,
        ours: frozenset[int] = frozenset(),
        *,
        one_process: bool = False,
    ) -> None:
        self._log = log
        self._right = of_log(log, first_line=first_line, ours=ours, one_process=one_process)
        self._compared = (
            -1,
            False,
        )  # calls entered at the last comparison; whether it was complete
        self._beside = AlignedLog(compare(of_events("", None, ()), self._right), log.others)

    def align(self, history: History, *, ended: bool) -> AlignedLog:
        """Return the log's lines aligned with the events so far.

        Args:
            history: The walk's events.
            ended: No more will come.
        """
        count, whole = self._compared
        calls = history.calls_until(len(history) - 1)
        due = calls > count and (calls <= _AT_ONCE or calls - count > count // 10)
        if due or (ended and not whole):
            events = history.between(0, len(history))
            left = of_events("walkthrough", history.header, events)
            lay = compare if ended else compare_so_far
            self._beside = AlignedLog(
                lay(*without_payload_on_both(left, self._right)), self._log.others
            )
            self._compared = (calls, ended)
        return self._beside
