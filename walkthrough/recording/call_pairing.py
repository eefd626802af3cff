"""Joins the beginning and the end of each system call of a stream of events."""

from collections.abc import Iterator
from typing import NamedTuple

from walkthrough.model.events import AnyEvent, CallEntered, CallReturned, SpanCutOff


class PairedCall(NamedTuple):
    """A system call, as far as it was captured.

    Attributes:
        entered: Its beginning, None if that was not captured.
        returned: Its end, None if it never came.
    """

    entered: CallEntered | None
    returned: CallReturned | None


class CallPairing:
    """Pairs calls in the order of their ends; holds only those that have not ended.

    A call is known by its thread and span. Events of the server as a whole, which have no
    thread, count as those of its main one.

    Args:
        pid: The server's process, which is its main thread's id, too.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._open: dict[tuple[int, int | None], CallEntered] = {}

    def ended_at(self, event: AnyEvent) -> Iterator[PairedCall]:
        """Take the next event; yield the calls that it ends, or gives up."""
        if not isinstance(event, CallEntered | CallReturned | SpanCutOff):
            return
        key = (self._pid if event.thread is None else event.thread, event.span)
        entered = self._open.pop(key, None)
        if isinstance(event, CallReturned):
            yield PairedCall(entered, event)
        elif entered is not None:
            yield PairedCall(entered, None)
        if isinstance(event, CallEntered):
            self._open[key] = event

    def rest(self, process: int | None = None) -> Iterator[PairedCall]:
        """Yield the calls that have not returned, and forget them.

        Args:
            process: Only those of the process with this process id; None for all.
        """
        calls = {
            key: entered
            for key, entered in self._open.items()
            if process is None or (entered.process or self._pid) == process
        }
        self._open = {key: call for key, call in self._open.items() if key not in calls}
        for entered in calls.values():
            yield PairedCall(entered, None)
