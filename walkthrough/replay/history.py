"""History: the events of a recording or a live capture, and the world after each of them.

Events are kept as their encoded lines and decoded when asked for; worlds are folded from
checkpoints. Knows no files and no screen: `recording` feeds it lines, a live feed events.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Protocol, Self

import msgspec
from msgspec.structs import replace

from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    FunctionEntered,
    Header,
    KernelObserved,
    begins_stage,
)
from walkthrough.model.path import NOWHERE, Place
from walkthrough.replay.advance import advance
from walkthrough.replay.world import RIDERS, World

CHECKPOINT = 384
"""Distance of the worlds that are kept for good. Each may cost some 10 KiB."""
WAYPOINT = 16
"""Distance of the worlds that are kept around the place last looked at."""
MOST_WAYPOINTS = 64
"""So many of those are kept."""
RECENT = 256
"""So many decoded events are kept."""
LOOK_BACK = 4096
"""So many system calls are looked through for the one that an event ends."""


class Lines(Protocol):
    """What a recording's reader offers: its header, then each line with the event it holds."""

    @property
    def header(self) -> Header:
        """The recording's header."""

    @property
    def torn(self) -> str:
        """Why the recording ends early, in a sentence; "" if it is whole. Known at the end."""

    def __iter__(self) -> Iterator[tuple[bytes, AnyEvent]]:
        """Yield each event's line, without its newline, and the event."""


class History:
    """Events by index, and everything that the screen asks about them.

    An event's index is its ``seq``. Indexes are 0 to ``len(history) - 1``; -1 stands for the
    moment before the first event.

    Attributes:
        header: The recording's header.
        torn: Why the recording ends early, in a sentence; "" if it does not.
    """

    def __init__(self, header: Header, torn: str = "") -> None:
        self.header = header
        self.torn = torn
        self._lines: list[bytes] = []
        self._encoder = msgspec.json.Encoder()
        self._decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
        self._decoded: OrderedDict[int, AnyEvent] = OrderedDict()
        # The world after event CHECKPOINT * n - 1, its kernel left out, by n.
        self._checkpoints = [World()]
        self._waypoints: OrderedDict[int, World] = OrderedDict()
        self._last = (-1, World())
        # Indexes, ascending: events that ride with none before them; those that begin a stage;
        # the kernel's views; system calls, with their returns (-1: none) and places beside them.
        self._leads = array("q")
        self._stages = array("q")
        self._kernels = array("q")
        self._calls = array("q")
        self._returns = array("q")
        self._loud = array("q")  # numbers of the calls that are not quiet
        self._places: list[Place] = []
        self._open_calls: dict[int, int] = {}
        self._shared_places: dict[Place, Place] = {NOWHERE: NOWHERE}

    @classmethod
    def load(cls, lines: Lines) -> Self:
        """Take all of a recording; each line is decoded once.

        Raises:
            Exception: Whatever iterating ``lines`` raises (a `RecordingError`).
        """
        history = cls(lines.header)
        for line, event in lines:
            history._keep(line, event)
        history.torn = lines.torn
        return history

    @classmethod
    def of(cls, header: Header, events: Iterable[AnyEvent]) -> Self:
        """Make a history of events in memory."""
        history = cls(header)
        for event in events:
            history.append(event)
        return history

    def __len__(self) -> int:
        return len(self._lines)

    def append(self, event: AnyEvent) -> None:
        """Add the newest event of a live capture.

        Raises:
            ValueError: Its ``seq`` is not the next one.
        """
        self._keep(self._encoder.encode(event), event)

    def _keep(self, line: bytes, event: AnyEvent) -> None:
        index = len(self._lines)
        if event.seq != index:
            raise ValueError(f"event {event.seq} arrived where event {index} was due")
        self._lines.append(line)
        if index == 0 or not (event.quiet or isinstance(event, RIDERS)):
            self._leads.append(index)
        match event:
            case FunctionEntered():
                if begins_stage(event):
                    self._stages.append(index)
            case CallEntered():
                if event.mark is not None and begins_stage(event):
                    self._stages.append(index)
                if event.span is not None:
                    self._open_calls[event.span] = len(self._calls)
                if not event.quiet:
                    self._loud.append(len(self._calls))
                self._calls.append(index)
                self._returns.append(-1)
                place = event.place
                self._places.append(self._shared_places.setdefault(place, place))
            case CallReturned():
                call = self._open_calls.pop(event.span, None) if event.span is not None else None
                if call is not None:
                    self._returns[call] = index
            case KernelObserved():
                self._kernels.append(index)

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
        if not 0 <= index < len(self._lines):
            raise IndexError(f"no event {index} among {len(self._lines)}")
        event = self._decoded.get(index)
        if event is None:
            event = self._decoder.decode(self._lines[index])
            self._decoded[index] = event
            if len(self._decoded) > RECENT:
                self._decoded.popitem(last=False)
        return event

    def lines(self, start: int, stop: int) -> list[bytes]:
        """Return the encoded events ``start`` to ``stop - 1``, to be glanced at."""
        return self._lines[start:stop]

    def world(self, index: int) -> World:
        """Return the world after event ``index``; -1 gives the world before the first.

        Costs at most `WAYPOINT` folds near the last place asked for, and at most `CHECKPOINT`
        elsewhere, once every earlier checkpoint has been passed.

        Raises:
            IndexError: There is no such event.
        """
        if not -1 <= index < len(self._lines):
            raise IndexError(f"no event {index} among {len(self._lines)}")
        at, world = self._nearest(index)
        while at < index:
            at += 1
            world = advance(world, self.event(at))
            if (at + 1) % CHECKPOINT == 0 and (at + 1) // CHECKPOINT == len(self._checkpoints):
                self._checkpoints.append(replace(world, kernel=None))
            if at % WAYPOINT == 0:
                self._waypoints[at] = world
                self._waypoints.move_to_end(at)
                if len(self._waypoints) > MOST_WAYPOINTS:
                    self._waypoints.popitem(last=False)
        self._last = (index, world)
        return world

    def _nearest(self, index: int) -> tuple[int, World]:
        """Find the nearest world at or before ``index`` that need not be folded."""
        number = min((index + 1) // CHECKPOINT, len(self._checkpoints) - 1)
        checkpoint = number * CHECKPOINT - 1
        last, world = self._last
        if index - WAYPOINT < last <= index:
            return last, world
        for at in range(index - index % WAYPOINT, checkpoint, -WAYPOINT):
            waypoint = self._waypoints.get(at)
            if waypoint is not None:
                return at, waypoint
        world = self._checkpoints[number]
        seen = bisect_right(self._kernels, checkpoint)
        if seen:
            observed = self.event(self._kernels[seen - 1])
            assert isinstance(observed, KernelObserved)
            world = replace(world, kernel=observed.state)
        return checkpoint, world

    def landing(self, index: int) -> int:
        """Return the last event that rides along with ``index`` (-1 stays -1)."""
        if index < 0:
            return -1
        after = bisect_right(self._leads, index)
        return (self._leads[after] if after < len(self._leads) else len(self._lines)) - 1

    def beginning(self) -> int:
        """Return the first step worth looking at, past what is quiet; -1 if there is no event."""
        if not self._lines:
            return -1
        first = self.landing(0)
        return self.next_step(first) if self.event(0).quiet else first

    def lead(self, index: int) -> int:
        """Return the event that ``index`` rides along with, itself if it does not ride."""
        before = bisect_right(self._leads, index)
        return self._leads[before - 1] if before else index

    def next_step(self, index: int) -> int:
        """Return where one step forward from ``index`` lands; the last event if there is none."""
        after = bisect_right(self._leads, index)
        return self.landing(self._leads[after]) if after < len(self._leads) else len(self) - 1

    def previous_step(self, index: int) -> int:
        """Return where one step back from ``index`` lands; -1 before the first step."""
        here = bisect_right(self._leads, index) - 1
        return self._leads[here] - 1 if here > 0 else -1

    def next_stage(self, index: int) -> int:
        """Return where the next stage after ``index`` begins; the last event if none does."""
        after = bisect_right(self._stages, index)
        return self.landing(self._stages[after]) if after < len(self._stages) else len(self) - 1

    def previous_stage(self, index: int) -> int:
        """Return where the last stage that began before ``index`` did; -1 if none did.

        From inside a stage that is the beginning of this stage, from there that of the one before.
        """
        before = bisect_left(self._stages, index)
        while before and self.landing(self._stages[before - 1]) >= index:
            before -= 1
        return self.landing(self._stages[before - 1]) if before else -1

    def last_view(self, index: int) -> int:
        """Return the newest view of the kernel up to event ``index``; -1 if there is none."""
        before = bisect_right(self._kernels, index)
        return self._kernels[before - 1] if before else -1

    def calls_until(self, index: int) -> int:
        """Count the system calls entered up to and including event ``index``."""
        return bisect_right(self._calls, index)

    def loud_calls_until(self, index: int) -> int:
        """Count, up to and including event ``index``, the system calls that are not quiet."""
        return bisect_left(self._loud, self.calls_until(index))

    def loud_call(self, number: int) -> int:
        """Return which system call is number ``number`` (from 0) of those that are not quiet."""
        return self._loud[number]

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
