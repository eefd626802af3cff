"""The instrumented server told to do more: what it tells of faults, deadlines, hooks, sockets."""

import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.instrumented_walk import Walk, check_spans, entering, of, output, returning
from tests.support.time_limits import limit
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.instrumented.target import InstrumentedTarget
from walkthrough.capture.session.run_config import RunConfig
from walkthrough.model.events import (
    AnyEvent,
    CallReturned,
    FunctionEntered,
    FunctionReturned,
    ProcessExited,
    begins_stage,
)
from walkthrough.model.stages import Place, Stage, Step
from walkthrough.model.values import SocketAddress
from walkthrough.scenario.schema import Fault, Limits, Program, ServerOptions

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(sys.platform != "linux", reason="the server runs on Linux only"),
]
Start = Callable[..., Walk]


@pytest.fixture
def start() -> Iterator[Start]:
    targets: list[InstrumentedTarget] = []

    def started(
        *faults: Fault,
        network: str = "tcp",
        addresses: tuple[str, ...] = ("127.0.0.1:0",),
        nofile: int | None = None,
        **options: object,
    ) -> Walk:
        found = ServerOptions(**options)  # type: ignore[arg-type]
        config = RunConfig("a-scenario", network, addresses, found, Limits(nofile=nofile), faults)
        targets.append(InstrumentedTarget(config))
        targets[-1].start()
        return Walk(targets[-1])

    yield started
    for target in targets:
        target.close()


def exited(event: AnyEvent) -> bool:
    return isinstance(event, ProcessExited)


def end(walk: Walk) -> int | None:
    """Let the server go to its end; return its status."""
    event = walk.until(exited)
    assert isinstance(event, ProcessExited)
    return event.code


def injected(walk: Walk) -> list[tuple[str, str, Place]]:
    calls = [event for event in of(walk.events, CallReturned) if event.injected]
    assert all(event.error is not None and event.result == -1 for event in calls)
    return [(event.call, event.error.name if event.error else "", event.place) for event in calls]


def test_a_fault_strikes_at_its_place_alone(start: Start) -> None:
    """The same call, of somaxconn's file, is not the listener's."""
    walk = start(Fault(errno="ENOSPC", at="pollOpen", call="epoll_ctl"))
    assert end(walk) == 1
    assert injected(walk) == [("epoll_ctl", "ENOSPC", Place(Stage.POLL_OPEN))]
    assert output(walk.events, 2) == b"listen tcp 127.0.0.1:0: no space left on device\n"
    failed = {e.function for e in of(walk.events, FunctionReturned) if e.failed}
    assert {"internal/poll.(*pollDesc).init", "net.(*netFD).listenStream", "net.Listen"} <= failed
    closes = [e for e in of(walk.events, CallReturned) if e.call == "close"]
    assert [e.arguments[0].value for e in closes][-1] == 3  # the socket is given back
    assert [e.function for e in check_spans(walk.events)] == ["main.main"]


def test_faults_are_counted_each_for_itself(start: Start) -> None:
    walk = start(
        Fault(errno="EINTR", at="accept/accept4", times=2),
        Fault(errno="ECONNABORTED", at="accept", call="accept4", occurrence=3),
        Fault(errno="ENFILE", call="accept4", occurrence=5),
    )
    walk.until(returning("accept4", "EAGAIN"))
    with walk.connect():
        assert end(walk) == 1
    struck = [(call, errno) for call, errno, _ in injected(walk)]
    assert struck == [
        ("accept4", "EINTR"),
        ("accept4", "EINTR"),
        ("accept4", "ECONNABORTED"),
        ("accept4", "ENFILE"),
    ]
    assert b": accept4: too many open files in system\n" in output(walk.events, 2)
    parks = [e for e in of(walk.events, FunctionEntered) if e.function == "runtime.gopark"]
    assert len(parks) == 1  # what is retried at once does not park


def test_a_poll_that_fails_is_the_end(start: Start) -> None:
    walk = start(Fault(errno="EBADF", at="pollReady"))
    assert end(walk) == 2
    said = b"runtime: epollwait on fd 5 failed with 9\nfatal error: runtime: netpoll failed\n"
    assert output(walk.events, 2) == said


def test_with_no_descriptor_to_spare_all_is_still_told(start: Start) -> None:
    walk = start(nofile=3)
    assert end(walk) == 1
    assert output(walk.events, 2) == b"listen tcp 127.0.0.1:0: socket: too many open files\n"
    assert injected(walk) == []


def test_a_limit_beyond_the_users_own_is_refused(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda which: (1024, 4096))
    with pytest.raises(CaptureError, match="this user may have 4096 at most"):
        start(nofile=5000)


def test_a_deadline_is_told_and_wakes_who_accepts(start: Start) -> None:
    walk = start(deadline_ms=300)
    assert end(walk) == 1
    address = f"127.0.0.1:{walk.port()}"
    assert output(walk.events, 2).decode() == f"accept tcp {address}: i/o timeout\n"
    set_ = next(e for e in of(walk.events, FunctionEntered) if e.mark == "setDeadline")
    assert set_.place == Place(None, Step.SET_DEADLINE)
    assert 0 < int(str(set_.arguments[1].value)) <= 300_000_000
    found = [event.function for event in of(walk.events, FunctionEntered)]
    assert found.index("runtime.gopark") < found.index("runtime.netpollgoready")
    slept = [e for e in of(walk.events, CallReturned) if e.call == "epoll_pwait"]
    assert 0 <= int(str(slept[0].arguments[3].value)) <= 300
    open_ = [event.function for event in check_spans(walk.events)]
    assert open_ == ["main.main", "main.mainWithOptions", "main.acceptLoop", "main.goOn"]


def test_the_hook_runs_between_socket_and_bind(start: Start) -> None:
    walk = start(control=("SO_REUSEPORT", "TCP_NODELAY"), backlog=7)
    walk.until(returning("accept4", "EAGAIN"))
    marks = [e.mark for e in of(walk.events, FunctionEntered) if e.mark in ("control", "bind")]
    assert marks == ["control", "bind"]
    hook = [e for e in of(walk.events, CallReturned) if e.step is Step.CONTROL]
    assert [e.call for e in hook] == ["setsockopt", "setsockopt"]
    listens = [e.arguments[1].value for e in of(walk.events, CallReturned) if e.call == "listen"]
    assert listens[1:] == [7]


def test_a_hook_that_fails_is_gos_error(start: Start) -> None:
    walk = start(Fault(errno="EPERM", at="control"), control=("SO_REUSEPORT",))
    assert end(walk) == 1
    text = b"listen tcp 127.0.0.1:0: setsockopt: operation not permitted\n"
    assert output(walk.events, 2) == text


def test_each_listener_has_a_goroutine(start: Start) -> None:
    walk = start(addresses=("127.0.0.1:0", "same"), control=("SO_REUSEPORT",))
    for _ in range(2):
        walk.until(returning("accept4", "EAGAIN"))
    walk.until(entering("epoll_pwait"))
    accepting = [e for e in of(walk.events, FunctionEntered) if e.mark == "accept"]
    assert [e.goroutine for e in accepting] == [1, 2]
    lines = output(walk.events, 1).decode().splitlines()
    assert len(set(lines)) == 1
    assert len(lines) == 2
    begun = [e.stage for e in walk.events if begins_stage(e)]
    assert begun.count(Stage.POLL_SERVER_INIT) == 1
    assert begun.count(Stage.BIND) == 2


def test_what_go_asks_of_the_machine_is_no_stage(start: Start) -> None:
    walk = start(addresses=(":0",))
    walk.until(returning("accept4", "EAGAIN"))
    begun = [e.stage for e in walk.events if begins_stage(e)]
    assert begun[:3] == [Stage.RESOLVE_ADDR_LIST, Stage.SYS_SOCKET, Stage.SET_DEFAULT_SOCKOPTS]
    probing = [e for e in of(walk.events, CallReturned) if e.step is Step.PROBE]
    assert [e.call for e in probing].count("socket") == 3
    assert {e.stage for e in probing} == {None}


def test_a_unix_socket_is_told_by_its_path(start: Start, tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    walk = start(network="unix", addresses=(path,), close_on="stop")
    walk.until(returning("accept4", "EAGAIN"))
    bound = next(e for e in of(walk.events, CallReturned) if e.call == "bind")
    assert bound.arguments[1].value == SocketAddress("AF_UNIX", path=path)
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path)
        client.sendall(b"stop")
        client.shutdown(socket.SHUT_WR)
        assert end(walk) == 0
    assert output(walk.events, 1).decode() == f'listening on {path}\n@ sent "stop"\n'
    assert not os.path.exists(path)
    stages = {event.stage for event in walk.events if begins_stage(event)}
    assert stages == {*Stage}


def test_a_path_that_is_too_long_is_gos_error(start: Start) -> None:
    path = "/" + "x" * 120
    walk = start(network="unix", addresses=(path,))
    assert end(walk) == 1
    assert output(walk.events, 2).decode() == f"listen unix {path}: bind: invalid argument\n"


def test_datagrams_are_read_where_they_were_bound(start: Start) -> None:
    walk = start(network="udp", program=Program.PACKET, reply="yes")
    walk.until(returning("recvfrom", "EAGAIN"))
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.settimeout(limit(20))
        client.connect(("127.0.0.1", walk.port()))
        client.send(b"hello")
        walk.until(returning("sendto"))
        assert client.recv(100) == b"yes"
    begun = [e.stage for e in walk.events if begins_stage(e)]
    assert begun == [
        Stage.RESOLVE_ADDR_LIST,
        Stage.SYS_SOCKET,
        Stage.SET_DEFAULT_SOCKOPTS,
        Stage.BIND,
        Stage.POLL_SERVER_INIT,
        Stage.POLL_OPEN,
    ]
    check_spans(walk.events)


def test_dialling_waits_until_it_can_write(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as peer:
        address = f"127.0.0.1:{peer.getsockname()[1]}"
        walk = start(addresses=(address,), program=Program.DIAL, reply="hi")
        walk.until(returning("connect", "EINPROGRESS"))
        connection, _ = peer.accept()
        with connection:
            walk.until(returning("write"))
            walk.until(returning("read", "EAGAIN"))
            assert connection.recv(100) == b"hi"
        assert end(walk) == 0
    said = f'connected to {address}\n{address} sent ""\n'
    assert output(walk.events, 1).decode() == said
    waits = [e for e in of(walk.events, FunctionEntered) if e.mark == "pollWait"]
    assert str(waits[0].arguments[1].value) == "Constant(name=\"'w'\", raw=119)"


def test_what_a_program_cannot_do_is_refused(start: Start) -> None:
    with pytest.raises(CaptureError, match=r"does not know server\.backlog"):
        start(program=Program.PACKET, network="udp", backlog=1)


def test_a_text_that_no_command_line_carries_is_refused(start: Start) -> None:
    before = os.listdir("/proc/self/fd")
    with pytest.raises(CaptureError, match="NUL"):
        start(reply="\0")
    assert os.listdir("/proc/self/fd") == before
