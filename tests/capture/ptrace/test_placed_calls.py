"""Calls are put on the path while they happen, and again when more is known of them."""

from walkthrough.capture.ptrace.placed_calls import PlacedCalls
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    ProcessStarted,
    RevisedCall,
    ThreadStarted,
)
from walkthrough.model.stages import Stage
from walkthrough.model.values import Argument, Constant, SocketAddress, Value

ADDRESS = SocketAddress("AF_INET", "127.0.0.1", 80)


class Program:
    """Makes calls, one after the other, and keeps how they are placed."""

    def __init__(self, *, quiet_elsewhere: bool = True) -> None:
        self.placed = PlacedCalls(1, quiet_elsewhere=quiet_elsewhere)
        self.revised: list[RevisedCall] = []
        self._span = 0

    def see(self, event: AnyEvent) -> AnyEvent:
        event = self.placed.place(event)
        if (revision := self.placed.revision(event)) is not None:
            self.revised.extend(revision.calls)
        return event

    def call(
        self, name: str, result: int = 0, *, thread: int = 1, left_out: bool = False, **given: Value
    ) -> AnyEvent:
        self._span += 1
        arguments = tuple(Argument(each, value) for each, value in given.items())
        entered = self.placed.place(
            CallEntered(
                seq=-1, time_ns=0, thread=thread, span=self._span, call=name, arguments=arguments
            )
        )
        assert isinstance(entered, CallEntered)
        if left_out:
            self.placed.leave_out(entered)
        if (revision := self.placed.revision(entered)) is not None:
            self.revised.extend(revision.calls)
        self.see(
            CallReturned(
                seq=-1,
                time_ns=1,
                thread=thread,
                span=self._span,
                call=name,
                arguments=arguments,
                result=result,
            )
        )
        return entered

    def socket(self, number: int, **how: bool) -> AnyEvent:
        kind = Constant("SOCK_STREAM", 1)
        given = {"domain": Constant("AF_INET", 2), "type": kind, "protocol": 0}
        return self.call("socket", number, left_out=how.get("left_out", False), **given)  # type: ignore[arg-type]


def test_stages_are_told_at_once() -> None:
    program = Program()
    places = [
        program.socket(3),
        program.call("bind", sockfd=3, addr=ADDRESS, addrlen=16),
        program.call("listen", sockfd=3, backlog=5),
    ]
    assert [event.stage for event in places] == [Stage.SYS_SOCKET, Stage.BIND, Stage.LISTEN]
    assert not program.revised


def test_what_is_shown_later_is_told_of_captured_calls_alone() -> None:
    for left_out in (False, True):
        program = Program()
        program.socket(3, left_out=left_out)
        program.call("connect", sockfd=3, addr=ADDRESS, addrlen=16)
        assert [each.span for each in program.revised] == ([] if left_out else [1])
        assert all(each.stage is None for each in program.revised)


def test_what_belongs_nowhere_is_quiet_unless_all_is_wanted() -> None:
    for quiet in (True, False):
        assert Program(quiet_elsewhere=quiet).call("pipe2", pipefd=None).quiet is quiet


def test_threads_and_processes_have_the_descriptors_of_their_makers() -> None:
    program = Program()
    program.socket(3)
    program.call("bind", sockfd=3, addr=ADDRESS, addrlen=16)
    program.call("listen", sockfd=3, backlog=5)
    program.see(ThreadStarted(seq=-1, time_ns=0, thread=2))
    child = ProcessStarted(seq=-1, time_ns=0, pid=8, process=8, parent_pid=1, origin="fork")
    program.see(child)
    for thread in (2, 8):
        accepting = program.call("accept4", 4, thread=thread, sockfd=3)
        assert accepting.stage is Stage.ACCEPT
    program.call("close", thread=8, fd=3)
    assert program.call("accept4", 5, thread=2, sockfd=3).stage is Stage.ACCEPT
