"""What fails, fails in both servers with the same words, the same calls and nothing left open."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.instrumented_strace import (
    Both,
    Call,
    Server,
    accepting,
    calls_of,
    config,
    connect,
    without_ports,
)
from walkthrough.scenario.schema import Fault, Limits

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]
Start = Callable[..., tuple[Server, Server]]


@pytest.fixture
def start(strace: str, tmp_path: Path) -> Iterator[Start]:
    with Both(strace, tmp_path) as both:
        yield both


# What fails, at which of its calls, and what Go says; "" if it goes on and listens.
FAULTS = [
    ("socket", "EMFILE", 1, "listen tcp 127.0.0.1:0: socket: too many open files"),
    ("setsockopt", "ENOPROTOOPT", 1, "listen tcp 127.0.0.1:0: setsockopt: protocol not available"),
    ("bind", "EADDRINUSE", 1, "listen tcp 127.0.0.1:0: bind: address already in use"),
    ("bind", "EACCES", 1, "listen tcp 127.0.0.1:0: bind: permission denied"),
    ("listen", "EADDRINUSE", 1, "listen tcp 127.0.0.1:0: listen: address already in use"),
    ("epoll_create1", "EMFILE", 1, "runtime: epollcreate failed with 24"),
    ("eventfd2", "EMFILE", 1, "runtime: eventfd failed with 24"),
    ("epoll_ctl", "ENOSPC", 1, "runtime: epollctl failed with 28"),
    ("epoll_ctl", "ENOSPC", 2, ""),  # of the somaxconn file, which is then not polled
    ("epoll_ctl", "ENOSPC", 4, "listen tcp 127.0.0.1:0: no space left on device"),
    ("getsockname", "ENOBUFS", 1, ""),
    ("accept4", "EMFILE", 1, "accept tcp 127.0.0.1:PORT: accept4: too many open files"),
    ("accept4", "ENFILE", 1, "accept tcp 127.0.0.1:PORT: accept4: too many open files in system"),
]


@pytest.mark.parametrize(("call", "errno", "occurrence", "text"), FAULTS)
def test_faults_have_the_same_consequences(
    start: Start, call: str, errno: str, occurrence: int, text: str
) -> None:
    status = (2 if text.startswith("runtime") else 1) if text else None

    def converse(server: Server) -> None:
        if status is None:
            server.wait("accept4", "3, ", "-1 EAGAIN")
        else:
            assert server.ended() == status

    fault = Fault(errno=errno, call=call, occurrence=occurrence)
    servers = start(
        config("tcp", "127.0.0.1:0")._replace(faults=(fault,)),
        converse,
        f"{call}:error={errno}:when={occurrence}",
    )
    found = [without_ports(server.complaints).splitlines() for server in servers]
    if status == 2:  # Go adds a stack
        assert found[0][:2] == found[1][:2]
        return
    assert found[0] == found[1] == ([without_ports(text)] if text else [])
    assert without_ports(servers[0].printed) == without_ports(servers[1].printed)
    if call == "socket":
        return  # nothing has been done, then
    go, python = calls_of(servers)
    assert accepting(python) == accepting(go)
    assert left_open(python) == left_open(go)
    assert left_open(python) == (set() if text.startswith("listen") else {"3"})


def left_open(calls: list[Call]) -> set[str]:
    """Return the sockets and files that were opened and not closed."""
    fds: set[str] = set()
    for call in calls:
        if call.name in ("socket", "openat", "accept4") and call.result.isdecimal():
            fds.add(call.result)
        elif call.name == "close":
            fds.discard(call.arguments)
    return fds


# Not 4: where it reads cgroup files, Go's runtime needs two descriptors, and leaks one for lack of
# the other.
@pytest.mark.parametrize(
    ("nofile", "text", "status"),
    [
        (3, "listen tcp 127.0.0.1:0: socket: too many open files", 1),
        (5, "runtime: epollcreate failed with 24", 2),
        (6, "runtime: eventfd failed with 24", 2),
    ],
)
def test_too_few_descriptors(start: Start, nofile: int, text: str, status: int) -> None:
    def converse(server: Server) -> None:
        assert server.ended() == status

    found = config("tcp", "127.0.0.1:0")._replace(limits=Limits(nofile=nofile))
    go, python = start(found, converse)
    assert go.complaints.splitlines()[0] == python.complaints.splitlines()[0] == text


def test_descriptors_run_out_while_accepting(start: Start) -> None:
    def converse(server: Server) -> None:
        server.wait("accept4", "3, ", "-1 EAGAIN")
        with connect(server):  # one is enough: accept4 wants a descriptor before it looks
            assert server.ended() == 1

    found = config("tcp", "127.0.0.1:0")._replace(limits=Limits(nofile=7))
    for server in start(found, converse):
        assert server.complaints.endswith(": accept4: too many open files\n")
        tried = [call.result[:9] for call in server.calls() if call.name == "accept4"]
        assert [each for each in tried if each != "-1 EAGAIN"] == ["4", "-1 EMFILE"]
