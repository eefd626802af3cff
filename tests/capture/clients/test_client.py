"""The scripted client against real listeners of this process, on loopback, port 0."""

import contextlib
import errno
import os
import resource
import select
import socket
import struct
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from walkthrough.capture.addresses import socket_address
from walkthrough.capture.clients import client, dialling
from walkthrough.capture.clients.client import Clients
from walkthrough.capture.clients.endpoints import DATAGRAM, STREAM, Endpoint
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.kernel.netlink import ALL_STATES, SockDiag
from walkthrough.model.events import ClientActed
from walkthrough.model.linux.constants import TCP_STATE
from walkthrough.model.protocol import ActCommand
from walkthrough.model.values import Constant, SocketAddress

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="error numbers are Linux's")


class Scene:
    """A listener, and clients that connect to it."""

    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.address: SocketAddress | None = socket_address(listener.family, listener.getsockname())
        self.type = STREAM
        self.clients = Clients(self.endpoint)

    def endpoint(self, number: int) -> Endpoint | None:
        if self.address is None or number != 1:
            return None
        return Endpoint(self.address, self.type)

    def act(
        self, action: str, client: int = 0, data: bytes = b"", to: str = "", listener: int = 1
    ) -> ClientActed:
        return self.clients.act(
            ActCommand(action=action, client=client, data=data, to=to, listener=listener)
        )

    def accept(self) -> socket.socket:
        self.listener.settimeout(5)
        return self.listener.accept()[0]


@contextlib.contextmanager
def scene(listener: socket.socket | None = None) -> Iterator[Scene]:
    with listener or socket.create_server(("127.0.0.1", 0)) as there:
        made = Scene(there)
        try:
            yield made
        finally:
            made.clients.close()


def name(event: ClientActed) -> str:
    return event.error.name if event.error else ""


def test_a_whole_conversation() -> None:
    with scene() as it:
        connected = it.act("connect")
        assert (connected.seq, connected.time_ns, connected.client) == (-1, 0, 1)
        assert connected.error is None
        assert connected.remote == it.address
        with it.accept() as server:
            assert connected.local == socket_address(socket.AF_INET, server.getpeername())

            nothing = it.act("receive")
            assert (nothing.data, name(nothing)) == (b"", "EAGAIN")

            sent = it.act("send", data=b"to you")
            assert (sent.data, sent.error) == (b"to you", None)
            assert server.recv(100) == b"to you"

            server.sendall(b"and back")
            assert it.act("receive").data == b"and back"

            assert it.act("half-close").error is None
            assert server.recv(100) == b""
        ended = it.act("receive")
        assert (ended.data, ended.error) == (b"", None)
        closed = it.act("close")
        assert (closed.local, closed.error) == (connected.local, None)


def test_connecting_needs_nobody_to_accept() -> None:
    with scene() as it:
        assert it.act("connect").error is None
        assert it.act("send", data=b"early").data == b"early"
        assert select.select([it.listener], [], [], 5)[0]


@pytest.mark.parametrize("action", ["send", "receive", "half-close", "close"])
@pytest.mark.parametrize(("number", "expected"), [(0, 1), (7, 7)])
def test_acting_without_a_client(action: str, number: int, expected: int) -> None:
    with scene() as it:
        event = it.act(action, number, b"x")
        assert event.client == expected
        assert event.error == Constant("ENOTCONN", 107)
        assert event.data == b""


def test_numbers() -> None:
    with scene() as it:
        assert [it.act("connect").client for _ in range(3)] == [1, 2, 3]
        assert it.act("send", data=b"x").client == 3
        assert it.act("send", 1, b"x").client == 1
        assert it.act("close", 3).client == 3
        assert it.act("send", data=b"x").client == 2  # the newest that is open
        assert name(it.act("send", 3, b"x")) == "ENOTCONN"
        assert it.act("connect", 9).client == 9
        assert it.act("connect").client == 10
        again = it.act("connect", 9)
        assert name(again) == "EISCONN"
        assert again.local is not None


def test_nobody_listens() -> None:
    with scene() as it:
        it.listener.close()
        refused = it.act("connect")
        assert (refused.client, name(refused)) == (1, "ECONNREFUSED")
        assert refused.remote == it.address
        assert name(it.act("send", data=b"x")) == "ENOTCONN"


def test_a_bound_port_is_not_yet_reachable() -> None:
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    with scene(bound) as it:
        assert name(it.act("connect")) == "ECONNREFUSED"


def test_no_address_yet() -> None:
    with scene() as it:
        it.address = None
        assert name(it.act("connect")) == "EDESTADDRREQ"


def test_a_full_accept_queue_keeps_the_client_trying(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialling, "CONNECT_SECONDS", 0.02)
    with scene(socket.create_server(("127.0.0.1", 0), backlog=0)) as it:
        assert it.act("connect").error is None
        waiting = it.act("connect")
        assert (waiting.client, name(waiting)) == (2, "EINPROGRESS")
        assert waiting.local is not None
        assert name(it.act("send", data=b"x")) in ("EAGAIN", "ENOTCONN")
        assert it.act("close").client == 2


def test_a_reset_is_seen_by_receive() -> None:
    with scene() as it:
        it.act("connect")
        server = it.accept()
        server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("@ii", 1, 0))
        server.close()
        assert name(it.act("receive")) == "ECONNRESET"


def test_more_than_the_buffers_hold() -> None:
    with scene() as it:
        it.act("connect")
        much = b"x" * (64 << 20)
        event = it.act("send", data=much)
        assert 0 < len(event.data) < len(much)
        assert name(event) == "EAGAIN"


def test_the_number_of_clients_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "MOST_CLIENTS", 2)
    with scene() as it:
        assert [name(it.act("connect")) for _ in range(3)] == ["", "", "EMFILE"]


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "example.org", "\x1b[31m", ""])
def test_only_loopback(host: str) -> None:
    with scene() as it:
        it.address = SocketAddress("AF_INET", host=host, port=80)
        with pytest.raises(CaptureError, match="loopback") as caught:
            it.act("connect")
        assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "0.0.0.0"])
def test_addresses_of_ipv4(host: str) -> None:
    with scene(socket.create_server((host, 0))) as it:
        event = it.act("connect")
        assert event.error is None
        assert event.remote is not None
        assert event.remote.host == host.replace("0.0.0.0", "127.0.0.1")


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
@pytest.mark.parametrize(
    ("host", "dual", "reached"),
    [
        ("::1", False, "::1"),
        ("::", True, "::1"),
        ("::", False, "::1"),
        ("::ffff:127.0.0.1", True, "::ffff:127.0.0.1"),
        ("::ffff:0.0.0.0", True, "127.0.0.1"),
    ],
)
def test_addresses_of_ipv6(host: str, dual: bool, reached: str) -> None:
    listener = socket.socket(socket.AF_INET6)
    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, not dual)
    listener.bind((host, 0))
    listener.listen()
    with scene(listener) as it:
        assert it.address is not None
        it.address = SocketAddress("AF_INET6", host=host, port=it.address.port)
        event = it.act("connect")
        assert event.error is None
        assert event.remote is not None
        assert event.remote.host == reached


def test_unix_sockets() -> None:
    with tempfile.TemporaryDirectory() as folder:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(Path(folder, "s")))
        listener.listen()
        with scene(listener) as it:
            assert it.act("connect").remote == SocketAddress("AF_UNIX", path=str(Path(folder, "s")))
            assert it.act("send", data=b"hello").error is None
            with it.accept() as server:
                assert server.recv(100) == b"hello"
            it.address = SocketAddress("AF_UNIX", path="/" + "x" * 200)
            assert name(it.act("connect")) == "EINVAL"


def test_an_unknown_action_says_which_there_are() -> None:
    with scene() as it, pytest.raises(CaptureError, match=r"'dance'.*half-close"):
        it.act("dance")


def test_closing_all() -> None:
    with scene() as it:
        it.act("connect")
        with it.accept() as server:
            it.clients.close()
            with pytest.raises(ConnectionResetError):  # nothing stays behind in TIME_WAIT
                server.recv(1)
        it.clients.close()
        assert name(it.act("send", data=b"x")) == errno.errorcode[errno.ENOTCONN]


def test_clients_leave_descriptors_to_the_observer(monkeypatch: pytest.MonkeyPatch) -> None:
    few = (client.SPARE_DESCRIPTORS + 2, client.SPARE_DESCRIPTORS + 2)
    monkeypatch.setattr("walkthrough.capture.clients.client.resource.getrlimit", lambda _: few)
    with scene() as it:
        assert it.clients.room() == 2
        assert [name(it.act("connect")) for _ in range(3)] == ["", "", "EMFILE"]


def test_our_own_limit_is_raised_for_them_and_given_back() -> None:
    before = soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = len(os.listdir("/proc/self/fd")) + client.SPARE_DESCRIPTORS + 1
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
    try:
        with scene() as it:
            assert [name(it.act("connect")) for _ in range(lowest)] == [""] * lowest
            assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == hard
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (lowest, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert soft <= hard


def test_a_reset_sends_rst_and_no_fin() -> None:
    with scene() as it:
        it.act("connect")
        with it.accept() as server:
            reset = it.act("reset")
            assert (reset.action, reset.error) == ("reset", None)
            with pytest.raises(ConnectionResetError):
                server.recv(1)
        assert name(it.act("send", data=b"x")) == "ENOTCONN"


@pytest.mark.parametrize(
    ("to", "reached"), [("127.0.0.2", "127.0.0.2"), ("::ffff:127.0.0.1", "::ffff:127.0.0.1")]
)
def test_another_host_by_which_to_reach_the_server(to: str, reached: str) -> None:
    with scene(socket.create_server(("0.0.0.0", 0))) as it:
        event = it.act("connect", to=to)
        assert event.error is None
        assert event.remote is not None
        assert event.remote.host == reached


@pytest.mark.parametrize("to", ["192.0.2.1", "0.0.0.0", "localhost", "::"])
def test_another_host_is_loopback_too(to: str) -> None:
    with scene() as it, pytest.raises(CaptureError, match="loopback"):
        it.act("connect", to=to)


def test_a_listener_that_there_is_not() -> None:
    with scene() as it:
        assert name(it.act("connect", listener=2)) == "EDESTADDRREQ"


def test_handshakes_that_do_not_come_wear_out_patience() -> None:
    patience = dialling.HandshakeTimeout(0.05)
    with scene(socket.create_server(("127.0.0.1", 0), backlog=0)) as it:
        errors = [name(it.clients.act(ActCommand(action="connect"), patience)) for _ in range(30)]
        assert errors == [""] + ["EINPROGRESS"] * 29
        assert patience._left == 0.0, "none but the first had to be waited for"


def test_on_a_slow_machine_patience_is_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialling.HandshakeTimeout, "slow", 4.0)
    assert dialling.HandshakeTimeout(0.25)._left == 1.0


def test_datagrams() -> None:
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    with scene(server) as it:
        it.type = DATAGRAM
        connected = it.act("connect")
        assert (connected.error, connected.remote) == (None, it.address)
        assert it.act("send", data=b"one").error is None
        data, sender = server.recvfrom(100)
        assert data == b"one"
        assert not it.clients.ready("receive", 1, 1)
        server.sendto(b"two", sender)
        assert it.clients.ready("receive", 1, 1)
        assert it.act("receive").data == b"two"
        assert it.act("reset").error is None


def test_datagrams_to_nobody_are_refused() -> None:
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    with scene(server) as it:
        it.type = DATAGRAM
        server.close()
        assert it.act("connect").error is None
        assert it.act("send", data=b"one").error is None
        assert it.clients.ready("receive", 1, 1)  # the refusal is what there is to receive
        assert name(it.act("receive")) == "ECONNREFUSED"


def test_unix_datagrams_can_be_answered(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        server.bind(str(Path(folder, "s")))
        with scene(server) as it:
            it.type = DATAGRAM
            assert it.act("connect").error is None
            it.act("send", data=b"hello")
            data, sender = server.recvfrom(100)
            assert (data, sender[:1]) == (b"hello", b"\0")
            server.sendto(b"back", sender)
            assert it.act("receive").data == b"back"


def test_what_is_to_be_received_is_ready_once_enough_has_come() -> None:
    with scene() as it:
        it.act("connect")
        with it.accept() as server:
            ready = it.clients.ready
            assert not ready("receive", 1, 0)
            server.sendall(b"ab")
            assert ready("receive", 1, 0)
            assert ready("receive", 1, 2)
            assert not ready("receive", 1, 3)
        assert ready("receive", 1, 3)  # no more will come
        assert it.act("receive").data == b"ab"
        assert ready("receive", 1, 1)
        assert (ready("send", 1, 0), ready("receive", 7, 1)) == (True, True)


def test_a_connection_that_was_made_to_the_neighbour() -> None:
    with socket.create_server(("127.0.0.1", 0)) as neighbour:
        neighbour.setblocking(False)
        clients = Clients(lambda _: None, neighbour)
        accept = ActCommand(action="accept", client=3)
        assert not clients.ready("accept", 3, 0)
        assert name(clients.act(accept)) == "EAGAIN"
        with socket.create_connection(neighbour.getsockname()) as made:
            assert clients.ready("accept", 3, 0)
            accepted = clients.act(accept)
            assert (accepted.client, accepted.error) == (3, None)
            assert accepted.remote == socket_address(socket.AF_INET, made.getsockname())
            clients.act(ActCommand(action="send", client=3, data=b"hello"))
            assert made.recv(100) == b"hello"
            clients.close()
            with pytest.raises(ConnectionResetError):
                made.recv(1)


def test_a_datagram_that_was_sent_to_the_neighbour() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as neighbour,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server,
    ):
        neighbour.bind(("127.0.0.1", 0))
        neighbour.setblocking(False)
        clients = Clients(lambda _: None, neighbour)
        assert name(clients.act(ActCommand(action="accept"))) == "EAGAIN"
        server.connect(neighbour.getsockname())
        server.send(b"hello")
        assert clients.act(ActCommand(action="accept")).error is None
        assert clients.act(ActCommand(action="receive")).data == b"hello"
        clients.act(ActCommand(action="send", data=b"back"))
        assert server.recv(100) == b"back"
        clients.close()


def test_without_a_neighbour_there_is_nothing_to_accept() -> None:
    with scene() as it:
        assert name(it.act("accept")) == "EINVAL"


def test_a_handshake_stays_half_done_while_replies_are_dropped() -> None:
    with scene() as it:
        port = it.listener.getsockname()[1]
        began = it.clients.act(ActCommand(action="connect", drop_replies=True))
        assert began.error is not None
        assert began.error.name == "EINPROGRESS"
        with SockDiag() as diag:
            states = [row.state for row in diag.tcp(ALL_STATES, [port])]
        assert {TCP_STATE[state] for state in states} == {"LISTEN", "SYN_SENT", "SYN_RECV"}
        it.act("connect", client=2)
        with it.accept() as first:  # who comes later is not held up
            assert began.local is not None
            assert first.getpeername()[1] != began.local.port
        assert it.act("allow-replies", client=1).error is None
        with it.accept() as second:  # once the kernel has repeated its SYN-ACK
            assert second.getpeername()[1] == began.local.port


def test_replies_that_nobody_drops_cannot_be_allowed() -> None:
    with scene() as it:
        it.act("connect")
        refused = it.act("allow-replies")
        assert refused.error is not None
        assert refused.error.name == "ENOENT"
