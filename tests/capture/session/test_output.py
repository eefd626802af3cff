"""What a server is started with: its standard streams, and a socket that is handed over to it."""

import os
import socket
import sys

import pytest

from walkthrough.capture.session.output import OutputPipes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the server runs on Linux only")


def started(*inherited: int) -> str:
    """Return what a child, started like this, finds: its descriptors, and what it is told."""
    pipes = OutputPipes()
    child = os.fork()
    if child == 0:
        try:
            pipes.redirect(inherited)
            told = (os.environ.get("LISTEN_FDS"), os.environ.get("LISTEN_PID") == str(os.getpid()))
            named = [fd for fd in range(3, 64) if is_open(fd)]
            last = [fd for fd in named if os.get_inheritable(fd)]
            listens = [socket.socket(fileno=fd).getsockname()[1] for fd in last]
            os.write(1, f"{named} {last} {listens} {told}".encode())
        finally:
            os._exit(0)
    pipes.parent_side()
    os.waitpid(child, 0)
    said = b"".join(event.data for event in pipes.read(0))
    pipes.close()
    return said.decode()


def is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


def test_nothing_else_is_inherited() -> None:
    with socket.create_server(("127.0.0.1", 0)):
        assert started() == "[] [] [] (None, False)"


def test_sockets_that_are_handed_over_are_3_and_those_that_follow() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as first,
        socket.create_server(("127.0.0.1", 0)) as second,
    ):
        one, two = first.getsockname()[1], second.getsockname()[1]
        assert started(first.fileno()) == f"[3] [3] [{one}] ('1', True)"
        told = "[3, 4] [3, 4] [{}, {}] ('2', True)"
        assert started(first.fileno(), second.fileno()) == told.format(one, two)
        assert started(second.fileno(), first.fileno()) == told.format(two, one)
        assert "LISTEN_FDS" not in os.environ  # that was the child's


def test_they_may_be_where_others_go() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        child = os.fork()
        if child == 0:  # where 3 and 4 can be taken
            os.dup2(listener.fileno(), 64)
            with socket.create_server(("127.0.0.1", 0)) as other:
                os.dup2(other.fileno(), 65)
                os.dup2(65, 3)
                os.dup2(64, 4)
                said = started(4, 3)
            os._exit(f"[{port}, " not in said or "[3, 4] [3, 4]" not in said)
        _, status = os.waitpid(child, 0)
        assert status == 0
