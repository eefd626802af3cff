"""How an event changes the world: one function a kind of event, `advance` picks it.

Never fails on any sequence of events a file may hold, however little sense it makes.
"""

from collections.abc import Callable
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
    ProcessExited,
    ProcessStarted,
    SignalDelivered,
    SpanCutOff,
    ThreadExited,
    ThreadStarted,
)
from walkthrough.model.path import NOWHERE, Place, Stage, Step
from walkthrough.model.values import Argument, Constant, Flags, Spelled, Value
from walkthrough.replay.world import (
    MOST_CLIENTS,
    MOST_OUTPUT,
    MOST_VISITS,
    ClientView,
    OpenSpan,
    OptionSet,
    Progress,
    Visit,
    World,
)


def advance(world: World, event: AnyEvent) -> World:
    """Return the world after ``event``. O(what the event changes), never raises."""
    changes = _FOLDS[type(event)](world, event)
    return replace(world, seq=event.seq, time_ns=event.time_ns, **changes)


_Changes = dict[str, Any]


def span_key(event: Event) -> int:
    """Return the key into `World.spans` for what ``event`` happened to; 0 if it names nobody."""
    return event.goroutine or -(event.thread or 0)


_PLACES = {(stage, step): Place(stage, step) for stage in (None, *Stage) for step in (None, *Step)}


def _place(event: Event) -> Place:
    """Return the event's place, the same object for the same place: worlds keep many."""
    return _PLACES[event.stage, event.step]


def _stand(world: World, event: Event) -> _Changes:
    """Move the view to where ``event`` happened; a quiet event leaves it where it was."""
    if event.quiet:
        return {}
    known = event.goroutine is not None or event.thread is not None
    return {
        "place": _place(event),
        "focus": span_key(event) if known else None,
        "source": event.source or world.source,
        "changed_kernel": False,
    }


def _function_entered(world: World, event: FunctionEntered) -> _Changes:
    changes = _stand(world, event)
    if event.span is None:
        return changes
    place = _place(event)
    key = span_key(event)
    chain = world.spans.get(key, ())
    around = chain[-1].place if chain else NOWHERE
    opened = OpenSpan(
        span=event.span,
        name=event.function or "",
        place=place,
        entered=event.seq,
        mark=event.mark,
        arguments=event.arguments,
        source=event.source,
    )
    changes["spans"] = {**world.spans, key: (*chain, opened)}
    if event.mark == Step.POLL_WAIT:
        changes["parked"] = world.parked | {key}
    return changes | _begin_visit(world, event, around)


def _begin_visit(world: World, event: FunctionEntered | CallEntered, around: Place) -> _Changes:
    """Note that a place on the path is visited, if ``event`` begins such a visit."""
    if event.span is None or not _begins_visit(event, around):
        return {}
    place, changes = _place(event), _Changes()
    chain = world.spans.get(span_key(event), ())
    visit = Visit(place, event.span, event.goroutine, Progress.CURRENT, event.seq)
    changes["visits"] = (*world.visits[-(MOST_VISITS - 1) :], visit)
    stage = place.stage
    if stage is not None and place.step is None:
        if stage not in world.order:
            changes["order"] = (*world.order, stage)
            changes["begun"] = {**world.begun, stage: event.seq}
        before = world.latest.get(stage)
        # A stage entered again from inside itself is still the visit that it was.
        if before is None or all(span.span != before.span for span in chain):
            changes["latest"] = {**world.latest, stage: visit}
    return changes


def _begins_visit(event: FunctionEntered | CallEntered, around: Place) -> bool:
    place = _place(event)
    if event.mark is None or event.quiet or place == NOWHERE:
        return False
    own = place.step if place.step is not None else place.stage
    return place != around or own == event.mark


def _function_returned(world: World, event: FunctionReturned) -> _Changes:
    progress = Progress.FAILED if event.failed else Progress.DONE
    return _stand(world, event) | _close(world, event, progress, event.results)


def _span_cut_off(world: World, event: SpanCutOff) -> _Changes:
    changes = _stand(world, event) | _close(world, event, Progress.FAILED)
    if event.reason == "stopped":
        # We ended the capture, nothing went wrong: who waited then is shown waiting to the end.
        changes.pop("visits", None)
        changes.pop("latest", None)
    return changes


def _close(
    world: World, event: Event, progress: Progress, results: tuple[Argument, ...] = ()
) -> _Changes:
    """Close the span of ``event``, wherever it is open, and the visit it stands for."""
    key = _holder(world, event)
    if key is None:
        return {}
    chain = world.spans[key]
    at = next(n for n in range(len(chain) - 1, -1, -1) if chain[n].span == event.span)
    closed, left = chain[at], chain[:at] + chain[at + 1 :]
    spans = {**world.spans, key: left}
    if not left:
        del spans[key]
    changes: _Changes = {"spans": spans}
    if key in world.parked and all(span.mark != Step.POLL_WAIT for span in left):
        changes["parked"] = world.parked - {key}
    if closed.mark is not None:
        changes |= _end_visit(world, closed, progress, event.seq, results)
    return changes


def _holder(world: World, event: Event) -> int | None:
    """Find the key under which the span of ``event`` is open: its own first, then any."""
    if event.span is None:
        return None
    own = span_key(event)
    for key in (own, *(other for other in world.spans if other != own)):
        if any(span.span == event.span for span in world.spans.get(key, ())):
            return key
    return None


def _end_visit(
    world: World, closed: OpenSpan, progress: Progress, seq: int, results: tuple[Argument, ...]
) -> _Changes:
    changes: _Changes = {}
    visits = world.visits
    for at in range(len(visits) - 1, -1, -1):
        visit = visits[at]
        if visit.span == closed.span and visit.returned is None:
            ended = replace(visit, progress=progress, returned=seq, results=results)
            changes["visits"] = (*visits[:at], ended, *visits[at + 1 :])
            break
    stage = closed.place.stage
    latest = world.latest.get(stage) if stage is not None else None
    if latest is not None and latest.span == closed.span and latest.returned is None:
        ended = replace(latest, progress=progress, returned=seq, results=results)
        changes["latest"] = {**world.latest, stage: ended}
    return changes


def _call_entered(world: World, event: CallEntered) -> _Changes:
    changes = _stand(world, event)
    changes["calls"] = world.calls + 1
    if event.span is not None:
        key = span_key(event)
        opened = OpenSpan(
            span=event.span,
            name=event.call,
            place=_place(event),
            entered=event.seq,
            mark=event.mark,
            arguments=event.arguments,
            source=event.source,
            call=True,
        )
        changes["spans"] = {**world.spans, key: (*world.spans.get(key, ()), opened)}
        if event.mark is not None:
            changes |= _begin_visit(world, event, NOWHERE)
    return changes


_NO_FAILURE = ("EAGAIN", "EINPROGRESS", "EINTR")
_MAKES_DESCRIPTOR = frozenset({"socket", "accept", "accept4", "openat", "open", "epoll_create1"})


def _call_returned(world: World, event: CallReturned) -> _Changes:
    failed = event.error is not None and event.error.name not in _NO_FAILURE
    progress = Progress.FAILED if failed else Progress.DONE
    result: Value = event.error if event.error is not None else event.result
    changes = _stand(world, event) | _close(world, event, progress, (Argument("", result),))
    if event.error is not None:
        return changes
    if event.call == "setsockopt":
        changes |= _option_set(world, event)
    elif event.call == "close":
        descriptor = _argument(event, "fd")
        if isinstance(descriptor, int):
            changes |= _forget_options(world, descriptor)
    elif event.call in _MAKES_DESCRIPTOR:
        # Its close may have gone unseen: a new descriptor starts without options all the same.
        changes |= _forget_options(world, event.result)
    return changes


def _argument(event: CallReturned, name: str) -> Value:
    return next((given.value for given in event.arguments if given.name == name), None)


def _option_set(world: World, event: CallReturned) -> _Changes:
    descriptor = _argument(event, "sockfd")
    if not isinstance(descriptor, int):
        return {}
    given = next((one for one in event.arguments if one.name == "optval"), Argument("optval", None))
    level = _spelled(_argument(event, "level"))
    name = _spelled(_argument(event, "optname"))
    option = OptionSet(descriptor, level, name, given)
    others = tuple(
        one for one in world.options.get(descriptor, ()) if (one.level, one.name) != (level, name)
    )
    return {"options": {**world.options, descriptor: (*others, option)}}


def _spelled(value: Value) -> str:
    if isinstance(value, Constant):
        return value.name or str(value.raw)
    if isinstance(value, Flags):
        return "|".join(value.names) or str(value.raw)
    if isinstance(value, Spelled):
        return value.text
    return str(value) if isinstance(value, int) else "?"


def _forget_options(world: World, descriptor: int) -> _Changes:
    if descriptor not in world.options:
        return {}
    return {"options": {fd: kept for fd, kept in world.options.items() if fd != descriptor}}


_NOT_YET = Constant("EAGAIN", 11)  # nothing has come yet: no failure
_WAITS = ("receive", "accept")
_CLIENT_STATES = {
    "connect": "connected",
    "accept": "connected",
    "half-close": "half-closed",
    "close": "closed",
    "reset": "closed",
}


def _client_acted(world: World, event: ClientActed) -> _Changes:
    clients = dict(world.clients)
    last = max(event.client, event.client + event.clients - 1)
    for number in range(max(event.client, last - MOST_CLIENTS + 1), last + 1):
        before = clients.get(number) or ClientView(number, "connected")
        clients[number] = _client_after(before, event)
    if len(clients) > MOST_CLIENTS:
        clients = dict([*clients.items()][-MOST_CLIENTS:])
    return {"clients": clients, "changed_kernel": False}


def _client_after(before: ClientView, event: ClientActed) -> ClientView:
    own = event.clients == 1  # the addresses and data of a batch are those of its first
    done = event.error is None
    if done:
        state = _CLIENT_STATES.get(event.action, before.state)
    elif before.state == "closed" or (event.action in _WAITS and event.error == _NOT_YET):
        state = before.state
    else:
        state = "failed"
    return ClientView(
        client=before.client,
        state=state,
        local=(event.local if own else None) or before.local,
        remote=event.remote or before.remote,
        sent=before.sent + len(event.data) * (done and event.action == "send"),
        received=before.received + len(event.data) * (done and event.action == "receive"),
    )


def _output_written(world: World, event: OutputWritten) -> _Changes:
    return {"output": (*world.output[-(MOST_OUTPUT - 1) :], (event.stream, event.data))}


def _kernel_observed(world: World, event: KernelObserved) -> _Changes:
    return {"kernel": event.state, "changed_kernel": True}


def _detail_ended(world: World, event: DetailEnded) -> _Changes:
    return {"detailed": False, "changed_kernel": False}


def _memory_measured(world: World, event: MemoryMeasured) -> _Changes:
    return {"memory": event, "changed_kernel": False}


def _process_started(world: World, event: ProcessStarted) -> _Changes:
    return _stand(world, event) | {"threads": world.threads | {event.pid}}


def _process_exited(world: World, event: ProcessExited) -> _Changes:
    return _stand(world, event) | {
        "threads": frozenset(),
        "exit_code": event.code,
        "exit_signal": event.signal,
    }


def _thread_started(world: World, event: ThreadStarted) -> _Changes:
    return {"threads": world.threads | {event.thread}} if event.thread is not None else {}


def _thread_exited(world: World, event: ThreadExited) -> _Changes:
    return {"threads": world.threads - {event.thread}}


def _signal_delivered(world: World, event: SignalDelivered) -> _Changes:
    return _stand(world, event)


def _capture_ended(world: World, event: CaptureEnded) -> _Changes:
    return _stand(world, event) | {"ended": event.reason or "ended", "lost": event.lost}


_FOLDS: dict[type[Event], Callable[[World, Any], _Changes]] = {
    FunctionEntered: _function_entered,
    FunctionReturned: _function_returned,
    CallEntered: _call_entered,
    CallReturned: _call_returned,
    ClientActed: _client_acted,
    OutputWritten: _output_written,
    KernelObserved: _kernel_observed,
    DetailEnded: _detail_ended,
    MemoryMeasured: _memory_measured,
    ProcessStarted: _process_started,
    ProcessExited: _process_exited,
    ThreadStarted: _thread_started,
    ThreadExited: _thread_exited,
    SignalDelivered: _signal_delivered,
    SpanCutOff: _span_cut_off,
    CaptureEnded: _capture_ended,
}
