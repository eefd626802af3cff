"""The scripted client against real listeners of this process, on loopback, port 0."""

import contextlib
import errno
import select
import socket
import struct
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from walkthrough.capture import client
from walkthrough.capture.addresses import socket_address
from walkthrough.capture.client import Clients
from walkthrough.capture.errors import CaptureError
from walkthrough.model.events import ClientActed
from walkthrough.model.protocol import Act
from walkthrough.model.values import Constant, SocketAddress

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="error numbers are Linux's")


class Scene:
    """A listener, and clients that connect to it."""

    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.address: SocketAddress | None = socket_address(listener.family, listener.getsockname())
        self.clients = Clients(lambda: self.address)

    def act(self, action: str, client: int = 0, data: bytes = b"") -> ClientActed:
        return self.clients.act(Act(action=action, client=client, data=data))

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
@pytest.mark.parametrize(("number", "told"), [(0, 1), (7, 7)])
def test_acting_without_a_client(action: str, number: int, told: int) -> None:
    with scene() as it:
        event = it.act(action, number, b"x")
        assert event.client == told
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
    monkeypatch.setattr(client, "CONNECT_SECONDS", 0.02)
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
            assert server.recv(1) == b""
        it.clients.close()
        assert name(it.act("send", data=b"x")) == errno.errorcode[errno.ENOTCONN]


def test_clients_leave_descriptors_to_the_observer(monkeypatch: pytest.MonkeyPatch) -> None:
    few = (client.SPARE_DESCRIPTORS + 2, 4096)
    monkeypatch.setattr("walkthrough.capture.client.resource.getrlimit", lambda _: few)
    with scene() as it:
        assert [name(it.act("connect")) for _ in range(3)] == ["", "", "EMFILE"]
