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
from walkthrough.model.kernel_state import EpollInterest, EpollState, KernelState, SocketState
from walkthrough.model.stages import Place, Stage, Step
from walkthrough.model.values import (
    Argument,
    Constant,
    EpollEvent,
    Flags,
    Several,
    SocketAddress,
    Value,
)

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


def held(
    fd: int, state: str, local: int, remote: int = 0, type: str = "SOCK_STREAM"
) -> SocketState:
    there = SocketAddress("AF_INET", "127.0.0.1", remote) if remote else None
    here = SocketAddress("AF_INET", "127.0.0.1", local)
    return SocketState("server", "AF_INET", type, "TCP", state, here, there, fd=fd)


def test_what_a_process_had_before_is_known_from_its_first_call_on() -> None:
    interests = (EpollInterest(3, Flags((), 1), 0x7F00), EpollInterest(9, Flags((), 1), 0x7F08))
    state = KernelState(
        sockets=(
            held(3, "LISTEN", 80),
            held(9, "ESTABLISHED", 80, 40000),
            held(10, "ESTABLISHED", 40001, 5432),
            held(11, "ESTABLISHED", 443, 50000),  # accepted by another process
            held(12, "ESTABLISHED", 40002, 8125, type="SOCK_DGRAM"),
            SocketState("client", "AF_INET", "SOCK_STREAM", "TCP", "ESTABLISHED", ADDRESS),
        ),
        epolls=(EpollState(5, interests),),
    )
    program = Program()
    program.placed.hold(1, state)
    found = Several((EpollEvent(Flags((), 1), 0x7F08),))
    calls = [
        program.call("epoll_wait", 1, epfd=5, events=found),
        program.call("setsockopt", sockfd=9, level=Constant("SOL_TCP", 6),
                     optname=Constant("TCP_NODELAY", 1)),
        program.call("read", 1, fd=9),
        program.call("write", 1, fd=10),
        program.call("read", 1, fd=11),
        program.call("sendto", 1, sockfd=12),
        program.call("accept4", 20, sockfd=3),
        program.call("close", fd=3),
    ]  # fmt: skip
    assert [event.place for event in calls] == [
        Place(None, Step.POLL_READY),
        Place(Stage.ACCEPT, Step.SET_NO_DELAY),
        Place(None, Step.READ),
        Place(None, Step.WRITE),
        Place(None, Step.READ),
        Place(),
        Place(Stage.ACCEPT),
        Place(None, Step.CLOSE),
    ]
    assert not program.revised


def test_processes_that_are_attached_to_have_what_they_had() -> None:
    program = Program()
    program.placed.hold(8, KernelState(sockets=(held(3, "LISTEN", 80),)))
    program.placed.hold(1, KernelState(sockets=()))
    attached = ProcessStarted(seq=-1, time_ns=0, pid=8, process=8, parent_pid=1, origin="attached")
    program.see(attached)
    assert program.call("accept4", 4, thread=8, sockfd=3).stage is Stage.ACCEPT
    assert program.call("close", thread=1, fd=3).place == Place()
