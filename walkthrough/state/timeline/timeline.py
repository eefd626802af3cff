"""The timeline: what every event of a history is, without reading the events again.

Stages as bands, failures as incidents, and what each goroutine and thread is doing. It is
built piece by piece as the history grows, with the same result as if built at once.
"""

from array import array
from bisect import bisect_left
from enum import IntFlag

from walkthrough.model.events import FunctionReturned, ProcessStarted
from walkthrough.model.outcomes import NO_FAILURES, has_failed
from walkthrough.model.stages import NOWHERE, Place, Stage, Step
from walkthrough.state.event_summary import EventSummary, summarize
from walkthrough.state.history import History
from walkthrough.state.timeline.lanes import ActivityLanes
from walkthrough.state.timeline.run_length import RunLengthTrack
from walkthrough.state.world import PROCESS_SHIFT

SLICE = 2048
"""How many events are processed at a time, which takes about 10 ms."""

PLACES: tuple[Place, ...] = (
    NOWHERE,
    *(Place(stage) for stage in Stage),
    *(Place(None, step) for step in Step),
)
"""What a band stands for, by number: no place, a stage, a finer step outside all stages."""

# A finer step inside a stage belongs to the stage's band.
_BANDS: dict[tuple[str | None, str | None], int] = {
    (stage, step): PLACES.index(Place(stage) if stage is not None else Place(None, step))
    for stage in (None, *Stage)
    for step in (None, *Step)
}


class Incident(IntFlag):
    """What is worth marking on the timeline, the most important first."""

    INJECTED = 1
    """A call failed because the scenario injects an error."""
    FAILED = 2
    """A function or a call failed."""
    EXITED = 4
    """The server exited or was killed."""
    CLIENT = 8
    """A client did something."""


_BESIDE = frozenset(
    {
        "client_acted",
        "detail_ended",
        "kernel_observed",
        "memory_measured",
        "output_written",
        "packet_captured",
        "stages_revised",
        "thread_exited",
        "thread_started",
    }
)
"""Events that leave the server where it is."""


class EventTimeline:
    """What there is to draw of a history, as far as it was processed.

    Attributes:
        taken: How many events were processed.
        bands: Where on the path the server is, states being indexes of `PLACES`: where
            `World.place` says, except for schedulers that poll while the goroutine on the path
            runs.
        lanes: What each goroutine and thread is doing.
        incidents: The events of each kind of incident, ascending.
        begins: Where visits to a stage ``Place(stage)``, or to a finer step ``Place(None, step)``,
            begin.
    """

    def __init__(self, history: History) -> None:
        self._history = history
        self.taken = 0
        self.bands = RunLengthTrack(len(PLACES))
        self.lanes = ActivityLanes(self._function, self._program)
        self.incidents: dict[Incident, array[int]] = {kind: array("I") for kind in Incident}
        self.begins: dict[Place, array[int]] = {}
        self._owner = 0
        self._revised = history.revised

    def take(self, most: int = SLICE) -> bool:
        """Process up to ``most`` of the new events; return whether there are more."""
        if self._history.revised != self._revised:
            self._take_again(self._history.revised_since(self._revised))
            self._revised = self._history.revised
        stop = min(len(self._history), self.taken + most)
        if stop > self.taken:
            for line in self._history.lines(self.taken, stop):
                self._take(summarize(line))
            self.taken = stop
        return stop < len(self._history)

    def _take(self, seen: EventSummary) -> None:
        kind, index = seen.type, seen.seq
        self.lanes.take(seen)
        self._take_place(seen)
        if kind == "client_acted":
            self.incidents[Incident.CLIENT].append(index)
        elif kind == "process_exited":
            self.incidents[Incident.EXITED].append(index)

    def _take_again(self, index: int) -> None:
        """Process the places of the events from ``index`` on once more: they have changed."""
        if index >= self.taken:
            return
        self.bands.cut(index)
        changed = (self.incidents[Incident.FAILED], self.incidents[Incident.INJECTED])
        for kept in (*self.begins.values(), *changed):
            del kept[bisect_left(kept, index) :]
        self.begins = {place: kept for place, kept in self.begins.items() if kept}
        for line in self._history.lines(index, self.taken):
            self._take_place(summarize(line))

    def _take_place(self, seen: EventSummary) -> None:
        """Process what depends on where on the path an event is."""
        kind = seen.type
        if not seen.quiet and kind not in _BESIDE:
            self._place(seen)
        if seen.mark is not None:
            self._begin(seen)
        if seen.failed or seen.error is not None:
            self._fail(seen)

    def _place(self, seen: EventSummary) -> None:
        if seen.goroutine:
            self._owner = seen.goroutine + ((seen.process or 0) << PROCESS_SHIFT)
        elif seen.goroutine == 0 and self.lanes.busy(self._owner):
            return  # a scheduler that polls meanwhile must not split its band
        self.bands.add(seen.seq, _BANDS[seen.stage, seen.step])

    def _function(self, index: int) -> str:
        return self._history.event(index).function or ""

    def _program(self, index: int) -> str:
        event = self._history.event(index)
        command = event.command if isinstance(event, ProcessStarted) else ()
        maker = event.parent_pid if isinstance(event, ProcessStarted) else None
        if not command and maker is not None:
            return self.lanes.programs.get(maker, "")
        return command[0] if command else ""

    def _begin(self, seen: EventSummary) -> None:
        if seen.quiet or seen.type not in ("function_entered", "call_entered"):
            return
        if seen.step is not None and seen.step == seen.mark:
            place = Place(None, Step(seen.step))
        elif seen.step is None and seen.stage is not None and seen.stage == seen.mark:
            place = Place(Stage(seen.stage))
        else:
            return
        self.begins.setdefault(place, array("I")).append(seen.seq)

    def _fail(self, seen: EventSummary) -> None:
        """Record a failure, unless it is not one: the answer to a probe, or "not now"."""
        if seen.injected:
            self.incidents[Incident.INJECTED].append(seen.seq)
        elif seen.quiet or seen.step == Step.PROBE:
            return
        elif seen.type == "call_returned":
            if seen.error is not None and seen.error.name not in NO_FAILURES:
                self.incidents[Incident.FAILED].append(seen.seq)
        elif seen.type == "function_returned" and self._has_failed(seen.seq):
            self.incidents[Incident.FAILED].append(seen.seq)

    def _has_failed(self, index: int) -> bool:
        """Return whether the function that returns at ``index`` has failed."""
        event = self._history.event(index)
        assert isinstance(event, FunctionReturned)
        return has_failed(event)

    def incidents_in(self, low: int, high: int) -> Incident:
        """Return what events ``low`` to ``high - 1`` hold. O(log of the incidents)."""
        found = Incident(0)
        for kind, indexes in self.incidents.items():
            if not indexes:
                continue
            at = bisect_left(indexes, low)
            if at < len(indexes) and indexes[at] < high:
                found |= kind
        return found

    def time(self, index: int) -> int:
        """Return when event ``index`` happened, in ns since the capture began."""
        return self._history.event(index).time_ns

    def first_at(self, time_ns: int) -> int:
        """Return the first event at or after a time, ``len(history)`` if there is none.

        Times hardly ever run backwards; where they do, the answer is approximate.
        """
        return bisect_left(range(len(self._history)), time_ns, key=self.time)
