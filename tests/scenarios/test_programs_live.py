"""The Go programs and what they can be told to do: options, datagrams, dialling, unix sockets."""

import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.go_walk import Client, Ends, Walk, build, build_source, never, printed, run, walk
from tests.support.need import need
from walkthrough.capture.environment.go_build import ProgramSource
from walkthrough.capture.environment.requirements import has_ipv6, has_mptcp
from walkthrough.capture.errors import CaptureError
from walkthrough.i18n.messages import message
from walkthrough.model.events import AnyEvent, CallReturned, FunctionEntered, FunctionReturned
from walkthrough.model.stages import Place, Stage, Step
from walkthrough.scenario.loader import server_folder
from walkthrough.scenario.schema import Fault, Program, ServerOptions

pytestmark = pytest.mark.live

LISTEN = ["resolveAddrList", "sysSocket", "setDefaultSockopts", "pollServerInit"]
LISTEN += ["bind", "listen", "pollOpen"]
OPTION = "setsockopt(3, SOL_SOCKET, {}, [1], 4) = 0"


@pytest.fixture(scope="module")
def packet(go_server: Path) -> Path:
    return build(Program.PACKET)


@pytest.fixture(scope="module")
def dial(go_server: Path) -> Path:
    return build(Program.DIAL)


@pytest.fixture
def unix_path() -> Iterator[str]:
    # pytest's own folders have names too long for sun_path, unix(7)
    with tempfile.TemporaryDirectory(prefix="w-") as folder:
        yield f"{folder}/s"


def places(seen: Walk) -> list[Place]:
    """Return where the walk came by, in order, each once."""
    return list(dict.fromkeys(e.place for e in seen.events if not e.quiet))


def at(seen: Walk, place: Place) -> list[str]:
    """Return the functions entered at one place."""
    return [
        e.function or "" for e in seen.events if isinstance(e, FunctionEntered) and e.place == place
    ]


def failed_with(seen: Walk, function: str) -> str:
    """Return the text of the error with which a function came back."""
    returned = [e for e in seen.events if isinstance(e, FunctionReturned)]
    error = next(e for e in returned if e.function == function and e.failed).results[-1].value
    return str(getattr(error, "text", error))


def test_without_options_main_listens_itself(go_server: Path) -> None:
    seen = walk(go_server, run())
    assert seen.stages == [*LISTEN, "accept"]
    (listening,) = seen.entered("net.Listen")
    assert listening.caller is not None
    assert listening.caller.file == "main.go"
    assert not seen.entered("main.mainWithOptions")
    assert seen.header.command == ("server", "tcp", "127.0.0.1:0")
    assert seen.header.unobserved == ()


def test_the_control_hook_is_a_step_between_socket_and_bind(go_server: Path) -> None:
    options = ServerOptions(control=("SO_REUSEPORT", "SO_KEEPALIVE"))
    seen = walk(go_server, run(options, addresses=("127.0.0.1:0", "same")))
    order = places(seen)
    control = Place(None, Step.CONTROL)
    assert order.index(Place(Stage.SYS_SOCKET)) < order.index(control)
    assert order.index(control) < order.index(Place(Stage.BIND))
    assert at(seen, control)[:3] == ["main.control", "net.(*rawConn).Control", "main.control.func1"]
    for option in options.control:
        assert OPTION.format(option) in seen.calls_of("setsockopt")
    hook = next(e for e in seen.events if isinstance(e, CallReturned) and e.place == control)
    assert hook.source is not None
    assert hook.source.file == "options.go"
    first, second = seen.lines  # two listeners share one port
    assert first == second


def test_an_error_of_the_hook_is_listens(go_server: Path) -> None:
    fault = Fault(errno="ENOPROTOOPT", at="control")
    seen = walk(go_server, run(ServerOptions(control=("SO_REUSEPORT",)), fault), never)
    (line,) = seen.lines
    assert line == "listen tcp 127.0.0.1:0: setsockopt: protocol not available"


def test_a_second_listener_finds_the_poller_there(go_server: Path) -> None:
    seen = walk(go_server, run(addresses=("127.0.0.1:0", "127.0.0.1:0")))
    again = [stage for stage in LISTEN if stage != "pollServerInit"]
    assert seen.stages[: len(LISTEN) + len(again)] == LISTEN + again
    assert len(seen.calls_of("epoll_create1")) == 1
    assert len(set(seen.lines)) == 2


def test_the_backlog_is_changed_by_listening_again(go_server: Path) -> None:
    seen = walk(go_server, run(ServerOptions(backlog=1)))
    assert seen.calls_of("listen")[1:] == ["listen(3, 1) = 0"]
    assert seen.stages.count("listen") == 2


@pytest.mark.parametrize(("seconds", "shown"), [(-1, None), (77, "TCP_KEEPIDLE, [77]")])
def test_keep_alive_can_be_changed(go_server: Path, seconds: int, shown: str | None) -> None:
    client = Client()
    seen = walk(go_server, run(ServerOptions(keep_alive_s=seconds)), printed("sent"), client)
    found = [line for line in seen.calls_of("setsockopt") if "KEEP" in line]
    assert any(shown in line for line in found) if shown else found == []
    client.answers()


def test_a_deadline_ends_accept(go_server: Path) -> None:
    seen = walk(go_server, run(ServerOptions(deadline_ms=30)), never)
    address = seen.lines[0].removeprefix("listening on ")
    assert seen.lines[1:] == [f"accept tcp {address}: i/o timeout"]
    assert seen.exit_code == 1
    assert at(seen, Place(None, Step.SET_DEADLINE)) == ["internal/poll.runtime_pollSetDeadline"]
    assert failed_with(seen, "net.(*TCPListener).Accept").endswith("i/o timeout")


def test_closing_the_listener_leaves_its_connections_alone(go_server: Path) -> None:
    client = Client(b"close")
    options = ServerOptions(close_on="close", reply="still here\n")
    seen = walk(go_server, run(options), never, client)
    assert client.answers() == [b"still here\n"]
    address = seen.lines[0].removeprefix("listening on ")
    assert f"accept tcp {address}: use of closed network connection" in seen.lines
    assert seen.exit_code == 0


def test_a_reply_is_written_when_the_other_side_is_done(go_server: Path) -> None:
    client = Client()
    seen = walk(go_server, run(ServerOptions(reply="bye\n")), closed(4), client)
    assert client.answers() == [b"bye\n"]
    assert not seen.entered("main.mainWithOptions")
    assert 'write(4, "bye\\n", 4) = 4' in seen.calls


def closed(descriptor: int) -> Ends:
    return lambda e: (
        isinstance(e, CallReturned)
        and e.call == "close"
        and e.arguments[0].value == descriptor
        and e.step is Step.CLOSE
    )


def test_what_a_wildcard_makes_go_ask_is_a_step_of_its_own(go_server: Path) -> None:
    need(has_ipv6(), "this machine has no IPv6")
    seen = walk(go_server, run(addresses=("0.0.0.0:0",)))
    assert seen.stages == [*LISTEN, "accept"]
    probe = Place(None, Step.PROBE)
    asked = [e.call for e in seen.events if isinstance(e, CallReturned) and e.place == probe]
    assert asked.count("socket") == 3
    assert asked.count("bind") == 2
    (own,) = (e for e in seen.events if isinstance(e, CallReturned) and e.place.stage is Stage.BIND)
    assert 'inet_pton(AF_INET6, "::", ' in seen.calls_of("bind")[2]
    assert own.call == "bind"


def test_the_language_version_brings_multipath_tcp(go_server: Path) -> None:
    need(has_mptcp(), "this kernel has no Multipath TCP")
    seen = walk(build(go="1.24"), run(ServerOptions(go="1.24")))
    assert "IPPROTO_MPTCP" in seen.calls_of("socket")[-1]
    assert seen.stages == [*LISTEN, "accept"]
    assert "net.initMPTCPavailable" in at(seen, Place(None, Step.PROBE))


def test_datagrams(packet: Path) -> None:
    got: list[bytes] = []

    def send(address: str) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.sendto(b"\x1b[31m", ("127.0.0.1", int(address.rpartition(":")[2])))
            got.append(b"%d" % client.getsockname()[1])

    options = ServerOptions(program=Program.PACKET, reply="ok")
    seen = walk(packet, run(options, network="udp"), written, send)
    assert seen.lines[1] == f'127.0.0.1:{got[0].decode()} sent "\\x1b[31m"'
    expected = ["resolveAddrList", "sysSocket", "setDefaultSockopts", "bind", "pollServerInit"]
    assert seen.stages == [*expected, "pollOpen"]
    assert "net.(*UDPConn).ReadFrom" in {e.function for e in seen.events}
    (received,) = (line for line in seen.calls_of("recvfrom") if " = -1 " not in line)
    assert received.startswith('recvfrom(3, "\\33[31m", 65536, 0, {sa_family=AF_INET')
    assert seen.calls_of("sendto")[0].startswith('sendto(3, "ok", 2, 0, {sa_family=AF_INET')
    assert seen.header.unobserved == ()
    assert source_files(seen) >= {"scenarios/server/packet/main.go"}


def written(event: AnyEvent) -> bool:
    return isinstance(event, FunctionReturned) and event.function == "net.(*UDPConn).WriteTo"


def source_files(seen: Walk) -> set[str]:
    return {e.source.file for e in seen.events if e.source is not None}


def test_dialling(dial: Path) -> None:
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as neighbour:
        neighbour.settimeout(30)

        def talk() -> None:
            there, _ = neighbour.accept()
            with there:
                heard.append(there.recv(100))
                there.sendall(b"welcome\n")

        speaker = threading.Thread(target=talk)
        speaker.start()
        port = neighbour.getsockname()[1]
        options = ServerOptions(program=Program.DIAL, reply="good day\n")
        seen = walk(dial, run(options, addresses=(f"127.0.0.1:{port}",)), never)
        speaker.join(30)
    assert heard == [b"good day\n"]
    assert seen.lines == [f"connected to 127.0.0.1:{port}", f'127.0.0.1:{port} sent "welcome\\n"']
    assert seen.exit_code == 0
    assert seen.stages == [*LISTEN[:3], "pollServerInit", "pollOpen"]
    assert " = -1 EINPROGRESS (" in seen.calls_of("connect")[0]
    assert at(seen, Place(None, Step.CONNECT)) == ["syscall.Connect"]
    assert "getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4]) = 0" in seen.calls
    assert seen.header.unobserved == ()
    assert source_files(seen) >= {"scenarios/server/dial/main.go", "net/fd_unix.go"}


def test_dialling_nobody(dial: Path) -> None:
    with socket.socket() as unheard:  # bound, but nobody listens
        unheard.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unheard.getsockname()[1]}"
        options = ServerOptions(program=Program.DIAL)
        seen = walk(dial, run(options, addresses=(address,)), never)
    assert seen.lines == [f"dial tcp {address}: connect: connection refused"]
    assert seen.exit_code == 1
    assert failed_with(seen, "net.Dial") == seen.lines[0]


def test_unix_sockets(go_server: Path, unix_path: str) -> None:
    client = Client(b"close")
    options = ServerOptions(close_on="close")
    config = run(options, network="unix", addresses=(unix_path,))
    seen = walk(go_server, config, never, client)
    client.answers()
    assert seen.stages == [*LISTEN, *["accept"] * seen.stages.count("accept")]
    assert seen.lines[0] == f"listening on {unix_path}"
    assert '@ sent "close"' in seen.lines
    assert f"accept unix {unix_path}: use of closed network connection" in seen.lines
    assert seen.exit_code == 0
    # a client without a name: the kernel fills in the family alone
    assert "accept4(3, {sa_family=AF_UNIX}, [112 => 2], SOCK_CLOEXEC|SOCK_NONBLOCK) = 4" in (
        seen.calls
    )
    assert f'unlinkat(AT_FDCWD, "{unix_path}", 0) = 0' in seen.calls
    assert not Path(unix_path).exists()


OWN = """package main

import (
	"fmt"
	"net"
)

func main() {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	fmt.Println("mine", err)
	wait(listener)
}

//go:noinline
func wait(listener net.Listener) {
	listener.Accept()
}
"""


def own_source(folder: Path, text: str) -> ProgramSource:
    (folder / "main.go").write_text(text)
    module = "walkthrough.example/scenarios/mine"
    return ProgramSource(
        folder, server_folder() / "go.mod", module, whose=message("The main.go of mine")
    )


def test_a_program_of_the_scenarios_own(go_server: Path, tmp_path: Path) -> None:
    seen = walk(build_source(own_source(tmp_path, OWN)), run(), own=True)
    assert seen.stages == [*LISTEN, "accept"]
    (waiting,) = seen.entered("main.wait")
    assert waiting.source is not None
    assert (waiting.source.file, waiting.source.line) == ("scenarios/mine/main.go", 15)
    assert seen.lines == ["mine <nil>"]
    assert seen.header.unobserved == ()


def test_a_program_that_does_not_compile(go_server: Path, tmp_path: Path) -> None:
    with pytest.raises(CaptureError) as caught:
        build_source(
            own_source(tmp_path, OWN.replace("wait(listener)\n}", "weight(listener)\n}", 1))
        )
    said = str(caught.value)
    assert said.startswith("The main.go of mine could not be built with go1.")
    assert "./main.go:11:2: undefined: weight" in said
    assert "\n" not in said
