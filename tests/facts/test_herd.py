"""Who is woken of several that watch one listener, tried out with threads: `herd` says so."""

import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support import isolated

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the facts are about Linux")

if sys.platform == "linux":
    import select

    PLAIN, EXCLUSIVE = select.EPOLLIN, select.EPOLLIN | select.EPOLLEXCLUSIVE

_EPOLL_WAITS = (b"232", b"281", b"22")
"""epoll_wait and epoll_pwait of x86_64, epoll_pwait of AArch64, in /proc/PID/task/TID/syscall."""


class Waiter:
    """A thread that waits once in an epoll of its own, until it is woken or told to leave."""

    def __init__(self, opened: ExitStack, listener: socket.socket, mask: int) -> None:
        self._epoll = opened.enter_context(select.epoll())
        self._leave = os.eventfd(0)
        opened.callback(os.close, self._leave)
        self._epoll.register(listener.fileno(), mask)
        self._epoll.register(self._leave, select.EPOLLIN)
        self.reported: list[int] = []
        self._thread = threading.Thread(target=self._wait)
        opened.callback(self.ends)

    def waits(self) -> "Waiter":
        """Start it, and return once it is inside epoll_wait."""
        self._thread.start()
        isolated.until(self._is_waiting, "it waits")
        return self

    def _is_waiting(self) -> bool:
        call = Path(f"/proc/self/task/{self._thread.native_id}/syscall").read_bytes()
        return call.split(maxsplit=1)[0] in _EPOLL_WAITS

    def _wait(self) -> None:
        self.reported = [number for number, _ in self._epoll.poll(isolated.SECONDS)]

    def woken(self) -> bool:
        """Return whether the listener woke it, once it has ended by that."""
        self._thread.join()
        return self._leave not in self.reported

    def ends(self) -> bool:
        """Let it leave; return whether the listener had woken it, or was reported beside."""
        if self._thread.ident is not None:
            os.eventfd_write(self._leave, 1)
            self._thread.join()
        return self.reported != [self._leave]


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def listener(opened: ExitStack) -> socket.socket:
    return opened.enter_context(socket.create_server(("127.0.0.1", 0)))


@pytest.fixture
def waiter(opened: ExitStack, listener: socket.socket) -> Callable[[int], Waiter]:
    return lambda mask: Waiter(opened, listener, mask)


def test_one_client_wakes_all_that_watch_plainly(
    opened: ExitStack, listener: socket.socket, waiter: Callable[[int], Waiter]
) -> None:
    waiters = [waiter(PLAIN).waits() for _ in range(3)]
    opened.enter_context(socket.create_connection(listener.getsockname()))
    assert [each.woken() for each in waiters] == [True] * 3


def test_of_those_that_watch_exclusively_the_one_that_was_added_first_is_woken(
    opened: ExitStack, listener: socket.socket, waiter: Callable[[int], Waiter]
) -> None:
    first, second = waiter(EXCLUSIVE), waiter(EXCLUSIVE)
    second.waits()  # who began to wait first does not matter
    first.waits()
    opened.enter_context(socket.create_connection(listener.getsockname()))
    assert first.woken()
    assert not second.ends()


def test_while_the_first_does_not_wait_the_next_one_is_woken(
    opened: ExitStack, listener: socket.socket, waiter: Callable[[int], Waiter]
) -> None:
    _busy, second = waiter(EXCLUSIVE), waiter(EXCLUSIVE).waits()
    opened.enter_context(socket.create_connection(listener.getsockname()))
    assert second.woken()


def test_who_watches_plainly_is_woken_besides(
    opened: ExitStack, listener: socket.socket, waiter: Callable[[int], Waiter]
) -> None:
    first, second, plain = waiter(EXCLUSIVE), waiter(EXCLUSIVE), waiter(PLAIN)
    for each in (first, second, plain):
        each.waits()
    opened.enter_context(socket.create_connection(listener.getsockname()))
    assert (first.woken(), plain.woken()) == (True, True)
    assert not second.ends()
