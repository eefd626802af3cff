"""Lanes: what each goroutine and each thread is doing, event by event.

Derived from the spans that open and close. Which lanes matter most is decided here too; how one is
drawn is not.
"""

from collections.abc import Callable, Iterable
from enum import IntEnum
from itertools import chain as chained
from itertools import islice

from walkthrough.model.stages import Stage, Step
from walkthrough.state.event_summary import EventSummary
from walkthrough.state.timeline.run_length import RunLengthTrack
from walkthrough.state.world import PROCESS_SHIFT

_MAIN = 1
"""The number of the goroutine that runs ``main.main`` (runtime/proc.go, go1.21 to go1.27)."""


_OPENS = frozenset({"function_entered", "call_entered"})
_CLOSES = frozenset({"function_returned", "call_returned", "span_cut_off"})
_THREADS = frozenset({"thread_started", "thread_exited"})
_PROCESSES = frozenset({"process_started", "process_exited"})
_NUMBER = (1 << PROCESS_SHIFT) - 1
"""Of a goroutine's key, its own number."""


class Activity(IntEnum):
    """What a goroutine or a thread is doing."""

    ABSENT = 0
    """It has not been seen yet."""
    RUN = 1
    """In a function that is traced."""
    CALL = 2
    """In a system call."""
    PARKED = 3
    """A goroutine that waits in the poller; a thread that has nothing traced to run."""
    GONE = 4
    """It has ended, or does nothing that is traced, or is no longer watched."""


class ActivityLane:
    """One goroutine or one thread.

    Attributes:
        thread: Whether it is a thread.
        number: Its goid or its thread id.
        process: The process whose it is, 0 for the first.
        name: The first function that a goroutine was seen to enter, "" if none is known.
        track: What it does when; states are `Activity`.
    """

    __slots__ = ("name", "number", "process", "thread", "track")

    def __init__(self, thread: bool, number: int, track: RunLengthTrack, process: int = 0) -> None:
        self.thread = thread
        self.number = number
        self.process = process
        self.name = ""
        self.track = track


# An enum's members are slow to look up, and this is done for every event.
_RUN, _CALL, _PARKED, _GONE = map(
    int, (Activity.RUN, Activity.CALL, Activity.PARKED, Activity.GONE)
)


class _SpanCounts:
    """How many open spans of each kind a goroutine, or a thread's scheduler, has, and where."""

    __slots__ = ("calls", "doing", "functions", "thread", "waits")

    def __init__(self) -> None:
        self.functions = self.calls = self.waits = 0
        self.doing = int(Activity.ABSENT)
        self.thread = 0


class _ThreadState:
    """Whose spans a thread worked on last, and how many system calls it is in."""

    __slots__ = ("calls", "carries", "ended")

    def __init__(self) -> None:
        self.carries = 0
        self.calls = 0
        self.ended = False


class ActivityLanes:
    """The lanes of a history, as far as its events were processed.

    Args:
        function: Returns the function in which an event happened, "" if it is not known.
        program: Returns the name of the program that an event says has begun, "" for none.

    Attributes:
        programs: The names of the programs that processes ran last, by process id, as they began.
    """

    def __init__(self, function: Callable[[int], str], program: Callable[[int], str]) -> None:
        self._function = function
        self._program = program
        self.programs: dict[int, str] = {}
        self._alive: set[int] = set()
        self._whose: dict[int, int] = {}  # the process of each thread of any but the first
        # Chains by key, as `World.spans` has them: a goroutine, or -thread where there is none.
        self._chains: dict[int, _SpanCounts] = {}
        self._threads: dict[int, _ThreadState] = {}
        # For each open span: its chain's key; for a call its thread; whether it is a call; whether
        # it waits in the poller.
        self._open: dict[int, tuple[int, int, bool, bool]] = {}
        self._watched = True
        self._lanes: dict[int, ActivityLane] = {}
        # The same lanes, in the order in which they matter.
        self._first: dict[int, ActivityLane] = {}
        self._accepting: dict[int, ActivityLane] = {}
        self._others: dict[int, ActivityLane] = {}
        self._of_threads: dict[int, ActivityLane] = {}
        self._names: dict[str, str] = {}

    def take(self, event: EventSummary) -> None:
        """Fold the next event."""
        kind = event.type
        thread, goroutine = max(event.thread or 0, 0), max(event.goroutine or 0, 0)
        if kind == "detail_ended" or (kind == "process_exited" and self._last_ends(event.pid)):
            self._end(event.seq)
            self._watched = self._watched and kind != "detail_ended"
            return
        if kind in _PROCESSES:
            self._turn(event)
            if kind == "process_exited":
                return
        if not (thread or goroutine) or not self._watched:
            return
        key = goroutine or -thread
        if event.process is not None:
            key += event.process << PROCESS_SHIFT if goroutine else 0
            if thread and thread not in self._whose:
                self._whose[thread] = event.process
        chain = self._chains.get(key)
        if chain is None:
            chain = self._chains[key] = _SpanCounts()
            if goroutine and key not in self._lanes:
                self._appear(key)
        left, moved = chain.thread, False
        if thread:
            on = self._on(thread)
            moved = left != thread or on.carries != key
            chain.thread, on.carries = thread, key
            if kind in _THREADS:
                on.ended, moved = kind == "thread_exited", True
        if event.span is not None:
            if kind in _OPENS:
                self._open_span(event, event.span, key, thread, chain)
            elif kind in _CLOSES:
                self._close(event.span, event.seq, key)
        if moved or _activity(chain) != chain.doing:
            self._settle(event.seq, key, chain)
            if left and left != thread:
                self._settle_thread(event.seq, left)

    def _on(self, thread: int) -> _ThreadState:
        found = self._threads.get(thread)
        if found is None:
            found = self._threads[thread] = _ThreadState()
            if thread not in self._of_threads:
                self._of_threads[thread] = ActivityLane(
                    True, thread, RunLengthTrack(len(Activity)), self._whose.get(thread, 0)
                )
        return found

    def _appear(self, key: int) -> None:
        goroutine = key & _NUMBER
        lane = self._lanes[key] = ActivityLane(
            False, goroutine, RunLengthTrack(len(Activity)), key >> PROCESS_SHIFT
        )
        (self._first if goroutine == _MAIN else self._others)[key] = lane

    def _last_ends(self, pid: int) -> bool:
        """Note that a process ends; return whether no other goes on."""
        self._alive.discard(pid)
        return not self._alive

    def _turn(self, event: EventSummary) -> None:
        """Note that a process, or a program in it, has begun, or that one of several has ended."""
        pid = event.pid
        if event.type == "process_started":
            self._alive.add(pid)
            name = self._program(event.seq)
            self.programs[pid] = name or self.programs.get(pid, "")
            if event.origin != "exec":
                return
        first = next(iter(self.programs), pid)
        self._end_process(event.seq, 0 if pid == first else pid)

    def _end_process(self, index: int, process: int) -> None:
        """End what one process did: it has ended, or another program has taken its place."""
        threads = [each for each in self._threads if self._whose.get(each, 0) == process]
        for key in [
            key
            for key in self._chains
            if (key >> PROCESS_SHIFT == process if key > 0 else -key in threads)
        ]:
            if key > 0:
                self._lanes[key].track.add(index, _GONE)
            del self._chains[key]
        for thread in threads:
            self._of_threads[thread].track.add(index, _GONE)
            del self._threads[thread]
        for span in [span for span, (key, *_) in self._open.items() if key not in self._chains]:
            del self._open[span]

    def _open_span(
        self, event: EventSummary, span: int, key: int, thread: int, chain: _SpanCounts
    ) -> None:
        if span in self._open:  # a reused number: what was open under it has ended
            self._close(span, event.seq, key)
        if event.type == "call_entered":
            chain.calls += 1
            if thread:
                self._threads[thread].calls += 1
            self._open[span] = (key, thread, True, False)
            return
        if event.mark == Stage.ACCEPT and key in self._others:
            self._accepting[key] = self._others.pop(key)
        if key > 0 and not (lane := self._lanes[key]).name:
            function = self._function(event.seq)
            lane.name = self._names.setdefault(function, function)
        waits = event.mark == Step.POLL_WAIT
        chain.functions += 1
        chain.waits += waits
        self._open[span] = (key, 0, False, waits)

    def _close(self, span: int, index: int, key: int) -> None:
        opened = self._open.pop(span, None)
        if opened is None:
            return
        owner, thread, call, waits = opened
        chain = self._chains[owner]
        if call:
            chain.calls -= 1
            if thread:
                self._threads[thread].calls -= 1
        else:
            chain.functions -= 1
            chain.waits -= waits
        if owner != key:  # a span may be closed by somebody else
            self._settle(index, owner, chain)
        if thread and thread != chain.thread:
            self._settle_thread(index, thread)

    def _settle(self, index: int, key: int, chain: _SpanCounts) -> None:
        """Record what the owner of a chain does from now on, and the thread that it is on."""
        chain.doing = _activity(chain)
        if key > 0:
            self._lanes[key].track.add(index, chain.doing)
        if chain.doing == _GONE:
            del self._chains[key]
        if chain.thread:
            self._settle_thread(index, chain.thread)

    def _settle_thread(self, index: int, thread: int) -> None:
        on = self._threads[thread]
        doing = _PARKED
        if on.ended:
            doing = _GONE
        elif on.calls:
            doing = _CALL
        else:
            carried = self._chains.get(on.carries)
            if carried is not None and carried.thread == thread and carried.doing == _RUN:
                doing = _RUN
        self._of_threads[thread].track.add(index, doing)

    def _end(self, index: int) -> None:
        """Everything has ended, or can no longer be seen."""
        for key in self._chains:
            if key > 0:
                self._lanes[key].track.add(index, _GONE)
        for thread in self._threads:
            self._of_threads[thread].track.add(index, _GONE)
        self._chains.clear()
        self._threads.clear()
        self._open.clear()

    def busy(self, key: int) -> bool:
        """Return whether a goroutine runs or is in a call, after the last processed event."""
        chain = self._chains.get(key)
        return chain is not None and chain.doing in (_RUN, _CALL)

    @property
    def goroutines(self) -> int:
        """How many goroutines there are."""
        return len(self._lanes)

    @property
    def threads(self) -> int:
        """How many threads there are."""
        return len(self._of_threads)

    def goroutine(self, key: int) -> ActivityLane | None:
        """Return the lane of a goroutine, by its key in `World.spans`; None if it is not there."""
        return self._lanes.get(key)

    def thread(self, number: int) -> ActivityLane | None:
        """Return the lane of a thread, None if it is not there."""
        return self._of_threads.get(number)

    def first_goroutines(self, skip: int, most: int) -> list[ActivityLane]:
        """List goroutines: the main ones, those that accept, then the others as they came.

        Of several processes those of one come after those of another.
        """
        lanes = chained(self._first.values(), self._accepting.values(), self._others.values())
        return list(islice(self._by_process(lanes), skip, skip + most))

    def first_threads(self, most: int) -> list[ActivityLane]:
        """List threads as they came, those of one process after those of another."""
        return list(islice(self._by_process(self._of_threads.values()), most))

    def _by_process(self, lanes: Iterable[ActivityLane]) -> Iterable[ActivityLane]:
        if len(self.programs) < 2:
            return lanes
        order = {pid: at for at, pid in enumerate(self.programs)}
        return sorted(lanes, key=lambda lane: order.get(lane.process, 0))


def _activity(chain: _SpanCounts) -> int:
    if chain.calls:
        return _CALL
    if chain.waits:
        return _PARKED
    return _RUN if chain.functions else _GONE
