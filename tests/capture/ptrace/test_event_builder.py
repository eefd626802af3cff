"""From stops to events: rows of stops, and the events told."""

import pytest

from walkthrough.capture.decode.calls import calls_of
from walkthrough.capture.ptrace.architecture.definition import FrameShape
from walkthrough.capture.ptrace.architecture.x86_64 import X86_64
from walkthrough.capture.ptrace.binary import BinaryAnalysis, TraceableFunction
from walkthrough.capture.ptrace.event_builder import EventBuilder
from walkthrough.capture.ptrace.stops import Probe, SavedStack, StopKind, ThreadStop, callers
from walkthrough.capture.ptrace.traced_functions import TracedFunction, traced_functions
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    FunctionEntered,
    FunctionReturned,
    ProcessExited,
    SignalDelivered,
    SourcePlace,
    SpanCutOff,
)
from walkthrough.model.stages import Stage, Step
from walkthrough.model.values import Argument, Constant, Data, GoError, Value

WATCHED = {each.name: each for each in traced_functions((1, 27), X86_64)}
NAMES = sorted(WATCHED)
# Every watched function gets 0x100 bytes and ten lines of a file of its own.
FUNCTIONS = tuple(
    TraceableFunction(
        name=name,
        low=0x1000 + 0x100 * at,
        high=0x1100 + 0x100 * at,
        shape=FrameShape(
            entry=0x1008 + 0x100 * at,
            length=1,
            frame=8,
            lowered=X86_64.sp,
            stored=X86_64.frame_pointer,
            returns=(0x10F0 + 0x100 * at,),
        ),
        lines=(
            (0x1000 + 0x100 * at, 0, 10 * at + 1),
            (0x1020 + 0x100 * at, 0, 10 * at + 2),
            (0x1040 + 0x100 * at, 1, 500),  # inlined from another file
            (0x1060 + 0x100 * at, 0, 10 * at + 3),
        ),
        inlined=((0x1040 + 0x100 * at, 0x1060 + 0x100 * at, 10 * at + 7),),
    )
    for at, name in enumerate(NAMES)
)
ANALYSIS = BinaryAnalysis(
    3, "x86_64", "go1.27.3", 152, 0, FUNCTIONS, ("net/all.go", "sync/once.go"), ()
)
BY_NAME = {function.name: function for function in FUNCTIONS}
CALLS = calls_of("x86_64")
NUMBERS = {spec.name: number for number, spec in CALLS.items()}


class Story:
    """Tells an event builder one stop after another."""

    def __init__(self, *, attached: bool = False) -> None:
        entered = tuple(WATCHED.values()) if attached else ()
        self.event_builder = EventBuilder(
            ANALYSIS, ("server",), 0, from_start=not attached, entered=entered
        )
        self.now = 0

    def _tell(self, stop: ThreadStop) -> list[AnyEvent]:
        return self.event_builder.build(stop)

    def _next(self) -> int:
        self.now += 1
        return self.now

    def enter(
        self,
        name: str,
        goroutine: int = 1,
        thread: int = 7,
        values: tuple[Value, ...] = (),
        caller: int = 0,
    ) -> list[AnyEvent]:
        return self._function(WATCHED[name], False, goroutine, thread, values, caller)

    def leave(
        self,
        name: str,
        goroutine: int = 1,
        thread: int = 7,
        values: tuple[Value, ...] = (),
        caller: int = 0,
    ) -> list[AnyEvent]:
        return self._function(WATCHED[name], True, goroutine, thread, values, caller)

    def _function(
        self,
        watched: TracedFunction,
        returns: bool,
        goroutine: int,
        thread: int,
        values: tuple[Value, ...],
        caller: int,
    ) -> list[AnyEvent]:
        layout = watched.results if returns else watched.arguments
        on_stack: dict[int, Value] = {n: None for n, at in enumerate(layout.starts) if at < 0}
        return self._tell(
            ThreadStop(
                StopKind.FUNCTION_RETURNED if returns else StopKind.FUNCTION_ENTERED,
                thread,
                self._next(),
                held=True,
                goroutine=goroutine,
                probe=Probe(BY_NAME[watched.name], watched, returns),
                registers=(0,) * len(layout.registers),
                read=on_stack | dict(enumerate(values)),
                return_address=caller,
            )
        )

    def call(
        self, name: str, goroutine: int = 1, thread: int = 7, stack: SavedStack | None = None
    ) -> list[AnyEvent]:
        spec = CALLS[NUMBERS[name]]
        return self._tell(
            ThreadStop(
                StopKind.CALL_ENTERED,
                thread,
                self._next(),
                held=True,
                goroutine=goroutine,
                call=spec,
                number=NUMBERS[name],
                words=(3,) * 6,
                at_entry=(None,) * len(spec.arguments),
                stack=stack,
            )
        )

    def back(
        self, name: str, result: int, thread: int = 7, data: bytes | None = None
    ) -> list[AnyEvent]:
        spec = CALLS[NUMBERS[name]]
        exits = tuple(data if kind.at_exit else None for _, kind in spec.arguments)
        return self._tell(
            ThreadStop(
                StopKind.CALL_RETURNED,
                thread,
                self._next(),
                held=True,
                call=spec,
                words=(3,) * 6,
                at_entry=(None,) * len(spec.arguments),
                at_exit=exits,
                result=result,
                failed=result < 0,
            )
        )


def one(events: list[AnyEvent]) -> AnyEvent:
    assert len(events) == 1
    return events[0]


def test_functions_nest_by_goroutine() -> None:
    story = Story()
    outer = one(story.enter("net.socket"))
    inner = one(story.enter("net.sysSocket"))
    other = one(story.enter("internal/poll.(*FD).Read", goroutine=9, thread=8))
    assert isinstance(inner, FunctionEntered)
    assert (outer.parent, inner.parent, other.parent) == (None, outer.span, None)
    assert (inner.stage, inner.step, inner.mark) == (Stage.SYS_SOCKET, None, "sysSocket")
    assert (other.stage, other.step) == (None, Step.READ)
    done = one(story.leave("net.sysSocket", thread=12))  # the goroutine has moved to a thread
    assert isinstance(done, FunctionReturned)
    assert (done.span, done.stage, done.failed) == (inner.span, Stage.SYS_SOCKET, False)


def test_a_system_call_knows_its_function_goroutine_and_line() -> None:
    story = Story()
    story.enter("net.sysSocket")
    low = BY_NAME["net.sysSocket"].low
    # two frames of functions that are not watched, then sysSocket at its second line
    data = bytearray(64)
    data[0:8] = (0x900000).to_bytes(8, "little")
    data[16:24] = (0x7000 + 40).to_bytes(8, "little")
    data[24:32] = (0x900100).to_bytes(8, "little")
    data[40:48] = (0).to_bytes(8, "little")
    data[48:56] = (low + 0x21).to_bytes(8, "little")
    stack = SavedStack(0x7000, 0x7000 + 16, bytes(data))
    assert callers(stack) == [0x900000, 0x900100, low + 0x21]
    event = one(story.call("socket", stack=stack))
    assert isinstance(event, CallEntered)
    line = 10 * NAMES.index("net.sysSocket") + 2
    assert (event.function, event.goroutine) == ("net.sysSocket", 1)
    assert event.source == SourcePlace("net/all.go", line)
    assert event.stage is Stage.SYS_SOCKET
    done = one(story.back("socket", 3))
    assert isinstance(done, CallReturned)
    assert (done.span, done.result, done.goroutine, done.source) == (event.span, 3, 1, event.source)


def test_an_inlined_line_gives_way_to_the_line_of_its_call() -> None:
    story = Story()
    story.enter("net.socket")
    low = BY_NAME["net.socket"].low
    event = one(story.enter("net.sysSocket", caller=low + 0x45))
    assert isinstance(event, FunctionEntered)
    assert event.caller == SourcePlace("net/all.go", 10 * NAMES.index("net.socket") + 7)


def test_gopark_is_told_only_where_the_path_parks() -> None:
    story = Story()
    assert story.enter("runtime.gopark") == []
    assert story.leave("runtime.gopark") == []
    story.enter("net.(*TCPListener).Accept")
    story.enter("internal/poll.runtime_pollWait")
    park = one(story.enter("runtime.gopark"))
    assert (park.stage, park.step) == (Stage.ACCEPT, Step.POLL_WAIT)


def test_what_the_runtime_does_before_main_is_quiet_and_keeps_no_data() -> None:
    story = Story()
    assert one(story.call("read", goroutine=0)).quiet
    done = one(story.back("read", 5, data=b"hello"))
    assert isinstance(done, CallReturned)
    assert done.quiet
    assert Argument("buf", Data(b"", 5)) in done.arguments
    assert not one(story.enter("net.Listen")).quiet
    assert not one(story.call("read")).quiet
    after = one(story.back("read", 5, data=b"hello"))
    assert isinstance(after, CallReturned)
    assert Argument("buf", Data(b"hello", 5)) in after.arguments


def test_a_poll_that_finds_nothing_is_quiet_and_told_when_it_is_over() -> None:
    story = Story()
    story.enter("net.Listen")
    assert story.enter("runtime.netpoll", 0, 8, values=(0,)) == []
    assert story.call("epoll_pwait", 0, 8) == []
    between = one(story.enter("net.sysSocket"))  # others go on meanwhile
    assert not between.quiet
    assert story.back("epoll_pwait", 0, 8, b"") == []
    found = story.leave("runtime.netpoll", 0, 8)
    assert [type(each).__name__ for each in found] == [
        "FunctionEntered",
        "CallEntered",
        "CallReturned",
        "FunctionReturned",
    ]
    assert all(each.quiet for each in found)


def test_a_poll_that_finds_something_is_told_from_its_beginning() -> None:
    story = Story()
    story.enter("net.Listen")
    story.enter("runtime.netpoll", 0, 8, values=(0,))
    story.call("epoll_pwait", 0, 8)
    found = story.back("epoll_pwait", 1, 8, bytes(12))
    assert [type(each).__name__ for each in found] == [
        "FunctionEntered",
        "CallEntered",
        "CallReturned",
    ]
    assert not any(each.quiet for each in found)
    assert found[0].step is Step.POLL_READY
    assert not one(story.leave("runtime.netpoll", 0, 8)).quiet


def test_a_poll_that_waits_is_told_at_once() -> None:
    story = Story()
    story.enter("net.Listen")
    assert not one(story.enter("runtime.netpoll", 0, 8, values=(-1,))).quiet
    assert not one(story.call("epoll_pwait", 0, 8)).quiet


def test_failure_is_read_from_the_results() -> None:
    story = Story()
    eof = GoError("*errors.errorString", "EOF")
    again = GoError("syscall.Errno", "resource temporarily unavailable", Constant("EAGAIN", 11))
    for values, failed in (((0, eof), False), ((0, again), True), ((5, None), False)):
        story.enter("internal/poll.(*FD).Read")
        done = one(story.leave("internal/poll.(*FD).Read", values=values))
        assert isinstance(done, FunctionReturned)
        assert done.failed is failed
    story.enter("internal/poll.runtime_pollOpen")
    bad = one(story.leave("internal/poll.runtime_pollOpen", values=(None, Constant("ENOSPC", 28))))
    assert isinstance(bad, FunctionReturned)
    assert bad.failed


def test_spans_that_a_panic_jumped_over_are_cut_off() -> None:
    story = Story()
    outer = one(story.enter("net.Listen"))
    lost = one(story.enter("net.socket"))
    cut, done = story.leave("net.Listen")
    assert isinstance(cut, SpanCutOff)
    assert (cut.span, cut.reason) == (lost.span, "unwound")
    assert done.span == outer.span


def test_a_return_without_its_entry_is_no_event() -> None:
    assert Story().leave("net.Listen") == []
    assert Story().back("read", 1) == []


def inside(name: str) -> int:
    """An address in a function, behind a call."""
    return BY_NAME[name].low + 0x21


def test_an_accept_that_was_entered_before_it_was_attached_to_is_that_stage() -> None:
    """A server that waits is inside Accept: nobody has seen it being entered."""
    story = Story(attached=True)
    stack = SavedStack(0, 0, b"", inside("internal/poll.accept"))
    told = one(story.call("accept4", stack=stack))
    assert (told.stage, told.step) == (Stage.ACCEPT, Step.ACCEPT4)
    story.back("accept4", 5)
    assert story.leave("internal/poll.accept") == []
    # What calls this is not watched, so it alone does not say where the goroutine is.
    init = one(story.enter("internal/poll.(*pollDesc).init"))
    assert (init.stage, init.step) == (Stage.ACCEPT, None)
    opened = one(story.enter("internal/poll.runtime_pollOpen"))
    assert (opened.stage, opened.step) == (Stage.ACCEPT, Step.POLL_OPEN)
    story.leave("internal/poll.runtime_pollOpen")
    story.leave("internal/poll.(*pollDesc).init")
    other = one(story.enter("internal/poll.runtime_pollOpen", goroutine=2, thread=8))
    assert (other.stage, other.step) == (Stage.POLL_OPEN, None)
    assert story.leave("net.(*TCPListener).Accept") == []
    after = one(story.enter("internal/poll.(*FD).Read"))
    assert (after.stage, after.step) == (None, Step.READ)


def test_who_calls_says_where_a_goroutine_is_that_was_attached_to() -> None:
    story = Story(attached=True)
    called = one(
        story.enter("internal/poll.runtime_pollWait", caller=inside("net.(*netFD).accept"))
    )
    assert (called.stage, called.step) == (Stage.ACCEPT, Step.POLL_WAIT)
    read = one(
        story.enter(
            "internal/poll.runtime_pollWait", goroutine=2, caller=inside("internal/poll.(*FD).Read")
        )
    )
    assert (read.stage, read.step) == (None, Step.READ)


def test_an_accept_that_has_returned_unseen_is_over_when_the_next_begins() -> None:
    story = Story(attached=True)
    story.enter("internal/poll.accept")
    story.leave("internal/poll.accept")
    story.enter("net.(*TCPListener).Accept")
    story.leave("net.(*TCPListener).Accept")
    after = one(story.enter("internal/poll.runtime_pollOpen"))
    assert (after.stage, after.step) == (Stage.POLL_OPEN, None)


def test_what_is_seen_from_its_start_is_told_by_what_is_open_alone() -> None:
    told = one(Story().enter("internal/poll.accept", caller=inside("net.(*netFD).accept")))
    assert (told.stage, told.step) == (None, Step.ACCEPT4)


def test_the_end_of_the_process() -> None:
    event_builder = EventBuilder(None, ("server",), 0)
    killed = one(event_builder.build(ThreadStop(StopKind.PROCESS_EXITED, 7, 5, result=9)))
    exited = one(event_builder.build(ThreadStop(StopKind.PROCESS_EXITED, 7, 5, result=3 << 8)))
    assert isinstance(killed, ProcessExited)
    assert isinstance(exited, ProcessExited)
    assert (killed.signal, killed.code) == (Constant("SIGKILL", 9), None)
    assert (exited.signal, exited.code) == (None, 3)


def test_a_stack_of_nonsense_is_walked_without_harm() -> None:
    for data in (b"", b"\xff" * 64, bytes(range(64))):
        assert len(callers(SavedStack(0x7000, 0x7008, data))) <= 24
    loop = (0x7008).to_bytes(8, "little") * 8
    assert len(callers(SavedStack(0x7000, 0x7008, loop))) <= 24


@pytest.mark.parametrize(("number", "name"), [(15, "SIGTERM"), (40, ""), (64, "")])
def test_a_signal_without_a_name_keeps_its_number(number: int, name: str) -> None:
    found = one(
        EventBuilder(None, ("p",), 0).build(
            ThreadStop(StopKind.SIGNAL, 7, 1, held=True, result=number)
        )
    )
    assert isinstance(found, SignalDelivered)
    assert found.signal == Constant(name, number)
