"""The kernel pane's rows where there is very much to list, somebody else, or memory to tell."""

import msgspec
import pytest
from rich.cells import cell_len

from walkthrough.i18n.catalogue import Catalogue, catalogue
from walkthrough.model.events import CaptureEnded, ClientActed, DetailEnded, MemoryMeasured
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
from walkthrough.model.values import Flags, SocketAddress
from walkthrough.state.world import World
from walkthrough.view.event_text import sentence
from walkthrough.view.kernel import kernel_entries, queue_bar
from walkthrough.view.text import wrap

EN = catalogue("en")
ZH = catalogue("zh")


HERE = SocketAddress("AF_INET", host="127.0.0.1", port=7099)
THERE = SocketAddress("AF_INET", host="127.0.0.1", port=50000)


def socket(owner: str, state: str, fd: int | None = None) -> SocketState:
    remote = None if state == "LISTEN" else THERE
    return SocketState(owner, "AF_INET", "SOCK_STREAM", "TCP", state, HERE, remote, fd=fd)


def lines(world: World, tr: Catalogue = EN) -> list[str]:
    return ["".join(piece.text for piece in entry.row) for entry in kernel_entries(world, tr)]


MANY = KernelState(
    descriptors=(Descriptor(3, "socket", "socket:[1]", 1),),
    sockets=(
        socket("server", "LISTEN", 3),
        socket("server", "ESTABLISHED", 7),
        socket("client", "ESTABLISHED"),
    ),
    epolls=(EpollState(4, (EpollInterest(3, Flags((), 0), 0),)),),
    beyond=Beyond(
        descriptors=9001,
        interests=9002,
        sockets={"server ESTABLISHED": 9003, "client ESTABLISHED": 9000, "kernel TIME_WAIT": 4},
    ),
)


@pytest.mark.parametrize(
    ("doing", "call", "said"),
    [
        (NeighbourDoing.WAITING, "epoll_wait", "waits, in epoll_wait"),
        (NeighbourDoing.WAITING, "", "waits"),
        (NeighbourDoing.WOKEN, "", "is woken: accepts when the server goes on"),
        (NeighbourDoing.ENDED, "", "has ended"),
    ],
)
def test_a_neighbour_that_shares_the_listeners(doing: NeighbourDoing, call: str, said: str) -> None:
    watched = (
        EpollInterest(3, Flags(("EPOLLIN", "EPOLLERR", "EPOLLHUP"), 0x19), 3),
        EpollInterest(4, Flags(("EPOLLIN", "EPOLLEXCLUSIVE"), 0x10000001), 4),
    )
    neighbour = NeighbourState(4242, doing, call, (2, 1), (1, 0), epolls=(EpollState(5, watched),))
    world = World(kernel=KernelState(neighbour=neighbour))
    shown = [each.replace("\N{NO-BREAK SPACE}", " ") for each in lines(world)]
    at = shown.index("Neighbour, process 4242: not traced")
    assert shown[at + 1 : at + 4] == [
        said,
        "fd 3 IN (+ERR HUP) woken 2, accepted 1",
        "fd 4 IN EXCLUSIVE woken 1, accepted 0",
    ]


def test_the_flags_of_a_socket_are_beside_its_descriptor() -> None:
    nonblocking = Flags(("O_RDWR", "O_NONBLOCK", "O_CLOEXEC"), 0o2004002)
    state = KernelState(
        descriptors=(
            Descriptor(3, "socket", "socket:[1]", 1, flags=nonblocking),
            Descriptor(4, "socket", "socket:[2]", 2, flags=Flags(("O_RDWR",), 2)),
            Descriptor(5, "socket", "socket:[3]", 3),
        )
    )
    assert lines(World(kernel=state))[-3:] == [
        "3 socket [1] O_NONBLOCK O_CLOEXEC",
        "4 socket [2] blocking",
        "5 socket [3]",
    ]
    assert lines(World(kernel=state), ZH)[-2].endswith(" 阻塞")


@pytest.mark.parametrize("backlog", [0, 1, 3, 8, 9, 10, 4096])
def test_the_bar_of_a_queue_is_full_when_one_more_waits_than_its_backlog(backlog: int) -> None:
    full = queue_bar(backlog + 1, backlog)
    assert full == "[" + "#" * min(backlog + 1, 10) + "]"
    assert queue_bar(backlog, backlog) != full
    assert not {" ", "…"} & {*full}


@pytest.mark.parametrize(
    ("waiting", "backlog", "bar"),
    [
        (0, 1, "[  ]"),
        (1, 1, "[# ]"),  # a second one fits
        (2, 1, "[##]"),
        (1, 4096, "[#        …]"),
        (4, 4096, "[####     …]"),  # not the same as one
        (9, 4096, "[#########…]"),
        (4000, 4096, "[#########…]"),
        (4, 9, "[####      ]"),
    ],
)
def test_each_connection_in_the_queue_is_one_mark(waiting: int, backlog: int, bar: str) -> None:
    assert queue_bar(waiting, backlog) == bar
    assert cell_len(bar) <= 12


DATAGRAMS = msgspec.structs.replace(
    socket("server", "CLOSE", 3), type="SOCK_DGRAM", protocol="UDP", receive_queue=832
)
UNIX = msgspec.structs.replace(
    socket("client", "ESTABLISHED"), family="AF_UNIX", protocol="", send_queue=768, receive_queue=9
)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (DATAGRAMS, "fd 3 UDP UNCONN 127.0.0.1:7099 -\xa0127.0.0.1:50000 recv-q 832 (memory)"),
        (UNIX, "recv-q 9 send-q 768 (memory)"),
        (
            msgspec.structs.replace(UNIX, type="SOCK_DGRAM"),
            "recv-q 9 (the next datagram) send-q 768 (memory)",
        ),
        (msgspec.structs.replace(DATAGRAMS, type="SOCK_STREAM", protocol="TCP"), "recv-q 832"),
        (
            msgspec.structs.replace(socket("client", "SYN_SENT"), send_queue=1),
            "send-q 1 (with SYN)",
        ),
        (
            msgspec.structs.replace(socket("server", "CLOSE_WAIT", 4), receive_queue=17),
            "recv-q 17 (with FIN)",
        ),
        (
            msgspec.structs.replace(
                socket("server", "CLOSE", 3), protocol="MPTCP", remote=None, receive_queue=1
            ),
            "fd 3 MPTCP CLOSE 127.0.0.1:7099",
        ),
    ],
)
def test_of_a_queues_length_it_is_said_what_it_is(given: SocketState, said: str) -> None:
    found = lines(World(kernel=KernelState(sockets=(given,))))
    assert any(line.endswith(said) for line in found), found


@pytest.mark.parametrize("tr", [EN, ZH])
@pytest.mark.parametrize("waiting", [0, 1, 77, 4096])
def test_the_accept_queue_stands_on_one_row_whatever_the_width(waiting: int, tr: Catalogue) -> None:
    listener = msgspec.structs.replace(
        socket("server", "LISTEN", 3), accept_queue=waiting, backlog=4096
    )
    world = World(kernel=KernelState(sockets=(listener,)))
    shown = set()
    for width in range(60, 20, -1):
        rows = [entry.row for entry in kernel_entries(world, tr, width)]
        row = next(row for row in rows if f"/{4096}" in row[-1].text)
        text = "".join(piece.text for piece in row)
        assert cell_len(text) <= width or "[" not in text
        assert len(wrap(row, width)) == 1 or "[" not in text
        shown.add(text.count("#") + text.count(" "))
        assert "[" not in text or "[##" in text or waiting < 2
    assert len(shown) > 3, "it is shorter where there is less room"


def test_what_is_not_listed_is_counted() -> None:
    found = lines(World(kernel=MANY))
    for count in (9001, 9002, 9003, 9004):
        assert EN("… {count} more", count=count) in found


def test_nothing_is_said_of_more_where_there_is_no_more() -> None:
    found = lines(World(kernel=KernelState(sockets=MANY.sockets)))
    assert not any("more" in line for line in found)


@pytest.mark.parametrize(("tr", "name"), [(EN, "neighbour"), (ZH, "邻居")])
def test_a_neighbour_is_called_so(tr: Catalogue, name: str) -> None:
    state = KernelState(sockets=(socket("neighbour", "LISTEN"),))
    assert any(line.startswith(f"{name} ") for line in lines(World(kernel=state), tr))


def test_memory_is_told_with_what_the_server_says_of_itself() -> None:
    measured = MemoryMeasured(
        seq=0,
        time_ns=0,
        connections=1000,
        resident=8 << 20,
        slab=1 << 20,
        tcp_socket=2304,
        threads=5,
        reported={"stacks": 77},
    )
    found = lines(World(memory=measured))
    assert EN("Memory, with {count} connections", count=1000) in found
    assert "server, in RAM 8192 KiB" in found
    assert "one TCP socket in the kernel, bytes 2304" in found
    assert "stacks 77" in found
    assert not any("None" in line for line in found)
    assert "1000 connections, 8192 KiB" in sentence(measured, EN)


def test_batches_and_the_end_of_detail_have_sentences() -> None:
    batch = ClientActed(seq=0, time_ns=0, client=21, clients=80, action="connect")
    assert sentence(batch, EN).endswith("(and so with the 79 clients that follow)")
    assert "full speed" in sentence(DetailEnded(seq=0, time_ns=0), EN)
    ended = CaptureEnded(
        seq=0, time_ns=0, reason="finished", unlisted={"connections": 9999, "x": 2}
    )
    assert sentence(ended, EN).endswith(
        "; 9999 connections were not followed in detail; x: 2, not listed"
    )
    odd = ClientActed(seq=0, time_ns=0, client=1, action="{dance}")
    assert sentence(odd, EN) == "1: {dance}"
