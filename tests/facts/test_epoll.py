"""What epoll(7) reports and when, tried out on loopback: lessons say so."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.support import isolated

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the facts are about Linux")

if sys.platform == "linux":
    import select

    IN, EDGE, PEER_CLOSED = select.EPOLLIN, select.EPOLLET, select.EPOLLRDHUP


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def listening(opened: ExitStack) -> socket.socket:
    return opened.enter_context(socket.create_server(("127.0.0.1", 0)))


def connect(opened: ExitStack, listener: socket.socket) -> socket.socket:
    return opened.enter_context(socket.create_connection(listener.getsockname()))


def watching(opened: ExitStack, watched: socket.socket, mask: int) -> "select.epoll":
    epoll = opened.enter_context(select.epoll())
    epoll.register(watched.fileno(), mask)
    return epoll


def test_an_edge_is_reported_once_however_many_still_wait(opened: ExitStack) -> None:
    listener = listening(opened)
    epoll = watching(opened, listener, IN | EDGE)
    for _ in range(3):
        connect(opened, listener)
    report = [(listener.fileno(), IN)]
    assert epoll.poll(isolated.SECONDS) == report
    opened.enter_context(listener.accept()[0])
    assert epoll.poll(0) == []  # two are left, and nobody says so
    connect(opened, listener)
    assert epoll.poll(isolated.SECONDS) == report


def test_a_level_is_reported_for_as_long_as_it_lasts(opened: ExitStack) -> None:
    listener = listening(opened)
    epoll = watching(opened, listener, IN)
    connect(opened, listener)
    report = [(listener.fileno(), IN)]
    assert [epoll.poll(isolated.SECONDS) for _ in range(3)] == [report] * 3
    opened.enter_context(listener.accept()[0])
    assert epoll.poll(0) == []


def test_what_is_ready_already_is_reported_when_it_is_added(opened: ExitStack) -> None:
    listener = listening(opened)
    connect(opened, listener)
    epoll = watching(opened, listener, IN | EDGE)
    assert epoll.poll(isolated.SECONDS) == [(listener.fileno(), IN)]


def test_an_accepted_connection_is_not_watched_because_its_listener_is(opened: ExitStack) -> None:
    listener = listening(opened)
    epoll = watching(opened, listener, IN | EDGE)
    client = connect(opened, listener)
    assert epoll.poll(isolated.SECONDS)
    server = opened.enter_context(listener.accept()[0])
    client.sendall(b"x")
    assert server.recv(1, socket.MSG_PEEK) == b"x"
    assert epoll.poll(0) == []
    epoll.register(server.fileno(), IN | EDGE)
    assert epoll.poll(isolated.SECONDS) == [(server.fileno(), IN)]


def test_the_end_and_a_reset_are_reported(opened: ExitStack) -> None:
    listener = listening(opened)
    ended, cut = connect(opened, listener), connect(opened, listener)
    servers = [opened.enter_context(listener.accept()[0]) for _ in range(2)]
    epoll = watching(opened, servers[0], IN | PEER_CLOSED | EDGE)
    epoll.register(servers[1].fileno(), EDGE)  # nothing at all is asked for
    ended.shutdown(socket.SHUT_WR)
    assert epoll.poll(isolated.SECONDS) == [(servers[0].fileno(), IN | PEER_CLOSED)]
    cut.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    cut.close()
    ((fd, mask),) = epoll.poll(isolated.SECONDS)
    assert (fd, mask) == (servers[1].fileno(), select.EPOLLERR | select.EPOLLHUP)


def test_close_takes_a_descriptor_off_the_list_only_if_it_was_the_last(opened: ExitStack) -> None:
    listener = listening(opened)
    epoll = watching(opened, listener, IN)
    number, address = listener.fileno(), listener.getsockname()
    duplicate = os.dup(number)
    try:
        listener.close()
        with socket.create_connection(address):
            assert epoll.poll(isolated.SECONDS) == [(number, IN)]  # a number that is closed
    finally:
        os.close(duplicate)
    assert epoll.poll(0) == []
