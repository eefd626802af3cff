"""What bind(2) and listen(2) do on Linux, tried out on loopback: lessons and reasons say so."""

import errno
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support import isolated
from tests.support.need import need
from walkthrough.capture.kernel.netlink import ALL_STATES, LISTENING, SockDiag

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the facts are about Linux")

LOOPBACK = "127.0.0.1"
ESTABLISHED, SYN_SENT, TIME_WAIT, LISTEN = 1, 2, 6, 10  # the first byte of TCP_INFO, see tcp(7)


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def tcp(opened: ExitStack, *, reuse: bool = False, port: int | None = None) -> socket.socket:
    """Make a socket, bound to loopback if a port is given."""
    made = opened.enter_context(socket.socket())
    if reuse:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if port is not None:
        made.bind((LOOPBACK, port))
    return made


def port_of(bound: socket.socket) -> int:
    return int(bound.getsockname()[1])


def queue_and_backlog(listener: socket.socket) -> tuple[int, int]:
    """Ask the kernel, as the kernel's pane does."""
    with SockDiag() as diag:
        (row,) = diag.tcp(LISTENING, [port_of(listener)])
    return row.receive_queue, row.send_queue


def knock(opened: ExitStack, listener: socket.socket) -> socket.socket:
    """Let a client begin to connect, and not wait for the end."""
    client = tcp(opened)
    client.setblocking(False)
    assert client.connect_ex(listener.getsockname()) in (0, errno.EINPROGRESS)
    return client


def state(client: socket.socket) -> int:
    return client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]


@pytest.mark.parametrize("backlog", [0, 1, 2])
def test_a_backlog_of_n_holds_one_more(opened: ExitStack, backlog: int) -> None:
    listener = tcp(opened, port=0)
    listener.listen(backlog)
    clients = [knock(opened, listener) for _ in range(backlog + 3)]
    full = (backlog + 1, backlog)
    isolated.until(lambda: queue_and_backlog(listener) == full, "a full queue")
    # The others are neither let in nor refused.
    assert sorted(map(state, clients)) == [ESTABLISHED] * (backlog + 1) + [SYN_SENT] * 2


def test_listen_cuts_the_backlog_to_somaxconn_without_an_error(opened: ExitStack) -> None:
    most = int(Path("/proc/sys/net/core/somaxconn").read_text())
    listener = tcp(opened, port=0)
    listener.listen(max(1_000_000, most + 1))
    assert queue_and_backlog(listener) == (0, most)


def test_listen_again_lowers_and_raises_the_backlog_of_the_same_socket(opened: ExitStack) -> None:
    listener = tcp(opened, port=0)
    found = []
    for backlog in (9, 3, 12):
        listener.listen(backlog)
        found.append(queue_and_backlog(listener))
    assert found == [(0, 9), (0, 3), (0, 12)]
    assert state(listener) == LISTEN


def test_a_bound_port_refuses_until_listen(opened: ExitStack) -> None:
    server, early, late = tcp(opened, port=0), tcp(opened), tcp(opened)
    assert early.connect_ex(server.getsockname()) == errno.ECONNREFUSED
    server.listen()
    assert late.connect_ex(server.getsockname()) == 0


def test_two_sockets_with_reuseaddr_are_both_bound_and_one_fails_at_listen(
    opened: ExitStack,
) -> None:
    first = tcp(opened, reuse=True, port=0)
    second = tcp(opened, reuse=True, port=port_of(first))
    second.listen()
    with pytest.raises(OSError, match="Address already in use") as caught:
        first.listen()
    assert caught.value.errno == errno.EADDRINUSE
    # A listener is in the way of bind, whatever the options.
    for reuse in (False, True):
        with pytest.raises(OSError, match="Address already in use"):
            tcp(opened, reuse=reuse, port=port_of(first))


def test_without_the_option_a_bound_port_is_taken(opened: ExitStack) -> None:
    first = tcp(opened, port=0)
    with pytest.raises(OSError, match="Address already in use"):
        tcp(opened, reuse=True, port=port_of(first))


def test_a_stale_path_is_in_use_with_reuseaddr_too(opened: ExitStack, tmp_path: Path) -> None:
    path = str(tmp_path / "door")
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(path)
        dead.listen()
    late = opened.enter_context(socket.socket(socket.AF_UNIX))
    with pytest.raises(ConnectionRefusedError):  # a file, and nobody listens
        late.connect(path)
    again = opened.enter_context(socket.socket(socket.AF_UNIX))
    again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with pytest.raises(OSError, match="Address already in use"):
        again.bind(path)
    os.unlink(path)
    again.bind(path)


@pytest.mark.parametrize("backlog", [0, 1, 2])
def test_a_path_holds_one_more_as_well_and_its_next_client_is_told(
    opened: ExitStack, tmp_path: Path, backlog: int
) -> None:
    path = str(tmp_path / "door")
    listener = opened.enter_context(socket.socket(socket.AF_UNIX))
    listener.bind(path)
    listener.listen(backlog)
    found = []
    for _ in range(backlog + 2):
        client = opened.enter_context(socket.socket(socket.AF_UNIX))
        client.setblocking(False)
        found.append(client.connect_ex(path))
    assert found == [0] * (backlog + 1) + [errno.EAGAIN]


@pytest.mark.parametrize(
    ("before", "after", "bound"),
    [(True, True, True), (True, False, False), (False, True, False)],
)
def test_reuseaddr_passes_time_wait_if_the_connection_inherited_it(
    opened: ExitStack, before: bool, after: bool, bound: bool
) -> None:
    listener = tcp(opened, reuse=before, port=0)
    port = port_of(listener)
    listener.listen()
    with socket.create_connection((LOOPBACK, port)) as client:
        server = listener.accept()[0]
        assert bool(server.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR)) == before
        server.close()  # whoever closes first keeps TIME_WAIT
        assert client.recv(1) == b""
    listener.close()

    def left() -> list[int]:
        with SockDiag() as diag:
            rows = diag.tcp(ALL_STATES, [port])
        return [row.state for row in rows if row.local_port == port]

    isolated.until(lambda: left() == [TIME_WAIT], "TIME_WAIT, and nothing else")
    restarted = tcp(opened, reuse=after)
    if bound:
        restarted.bind((LOOPBACK, port))
        return
    with pytest.raises(OSError, match="Address already in use"):
        restarted.bind((LOOPBACK, port))


def in_own_network(code: str) -> Any:
    try:
        return isolated.run(code, own_network=True)
    except isolated.NoNetworkError:
        need(False, "no network namespace is available")
        raise


LOWERED = """
import json
from walkthrough.capture.kernel.netlink import LISTENING, SockDiag

def backlog_of(asked):
    with socket.create_server(("127.0.0.1", 0), backlog=asked) as listener, SockDiag() as diag:
        (row,) = diag.tcp(LISTENING, [listener.getsockname()[1]])
        return row.send_queue

told = []
for most in (4096, 7, 8192):
    sysctl("net/core/somaxconn", most)
    told.append(backlog_of(4096))
print(json.dumps(told))
"""


def test_a_lowered_somaxconn_cuts_and_a_raised_one_does_not_add() -> None:
    of_the_machine = Path("/proc/sys/net/core/somaxconn").read_text()
    assert in_own_network(LOWERED) == [4096, 7, 4096]
    assert Path("/proc/sys/net/core/somaxconn").read_text() == of_the_machine


FULL = """
import json

sysctl("net/ipv4/tcp_abort_on_overflow", int(sys.argv[1]))
listener = socket.create_server(("127.0.0.1", 0), backlog=0)
clients = [socket.socket() for _ in range(2)]
told = []
for client in clients:
    client.setblocking(False)
    told.append(client.connect_ex(listener.getsockname()))
states = [client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] for client in clients]
print(json.dumps([told, states]))
"""


@pytest.mark.parametrize("abort", ["0", "1"])
def test_a_full_queue_drops_the_syn_even_where_it_may_answer_with_rst(abort: str) -> None:
    try:
        found, states = isolated.run(FULL, abort, own_network=True)
    except isolated.NoNetworkError:
        need(False, "no network namespace is available")
        raise
    assert found[1] == errno.EINPROGRESS
    assert states == [ESTABLISHED, SYN_SENT]
