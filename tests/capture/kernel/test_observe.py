"""Real sockets of this process and of a child; no ptrace, no root, nothing off loopback."""

import contextlib
import errno
import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from walkthrough.capture.kernel import KernelObserver, netlink
from walkthrough.capture.kernel.borrow import BorrowedSocket, SocketBorrower
from walkthrough.capture.kernel.found_sockets import EXAMPLES, LISTED
from walkthrough.capture.kernel.netlink import NetlinkChannel
from walkthrough.capture.session.neighbour_process import NeighbourProcess
from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.kernel_state import KernelState, NeighbourDoing, SocketState
from walkthrough.model.values import SocketAddress
from walkthrough.scenario.schema import Watching

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the kernel observed is Linux")

# A server in a process of its own, so that its ends and the client's are told apart: it obeys
# one letter a line and answers with a line.
SERVER = """
import socket, sys
family, host, backlog = sys.argv[1:]
listener = socket.socket(getattr(socket, family))
held = []
for line in sys.stdin:
    word, answer = line.strip(), ""
    if word.startswith("bind"):
        listener.bind(host if family == "AF_UNIX" else (host, int(word[4:] or 0)))
        answer = str(listener.getsockname()[1])
    elif word.startswith("connect "):
        listener.connect((host, int(word.split()[1])))
    elif word == "datagrams":
        listener.close()
        listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    elif word == "listen":
        listener.listen(int(backlog))
    elif word == "accept":
        held.append(listener.accept()[0])
        answer = str(held[-1].fileno())
    elif word == "close":
        held.pop().close()
    elif word == "close listener":
        listener.close()
    print(answer, flush=True)
"""


LEFT = [("server", "LISTEN"), ("server", "CLOSE_WAIT")]


class Server:
    def __init__(self, family: str = "AF_INET", host: str = "127.0.0.1", backlog: int = 3) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVER, family, host, str(backlog)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @property
    def pid(self) -> int:
        return self.process.pid

    def do(self, word: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def listen(self) -> int:
        self.do("hello")
        port = int(self.do("bind") or 0)
        self.do("listen")
        return port


@contextlib.contextmanager
def serving(family: str = "AF_INET", host: str = "127.0.0.1", backlog: int = 3) -> Iterator[Server]:
    server = Server(family, host, backlog)
    try:
        yield server
    finally:
        with server.process as process:
            process.kill()


def by_owner(state: KernelState) -> list[tuple[str, str]]:
    return [(each.owner, each.state) for each in state.sockets]


def until(observer: KernelObserver, expected: list[tuple[str, str]]) -> KernelState:
    """Observe until the sockets are as expected; the kernel's own timers may take a moment."""
    deadline = time.monotonic() + 5
    while by_owner(state := observer.observe()) != expected and time.monotonic() < deadline:
        pass
    assert by_owner(state) == expected
    return state


def only(state: KernelState, owner: str) -> SocketState:
    (found,) = (each for each in state.sockets if each.owner == owner)
    return found


def test_a_connection_from_the_first_call_to_what_is_left_of_it() -> None:
    with serving() as server, KernelObserver(server.pid) as observer:
        server.do("hello")
        fresh = only(observer.observe(), "server")
        assert (fresh.state, fresh.fd, fresh.protocol) == ("CLOSE", 3, "TCP")
        assert fresh.local == SocketAddress("AF_INET", host="0.0.0.0")

        port = int(server.do("bind"))
        here = SocketAddress("AF_INET", host="127.0.0.1", port=port)
        bound = only(observer.observe(), "server")
        assert (bound.state, bound.local, bound.backlog) == ("CLOSE", here, None)

        server.do("listen")
        listening = only(observer.observe(), "server")
        assert (listening.state, listening.local, listening.remote) == ("LISTEN", here, None)
        assert (listening.accept_queue, listening.backlog) == (0, 3)
        assert listening.receive_queue is None

        with socket.create_connection(("127.0.0.1", port)) as client:
            client.send(b"hello")
            mine = SocketAddress("AF_INET", host="127.0.0.1", port=client.getsockname()[1])
            state = observer.observe()
            assert by_owner(state) == [
                ("server", "LISTEN"),
                ("queue", "ESTABLISHED"),
                ("client", "ESTABLISHED"),
            ]
            assert only(state, "server").accept_queue == 1
            waiting = only(state, "queue")
            assert (waiting.local, waiting.remote, waiting.inode) == (here, mine, 0)
            assert (waiting.fd, waiting.receive_queue) == (None, 5)
            far = only(state, "client")
            assert (far.local, far.remote) == (mine, here)
            assert far.inode == os.fstat(client.fileno()).st_ino

            fd = int(server.do("accept"))
            state = observer.observe()
            assert by_owner(state) == [
                ("server", "LISTEN"),
                ("server", "ESTABLISHED"),
                ("client", "ESTABLISHED"),
            ]
            assert state.sockets[0].accept_queue == 0
            assert state.sockets[1].fd == fd
            assert state == observer.observe()

            client.shutdown(socket.SHUT_WR)
            # The FIN may be acknowledged a little later, delayed as any ACK: RFC 1122 4.2.3.2.
            state = until(observer, [*LEFT, ("client", "FIN_WAIT2")])
            assert state.sockets[1].receive_queue == 6  # the FIN counts for one
        # The client has let go of its end, the server not of the other.
        until(observer, [*LEFT, ("kernel", "FIN_WAIT2")])
        server.do("close")
        server.do("close listener")
        assert set(by_owner(observer.observe())) <= {("kernel", "TIME_WAIT")}


def waiting(port: int) -> list[int]:
    """Return the far ports of the connections to ``port`` whose clients are in TIME_WAIT."""
    with netlink.SockDiag() as diag:
        rows = diag.tcp(netlink.NOT_LISTENING, [port])
    return [row.local_port for row in rows if (row.state, row.remote_port) == (6, port)]


def connect_and_leave(port: int, accept: Callable[[], object]) -> int:
    """Connect, have it accepted, and close first; return the client's port."""
    with socket.create_connection(("127.0.0.1", port)) as client:
        accept()
        return int(client.getsockname()[1])


def test_what_an_earlier_connection_left_at_the_port_is_not_the_servers() -> None:
    with serving() as server, KernelObserver(server.pid) as observer:
        server.do("hello")
        with socket.create_server(("127.0.0.1", 0)) as earlier:
            port = earlier.getsockname()[1]
            taken = list[socket.socket]()
            before = connect_and_leave(port, lambda: taken.append(earlier.accept()[0]))
            taken.pop().close()
        deadline = time.monotonic() + 5
        while before not in waiting(port):
            assert time.monotonic() < deadline
        assert server.do(f"bind {port}") == str(port)
        server.do("listen")
        assert by_owner(observer.observe()) == [("server", "LISTEN")]
        mine = connect_and_leave(port, lambda: server.do("accept"))
        server.do("close")
        state = until(observer, [("server", "LISTEN"), ("kernel", "TIME_WAIT")])
        assert state.sockets[1].local.port == mine
        assert {before, mine} <= {*waiting(port)}


def test_a_client_that_leaves_before_it_was_accepted_still_waits() -> None:
    with serving() as server, KernelObserver(server.pid) as observer:
        port = server.listen()
        socket.create_connection(("127.0.0.1", port)).close()
        state = observer.observe()
        assert ("queue", "CLOSE_WAIT") in by_owner(state)
        assert only(state, "server").accept_queue == 1


def test_a_full_queue_leaves_the_handshake_open() -> None:
    with serving(backlog=0) as server, KernelObserver(server.pid) as observer:
        port = server.listen()
        with contextlib.ExitStack() as stack:
            first = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            second = stack.enter_context(socket.socket())
            second.setblocking(False)
            assert second.connect_ex(("127.0.0.1", port)) == errno.EINPROGRESS
            state = observer.observe()
            assert (only(state, "server").accept_queue, only(state, "server").backlog) == (1, 0)
            clients = {
                each.local.port: each.state for each in state.sockets if each.owner == "client"
            }
            assert clients == {
                first.getsockname()[1]: "ESTABLISHED",
                second.getsockname()[1]: "SYN_SENT",
            }


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_a_wildcard_of_ipv6_takes_both_families() -> None:
    with serving("AF_INET6", "::") as server, KernelObserver(server.pid) as observer:
        port = server.listen()
        with (
            socket.create_connection(("127.0.0.1", port)) as fourth,
            socket.create_connection(("::1", port)) as sixth,
        ):
            state = observer.observe()
            assert only(state, "server").accept_queue == 2
            queue = {each.remote: each.local for each in state.sockets if each.owner == "queue"}
            assert queue == {
                SocketAddress(
                    "AF_INET6", host="::ffff:127.0.0.1", port=fourth.getsockname()[1]
                ): SocketAddress("AF_INET6", host="::ffff:127.0.0.1", port=port),
                SocketAddress("AF_INET6", host="::1", port=sixth.getsockname()[1]): SocketAddress(
                    "AF_INET6", host="::1", port=port
                ),
            }
            assert [e.family for e in state.sockets if e.owner == "client"].count("AF_INET") == 1


def test_sockets_that_do_not_concern_the_server_are_left_out() -> None:
    with (
        serving() as server,
        KernelObserver(server.pid) as observer,
        socket.create_server(("127.0.0.1", 0)) as other,
        socket.create_connection(other.getsockname()),
    ):
        server.listen()
        assert by_owner(observer.observe()) == [("server", "LISTEN")]


def test_a_unix_listener() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "s"))
        with serving("AF_UNIX", path) as server, KernelObserver(server.pid) as observer:
            server.do("hello")
            server.do("bind")
            server.do("listen")
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(path)
                state = observer.observe()
                listener = only(state, "server")
                assert listener.local == SocketAddress("AF_UNIX", path=path)
                assert (listener.state, listener.accept_queue, listener.backlog) == ("LISTEN", 1, 3)
                assert only(state, "client").inode == os.fstat(client.fileno()).st_ino


def test_an_epoll_instance_and_what_it_watches() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        select.epoll() as epoll,
        KernelObserver(os.getpid()) as observer,
    ):
        mask = select.EPOLLIN | select.EPOLLOUT | select.EPOLLRDHUP | select.EPOLLET
        epoll.register(listener, mask)
        state = observer.observe()
        (found,) = (each for each in state.epolls if each.fd == epoll.fileno())
        (interest,) = found.interests
        assert interest.fd == listener.fileno()
        # The kernel adds the two that cannot be turned off, see epoll_ctl(2).
        assert interest.events.raw == mask | select.EPOLLERR | select.EPOLLHUP
        kinds = {each.fd: each.kind for each in state.descriptors}
        assert kinds[epoll.fileno()] == "epoll"
        assert kinds[listener.fileno()] == "socket"
        assert state.unavailable == ()


def test_datagram_and_connected_sockets_of_the_server() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram,
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as outgoing,
        KernelObserver(os.getpid()) as observer,
    ):
        datagram.bind(("127.0.0.1", 0))
        mine = {each.fd: each for each in observer.observe().sockets}
        found = mine[datagram.fileno()]
        assert (found.type, found.protocol, found.state) == ("SOCK_DGRAM", "UDP", "CLOSE")
        assert mine[outgoing.fileno()].owner == "server"


def test_a_process_that_is_gone_is_a_sentence() -> None:
    with serving() as server:
        server.listen()
        observer = KernelObserver(server.pid)
    with observer:
        state = observer.observe()
    assert state.sockets == ()
    assert [line for line in state.unavailable if f"process {server.pid}" in line]


def no_netlink() -> NetlinkChannel:
    raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


def no_borrowing(self: SocketBorrower, fd: int) -> BorrowedSocket:
    raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


def test_without_netlink_the_tables_and_the_socket_itself_tell_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serving() as server, KernelObserver(server.pid) as with_netlink:
        port = server.listen()
        with socket.create_connection(("127.0.0.1", port)):
            monkeypatch.setattr("walkthrough.capture.kernel.netlink.connect", no_netlink)
            with KernelObserver(server.pid) as without:
                # Another test's connection that had this port may leave TIME_WAIT in between.
                told = [(without.observe(), with_netlink.observe()) for _ in range(3)]
                assert any(one == other for one, other in told), told


def test_without_netlink_and_borrowing_the_backlog_is_missing_and_said_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("walkthrough.capture.kernel.netlink.connect", no_netlink)
    monkeypatch.setattr(SocketBorrower, "ask", no_borrowing)
    with serving() as server, KernelObserver(server.pid) as observer:
        port = server.listen()
        with socket.create_connection(("127.0.0.1", port)):
            state = observer.observe()
    listener = only(state, "server")
    assert (listener.accept_queue, listener.backlog) == (1, None)
    (reason,) = state.unavailable
    assert "Backlog of 3" in reason
    assert "Operation not permitted" in reason
    (said,) = state.reasons()
    assert catalogue("zh").text(said) == (
        "3 的 backlog：没有 sock_diag（操作不被允许），没有 pidfd_getfd（操作不被允许）"
    )


def test_a_socket_that_nothing_tells_about_is_said_to_be_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(SocketBorrower, "ask", no_borrowing)
    with serving() as server, KernelObserver(server.pid) as observer:
        server.do("hello")
        state = observer.observe()
    assert state.sockets == ()
    assert state.unavailable == (
        "Socket 3: in no list, and pidfd_getfd failed (Operation not permitted)",
    )


def test_netlink_that_fails_later_is_given_up_for_the_tables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))

    with serving() as server, KernelObserver(server.pid) as observer:
        server.listen()
        before = observer.observe()
        monkeypatch.setattr(netlink.SockDiag, "tcp", refuse)
        assert observer.observe() == before


def test_closing_twice_is_harmless() -> None:
    observer = KernelObserver(os.getpid())
    observer.close()
    observer.close()


def test_of_very_many_sockets_some_are_listed_and_all_counted() -> None:
    with (
        socket.create_server(("127.0.0.1", 0), backlog=200) as listener,
        select.epoll() as epoll,
        contextlib.ExitStack() as stack,
        KernelObserver(os.getpid()) as observer,
    ):
        for _ in range(LISTED + 1):
            stack.enter_context(socket.create_connection(listener.getsockname()))
            accepted, _ = listener.accept()
            epoll.register(stack.enter_context(accepted), select.EPOLLIN)
        speaks = stack.enter_context(socket.create_connection(listener.getsockname()))
        hears, _ = listener.accept()
        stack.enter_context(hears)
        speaks.send(b"hello")
        state = observer.observe()
        assert state.beyond is not None
        watches = next(each for each in state.epolls if each.fd == epoll.fileno())
        assert len(watches.interests) == EXAMPLES
        assert state.count_interests() >= LISTED + 1
        assert len(state.descriptors) == EXAMPLES
        assert state.count_descriptors() == len(os.listdir("/proc/self/fd")) - 1
        # All are this process's own; both ends of each connection count.
        counts = state.count_sockets("server")
        assert counts["ESTABLISHED"] >= 2 * (LISTED + 2)
        listed = {each.fd for each in state.sockets if each.owner == "server"}
        assert listener.fileno() in listed  # what has something to tell is never left out
        assert hears.fileno() in listed


def test_a_view_without_very_many_leaves_nothing_out() -> None:
    with serving() as server, KernelObserver(server.pid) as observer:
        server.listen()
        assert observer.observe().beyond is None


def test_the_neighbours_listener_is_named_as_such() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as neighbour,
        serving() as server,
        KernelObserver(server.pid, neighbour=neighbour) as observer,
    ):
        server.do("hello")
        state = observer.observe()
        assert by_owner(state) == [("server", "CLOSE"), ("neighbour", "LISTEN")]
        assert only(state, "neighbour").local.port == neighbour.getsockname()[1]


def test_a_connection_to_the_neighbour_from_both_ends() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as neighbour,
        serving() as server,
        KernelObserver(server.pid, neighbour=neighbour) as observer,
    ):
        server.do(f"connect {neighbour.getsockname()[1]}")
        state = observer.observe()
        assert by_owner(state) == [
            ("server", "ESTABLISHED"),
            ("neighbour", "LISTEN"),
            ("neighbour", "ESTABLISHED"),
        ]
        assert only(state, "server").remote == state.sockets[1].local
        with neighbour.accept()[0]:
            state = observer.observe()
            assert by_owner(state) == [
                ("server", "ESTABLISHED"),
                ("client", "ESTABLISHED"),
                ("neighbour", "LISTEN"),
            ]


def test_what_a_neighbour_has_accepted_from_a_listener_that_it_shares() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        NeighbourProcess([listener], [Watching.PLAIN]) as neighbour,
        KernelObserver(os.getpid(), sharing=neighbour.state) as observer,
    ):
        assert [*by_owner(observer.observe())][:1] == [("server", "LISTEN")]
        with socket.create_connection(listener.getsockname()) as client:
            woken = observer.observe()
            assert ("queue", "ESTABLISHED") in by_owner(woken)
            assert woken.neighbour is not None
            assert woken.neighbour.doing is NeighbourDoing.WOKEN
            neighbour.let_go_on()
            state = observer.observe()
            assert ("queue", "ESTABLISHED") not in by_owner(state)
            taken = only(state, "neighbour")
            assert taken.remote is not None
            assert taken.remote.port == client.getsockname()[1]
        assert state.neighbour is not None
        assert taken.inode in [each.inode for each in state.neighbour.descriptors]


@pytest.mark.parametrize(("only_v6", "expected"), [(1, True), (0, False)])
@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_whether_a_listener_is_for_ipv6_alone(only_v6: int, expected: bool) -> None:
    with socket.socket(socket.AF_INET6) as listener, KernelObserver(os.getpid()) as observer:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only_v6)
        listener.bind(("::", 0))
        listener.listen()
        mine = {each.fd: each for each in observer.observe().sockets}
        assert mine[listener.fileno()].v6only is expected


def test_datagrams_from_both_ends() -> None:
    with (
        serving() as server,
        KernelObserver(server.pid) as observer,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
    ):
        server.do("datagrams")
        port = int(server.do("bind"))
        client.connect(("127.0.0.1", port))
        client.send(b"hello")
        state = observer.observe()
        assert by_owner(state) == [("server", "CLOSE"), ("client", "ESTABLISHED")]
        mine, far = state.sockets
        assert (mine.protocol, mine.type, mine.local.port) == ("UDP", "SOCK_DGRAM", port)
        assert (far.remote, far.inode) == (mine.local, os.fstat(client.fileno()).st_ino)
        assert mine.receive_queue is not None
        assert mine.receive_queue >= 5  # the memory that it takes, as ss(8) shows


def test_the_bytes_in_buffers_are_told() -> None:
    with serving() as server, KernelObserver(server.pid) as observer:
        assert observer.buffers() is None  # it serves nobody yet
        port = server.listen()
        with socket.create_connection(("127.0.0.1", port)) as client:
            observer.observe()
            assert observer.buffers() == 0
            client.send(b"x" * 10_000)
            found = observer.buffers()
            assert found is not None
            assert found >= 10_000
