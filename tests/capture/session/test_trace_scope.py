"""Which events of a traced program are captured, told from what it does with descriptors."""

import msgspec

from walkthrough.capture.ptrace.placed_calls import PlacedCalls
from walkthrough.capture.session.trace_scope import TraceScope
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    FunctionEntered,
    ProcessExited,
    ProcessStarted,
    SignalDelivered,
    StagesRevised,
)
from walkthrough.model.kernel_state import KernelState, SocketState
from walkthrough.model.stages import Stage, Step
from walkthrough.model.values import Argument, Constant, SocketAddress, Value


class Scope:
    """A scope of a program whose functions say where it is, and what follows its descriptors."""

    def __init__(self, only: str = "listen") -> None:
        self.placed = PlacedCalls(1)
        self.scope = TraceScope(only, self.placed.is_of_path)

    def sift(self, event: AnyEvent) -> list[AnyEvent]:
        return self.scope.sift(self.placed.place(event, watched=True))


def call(
    name: str, result: int = 0, *, thread: int = 1, process: int | None = None, **arguments: Value
) -> tuple[CallEntered, CallReturned]:
    """Return the two events of a call; ``failed`` errors are results below zero."""
    given = tuple(Argument(each, value) for each, value in arguments.items())
    error = Constant("EAGAIN", 11) if result < 0 else None
    entered = CallEntered(
        seq=-1, time_ns=0, thread=thread, process=process, call=name, arguments=given
    )
    returned = CallReturned(
        seq=-1,
        time_ns=1,
        thread=thread,
        process=process,
        call=name,
        arguments=given,
        result=result,
        error=error,
    )
    return entered, returned


def taken(scope: Scope, *events: tuple[AnyEvent, ...]) -> list[str]:
    """Return the calls of which both ends were captured, once each."""
    entered = returned = 0
    names = []
    for event in (each for pair in events for each in pair):
        for one in scope.sift(event):
            entered += isinstance(one, CallEntered)
            returned += isinstance(one, CallReturned)
            if isinstance(one, CallReturned):
                names.append(one.call)
    assert entered == returned
    return names


HERE, ITS_OWN, ELSEWHERE = (
    SocketAddress("AF_INET", "127.0.0.1", port) for port in (4000, 40000, 80)
)
NAME_SERVER = SocketAddress("AF_INET", "127.0.0.1", 53)
SERVICE = SocketAddress("AF_UNIX", path="/run/nscd/socket")
ADD = Constant("EPOLL_CTL_ADD", 1)
INET, UNIX, NETLINK = (
    Constant(name, number) for name, number in (("AF_INET", 2), ("AF_UNIX", 1), ("AF_NETLINK", 16))
)


def test_calls_on_listeners_and_their_connections_are_the_path() -> None:
    seen = taken(
        Scope(),
        call("openat", 3, pathname=None),
        call("read", 10, fd=3),
        call("close", fd=3),
        call("socket", 3, domain=INET),
        call("setsockopt", sockfd=3),
        call("bind", sockfd=3),
        call("listen", sockfd=3),
        call("epoll_create1", 4),
        call("epoll_ctl", epfd=4, op=ADD, fd=3),
        call("accept4", 5, sockfd=3),
        call("read", 10, fd=5),
        call("write", 10, fd=1),
        call("sendto", 10, sockfd=5),
        call("close", fd=5),
        call("read", 10, fd=5),
    )
    assert seen == [
        "socket",
        "setsockopt",
        "bind",
        "listen",
        "epoll_create1",
        "epoll_ctl",
        "accept4",
        "read",
        "sendto",
        "close",
    ]


def test_what_a_program_does_as_a_client_is_none_of_it() -> None:
    seen = taken(
        Scope(),
        call("socket", 3, domain=NETLINK),
        call("bind", sockfd=3),
        call("close", fd=3),
        call("socket", 3, domain=UNIX),
        call("connect", -1, sockfd=3, addr=SERVICE),
        call("write", 1, fd=3),
        call("epoll_ctl", epfd=9, op=ADD, fd=3),
    )
    assert seen == ["socket"]


def test_copies_are_followed_and_numbers_that_are_used_again() -> None:
    seen = taken(
        Scope(),
        call("socket", 3, domain=INET),
        call("dup2", 0, oldfd=3, newfd=0),
        call("accept", 4, sockfd=0),
        call("fcntl", 7, fd=4, op=Constant("F_DUPFD_CLOEXEC", 1030)),
        call("read", 1, fd=7),
        call("dup2", 7, oldfd=2, newfd=7),
        call("read", 1, fd=7),
        call("openat", 4),
        call("read", 1, fd=4),
    )
    assert seen == ["socket", "dup2", "accept", "fcntl", "read"]


def test_what_was_accepted_by_one_process_is_known_in_its_children_alone() -> None:
    scope = Scope()
    taken(scope, call("socket", 3, domain=INET))
    fork = ProcessStarted(seq=-1, time_ns=0, pid=8, process=8, parent_pid=None, origin="fork")
    assert scope.sift(fork) == [fork]
    assert taken(scope, call("accept4", 4, process=8, thread=8, sockfd=3)) == ["accept4"]
    assert taken(scope, call("read", 1, fd=4)) == []
    assert taken(scope, call("read", 1, process=8, thread=8, fd=4)) == ["read"]
    scope.sift(ProcessExited(seq=-1, time_ns=0, pid=8, process=8, code=0))
    assert taken(scope, call("read", 1, process=8, thread=8, fd=4)) == []


def test_waits_that_find_nothing_one_after_the_other_are_counted() -> None:
    scope = Scope()
    idle, woken = call("epoll_wait", 0, epfd=4), call("epoll_wait", 2, epfd=4)
    assert taken(scope, idle, idle, idle, woken, woken) == ["epoll_wait"] * 3
    assert scope.scope.idle_polls == 2
    assert scope.sift(woken[0]) == [woken[0]]  # the next is seen when it begins: it waits


def test_a_socket_that_was_there_before_is_followed() -> None:
    scope = Scope()
    listening = SocketState("server", "AF_INET", "SOCK_STREAM", "TCP", "LISTEN", HERE, fd=6)
    connected = msgspec.structs.replace(
        listening, state="ESTABLISHED", local=ITS_OWN, remote=ELSEWHERE, fd=7
    )
    scope.placed.hold(1, KernelState(sockets=(listening, connected)))
    seen = taken(scope, call("accept4", 9, sockfd=6), call("read", 1, fd=9), call("read", 2, fd=7))
    assert seen == ["accept4", "read"], "7 is a connection of its own making"


def test_what_later_calls_prove_counts_from_then_on() -> None:
    seen = taken(
        Scope(),
        call("socket", 3, domain=INET),
        call("getsockopt", sockfd=3),  # it may yet listen
        call("sendto", 1, sockfd=3, dest_addr=NAME_SERVER),  # it does not
        call("getsockopt", sockfd=3),
        call("recvfrom", 1, sockfd=3),
    )
    assert seen == ["socket", "getsockopt", "sendto"]


def test_a_place_alone_and_all() -> None:
    inside = CallEntered(seq=-1, time_ns=0, thread=1, call="openat", stage=Stage.BIND)
    entered = FunctionEntered(seq=-1, time_ns=0, thread=1, stage=Stage.BIND, step=Step.PROBE)
    signal = SignalDelivered(seq=-1, time_ns=0, thread=1, signal=Constant("SIGHUP", 1))
    for only, expected in (
        ("listen", [inside, entered, signal]),
        ("bind", [inside, entered, signal]),
        ("probe", [entered, signal]),
        ("accept", [signal]),
        ("all", [inside, entered, signal]),
    ):
        scope = Scope(only)
        kept = [one for event in (inside, entered, signal) for one in scope.sift(event)]
        assert kept == expected, only
    assert taken(Scope("all"), call("openat", 3), call("read", 1, fd=3)) == ["openat", "read"]


def brought(only: str) -> list[str]:
    """Return the calls that are captured of a program whose poller is known late, in their order.

    Its functions are not watched. The instance and its eventfd are made before it is known what
    they are for.
    """
    placed, names = PlacedCalls(1), list[str]()
    scope = TraceScope(only, placed.is_of_path)
    calls = (
        call("openat", 9),
        call("epoll_create1", 5),
        call("eventfd2", 6),
        call("epoll_ctl", epfd=5, op=ADD, fd=6),
        call("socket", 3, domain=INET),
        call("listen", sockfd=3),
        call("epoll_ctl", epfd=5, op=ADD, fd=3),
    )
    for span, pair in enumerate(calls, 1):
        for each in pair:
            event = placed.place(msgspec.structs.replace(each, span=span))
            taken = scope.sift(event)
            revised = placed.revision(event)
            later = scope.revise(revised) if revised is not None else []
            for one in (*taken, *later):
                if isinstance(one, CallReturned):
                    names.append(f"{one.call} {one.stage}")
                elif isinstance(one, StagesRevised):
                    names += [f"{each.span} {each.stage}" for each in one.calls]
    return names


def test_what_was_left_out_is_brought_once_it_is_known_to_be_of_the_path() -> None:
    assert brought("pollServerInit") == [
        "epoll_create1 pollServerInit",
        "eventfd2 pollServerInit",
        "epoll_ctl pollServerInit",
    ]
    assert brought("listen") == [
        "epoll_create1 None",
        "eventfd2 pollServerInit",
        "epoll_ctl pollServerInit",
        "2 pollServerInit",
        "socket sysSocket",
        "listen listen",
        "epoll_ctl pollOpen",
    ]
    assert brought("bind") == []
