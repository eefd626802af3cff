"""Which events count as a change."""

import pytest

from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    ClientActed,
    DetailEnded,
    FunctionEntered,
    FunctionReturned,
    KernelObserved,
    MemoryMeasured,
    OutputWritten,
    ProcessExited,
)
from walkthrough.model.kernel_state import (
    Descriptor,
    KernelState,
    NeighbourDoing,
    NeighbourState,
)
from walkthrough.model.values import Constant
from walkthrough.state.change_detector import ChangeDetector

EAGAIN = Constant("EAGAIN", 11)


def seen(*numbers: int, process: int = 0, missing: tuple[str, ...] = ()) -> KernelObserved:
    held = tuple(Descriptor(number, "file", "x") for number in numbers)
    state = KernelState(descriptors=held, process=process, unavailable=missing)
    return KernelObserved(seq=0, time_ns=0, state=state)


def returned(call: str, result: int = 0, **more: object) -> CallReturned:
    return CallReturned(seq=0, time_ns=0, call=call, result=result, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("event", "changes"),
    [
        (returned("accept4", -1, error=EAGAIN), True),
        (returned("accept4", -1, error=EAGAIN, quiet=True), False),
        (returned("epoll_pwait", 1), True),
        (returned("epoll_pwait", 0), False),
        (returned("read", 0), True),
        (returned("read", 5), True),
        (returned("setsockopt"), True),
        (returned("fcntl", 2), False),
        (returned("getsockname"), False),
        (CallEntered(seq=0, time_ns=0, call="accept4"), False),
        (FunctionEntered(seq=0, time_ns=0, mark="pollWait"), False),
        (FunctionReturned(seq=0, time_ns=0, mark="pollWait", failed=True), True),
        (FunctionReturned(seq=0, time_ns=0, mark="pollWait"), False),
        (FunctionReturned(seq=0, time_ns=0, mark="accept", failed=True), False),
        (ClientActed(seq=0, time_ns=0, client=1, action="connect"), True),
        (DetailEnded(seq=0, time_ns=0), True),
        (MemoryMeasured(seq=0, time_ns=0, connections=1), True),
        (ProcessExited(seq=0, time_ns=0, pid=1, code=1), True),
        (OutputWritten(seq=0, time_ns=0, stream=1, data=b"x"), False),
    ],
)
def test_what_counts(event: AnyEvent, changes: bool) -> None:
    assert ChangeDetector().fold(event) is changes


def test_a_view_counts_if_it_holds_something_else_than_the_one_before() -> None:
    detector = ChangeDetector()
    views = [seen(3), seen(3), seen(3, 4), seen(3, 4, missing=("no",)), seen(3)]
    assert [detector.fold(view) for view in views] == [False, False, True, False, True]


def test_each_process_of_a_log_is_compared_with_itself() -> None:
    detector = ChangeDetector(logged=True)
    views = [seen(3, process=1), seen(7, process=2), seen(3, process=1), seen(7, 8, process=2)]
    assert [detector.fold(view) for view in views] == [False, False, False, True]


@pytest.mark.parametrize("logged", [True, False])
def test_what_a_log_only_mentions_was_there_before(logged: bool) -> None:
    detector = ChangeDetector(logged=logged)
    began = CallEntered(seq=0, time_ns=0, call="accept4")
    events: list[AnyEvent] = [seen(), began, seen(3), returned("accept4", 4), seen(3, 4)]
    assert [detector.fold(event) for event in events] == [False, False, not logged, False, True]


def test_what_a_neighbour_does_is_a_change() -> None:
    detector = ChangeDetector()
    views = [
        KernelState(neighbour=NeighbourState(7, doing))
        for doing in (NeighbourDoing.WAITING, NeighbourDoing.WOKEN, NeighbourDoing.WOKEN)
    ]
    events = [KernelObserved(seq=0, time_ns=0, state=state) for state in views]
    assert [detector.fold(event) for event in events] == [False, True, False]
