"""History: the events of a recording or a live capture, and the world after each of them.

Events are kept as their encoded lines, compressed, and decoded when requested. Knows no files and
no screen: `recording` feeds it lines, a live feed events.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Self

import msgspec

from walkthrough.i18n.errors import MessageError
from walkthrough.i18n.messages import Message, message
from walkthrough.model.events import (
    FORMAT_OF_REVISIONS,
    AnyEvent,
    CallEntered,
    CallReturned,
    ClientActed,
    FunctionEntered,
    Header,
    KernelObserved,
    RevisedCall,
    StagesRevised,
    begins_stage,
)
from walkthrough.model.kernel_state import KernelState
from walkthrough.model.revisions import revised_entry, revised_return
from walkthrough.model.stages import NOWHERE, Place, Step
from walkthrough.state.change_detector import ChangeDetector, is_news
from walkthrough.state.checkpoints import Checkpoints
from walkthrough.state.compressed_lines import CompressedLines
from walkthrough.state.event_source import RecordingReader
from walkthrough.state.process_steps import ProcessSteps
from walkthrough.state.triggers import PlacedWorld
from walkthrough.state.world import RIDERS, World

_RIDING = frozenset(RIDERS)
RECENT = 256
"""How many decoded events are kept."""
_LOG = "strace"
"""`Header.server` of what was made from an strace(1) log."""
MOST_REVISABLE = 1 << 16
"""How many system calls, the newest, can be revised."""
LOOK_BACK = 4096
"""How many system calls are searched for the one that an event ends."""


class EventOrderError(MessageError):
    """An event's number is not the one that was due."""


class History:
    """Events by index, and everything that the screen asks about them.

    An event's index is its ``seq``. Indexes are 0 to ``len(history) - 1``; -1 stands for the
    moment before the first event. It can only grow, live and while a recording is loaded.

    Attributes:
        header: The recording's header.
        torn: Why the recording ends early, in a sentence; "" if it does not.
        restepped: How often events have become quiet, or a step, that were there: a revision of
            more than places.
        of_processes: Which steps are whose, where there are several processes.
    """

    def __init__(self, header: Header, torn: Message | str = "") -> None:
        self.header = header
        self.torn = torn
        self.restepped = 0
        self._revisions = array("q")  # the first event that each has changed
        self._source: RecordingReader | None = None
        self._coming: Iterator[tuple[bytes, AnyEvent]] | None = None
        self._lines = CompressedLines()
        self._size = 0
        self._encoder = msgspec.json.Encoder()
        self._decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
        self._decoded: OrderedDict[int, AnyEvent] = OrderedDict()
        self._worlds = Checkpoints(self.between, self._kernel_at)
        # Indexes, ascending: events that begin a step; those that begin a stage, or are a client's
        # act; those that change something; the kernel's views; system calls, with their returns
        # (-1: none) and places.
        self._leads = array("q")
        self._stages = array("q")
        self._changes = array("q")
        self._detector = ChangeDetector(logged=header.server == _LOG)
        self._last_act: ClientActed | None = None
        self._kernels = array("q")
        self._views: dict[int, array[int]] = {}  # the views of each process, if there are several
        self.of_processes = ProcessSteps(header.pid)
        self._calls = array("q")
        self._returns = array("q")
        self._loud = array("q")  # numbers of the calls that are not quiet
        self._groups = array("q")  # numbers, among those, of the calls that begin a group
        self._places: list[Place] = []
        self._open_calls: dict[int, int] = {}
        self._revisable: dict[int, int] | None = (
            {} if header.format >= FORMAT_OF_REVISIONS else None  # numbers of calls by their spans
        )
        self._shared_places: dict[Place, Place] = {NOWHERE: NOWHERE}
        self._observers: tuple[Callable[[AnyEvent, PlacedWorld], None], ...] = ()

    @classmethod
    def load(cls, lines: RecordingReader, first: int | None = None) -> Self:
        """Load a recording; each line is decoded once.

        Args:
            lines: The recording.
            first: Load this many events, and the rest when `load_more` is called; None loads all.

        Raises:
            Exception: Whatever iterating ``lines`` raises (a `RecordingError`).
        """
        history = cls(lines.header)
        history._source = lines
        history._coming = iter(lines)
        history.load_more(first)
        return history

    @classmethod
    def of(cls, header: Header, events: Iterable[AnyEvent]) -> Self:
        """Make a history of events in memory."""
        history = cls(header)
        for event in events:
            history.append(event)
        return history

    @property
    def whole(self) -> bool:
        """Whether the whole recording has been loaded."""
        return self._coming is None

    @property
    def share(self) -> float | None:
        """How much of the recording has been loaded, from 0 to 1; None if that is unknown."""
        return 1.0 if self.whole or self._source is None else self._source.share

    def load_more(self, most: int | None = None) -> None:
        """Load the next events of the recording: ``most``, or all that are left.

        Raises:
            Exception: Whatever iterating the lines raises. What came before stays, and `whole` is
                true: no more will come.
        """
        if self._coming is None or self._source is None:
            return
        end = None if most is None else len(self) + most
        try:
            for line, event in islice(self._coming, most):
                self._keep(line, event)
        except BaseException:
            self._coming = None
            raise
        if end is None or len(self) < end:
            self._coming = None
            self.torn = self._source.torn

    @property
    def revised(self) -> int:
        """How often events have changed that were there (`StagesRevised`).

        Who has kept something of them has to look at them again, from `revised_since` on.
        """
        return len(self._revisions)

    def revised_since(self, revised: int) -> int:
        """Return the first event that has changed since `revised` was a number; none has: all."""
        return min(self._revisions[revised:], default=len(self))

    def __len__(self) -> int:
        return self._size

    def append(self, event: AnyEvent) -> None:
        """Add the newest event of a live capture.

        Raises:
            EventOrderError: Its ``seq`` is not the next one.
        """
        self._keep(self._encoder.encode(event), event)
        if isinstance(event, StagesRevised):
            self._revise(event)

    def watch(self, observer: Callable[[AnyEvent, PlacedWorld], None]) -> None:
        """Hand each event to ``observer`` as it comes, with the world after it, in the making.

        So something can follow a long recording without decoding and folding it again.
        What is there already is left to the caller (`between`).
        """
        self._observers = (*self._observers, observer)

    def _keep(self, line: bytes, event: AnyEvent) -> None:
        index = self._size
        if event.seq != index:
            raise EventOrderError(
                message(
                    "event {event} arrived where event {due} was due", event=event.seq, due=index
                )
            )
        self._lines.append(line)
        self._worlds.add(event)
        self._size = index + 1
        if index == 0 or not (event.quiet or type(event) in _RIDING):
            self._leads.append(index)
            if event.process is not None or self.of_processes.several:
                self.of_processes.keep(event, self._leads)
        if self._detector.fold(event):
            self._changes.append(index)
        if isinstance(event, CallReturned):
            call = self._open_calls.pop(event.span, None) if event.span is not None else None
            if call is not None:
                self._returns[call] = index
        elif isinstance(event, CallEntered):
            self._keep_call(event, index)
        elif isinstance(event, FunctionEntered):
            if event.mark is not None and begins_stage(event):
                self._stages.append(index)
        elif isinstance(event, ClientActed):
            self._keep_act(event)
        elif isinstance(event, KernelObserved):
            self._keep_view(event.state.process, index)
        for observer in self._observers:
            observer(event, self._worlds.newest)

    def _keep_view(self, process: int, index: int) -> None:
        if process or self._views:
            if not self._views:  # those before were of the only process that there was
                self._views[0] = self._kernels[:]
            self._views.setdefault(process, array("q")).append(index)
        self._kernels.append(index)

    def _keep_act(self, event: ClientActed) -> None:
        """Keep where clients act; what one after the other does in the same way is one place."""
        last = self._last_act
        follows = last is not None and len(self._leads) > 1 and self._leads[-2] == last.seq
        if last is not None and follows and last.action == event.action:
            self._stages.pop()
        self._stages.append(event.seq)
        self._last_act = event

    def _keep_call(self, event: CallEntered, index: int) -> None:
        number = len(self._calls)
        if event.mark is not None and begins_stage(event):
            self._stages.append(index)
        if event.span is not None:
            self._open_calls[event.span] = number
            if self._revisable is not None:
                self._revisable[event.span] = number
                if len(self._revisable) > MOST_REVISABLE:
                    del self._revisable[next(iter(self._revisable))]
        place = event.place
        self._calls.append(index)
        self._returns.append(-1)
        self._places.append(self._shared_places.setdefault(place, place))
        if not event.quiet:
            self._loud.append(number)
            self._group(len(self._loud) - 1)

    def _group(self, loud: int) -> None:
        """Note whether a call that is not quiet begins a group; those before it are grouped."""
        if loud:
            before, place = (self._places[each] for each in self._loud[loud - 1 : loud + 1])
            if (before.stage or before.step) == (place.stage or place.step):
                return
        self._groups.append(loud)

    def _revise(self, event: StagesRevised) -> None:
        """Give calls that are there the places that they turned out to have."""
        first = len(self._calls)
        for call in event.calls:
            number = self._revisable.get(call.span) if self._revisable is not None else None
            if number is not None and self._revise_call(number, call):
                first = min(first, number)
        if first == len(self._calls):
            return
        self._revisions.append(self._calls[first])
        loud = bisect_left(self._loud, first)
        del self._groups[bisect_left(self._groups, loud) :]
        for later in range(loud, len(self._loud)):
            self._group(later)
        self._worlds.revise(self._calls[first])

    def _revise_call(self, number: int, call: RevisedCall) -> bool:
        """Change a call's events; return whether that was necessary."""
        entered, returned = self.call(number)
        told = revised_entry(entered, call)
        if told is entered:
            return False
        if told.quiet != entered.quiet or Step.PROBE in (told.step, entered.step):
            self.restepped += 1
        index = self._calls[number]
        self._change(index, told)
        _put(self._stages, index, begins_stage(told))
        _put(self._leads, index, not told.quiet or not index)
        self.of_processes.put(told, not told.quiet or not index)
        place = told.place
        self._places[number] = self._shared_places.setdefault(place, place)
        _put(self._loud, number, not told.quiet)
        if returned is not None:
            ended = revised_return(returned, call)
            self._change(ended.seq, ended)
            _put(self._leads, ended.seq, not ended.quiet)
            self.of_processes.put(ended, not ended.quiet)
            _put(self._changes, ended.seq, is_news(ended))
        return True

    def _change(self, index: int, event: AnyEvent) -> None:
        self._lines.replace(index, self._encoder.encode(event))
        self._decoded.pop(index, None)

    # For looking through many events without decoding or keeping them.

    def line(self, index: int) -> bytes:
        """Return the encoded line of event ``index``, as it was read or appended."""
        return self._lines[index]

    def call_of(self, index: int) -> int | None:
        """Return the number of the system call that event ``index`` begins or ends.

        None if it does neither, or ends one that began more than `LOOK_BACK` calls before.
        """
        number = bisect_right(self._calls, index) - 1
        if number >= 0 and self._calls[number] == index:
            return number
        for earlier in range(number, max(number - LOOK_BACK, -1), -1):
            if self._returns[earlier] == index:
                return earlier
        return None

    def event(self, index: int) -> AnyEvent:
        """Return event ``index``.

        Raises:
            IndexError: There is none.
        """
        event = self._decoded.get(index)
        if event is None:
            if not 0 <= index < self._size:
                raise IndexError(f"no event {index} among {self._size}")
            event = self._decoder.decode(self._lines[index])
            self._decoded[index] = event
            if len(self._decoded) > RECENT:
                self._decoded.popitem(last=False)
        return event

    def lines(self, start: int, stop: int) -> list[bytes]:
        """Return the encoded events ``start`` to ``stop - 1``, to be summarized."""
        return list(self._lines.between(start, min(stop, len(self))))

    def between(self, start: int, end: int) -> Iterator[AnyEvent]:
        """Yield the events from ``start`` up to, and not including, ``end``.

        For many events in a row this is several times faster than requesting each.
        """
        return map(self._decoder.decode, self._lines.between(max(start, 0), min(end, len(self))))

    def world(self, index: int) -> World:
        """Return the world after event ``index``; -1 gives the world before the first.

        Raises:
            IndexError: There is no such event.
        """
        if not -1 <= index < self._size:
            raise IndexError(f"no event {index} among {self._size}")
        return self._worlds.at(index)

    def _kernel_at(self, index: int, process: int | None) -> KernelState | None:
        if process is not None:
            return self.view_of(process, index)
        seen = bisect_right(self._kernels, index)
        if not seen:
            return None
        observed = self.event(self._kernels[seen - 1])
        assert isinstance(observed, KernelObserved)
        return observed.state

    def step_end(self, index: int) -> int:
        """Return the last event of the step of ``index`` (-1 stays -1)."""
        if index < 0:
            return -1
        after = bisect_right(self._leads, index)
        return (self._leads[after] if after < len(self._leads) else self._size) - 1

    def beginning(self) -> int:
        """Return the first step worth looking at, past what is quiet; -1 if there is no event."""
        if not self._lines:
            return -1
        first = self.step_end(0)
        return self.next_step(first) if self.event(0).quiet else first

    def step_start(self, index: int) -> int:
        """Return the first event of the step of ``index``."""
        before = bisect_right(self._leads, index)
        return self._leads[before - 1] if before else index

    def next_step(self, index: int) -> int:
        """Return where one step forward from ``index`` lands; the last event if there is none."""
        after = bisect_right(self._leads, index)
        return self.step_end(self._leads[after]) if after < len(self._leads) else len(self) - 1

    def steps(self) -> Iterator[int]:
        """Yield where walking through all of it lands, from the first step worth looking at on."""
        index = self.beginning()
        while index >= 0:
            yield index
            following = self.next_step(index)
            index = following if following > index else -1

    def previous_step(self, index: int) -> int:
        """Return where one step back from ``index`` lands; -1 before the first step."""
        here = bisect_right(self._leads, index) - 1
        return self._leads[here] - 1 if here > 0 else -1

    def next_stage(self, index: int) -> int:
        """Return where the next stage after ``index`` begins, or a client acts before that.

        Of clients that do the same one after the other, the last counts. If there is neither, it is
        the last event.
        """
        return self._end_of(self.stage_after(index))

    def stage_after(self, index: int) -> int | None:
        """Return the event after ``index`` that begins a stage or is a client's act, if any."""
        return _after(self._stages, index)

    def previous_stage(self, index: int) -> int:
        """Return where the last stage before ``index`` began, or a client acted since; -1 if none.

        From inside a stage that is the beginning of this stage, from there that of the one before.
        """
        return self._before(self._stages, index)

    def next_change(self, index: int) -> int:
        """Return the end of the next step that changes something (see `ChangeDetector`).

        The last event if there is none.
        """
        return self._end_of(self.change_after(index))

    def change_after(self, index: int) -> int | None:
        """Return the event after ``index`` that changes something, None if none does so far."""
        return _after(self._changes, index)

    def previous_change(self, index: int) -> int:
        """Return the end of the last step before ``index`` that changed something; -1 if none."""
        return self._before(self._changes, index)

    def _end_of(self, event: int | None) -> int:
        return self.step_end(event) if event is not None else len(self) - 1

    def _before(self, events: Sequence[int], index: int) -> int:
        before = bisect_left(events, index)
        while before and self.step_end(events[before - 1]) >= index:
            before -= 1
        return self.step_end(events[before - 1]) if before else -1

    def last_view(self, index: int) -> int:
        """Return the newest view of the kernel up to event ``index``; -1 if there is none."""
        before = bisect_right(self._kernels, index)
        return self._kernels[before - 1] if before else -1

    def view_of(self, process: int, index: int) -> KernelState | None:
        """Return the newest view of one process's descriptors up to event ``index``, if any.

        This matters where there are several; ``process`` is as `KernelState.process` has it.
        """
        views = self._views.get(process)
        before = bisect_right(views, index) if views is not None else 0
        if views is None or not before:
            return None
        observed = self.event(views[before - 1])
        assert isinstance(observed, KernelObserved)
        return observed.state

    def calls_until(self, index: int) -> int:
        """Count the system calls entered up to and including event ``index``."""
        return bisect_right(self._calls, index)

    def visible_calls_until(self, index: int) -> int:
        """Count, up to and including event ``index``, the system calls that are not quiet."""
        return bisect_left(self._loud, self.calls_until(index))

    def visible_call(self, number: int) -> int:
        """Return which system call is number ``number`` (from 0) of those that are not quiet."""
        return self._loud[number]

    def call_groups_until(self, count: int) -> int:
        """Count the groups that the first ``count`` calls that are not quiet make up.

        A group is of one stage, or of one finer step outside the stages, with no call of another
        in between.
        """
        return bisect_left(self._groups, count)

    def call_group(self, group: int) -> int:
        """Return the first call of group ``group`` (both from 0, quiet calls not counted)."""
        return self._groups[group]

    def call(self, number: int) -> tuple[CallEntered, CallReturned | None]:
        """Return the system call ``number`` (from 0), and its return if there is one anywhere.

        Raises:
            IndexError: There is no such call.
        """
        enters, returns = self.call_seq(number)
        entered = self.event(enters)
        assert isinstance(entered, CallEntered)
        if returns is None:
            return entered, None
        returned = self.event(returns)
        assert isinstance(returned, CallReturned)
        return entered, returned

    def call_place(self, number: int) -> Place:
        """Return where on the path system call ``number`` was made, without decoding it."""
        return self._places[number]

    def call_seq(self, number: int) -> tuple[int, int | None]:
        """Return the indexes at which system call ``number`` begins and returns, if it does."""
        returns = self._returns[number]
        return self._calls[number], None if returns < 0 else returns


def _put(indexes: "array[int]", index: int, there: bool) -> None:
    """Make an index be among those ascending ones, or not."""
    at = bisect_left(indexes, index)
    if (at < len(indexes) and indexes[at] == index) == there:
        return
    if there:
        indexes.insert(at, index)
    else:
        del indexes[at]


def _after(events: Sequence[int], index: int) -> int | None:
    after = bisect_right(events, index)
    return events[after] if after < len(events) else None
