"""What a step changed: tables of worlds, and what holds for any two of them."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from tests.support.strategies import event_lists, kernels
from walkthrough.model.events import AnyEvent, Header, MemoryMeasured
from walkthrough.model.kernel_state import (
    Beyond,
    Descriptor,
    EpollInterest,
    EpollState,
    KernelState,
    NeighbourDoing,
    NeighbourState,
    SocketState,
)
from walkthrough.model.values import Argument, Flags, SocketAddress
from walkthrough.recording.file import load
from walkthrough.state.change import (
    AddressBound,
    BacklogChanged,
    BytesChanged,
    Change,
    ClientChanged,
    ClientsChanged,
    ClientTransferred,
    CountChanged,
    DescriptorClosed,
    DescriptorOpened,
    FlagsChanged,
    InterestAdded,
    InterestChanged,
    InterestRemoved,
    MemoryChanged,
    NeighbourChanged,
    OptionSetNow,
    OutputPrinted,
    QueueChanged,
    SocketAppeared,
    SocketGone,
    StateChanged,
)
from walkthrough.state.diff import changes
from walkthrough.state.history import History
from walkthrough.state.world import ClientView, OptionSet, World

RECORDINGS = sorted((Path(__file__).parents[2] / "scenarios").glob("*/recording.jsonl"))
ANY = SocketAddress("AF_INET", "0.0.0.0", 0)
SERVER = SocketAddress("AF_INET", "127.0.0.1", 7099)
CLIENT = SocketAddress("AF_INET", "127.0.0.1", 40422)
IN, OUT = Flags(("EPOLLIN",), 1), Flags(("EPOLLOUT",), 4)


def socket(owner: str, state: str, **more: Any) -> SocketState:
    ours, theirs = (CLIENT, SERVER) if owner in ("client", "kernel") else (SERVER, CLIENT)
    given = {"local": ours, "remote": theirs} | more
    return SocketState(owner, "AF_INET", "SOCK_STREAM", "TCP", state, **given)


def listener(waiting: int = 0, **more: Any) -> SocketState:
    given = {"fd": 3, "inode": 9, "remote": None, "accept_queue": waiting, "backlog": 4096} | more
    return socket("server", "LISTEN", **given)


def world(*sockets: SocketState, **more: Any) -> World:
    known = {key: more.pop(key) for key in ("descriptors", "epolls", "beyond") if key in more}
    return World(kernel=KernelState(sockets=sockets, **known), **more)


def fd(number: int, kind: str = "socket", target: str = "") -> Descriptor:
    return Descriptor(number, kind, target or f"{kind}:[{number}]", number)


def epoll(*interests: tuple[int, Flags]) -> tuple[EpollState, ...]:
    return (EpollState(5, tuple(EpollInterest(fd, mask, fd) for fd, mask in interests)),)


NONBLOCKING = Flags(("O_RDWR", "O_NONBLOCK", "O_CLOEXEC"), 0o2004002)
BLOCKING = Flags(("O_RDWR", "O_CLOEXEC"), 0o2000002)
FRESH = socket("server", "CLOSE", local=ANY, remote=None, fd=3, inode=9)
NAMED = replace(FRESH, local=SERVER)
QUEUED = socket("queue", "ESTABLISHED")
TAKEN = socket("server", "ESTABLISHED", fd=4, inode=10)
OPTION = OptionSet(3, "SOL_SOCKET", "SO_REUSEADDR", Argument("optval", 1))
MEMORY = MemoryMeasured(seq=1, time_ns=1, connections=1, resident=1024)
THEIRS = socket("client", "ESTABLISHED", inode=77)

ROWS: list[tuple[str, World, World, list[Change]]] = [
    ("nothing known", World(), World(), []),
    ("a first look", World(), world(listener()), []),
    (
        "a socket",
        world(),
        world(FRESH, descriptors=(fd(3),)),
        [DescriptorOpened(3, "socket", FRESH)],
    ),
    ("an epoll", world(), world(descriptors=(fd(5, "epoll"),)), [DescriptorOpened(5, "epoll")]),
    ("a file closed", world(descriptors=(fd(4, "file"),)), world(), [DescriptorClosed(4, "file")]),
    (
        "a number given to another file",
        world(descriptors=(fd(4, "file", "/a"),)),
        world(descriptors=(fd(4, "file", "/b"),)),
        [DescriptorClosed(4, "file"), DescriptorOpened(4, "file")],
    ),
    ("bound", world(FRESH), world(NAMED), [AddressBound(NAMED, ANY)]),
    ("listening", world(NAMED), world(listener()), [StateChanged(listener(), "CLOSE")]),
    (
        "listening again",
        world(listener()),
        world(listener(backlog=1)),
        [BacklogChanged(listener(backlog=1), 4096)],
    ),
    (
        "a connection waits",
        world(listener()),
        world(listener(1), QUEUED, THEIRS),
        [QueueChanged(listener(1), 0, (CLIENT,)), SocketAppeared(THEIRS)],
    ),
    (
        "from the queue to a descriptor",
        world(listener(1), QUEUED, THEIRS, descriptors=(fd(3),)),
        world(listener(0), TAKEN, THEIRS, descriptors=(fd(3), fd(4))),
        [QueueChanged(listener(0), 1), DescriptorOpened(4, "socket", TAKEN, from_queue=True)],
    ),
    (
        "reset while it waits",
        world(listener(1), QUEUED, THEIRS),
        world(listener(1)),
        [SocketGone(QUEUED), SocketGone(THEIRS)],
    ),
    (
        "closed by the client",
        world(TAKEN, THEIRS),
        world(
            replace(TAKEN, state="CLOSE_WAIT"),
            socket("kernel", "FIN_WAIT1"),
        ),
        [
            StateChanged(replace(TAKEN, state="CLOSE_WAIT"), "ESTABLISHED"),
            StateChanged(socket("kernel", "FIN_WAIT1"), "ESTABLISHED", kept=True),
        ],
    ),
    (
        "bytes to read",
        world(replace(TAKEN, receive_queue=0)),
        world(replace(TAKEN, receive_queue=28)),
        [BytesChanged(replace(TAKEN, receive_queue=28), True, 0, 28)],
    ),
    (
        "bytes on their way",
        world(replace(TAKEN, send_queue=7)),
        world(replace(TAKEN, send_queue=0)),
        [BytesChanged(replace(TAKEN, send_queue=0), False, 7, 0)],
    ),
    (
        "a SYN that is answered has a sequence number, but it was no data",
        world(replace(TAKEN, state="SYN_SENT", send_queue=1)),
        world(replace(TAKEN, send_queue=0)),
        [StateChanged(replace(TAKEN, send_queue=0), "SYN_SENT")],
    ),
    (
        "watched",
        world(epolls=epoll()),
        world(epolls=epoll((3, IN))),
        [InterestAdded(5, 3, IN)],
    ),
    (
        "watched no longer",
        world(epolls=epoll((3, IN))),
        world(epolls=epoll()),
        [InterestRemoved(5, 3)],
    ),
    (
        "watched for something else",
        world(epolls=epoll((3, IN))),
        world(epolls=epoll((3, OUT))),
        [InterestChanged(5, 3, IN, OUT)],
    ),
    (
        "no longer non-blocking",
        world(descriptors=(replace(fd(3), flags=NONBLOCKING),)),
        world(descriptors=(replace(fd(3), flags=BLOCKING),)),
        [FlagsChanged(3, NONBLOCKING, BLOCKING)],
    ),
    (
        "flags that were not known",
        world(descriptors=(fd(3),)),
        world(descriptors=(replace(fd(3), flags=BLOCKING),)),
        [],
    ),
    ("an epoll closed", world(epolls=epoll((3, IN))), world(), []),
    ("an option", World(), World(options={3: (OPTION,)}), [OptionSetNow(OPTION)]),
    ("options gone with their socket", World(options={3: (OPTION,)}), World(), []),
    (
        "a client",
        World(),
        World(clients={1: ClientView(1, "connected")}),
        [ClientChanged(ClientView(1, "connected"), "")],
    ),
    (
        "a client that sends and closes",
        World(clients={1: ClientView(1, "connected", sent=3)}),
        World(clients={1: ClientView(1, "closed", sent=8)}),
        [ClientChanged(ClientView(1, "closed", sent=8), "connected"), ClientTransferred(1, 5, 0)],
    ),
    (
        "very many clients, of which the newest are kept",
        World(clients={7: ClientView(7, "connected")}),
        World(clients={at: ClientView(at, "connected") for at in range(100, 300)}),
        [ClientsChanged(8, 299, "connected", "")],
    ),
    (
        "an old client that is kept again",
        World(clients={9: ClientView(9, "connected")}),
        World(clients={9: ClientView(9, "connected"), 1: ClientView(1, "connected", sent=4)}),
        [ClientTransferred(1, 4, 0)],
    ),
    ("memory", World(), World(memory=MEMORY), [MemoryChanged(MEMORY, None)]),
    (
        "a neighbour",
        World(kernel=KernelState(neighbour=NeighbourState(7, NeighbourDoing.WAITING))),
        World(kernel=KernelState(neighbour=NeighbourState(7, NeighbourDoing.WOKEN, woken=(1,)))),
        [NeighbourChanged(NeighbourDoing.WAITING, NeighbourDoing.WOKEN)],
    ),
    (
        "output",
        World(),
        World(output=((1, b"a"), (2, b"b"))),
        [OutputPrinted(1, b"a"), OutputPrinted(2, b"b")],
    ),
    (
        "the oldest output let go",
        World(output=((1, b"a"), (1, b"b"))),
        World(output=((1, b"b"), (1, b"c"))),
        [OutputPrinted(1, b"c")],
    ),
    (
        "much is counted",
        world(listener(0)),
        world(
            listener(2), beyond=Beyond(descriptors=5, interests=4, sockets={"queue ESTABLISHED": 2})
        ),
        [
            QueueChanged(listener(2), 0),
            CountChanged("queue", 0, 2, "ESTABLISHED"),
            CountChanged("descriptors", 0, 5),
            CountChanged("interests", 0, 4),
        ],
    ),
]


@pytest.mark.parametrize(
    ("before", "now", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_what_changed(before: World, now: World, expected: list[Change]) -> None:
    assert list(changes(before, now)) == expected
    assert changes(now, now) == ()
    assert changes(now, deepcopy(now)) == ()


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.parent.name)
def test_every_step_of_a_recording(path: Path) -> None:
    history = History.load(load(path))
    at, result = history.beginning(), 0
    seen: set[type] = set()
    while (following := history.next_step(at)) != at:
        before, now = history.world(at), history.world(following)
        found = changes(before, now)
        seen |= {type(change) for change in found}
        result += len(found)
        both = before.kernel is not None and now.kernel is not None
        if both and before.kernel != now.kernel and now.kernel.beyond is None:  # type: ignore[union-attr]
            assert found, "the kernel's view is another one, and nothing is said"
        for change in found:
            if isinstance(change, QueueChanged):
                assert change.before >= 0
                assert change.socket.accept_queue != change.before
        at = following
    assert result
    assert DescriptorOpened in seen or path.parent.name == "out-of-descriptors-at-socket"


def test_first_connection_tells_the_lesson() -> None:
    path = next(path for path in RECORDINGS if path.parent.name == "first-connection")
    history = History.load(load(path))
    at, found = history.beginning(), []
    while (following := history.next_step(at)) != at:
        found += [type(each) for each in changes(history.world(at), history.world(following))]
        at = following
    lesson = [
        DescriptorOpened,
        InterestAdded,
        OptionSetNow,
        AddressBound,
        StateChanged,
        QueueChanged,
        DescriptorOpened,
    ]
    rest = iter(found)
    assert all(any(kind is each for each in rest) for kind in lesson), found


@settings(max_examples=120)
@given(event_lists(16))
def test_a_world_differs_from_itself_in_nothing(events: list[AnyEvent]) -> None:
    history = History.of(Header(), events)
    for index in range(-1, len(events)):
        here = history.world(index)
        assert changes(here, here) == ()
        assert changes(here, deepcopy(here)) == ()
        changes(history.world(max(index - 1, -1)), here)  # never raises


@settings(max_examples=120)
@given(kernels, kernels)
def test_what_opens_one_way_closes_the_other(some: KernelState, other: KernelState) -> None:
    there = changes(World(kernel=some), World(kernel=other))
    back = changes(World(kernel=other), World(kernel=some))
    opened = sorted((each.fd, each.kind) for each in there if isinstance(each, DescriptorOpened))
    closed = sorted((each.fd, each.kind) for each in back if isinstance(each, DescriptorClosed))
    assert opened == closed
    added = {(each.epoll, each.fd) for each in there if isinstance(each, InterestAdded)}
    had = {epoll.fd for epoll in some.epolls}
    removed = {(each.epoll, each.fd) for each in back if isinstance(each, InterestRemoved)}
    assert removed == {pair for pair in added if pair[0] in had}
