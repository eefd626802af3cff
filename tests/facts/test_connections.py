"""What connect, accept4 and read do on Linux, tried out on loopback: lessons say so."""

import errno
import fcntl
import os
import socket
import struct
import sys

import pytest

from tests.support import isolated
from tests.support.need import need

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the facts are about Linux")

RESET = struct.pack("ii", 1, 0)  # SO_LINGER, on and 0 seconds: close(2) sends RST


@pytest.mark.parametrize("accepted_before", [False, True])
def test_after_a_reset_read_gives_what_had_come_and_then_the_error_once(
    accepted_before: bool,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server = listener.accept()[0] if accepted_before else None
        client.sendall(b"seven words and a reset")
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        client.close()
        server = server or listener.accept()[0]  # accept succeeds, whatever has happened since
        with server:
            assert server.recv(5) == b"seven"
            assert server.recv(99) == b" words and a reset"
            with pytest.raises(ConnectionResetError):
                server.recv(99)
            assert server.recv(99) == b""


def test_accept4_without_flags_inherits_neither_of_them() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        os.set_inheritable(listener.fileno(), False)
        with socket.create_connection(listener.getsockname()):
            fd = isolated.accept4(listener.fileno(), 0)
            try:
                assert not fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_NONBLOCK
                assert not fcntl.fcntl(fd, fcntl.F_GETFD) & fcntl.FD_CLOEXEC
            finally:
                os.close(fd)


def test_who_waits_in_the_queue_is_reset_when_the_listener_is_closed() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    with socket.create_connection(listener.getsockname()) as client:
        listener.close()
        with pytest.raises(ConnectionResetError):
            client.recv(1)


@pytest.mark.parametrize("read_all", [True, False])
def test_what_is_left_unread_turns_close_into_a_reset(read_all: bool) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as client,
    ):
        server = listener.accept()[0]
        client.sendall(b"12")
        assert server.recv(2 if read_all else 1) == b"12"[: 2 if read_all else 1]
        server.close()
        if read_all:
            assert client.recv(1) == b""
        else:
            with pytest.raises(ConnectionResetError):
                client.recv(1)


SHARED_PORT = """
import json

sysctl("net/ipv4/ip_local_port_range", "40000 40000")
listeners = []
for port in (1111, 2222):
    listeners.append(socket.create_server(("127.0.0.1", port)))
clients = [socket.create_connection(each.getsockname()) for each in listeners]
third = socket.socket()
told = third.connect_ex(listeners[0].getsockname())
print(json.dumps([[each.getsockname()[1] for each in clients], told]))
"""


def test_one_local_port_serves_two_destinations_at_once() -> None:
    try:
        ports, third = isolated.run(SHARED_PORT, own_network=True)
    except isolated.NoNetworkError:
        need(False, "no network namespace is available")
        raise
    # The kernel's only port is used for both; for the same destination a second time there is none.
    assert ports == [40000, 40000]
    assert third == errno.EADDRNOTAVAIL


NO_DESCRIPTOR = """
import errno, json, resource, socket
from tests.support.isolated import accept4
from walkthrough.capture.kernel.netlink import LISTENING, SockDiag

listener = socket.create_server(("127.0.0.1", 0))
listener.setblocking(False)
diag, client = SockDiag(), socket.socket()
lowest = client.fileno() + 1
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]

def told():
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
    try:
        accept4(listener.fileno(), 0)
    except OSError as error:
        return errno.errorcode[error.errno]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

def waiting():
    (row,) = diag.tcp(LISTENING, [listener.getsockname()[1]])
    return row.receive_queue

seen = [told()]
client.connect(listener.getsockname())
seen += [told(), waiting()]
accept4(listener.fileno(), 0)
seen.append(waiting())
print(json.dumps(seen))
"""


def test_accept4_looks_for_a_descriptor_before_it_looks_at_the_queue() -> None:
    # An empty queue gives EMFILE and not EAGAIN; a full one keeps its connection.
    assert isolated.run(NO_DESCRIPTOR) == ["EMFILE", "EMFILE", 1, 0]


STORM = """
import errno, json, os, signal, socket, sys
from tests.support.isolated import accept4, read

count = 0

def handler(number, frame):
    global count
    count += 1

signal.signal(signal.SIGALRM, handler)
signal.siginterrupt(signal.SIGALRM, True)  # without SA_RESTART: nothing is hidden
listener = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(listener.getsockname())
connection = listener.accept()[0]
wanted = int(sys.argv[1])

def tell(call, descriptor):
    try:
        call(descriptor, 0 if call is accept4 else 1)
    except OSError as error:
        return errno.errorcode[error.errno]

seen = {}
signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
for blocking in (True, False):
    listener.setblocking(blocking)
    connection.setblocking(blocking)
    for call, descriptor in ((accept4, listener.fileno()), (read, connection.fileno())):
        told, begun = {}, count
        while count - begun < (1 if blocking else wanted):
            error = tell(call, descriptor)
            told[error] = told.get(error, 0) + 1
        seen[f"{call.__name__} {'waits' if blocking else 'does not wait'}"] = sorted(told)
signal.setitimer(signal.ITIMER_REAL, 0)
print(json.dumps(seen))
"""


def test_a_call_that_does_not_wait_is_never_interrupted() -> None:
    assert isolated.run(STORM, "500") == {
        "accept4 waits": ["EINTR"],
        "read waits": ["EINTR"],
        "accept4 does not wait": ["EAGAIN"],
        "read does not wait": ["EAGAIN"],
    }
