"""The two servers side by side under strace: the same calls, in the same order, the same flags."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.instrumented_strace import (
    SECONDS,
    Both,
    Server,
    accepting,
    by_descriptor,
    calls_of,
    config,
    connect,
    parsed,
    serving,
    without_ports,
)
from tests.support.need import need
from walkthrough.scenario.schema import Fault, Limits, Program, ServerOptions

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]


def test_a_line_in_two_parts_is_one_call() -> None:
    log = (
        "7  socket(AF_INET, SOCK_STREAM <unfinished ...>\n"
        "8  epoll_pwait(5,  <unfinished ...>\n"
        "7  <... socket resumed>, IPPROTO_IP) = 3\n"
        "7  close(3)                = 0\n"
        "8  <... epoll_pwait resumed>[], 128, -1, NULL, 0) = 0\n"
        "9  read(0,  <unfinished ...>\n"
    )
    assert [str(call) for call in parsed(log)] == [
        "socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3",
        "close(3) = 0",
        "epoll_pwait(5, [], 128, -1, NULL, 0) = 0",
        "read(0, ) = ?",
    ]


Start = Callable[..., tuple[Server, Server]]


@pytest.fixture
def start(strace: str, tmp_path: Path) -> Iterator[Start]:
    with Both(strace, tmp_path) as both:
        yield both


def two_connections(host: str) -> Callable[[Server], None]:
    """Two connections, one after the other, each step only when the server waits for it."""

    def converse(server: Server) -> None:
        for count in (1, 2):
            server.wait("accept4", "3, ", "-1 EAGAIN", count)
            with connect(server, host) as client:
                server.wait("read", "4, ", "-1 EAGAIN", 2 * count - 1)
                server.wait("accept4", "3, ", "-1 EAGAIN", count + 1)  # two goroutines: both wait
                client.sendall(b"hello\n")
                server.wait("read", "4, ", "-1 EAGAIN", 2 * count)
                client.shutdown(socket.SHUT_WR)
                while client.recv(100):
                    pass
            server.wait("close", "4", "0", count)

    return converse


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


@pytest.mark.parametrize(
    ("network", "address", "host"),
    [
        ("tcp", "127.0.0.1:0", "127.0.0.1"),
        ("tcp", "0.0.0.0:0", "127.0.0.1"),
        ("tcp4", ":0", "127.0.0.1"),
        ("tcp6", "[::1]:0", "::1"),
    ],
)
def test_both_servers_make_the_same_calls(
    start: Start, network: str, address: str, host: str
) -> None:
    if network == "tcp6":
        need(has_ipv6(), "this machine has no IPv6 on its loopback interface")
    go, python = calls_of(start(config(network, address), two_connections(host)))
    assert accepting(python) == accepting(go)
    assert serving(python) == serving(go)
    # That nothing above was compared with nothing:
    names = {call.name for call in python}
    assert {"socket", "bind", "listen", "accept4", "setsockopt", "getsockname"} <= names
    assert {"epoll_create1", "epoll_ctl", "eventfd2", "woken", "openat", "fcntl"} <= names


OPTIONS = {
    "control": (ServerOptions(control=("SO_REUSEPORT", "SO_KEEPALIVE")), "SO_REUSEPORT, [1]"),
    "keep-alive": (ServerOptions(keep_alive_s=7), "TCP_KEEPIDLE, [7]"),
    "no keep-alive": (ServerOptions(keep_alive_s=-1), "TCP_NODELAY, [1]"),
    "backlog": (ServerOptions(backlog=2), "listen(3, 2)"),
    "deadline": (ServerOptions(deadline_ms=60_000), "listen(3, "),
    "reply": (ServerOptions(reply="thanks\n"), 'write(4, "thanks'),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_options_make_the_same_calls(start: Start, name: str) -> None:
    options, seen = OPTIONS[name]
    found = config("tcp", "127.0.0.1:0", options=options)
    go, python = calls_of(start(found, two_connections("127.0.0.1")))
    assert by_descriptor(python) == by_descriptor(go)
    assert accepting(python) == accepting(go)
    assert any(seen in str(call) for call in python)
    assert any("KEEPIDLE" in str(call) for call in python) == (name != "no keep-alive")


def test_a_deadline_ends_both(start: Start) -> None:
    def converse(server: Server) -> None:
        assert server.ended() == 1

    found = config("tcp", "127.0.0.1:0", options=ServerOptions(deadline_ms=300))
    servers = start(found, converse)
    go, python = calls_of(servers)
    assert accepting(python) == accepting(go)
    text = "accept tcp 127.0.0.1:PORT: i/o timeout\n"
    assert [without_ports(server.complaints) for server in servers] == [text, text]


def test_several_listeners_make_the_same_calls(start: Start) -> None:
    def converse(server: Server) -> None:
        server.addresses(2)
        for fd in "34":
            server.wait("accept4", f"{fd}, ", "-1 EAGAIN")
        for listener in (1, 2):
            with connect(server, listener=listener) as client:
                server.wait("read", "7, ", "-1 EAGAIN", listener)
                client.shutdown(socket.SHUT_WR)
                assert client.recv(1) == b""
            server.wait("close", "7", "0", listener)
        for fd in "34":
            server.wait("accept4", f"{fd}, ", "-1 EAGAIN", 2)

    go, python = calls_of(start(config("tcp", "127.0.0.1:0", "127.0.0.1:0"), converse))
    assert by_descriptor(python) == by_descriptor(go)
    assert [call.name for call in python].count("epoll_create1") == 1


def test_the_same_address_twice(start: Start) -> None:
    def converse(server: Server) -> None:
        first, second = server.addresses(2)
        assert first == second
        for fd in "34":
            server.wait("accept4", f"{fd}, ", "-1 EAGAIN")

    options = ServerOptions(control=("SO_REUSEPORT",))
    go, python = calls_of(start(config("tcp", "127.0.0.1:0", "same", options=options), converse))
    assert by_descriptor(python) == by_descriptor(go)


def test_accept_goes_on_after_an_error_that_passes(start: Start) -> None:
    def converse(server: Server) -> None:
        server.wait("accept4", "3, ", "-1 EAGAIN")
        with connect(server) as first, connect(server) as second:
            server.wait("accept4", "3, ", "-1 EMFILE", 2)  # once more after a pause
            first.shutdown(socket.SHUT_WR)
            assert first.recv(1) == b""
            server.wait("accept4", "3, ", "4", 2)
            second.shutdown(socket.SHUT_WR)
            assert second.recv(1) == b""
        server.wait("accept4", "3, ", "-1 EAGAIN", 2)

    found = config("tcp", "127.0.0.1:0", options=ServerOptions(retry=True))
    servers = start(found._replace(limits=Limits(nofile=7)), converse)
    text = "accept tcp 127.0.0.1:PORT: accept4: too many open files"
    for server in servers:
        assert {*without_ports(server.complaints).splitlines()} == {text}
        taken = [call.result for call in server.calls() if call.name == "accept4"]
        assert [each for each in taken if each.isdecimal()] == ["4", "4"]


def test_what_does_not_pass_is_the_end_all_the_same(start: Start) -> None:
    def converse(server: Server) -> None:
        assert server.ended() == 1

    fault = Fault(errno="EPERM", call="accept4")
    found = config("tcp", "127.0.0.1:0", options=ServerOptions(retry=True))
    servers = start(found._replace(faults=(fault,)), converse, "accept4:error=EPERM:when=1")
    text = "accept tcp 127.0.0.1:PORT: accept4: operation not permitted\n"
    assert [without_ports(server.complaints) for server in servers] == [text, text]


@pytest.mark.parametrize(("most", "read"), [(4, ["4"]), (600, ["512", "88"])])
def test_a_connection_is_read_as_far_as_an_option_says(
    start: Start, most: int, read: list[str]
) -> None:
    def converse(server: Server) -> None:
        server.wait("accept4", "3, ", "-1 EAGAIN")
        with connect(server) as client:
            client.sendall(b"x" * 1000)
            with pytest.raises(ConnectionResetError):
                client.recv(1)
        server.wait("close", "4", "0")

    servers = start(config("tcp", "127.0.0.1:0", options=ServerOptions(read_most=most)), converse)
    said = [without_ports(server.printed) for server in servers]
    assert said[0] == said[1]
    assert f'sent "{"x" * most}", or more' in said[0]
    for server in servers:
        reads = [c.result for c in server.calls() if c.name == "read" and c.arguments[:2] == "4,"]
        assert [each for each in reads if each.isdecimal()][-len(read) :] == read


@pytest.mark.parametrize("network", ["tcp", "unix"])
def test_a_listener_closed_while_accepting(start: Start, tmp_path: Path, network: str) -> None:
    address = "127.0.0.1:0" if network == "tcp" else str(tmp_path / "socket")

    def converse(server: Server) -> None:
        server.wait("accept4", "3, ", "-1 EAGAIN")
        with connect(server) as client:
            server.wait("read", "4, ", "-1 EAGAIN")
            server.wait("accept4", "3, ", "-1 EAGAIN", 2)
            client.sendall(b"stop")
            server.wait("read", "4, ", "-1 EAGAIN", 2)
            client.shutdown(socket.SHUT_WR)
            assert client.recv(100) == b"bye"
        assert server.ended() == 0

    found = config(network, address, options=ServerOptions(close_on="stop", reply="bye"))
    servers = start(found, converse)
    # While it closes, Go has more threads that poll, and the same news may come in two parts.
    go, python = ([c for c in calls if c.name != "woken"] for calls in calls_of(servers))
    assert by_descriptor(python) == by_descriptor(go)
    assert ("unlinkat" in {call.name for call in python}) == (network == "unix")
    where = address if network == "unix" else "127.0.0.1:PORT"
    text = f"accept {network} {where}: use of closed network connection\n"
    assert [without_ports(server.complaints) for server in servers] == [text, text]
    assert without_ports(servers[0].printed) == without_ports(servers[1].printed)
    assert not Path(address).exists()


def test_unix_sockets(start: Start, tmp_path: Path) -> None:
    address = tmp_path / "socket"

    def converse(server: Server) -> None:
        two_connections("")(server)
        server.end()
        address.unlink()  # a server that is killed leaves it behind

    servers = start(config("unix", str(address)), converse)
    go, python = calls_of(servers)
    assert accepting(python) == accepting(go)
    assert serving(python) == serving(go)
    assert servers[0].printed == servers[1].printed
    assert '\n@ sent "hello\\n"\n' in servers[1].printed


@pytest.mark.parametrize(("network", "address"), [("udp", "127.0.0.1:0"), ("udp", ":0")])
def test_datagrams(start: Start, network: str, address: str) -> None:
    def converse(server: Server) -> None:
        port = server.port()
        with socket.socket(type=socket.SOCK_DGRAM) as client:
            client.settimeout(SECONDS)
            client.connect(("127.0.0.1", port))
            for count, data in enumerate((b"hello", b"")):
                server.wait("recvfrom", "3, ", "-1 EAGAIN", count + 1)
                client.send(data)
                assert client.recv(100) == b"yes"
        server.wait("recvfrom", "3, ", "-1 EAGAIN", 3)

    options = ServerOptions(program=Program.PACKET, reply="yes")
    servers = start(config(network, address, options=options), converse)
    go, python = calls_of(servers)
    assert [str(call) for call in python] == [str(call) for call in go]
    assert {"recvfrom", "sendto", "woken"} <= {call.name for call in python}
    assert without_ports(servers[0].printed) == without_ports(servers[1].printed)


@pytest.mark.parametrize("network", ["tcp", "udp", "unix"])
def test_dialling(start: Start, tmp_path: Path, network: str) -> None:
    family = socket.AF_UNIX if network == "unix" else socket.AF_INET
    kind = socket.SOCK_DGRAM if network == "udp" else socket.SOCK_STREAM
    with socket.socket(family, kind) as peer:
        peer.settimeout(SECONDS)
        peer.bind(str(tmp_path / "peer") if network == "unix" else ("127.0.0.1", 0))
        if network != "udp":
            peer.listen()
        name = peer.getsockname()
        address = name if network == "unix" else f"127.0.0.1:{name[1]}"

        def converse(server: Server) -> None:
            if network == "udp":
                assert peer.recv(100) == b"hi"
                server.wait("read", "3, ", "-1 EAGAIN", after="connect")
                return
            connection, _ = peer.accept()
            with connection:
                assert connection.recv(100) == b"hi"
                server.wait("read", "3, ", "-1 EAGAIN", after="connect")
                connection.sendall(b"ho")
                server.wait("read", "3, ", "-1 EAGAIN", 2, after="connect")
            assert server.ended() == 0

        options = ServerOptions(program=Program.DIAL, reply="hi")
        servers = start(config(network, address, options=options), converse)
    go, python = calls_of(servers)
    assert [str(call) for call in python] == [str(call) for call in go]
    assert "connect" in {call.name for call in python}
    assert servers[0].printed == servers[1].printed


def test_a_refused_connection(start: Start) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound, so nobody else gets the port; but not listening
        address = f"127.0.0.1:{nobody.getsockname()[1]}"

        def converse(server: Server) -> None:
            assert server.ended() == 1

        options = ServerOptions(program=Program.DIAL)
        servers = start(config("tcp", address, options=options), converse)
    go, python = calls_of(servers)
    assert [str(call) for call in python] == [str(call) for call in go]
    text = f"dial tcp {address}: connect: connection refused\n"
    assert [server.complaints for server in servers] == [text, text]
