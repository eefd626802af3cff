"""What is known of a socket, and what is unknown and said to be."""

import pytest

from tests.support.server_logs import (
    PEER,
    READ,
    SERVER,
    WRITE,
    after,
    history_of,
    kernel_at,
    places,
    rows,
    view_after,
)
from walkthrough.model.events import OutputWritten
from walkthrough.model.stages import NOWHERE
from walkthrough.model.values import SocketAddress


@pytest.mark.parametrize(
    ("peer", "family", "row"),
    [
        ("{sa_family=AF_UNIX}, [112 => 2]", "AF_UNIX", "LISTEN AF_UNIX, address unknown"),
        (PEER % 999, "AF_INET", "LISTEN AF_INET, address unknown"),
        ("NULL, NULL", "", "LISTEN address unknown"),
    ],
)
def test_a_listener_from_before(peer: str, family: str, row: str) -> None:
    history = history_of(f"accept4(9, {peer}, SOCK_CLOEXEC) = 10\nclose(10) = 0")
    index = after(history, "accept4")
    listener, connection = kernel_at(history, index).sockets
    assert (listener.state, listener.family, listener.local) == (
        "LISTEN",
        family,
        SocketAddress(family),
    )
    assert connection.family == family
    assert any(row in each for each in rows(history, index))
    assert not any(":0" in each for each in rows(history, index))


def test_the_address_that_getsockname_has_told_is_kept() -> None:
    text = f"getsockname(9, {PEER % 7070}) = 0\naccept(9, {PEER % 999}) = 10"
    listener, connection = view_after(text, "accept").sockets
    assert listener.local == connection.local == SocketAddress("AF_INET", "127.0.0.1", 7070)
    assert view_after(text, "getsockname").sockets[0].state == "LISTEN"


@pytest.mark.parametrize(
    ("label", "local", "protocol"),
    [
        ("TCP:[127.0.0.1:7070]", SocketAddress("AF_INET", "127.0.0.1", 7070), "TCP"),
        ("TCPv6:[[::1]:7070]", SocketAddress("AF_INET6", "::1", 7070), "TCP"),
        ('UNIX-STREAM:[4711, "/run/a.sock"]', SocketAddress("AF_UNIX", path="/run/a.sock"), ""),
        ('UNIX-STREAM:[4711, @"a"]', SocketAddress("AF_UNIX", path="\0a"), ""),
        ("UNIX-STREAM:[4711]", SocketAddress("AF_UNIX"), ""),
    ],
)
def test_the_address_in_a_label_is_kept(label: str, local: SocketAddress, protocol: str) -> None:
    (listener,) = view_after(
        f"accept(9<{label}>, NULL, NULL) = -1 EAGAIN (Resource temporarily unavailable)", "accept"
    ).sockets
    assert (listener.local, listener.family, listener.protocol) == (local, local.family, protocol)


def test_a_label_tells_both_ends_of_a_connection() -> None:
    text = 'recvfrom(9<TCP:[127.0.0.1:80->127.0.0.1:999]>, "x", 9, 0, NULL, NULL) = 1'
    (socket,) = view_after(text, "recvfrom").sockets
    assert (socket.state, socket.likely) == ("ESTABLISHED", True)
    assert socket.local == SocketAddress("AF_INET", "127.0.0.1", 80)
    assert socket.remote == SocketAddress("AF_INET", "127.0.0.1", 999)


def test_a_connection_has_not_the_wildcard_for_its_address() -> None:
    text = SERVER.replace("127.0.0.1", "0.0.0.0").replace("NULL, NULL", PEER % 999)
    listener, connection = view_after(text, "accept").sockets
    assert listener.local.host == "0.0.0.0"
    assert connection.local == SocketAddress("AF_INET", port=8080)


def test_bytes_to_a_client_are_not_printed() -> None:
    text = f'{SERVER}\ndup2(4, 1) = 1\nwrite(1, "HTTP/1.1 200", 12) = 12\n'
    assert places(text)[-1] == WRITE
    assert not [1 for line in history_of(text).between(0, 99) if isinstance(line, OutputWritten)]
    printed = history_of(SERVER + '\nwrite(1, "ready", 5) = 5')
    assert [e.data for e in printed.between(0, 99) if isinstance(e, OutputWritten)] == [b"ready"]


def test_a_program_that_inetd_has_started_prints_nothing() -> None:
    text = f"""\
getpeername(0, {PEER % 999}) = 0
read(0, "x", 9) = 1
write(1, "y", 1) = 1"""
    assert places(text)[1:] == [READ, WRITE]
    assert not [1 for each in history_of(text).between(0, 99) if isinstance(each, OutputWritten)]


def test_what_goes_into_a_pipe_of_the_programs_own_is_not_printed() -> None:
    text = f'{SERVER}\npipe2([6, 7], 0) = 0\ndup2(7, 1) = 1\nwrite(1, "x", 1) = 1'
    assert places(text)[-1] == NOWHERE
    assert not [1 for each in history_of(text).between(0, 99) if isinstance(each, OutputWritten)]
