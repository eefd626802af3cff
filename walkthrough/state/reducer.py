"""How an event changes the world: one function a kind of event, `fold` picks it.

Never fails on any sequence of events in a file, however little sense it makes.
"""

from bisect import bisect_left
from collections.abc import Callable
from operator import attrgetter
from typing import Any

from msgspec.structs import replace

from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    CaptureEnded,
    ClientActed,
    DetailEnded,
    Event,
    FunctionEntered,
    FunctionReturned,
    KernelObserved,
    MemoryMeasured,
    OutputWritten,
    PacketCaptured,
    ProcessExited,
    ProcessStarted,
    SignalDelivered,
    SpanCutOff,
    StagesRevised,
    ThreadExited,
    ThreadStarted,
)
from walkthrough.model.outcomes import has_failed
from walkthrough.model.stages import NOWHERE, Place, Stage, Step
from walkthrough.model.values import Argument, Data, Value
from walkthrough.state.builder import WorldBuilder
from walkthrough.state.reduce_clients import fold_client
from walkthrough.state.reduce_options import fold_options
from walkthrough.state.reduce_processes import (
    fold_exit,
    fold_start,
    fold_thread,
    fold_view,
    turn_to,
)
from walkthrough.state.world import (
    MOST_OUTPUT,
    MOST_VISITS,
    PROCESS_SHIFT,
    OpenSpan,
    Visit,
    VisitProgress,
    World,
)


def advance(world: World, event: AnyEvent) -> World:
    """Return the world after ``event``. O(what the event changes), never raises."""
    builder = WorldBuilder(world)
    fold(builder, event)
    return builder.world()


def fold(builder: WorldBuilder, event: AnyEvent) -> None:
    """Change ``builder`` into what it is after ``event``; for many events the cheaper way."""
    _FOLDS[type(event)](builder, event)
    builder.seq = event.seq
    # A packet's time is the kernel's: it may lie before that of the event that it is told after.
    builder.time_ns = (
        max(builder.time_ns, event.time_ns) if isinstance(event, PacketCaptured) else event.time_ns
    )


def span_key(event: Event) -> int:
    """Return the key into `World.spans` for where ``event`` happened; 0 if that is unknown."""
    goroutine = event.goroutine
    if not goroutine:
        return -(event.thread or 0)
    # Every process counts its own goroutines.
    return goroutine if event.process is None else goroutine + (event.process << PROCESS_SHIFT)


# Named here, since looking up an enum member takes as long as a call.
_CURRENT, _DONE, _FAILED = VisitProgress.CURRENT, VisitProgress.DONE, VisitProgress.FAILED
_POLL_WAIT = Step.POLL_WAIT

_PLACES = {(stage, step): Place(stage, step) for stage in (None, *Stage) for step in (None, *Step)}


def _place(event: Event) -> Place:
    """Return the event's place, always the same object for a place, since worlds keep many."""
    return _PLACES[event.stage, event.step]


def _move_focus(builder: WorldBuilder, event: Event) -> None:
    """Move the view to where ``event`` happened; a quiet event leaves it where it was."""
    if event.quiet:
        return
    turn_to(builder, event)
    builder.place = _place(event)
    known = event.goroutine is not None or event.thread is not None
    builder.focus = span_key(event) if known else None
    if event.source is not None:
        builder.source = event.source
    builder.changed_kernel = False


def _function_entered(builder: WorldBuilder, event: FunctionEntered) -> None:
    _move_focus(builder, event)
    if event.span is None:
        return
    key = span_key(event)
    chain = builder.spans.get(key, ())
    place = _place(event)
    mark = event.mark
    opened = OpenSpan(
        event.span,
        event.function or "",
        place,
        event.seq,
        mark,
        event.arguments,
        event.source,
        caller=event.caller,
    )
    builder.mutable_spans()[key] = (*chain, opened)
    if mark is None:
        return
    if mark == _POLL_WAIT:
        builder.mutable_parked().add(key)
    _begin_visit(builder, event, place, chain[-1].place if chain else NOWHERE, chain)


def _begin_visit(
    builder: WorldBuilder,
    event: FunctionEntered | CallEntered,
    place: Place,
    around: Place,
    chain: tuple[OpenSpan, ...],
) -> None:
    """Note that a place on the path is visited, if ``event`` begins such a visit.

    Args:
        builder: The world.
        event: What was entered, with a span and a mark.
        place: Its place.
        around: The place it was entered from.
        chain: The spans around it.
    """
    if event.quiet or place == NOWHERE:
        return
    own = place.step if place.step is not None else place.stage
    if place == around and own != event.mark:
        return
    assert event.span is not None
    goroutine = event.goroutine
    if goroutine and event.process is not None:
        goroutine = span_key(event)
    visit = Visit(place, event.span, goroutine, _CURRENT, event.seq, process=event.process or 0)
    visits = builder.mutable_visits()
    visits.append(visit)
    if len(visits) > 2 * MOST_VISITS:
        del visits[:-MOST_VISITS]
    stage = place.stage
    if stage is not None and place.step is None:
        if stage not in builder.order:
            builder.order = (*builder.order, stage)
            builder.begun = {**builder.begun, stage: event.seq}
        before = builder.latest.get(stage)
        # A stage entered again from inside itself is still the same visit.
        if before is None or all(span.span != before.span for span in chain):
            builder.latest = {**builder.latest, stage: visit}


def _function_returned(builder: WorldBuilder, event: FunctionReturned) -> None:
    _move_focus(builder, event)
    closed = _close(builder, event)
    if closed is not None:
        progress = _FAILED if has_failed(event) else _DONE
        _end_visit(builder, closed, progress, event.seq, event.results)


def _span_cut_off(builder: WorldBuilder, event: SpanCutOff) -> None:
    _move_focus(builder, event)
    closed = _close(builder, event)
    # "stopped": we ended the capture, nothing went wrong: whoever waited is shown waiting to the
    # end.
    if closed is not None and event.reason != "stopped":
        _end_visit(builder, closed, _FAILED, event.seq, ())


def _close(builder: WorldBuilder, event: Event) -> OpenSpan | None:
    """Close the span of ``event``, wherever it is open, and return it."""
    span = event.span
    if span is None:
        return None
    key = span_key(event)
    at = _find(builder.spans.get(key, ()), span)
    if at < 0:
        holders = (other for other, chain in builder.spans.items() if _find(chain, span) >= 0)
        key = next(holders, key)
        at = _find(builder.spans.get(key, ()), span)
        if at < 0:
            return None
    spans = builder.mutable_spans()
    chain = spans[key]
    closed, left = chain[at], chain[:at] + chain[at + 1 :]
    if left:
        spans[key] = left
    else:
        del spans[key]
    if key in builder.parked and all(span.mark != _POLL_WAIT for span in left):
        builder.mutable_parked().discard(key)
    return closed


def _find(chain: tuple[OpenSpan, ...], span: int) -> int:
    """Return where in a chain a span is, the innermost if it is there twice; -1 if absent."""
    for at in range(len(chain) - 1, -1, -1):
        if chain[at].span == span:
            return at
    return -1


def _end_visit(
    builder: WorldBuilder,
    closed: OpenSpan,
    progress: VisitProgress,
    seq: int,
    results: tuple[Argument, ...],
) -> None:
    """End the visit that ``closed`` stands for, if it stands for one."""
    if closed.mark is None:
        return
    # A visit begins with the event that opens its span, and they are listed as they begin.
    at = bisect_left(builder.visits, closed.entered, key=_ENTERED)
    if at < len(builder.visits) and builder.visits[at].entered == closed.entered:
        visit = builder.visits[at]
        ended = replace(visit, progress=progress, returned=seq, results=results)
        builder.mutable_visits()[at] = ended
    stage = closed.place.stage
    if stage is None:
        return
    latest = builder.latest.get(stage)
    if latest is not None and latest.entered == closed.entered and latest.returned is None:
        ended = replace(latest, progress=progress, returned=seq, results=results)
        builder.latest = {**builder.latest, stage: ended}


_ENTERED = attrgetter("entered")


def _call_entered(builder: WorldBuilder, event: CallEntered) -> None:
    _move_focus(builder, event)
    builder.calls += 1
    if event.span is None:
        return
    key = span_key(event)
    chain = builder.spans.get(key, ())
    place = _place(event)
    opened = OpenSpan(
        event.span, event.call, place, event.seq, event.mark, event.arguments, event.source, True
    )
    builder.mutable_spans()[key] = (*chain, opened)
    if event.mark is not None:
        _begin_visit(builder, event, place, NOWHERE, chain)


def _call_returned(builder: WorldBuilder, event: CallReturned) -> None:
    _move_focus(builder, event)
    closed = _close(builder, event)
    if closed is not None and closed.mark is not None:
        progress = _FAILED if has_failed(event) else _DONE
        result: Value = event.error if event.error is not None else event.result
        _end_visit(builder, closed, progress, event.seq, (Argument("", result),))
    fold_options(builder, event)


def _output_written(builder: WorldBuilder, event: OutputWritten) -> None:
    data = Data(event.data, event.length) if event.omitted else event.data
    builder.output = (*builder.output[-(MOST_OUTPUT - 1) :], (event.stream, data))


def _kernel_observed(builder: WorldBuilder, event: KernelObserved) -> None:
    fold_view(builder, event.state)


def _detail_ended(builder: WorldBuilder, event: DetailEnded) -> None:
    builder.detailed = False
    builder.changed_kernel = False


def _memory_measured(builder: WorldBuilder, event: MemoryMeasured) -> None:
    builder.memory = event
    builder.changed_kernel = False


def _packet_captured(builder: WorldBuilder, event: PacketCaptured) -> None:
    """Change nothing: the kernel's next view shows what a packet has led to."""


def _stages_revised(builder: WorldBuilder, event: StagesRevised) -> None:
    """Change nothing: the calls that it is about are folded with the places that it gives them."""


def _process_started(builder: WorldBuilder, event: ProcessStarted) -> None:
    _move_focus(builder, event)
    fold_start(builder, event)


def _process_exited(builder: WorldBuilder, event: ProcessExited) -> None:
    _move_focus(builder, event)
    if fold_exit(builder, event):
        return
    builder.threads = frozenset()
    builder.exit_code = event.code
    builder.exit_signal = event.signal


def _signal_delivered(builder: WorldBuilder, event: SignalDelivered) -> None:
    _move_focus(builder, event)


def _capture_ended(builder: WorldBuilder, event: CaptureEnded) -> None:
    _move_focus(builder, event)
    builder.ended = event.reason or "ended"
    builder.lost = event.lost


_FOLDS: dict[type[Event], Callable[[WorldBuilder, Any], None]] = {
    FunctionEntered: _function_entered,
    FunctionReturned: _function_returned,
    CallEntered: _call_entered,
    CallReturned: _call_returned,
    ClientActed: fold_client,
    OutputWritten: _output_written,
    KernelObserved: _kernel_observed,
    DetailEnded: _detail_ended,
    MemoryMeasured: _memory_measured,
    PacketCaptured: _packet_captured,
    StagesRevised: _stages_revised,
    ProcessStarted: _process_started,
    ProcessExited: _process_exited,
    ThreadStarted: fold_thread,
    ThreadExited: fold_thread,
    SignalDelivered: _signal_delivered,
    SpanCutOff: _span_cut_off,
    CaptureEnded: _capture_ended,
}
