"""What a server is started with: its standard streams, and a socket that is handed over to it."""

import os
import socket
import sys

import pytest

from walkthrough.capture.session.output import OutputPipes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the server runs on Linux only")


def started(inherited: int) -> str:
    """Return what a child, started like this, finds: its descriptors, and what it is told."""
    pipes = OutputPipes()
    child = os.fork()
    if child == 0:
        try:
            pipes.redirect(inherited)
            told = (os.environ.get("LISTEN_FDS"), os.environ.get("LISTEN_PID") == str(os.getpid()))
            named = [fd for fd in range(3, 64) if is_open(fd)]
            last = [fd for fd in named if os.get_inheritable(fd)]
            listens = last and socket.socket(fileno=last[0]).getsockopt(
                socket.SOL_SOCKET, socket.SO_ACCEPTCONN
            )
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
        assert started(-1) == "[] [] [] (None, False)"


def test_a_socket_that_is_handed_over_is_3() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert started(listener.fileno()) == "[3] [3] 1 ('1', True)"
        assert "LISTEN_FDS" not in os.environ  # that was the child's
