"""Each kind of change that a step can make, in words."""

from pathlib import Path

import pytest

from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.events import (
    MemoryMeasured,
)
from walkthrough.model.kernel_state import NeighbourDoing, SocketState
from walkthrough.model.values import Argument, Flags, SocketAddress
from walkthrough.recording.file import load
from walkthrough.scenario.loader import server_folder
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
from walkthrough.state.world import ClientView, OptionSet
from walkthrough.view.kernel_changes import MOST, change_rows

EN = catalogue("en")
ZH = catalogue("zh")


RECORDINGS = sorted(server_folder().parent.glob("*/recording.jsonl"))
SERVER = SocketAddress("AF_INET", "127.0.0.1", 7099)
CLIENT = SocketAddress("AF_INET", "127.0.0.1", 40422)
EDGE = Flags(("EPOLLIN", "EPOLLERR", "EPOLLHUP", "EPOLLET"), 0x80000019)
LISTENER = SocketState(
    "server", "AF_INET", "SOCK_STREAM", "TCP", "LISTEN", SERVER, fd=3, accept_queue=1, backlog=16
)
TAKEN = SocketState("server", "AF_INET", "SOCK_STREAM", "TCP", "CLOSE_WAIT", SERVER, CLIENT, fd=4)
THEIRS = SocketState("client", "AF_INET", "SOCK_STREAM", "TCP", "FIN_WAIT1", CLIENT, SERVER)
QUEUED = SocketState("queue", "AF_INET", "SOCK_STREAM", "TCP", "ESTABLISHED", SERVER, CLIENT)
MEMORY = MemoryMeasured(seq=0, time_ns=0, connections=9, resident=4096)
HOSTILE = "\x1b[2J[red]x[/red]\u202egnp\n测试"

SAID: list[tuple[Change, str]] = [
    (DescriptorOpened(5, "epoll"), "+ fd 5 epoll"),
    (DescriptorOpened(3, "socket", LISTENER), "+ fd 3 TCP socket LISTEN"),
    (DescriptorOpened(4, "socket", TAKEN, True), "+ fd 4 out of the queue: 127.0.0.1:40422"),
    (DescriptorClosed(4, "socket"), "- fd 4 socket closed"),
    (
        FlagsChanged(3, Flags(("O_RDWR", "O_NONBLOCK"), 0o4002), Flags(("O_RDWR", "O_CLOEXEC"), 2)),
        "→ fd 3 flags O_NONBLOCK → blocking O_CLOEXEC",
    ),
    (StateChanged(LISTENER, "CLOSE"), "→ fd 3 CLOSE → LISTEN"),
    (StateChanged(THEIRS, "ESTABLISHED"), "→ client ESTABLISHED → FIN_WAIT1 127.0.0.1:40422"),
    (AddressBound(LISTENER, CLIENT), "→ fd 3 is now 127.0.0.1:7099"),
    (SocketAppeared(THEIRS), "+ client FIN_WAIT1 127.0.0.1:40422"),
    (SocketGone(THEIRS), "- client 127.0.0.1:40422"),
    (SocketGone(QUEUED), "- queue 127.0.0.1:40422"),
    (QueueChanged(LISTENER, 0, (CLIENT,)), "→ fd 3 accept queue 0 → 1 + 127.0.0.1:40422"),
    (BacklogChanged(LISTENER, 4096), "→ fd 3 backlog 4096 → 16"),
    (BytesChanged(LISTENER, True, 0, 28), "→ fd 3 bytes to read 0 → 28"),
    (BytesChanged(TAKEN, True, 0, 1), "→ fd 4 bytes to read 0 → 1 (a FIN counts as one)"),
    (BytesChanged(TAKEN, True, 1, 0), "→ fd 4 bytes to read 1 → 0 (a FIN counts as one)"),
    (BytesChanged(THEIRS, False, 1, 0), "→ client bytes on their way 1 → 0"),
    (
        NeighbourChanged(NeighbourDoing.WOKEN, NeighbourDoing.SERVING),
        "→ neighbour is woken → serves a connection",
    ),
    (InterestAdded(5, 3, EDGE), "+ epoll 5 watches fd 3 IN ET"),
    (InterestRemoved(5, 3), "- epoll 5 no longer watches fd 3"),
    (
        InterestChanged(5, 3, EDGE, Flags((), 0, rest=0x40)),
        "→ epoll 5 watches fd 3 IN ET → 0x40",
    ),
    (
        OptionSetNow(OptionSet(3, "SOL_SOCKET", "SO_REUSEADDR", Argument("optval", 1))),
        "+ fd 3 set SO_REUSEADDR = 1",
    ),
    (ClientChanged(ClientView(1, "connected"), ""), "+ client 1 connected"),
    (ClientChanged(ClientView(1, "closed"), "connected"), "→ client 1 connected → closed"),
    (
        ClientChanged(ClientView(1, "failed", error="ECONNREFUSED"), ""),
        "+ client 1 failed: ECONNREFUSED",
    ),
    (ClientsChanged(2, 100, "connected", ""), "+ client 2–100 connected"),
    (ClientTransferred(1, 28, 5), "→ client 1 sent 28 B received 5 B"),
    (CountChanged("descriptors", 7, 106), "→ descriptors 7 → 106"),
    (CountChanged("client", 1, 9, "ESTABLISHED"), "→ at the clients' end, ESTABLISHED 1 → 9"),
    (MemoryChanged(MEMORY, None), "→ server in RAM, KiB, ? → 4"),
    (OutputPrinted(1, b"listening\nmore"), "+ printed listening"),
]


def lines(text: list[Change], language: str = "en") -> list[str]:
    rows = change_rows(text, catalogue(language))
    return ["".join(piece.text for piece in row) for row in rows]


@pytest.mark.parametrize(("change", "expected"), SAID, ids=[said for _, said in SAID])
def test_each_change_in_words(change: Change, expected: str) -> None:
    assert lines([change]) == [expected]
    chinese = lines([change], "zh")[0]
    assert chinese[:2] == expected[:2]


def test_very_many_changes_are_counted() -> None:
    found = lines([DescriptorClosed(fd, "file") for fd in range(MOST + 7)])
    assert len(found) == MOST + 1
    assert found[-1] == EN("… {count} more changes", count=7)


def test_hostile_text_is_escaped() -> None:
    odd = SocketState(HOSTILE, "AF_UNIX", "SOCK_STREAM", HOSTILE, HOSTILE, SERVER)
    found: list[Change] = [
        DescriptorOpened(3, HOSTILE, odd),
        StateChanged(odd, HOSTILE),
        SocketAppeared(odd),
        InterestAdded(5, 3, Flags((HOSTILE,), 1)),
        ClientChanged(ClientView(1, HOSTILE, error=HOSTILE), HOSTILE),
        OutputPrinted(1, HOSTILE.encode() * 100_000),
        CountChanged(HOSTILE, 0, 1, HOSTILE),
    ]
    for line in lines(found):
        assert line.isprintable()
        assert len(line) < 400


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.parent.name)
def test_every_step_of_a_recording_can_be_said(path: Path) -> None:
    history = History.load(load(path))
    at = history.beginning()
    while (following := history.next_step(at)) != at:
        found = list(changes(history.world(at), history.world(following)))
        for language in ("en", "zh"):
            for line in lines(found, language):
                assert line[:2] in ("+ ", "- ", "→ ")
                assert line.isprintable()
                assert "None" not in line
        at = following
