"""The Go server, built by the Go that a user of this environment would get."""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.time_limits import limit
from walkthrough.capture.environment.go_toolchain import build_server, find_go
from walkthrough.capture.errors import CaptureError

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

SOURCE = Path(__file__).parents[3] / "scenarios" / "server"


@pytest.fixture(scope="module")
def program() -> Path:
    try:
        go = find_go()
    except CaptureError as error:
        pytest.skip(f"no Go to build with: {error}")
    return build_server(go, SOURCE, lambda line: None)


@pytest.fixture
def server(program: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(
        [program, "tcp", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        yield process
        process.kill()


def port_of(server: "subprocess.Popen[bytes]") -> int:
    assert server.stdout is not None
    line = server.stdout.readline().decode()
    assert line.startswith("listening on 127.0.0.1:")
    return int(line.rpartition(":")[2])


def test_it_reads_to_the_end_and_prints_what_came(server: "subprocess.Popen[bytes]") -> None:
    port = port_of(server)
    with (
        socket.create_connection(("127.0.0.1", port)) as slow,
        socket.create_connection(("127.0.0.1", port)) as quick,
    ):
        slow.sendall(b"begun")
        quick.sendall(b"one\n\x1b[31m")
        quick.sendall(b" two")
        quick.shutdown(socket.SHUT_WR)
        assert quick.recv(1) == b""  # it closes, having sent nothing
        host, number = quick.getsockname()
        assert server.stdout is not None
        # Whoever is slow holds up nobody; and no byte from the wire is printed as it is.
        found = server.stdout.readline().decode()
        assert found == f'{host}:{number} sent "one\\n\\x1b[31m two"\n'


def test_an_error_is_printed_as_go_words_it(
    program: Path, server: "subprocess.Popen[bytes]"
) -> None:
    port = port_of(server)
    taken = subprocess.run(
        [program, "tcp", f"127.0.0.1:{port}"], capture_output=True, timeout=limit(30), check=False
    )
    assert (taken.returncode, taken.stdout) == (1, b"")
    assert taken.stderr.decode() == f"listen tcp 127.0.0.1:{port}: bind: address already in use\n"


def test_without_arguments_it_says_how_to_use_it(program: Path) -> None:
    usage = subprocess.run([program], capture_output=True, timeout=limit(30), check=False)
    assert usage.returncode == 2
    assert usage.stderr.startswith(b"usage: server [OPTIONS] NETWORK ADDRESS")
