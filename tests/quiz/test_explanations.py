"""What the made questions teach: that it holds of what it is said about."""

import re

import pytest
from msgspec.structs import replace

from tests.support.recordings import shared_history
from walkthrough.i18n.messages import Message
from walkthrough.i18n.texts import Texts
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    ClientActed,
    Header,
    KernelObserved,
    MemoryMeasured,
)
from walkthrough.model.kernel_state import Descriptor, KernelState, SocketState
from walkthrough.model.stages import Stage, Step
from walkthrough.model.values import Argument, Constant, SocketAddress, Spelled, Value
from walkthrough.quiz import explanations, wrong_results
from walkthrough.quiz.ask_queue import QueueAfterConnectQuestion, notice_client
from walkthrough.quiz.ask_result import notice
from walkthrough.quiz.base import TraceAnswer
from walkthrough.quiz.generator import QuestionGenerator
from walkthrough.quiz.question import QuestionKind, QuizQuestion
from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios
from walkthrough.state.history import History
from walkthrough.state.world import World

TCP = SocketAddress("AF_INET", "127.0.0.1", 80)
PATH = SocketAddress("AF_UNIX", path="/run/door")


def asked_in(name: str) -> tuple[History, list[QuizQuestion]]:
    history = shared_history(name)
    course = QuestionGenerator(history)
    course.read_to(len(history), len(history))
    return history, list(course.settled_between(-1, len(history)))


@pytest.mark.parametrize("name", scenarios.names())
def test_what_begins_again_is_of_another_socket_or_of_the_same(name: str) -> None:
    history, asked = asked_in(name)
    for each in asked:
        if each.kind is not QuestionKind.STAGE or each.shown is None:
            continue
        before = history.world(each.shown - 1)
        stage = history.event(each.shown).stage
        repeated = each.why == explanations.STAGE_AGAIN
        again = each.why is not None and "once more" in str(each.why)
        assert (repeated or again) == (stage in before.order), each
        if stage is Stage.LISTEN and (repeated or again):
            kernel = before.kernel
            assert kernel is not None
            listening = {one.fd for one in kernel.sockets if one.accept_queue is not None}
            fd = next(a.value for a in history.event(each.shown).arguments)  # type: ignore[union-attr]
            assert again == (fd in listening)


def test_in_backlog_full_listen_is_called_again_on_the_same_socket() -> None:
    _, asked = asked_in("backlog-full")
    whys = [each.why for each in asked if each.kind is QuestionKind.STAGE]
    assert explanations.LISTEN_AGAIN.with_fields(fd=3) in whys
    assert explanations.STAGE_AGAIN not in whys


def listening(
    *, again: bool, seen: bool = True, queue: int | None = None
) -> Message | Texts | None:
    """Of a log: bind has succeeded a second time, or a listener listens once more."""
    socket = SocketState(
        "server", "AF_INET", "SOCK_STREAM", "TCP", "LISTEN" if again else "CLOSE", TCP,
        inode=9, fd=5, accept_queue=queue, backlog=queue,
    )  # fmt: skip
    kernel = KernelState(
        descriptors=(Descriptor(5, "socket", "socket:[9]", 9),), sockets=(socket,) if seen else ()
    )
    given = (Argument("sockfd", 5), Argument("backlog", 7))
    events: list[AnyEvent] = []

    def call(name: str, stage: Stage) -> None:
        span = len(events) + 1
        entered = CallEntered(
            seq=len(events), time_ns=0, thread=1, goroutine=1, stage=stage, span=span,
            mark=stage.value, call=name, arguments=given,
        )  # fmt: skip
        returned = CallReturned(
            seq=len(events) + 1, time_ns=0, thread=1, goroutine=1, stage=stage, span=span,
            call=name, result=0, arguments=given,
        )  # fmt: skip
        events.extend((entered, returned))

    call("listen", Stage.LISTEN)
    call("bind", Stage.BIND)
    events.append(KernelObserved(seq=len(events), time_ns=0, state=kernel))
    call("listen", Stage.LISTEN)
    course = QuestionGenerator(History.of(Header(), events))
    course.read_to(len(events), len(events))
    found = [
        each.why
        for each in course.settled_between(-1, len(events))
        if each.kind is QuestionKind.STAGE and each.shown == len(events) - 2
    ]
    return found[0] if found else None


def test_a_second_listen_is_told_by_what_the_socket_is() -> None:
    for queue in (0, 3, None):  # None: a log tells of no queue
        assert listening(again=True, queue=queue) == explanations.LISTEN_AGAIN.with_fields(fd=5)
    assert listening(again=False) == explanations.STAGE_AGAIN
    assert listening(again=False, seen=False) is None, "nobody knows, so nobody is asked"


@pytest.mark.parametrize(
    ("call", "address", "error", "says"),
    [
        ("bind", TCP, "EADDRINUSE", "TIME_WAIT"),
        ("bind", PATH, "EADDRINUSE", "path exists already"),
        ("bind", Spelled('{sa_family=AF_UNIX, sun_path="/x"}'), "EADDRINUSE", "path exists"),
        ("bind", TCP, "EACCES", "ip_unprivileged_port_start"),
        ("bind", PATH, "EACCES", "in that folder"),
        ("listen", None, "EADDRINUSE", "Another socket listens"),
        ("connect", TCP, "EINTR", "connect is not made again"),
        ("accept4", None, "EINTR", "made again"),
        ("connect", TCP, "ECONNREFUSED", "RST"),
        ("connect", PATH, "ECONNREFUSED", "no socket listens"),
        ("accept4", None, "EMFILE", "Every descriptor"),
    ],
)
def test_an_error_means_what_it_means_to_that_call(
    call: str, address: Value, error: str, says: str
) -> None:
    place: dict[str, tuple[Stage | None, Step | None]] = {
        "bind": (Stage.BIND, None),
        "listen": (Stage.LISTEN, None),
        "connect": (None, Step.CONNECT),
        "accept4": (Stage.ACCEPT, Step.ACCEPT4),
    }
    stage, step = place[call]
    given = (Argument("sockfd", 3), Argument("backlog", 9), Argument("addr", address))
    entered = CallEntered(
        seq=0, time_ns=0, thread=1, stage=stage, step=step, span=1, call=call, arguments=given
    )
    socket = SocketState(
        "server", "AF_INET", "SOCK_STREAM", "TCP", "LISTEN", TCP, inode=9, fd=3, accept_queue=0
    )
    world = World(
        kernel=KernelState(
            descriptors=(Descriptor(3, "socket", "socket:[9]", 9),), sockets=(socket,)
        )
    )
    made = notice(entered, world, world)
    assert made is not None
    returned = CallReturned(
        seq=1, time_ns=0, thread=1, stage=stage, step=step, span=1, call=call, arguments=given,
        result=-1, error=Constant(error, 1),
    )  # fmt: skip
    answer = made.settle(returned, world, world)
    assert isinstance(answer, TraceAnswer)
    assert answer.why is not None
    assert says in str(answer.why)


@pytest.mark.parametrize(
    ("address", "now", "error", "says"),
    [
        (TCP, 1, None, "shaken hands"),
        (PATH, 1, None, "takes no handshake"),
        (TCP, 0, None, ""),
        (TCP, 0, "ECONNREFUSED", "said ECONNREFUSED"),
    ],
)
def test_what_has_come_into_a_queue(
    address: SocketAddress, now: int, error: str | None, says: str
) -> None:
    assert says in told_of_queue(address, 0, 5, now, error)


@pytest.mark.parametrize(
    ("address", "says"), [(TCP, "SYN is dropped"), (PATH, "connect that does not block")]
)
def test_a_full_queue_holds_one_more_than_its_backlog(address: SocketAddress, says: str) -> None:
    assert says in told_of_queue(address, 3, 2, 3, None)
    assert told_of_queue(address, 2, 2, 2, None) == "", "there is room for one more"


@pytest.mark.parametrize("error", ["ECONNREFUSED", "EINPROGRESS", "EAGAIN"])
def test_a_client_that_was_not_let_in_is_asked_about_only_where_there_was_no_room(
    error: str,
) -> None:
    acted = ClientActed(seq=1, time_ns=0, client=1, action="connect", error=Constant(error, 1))
    assert notice_client(acted, None, queued(2, 2)) is None
    assert notice_client(acted, None, queued(3, 2)) is not None
    assert notice_client(replace(acted, error=None), None, queued(2, 2)) is not None


def test_a_refused_client_is_judged_without_a_view_of_the_kernel() -> None:
    world = queued(0, 5)
    assert world.kernel is not None
    made = QueueAfterConnectQuestion(world.kernel.sockets[0])  # live, before it connects
    acted = ClientActed(
        seq=1, time_ns=0, client=1, action="connect", error=Constant("ECONNREFUSED", 1)
    )
    answer = made.settle(acted, world, world)
    assert isinstance(answer, TraceAnswer)
    assert (answer.option.key, str(answer.why)) == (
        "0",
        "connect has said ECONNREFUSED, so no connection is there that could wait.",
    )
    assert made.why_not("1") is wrong_results.NOT_IN_ANY_QUEUE


def queued(queue: int, backlog: int, address: SocketAddress = TCP) -> World:
    listener = SocketState(
        "server", address.family, "SOCK_STREAM", "", "LISTEN", address,
        fd=3, accept_queue=queue, backlog=backlog,
    )  # fmt: skip
    return World(kernel=KernelState(sockets=(listener,)))


def told_of_queue(
    address: SocketAddress, before: int, backlog: int, now: int, error: str | None
) -> str:
    earlier, later = queued(before, backlog, address), queued(now, backlog, address)
    assert earlier.kernel is not None
    (listener,) = earlier.kernel.sockets
    acted = ClientActed(
        seq=1, time_ns=0, client=1, action="connect", error=Constant(error, 1) if error else None
    )
    seen = KernelObserved(seq=2, time_ns=0, state=KernelState())
    answer = QueueAfterConnectQuestion(listener, acted).settle(seen, earlier, later)
    assert isinstance(answer, TraceAnswer)
    return str(answer.why) if answer.why is not None else ""


def test_the_growth_of_many_connections_is_that_of_its_recording() -> None:
    folder = scenarios.find("many-connections")
    events = [event for _, event in load(folder / scenarios.RECORDING)]
    by_count = {e.connections: e for e in events if isinstance(e, MemoryMeasured)}
    none, few, many = by_count[0], by_count[1_000], by_count[10_000]

    def more(field: str, one: MemoryMeasured) -> int:
        return (getattr(one, field) or 0) - (getattr(none, field) or 0)

    question = next(
        each for each in scenarios.load_lesson(folder).question if each.id.endswith(".growth")
    )
    said = [
        f"{more('resident', many) / more('resident', few):.1f}",
        f"{more('slab', many) / more('slab', few):.1f}",
        f"{more('slab', few) / 1_000 / 1024:.1f}",
        f"{more('slab', many) / 10_000 / 1024:.1f}",
    ]
    for language in (question.why.says("en"), question.why.says("zh")):
        assert re.findall(r"\d+\.\d", language) == said
