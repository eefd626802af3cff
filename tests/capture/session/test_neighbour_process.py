"""The neighbour that shares the server's listeners: what it has and does, and when it goes on."""

import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from walkthrough.capture import processes
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.session.neighbour_process import NeighbourProcess
from walkthrough.model.kernel_state import NeighbourDoing, NeighbourState
from walkthrough.scenario.schema import Watching

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="epoll is Linux's")
BOTH = (Watching.PLAIN, Watching.EXCLUSIVE)


@pytest.fixture
def listeners() -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        yield [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in BOTH]


@pytest.fixture
def neighbour(listeners: list[socket.socket]) -> Iterator[NeighbourProcess]:
    with NeighbourProcess(listeners, BOTH) as process:
        yield process


def connect(listener: socket.socket) -> socket.socket:
    return socket.create_connection(listener.getsockname())


def does(state: NeighbourState) -> tuple[str, str, tuple[int, ...], tuple[int, ...]]:
    return state.doing, state.call, state.woken, state.accepted


def test_it_watches_what_it_shares_and_has_nothing_else(
    neighbour: NeighbourProcess, listeners: list[socket.socket]
) -> None:
    state = neighbour.state()
    assert does(state) == ("waiting", "epoll_wait", (0, 0), (0, 0))
    assert [(each.fd, each.kind) for each in state.descriptors] == [
        (3, "socket"),
        (4, "socket"),
        (5, "epoll"),
    ]
    ours = [os.fstat(each.fileno()).st_ino for each in listeners]
    assert [each.inode for each in state.descriptors[:2]] == ours
    (epoll,) = state.epolls
    asked = [(each.fd, "EPOLLEXCLUSIVE" in each.events.names) for each in epoll.interests]
    assert asked == [(3, False), (4, True)]
    assert neighbour.state() == state


def test_woken_it_waits_until_it_is_let_go_on_and_serves_to_the_end(
    neighbour: NeighbourProcess, listeners: list[socket.socket]
) -> None:
    assert not neighbour.let_go_on()
    with connect(listeners[1]) as client:
        assert does(neighbour.state()) == ("woken", "", (0, 1), (0, 0))
        assert neighbour.let_go_on()
        serving = neighbour.state()
        assert does(serving) == ("serving", "recvfrom", (0, 1), (0, 1))
        assert [each.fd for each in serving.descriptors] == [3, 4, 5, 6]
        client.sendall(b"hello")
        assert neighbour.state() == serving
        assert not neighbour.let_go_on()
        with connect(listeners[0]):  # nobody is woken while it serves another
            assert neighbour.state() == serving
    assert does(neighbour.state())[0] == "woken"  # by whoever came meanwhile, and has gone
    assert neighbour.let_go_on()
    assert does(neighbour.state()) == ("waiting", "epoll_wait", (1, 1), (1, 1))


def test_whoever_is_too_late_finds_nothing(
    neighbour: NeighbourProcess, listeners: list[socket.socket]
) -> None:
    with connect(listeners[0]):
        assert neighbour.state().doing is NeighbourDoing.WOKEN
        listeners[0].accept()[0].close()
        assert neighbour.let_go_on()
        assert does(neighbour.state()) == ("waiting", "epoll_wait", (1, 0), (0, 0))


def test_one_that_was_killed_has_ended(
    neighbour: NeighbourProcess, listeners: list[socket.socket]
) -> None:
    os.kill(neighbour.state().pid, signal.SIGKILL)
    os.waitid(os.P_PID, neighbour.state().pid, os.WEXITED | os.WNOWAIT)
    state = neighbour.state()
    assert (state.doing, state.descriptors) == (NeighbourDoing.ENDED, ())
    assert not neighbour.let_go_on()


def test_closing_ends_it(listeners: list[socket.socket]) -> None:
    process = NeighbourProcess(listeners, BOTH)
    pid = process.state().pid
    process.close()
    process.close()
    assert process.state().doing is NeighbourDoing.ENDED
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_one_that_cannot_begin_is_an_error(
    listeners: list[socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    def ends(module: str, *arguments: str) -> list[str]:
        return ["/bin/false"]

    monkeypatch.setattr(processes, "python", ends)
    with pytest.raises(CaptureError, match="The neighbour ended before it began"):
        NeighbourProcess(listeners, BOTH)
