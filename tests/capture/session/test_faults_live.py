"""Faults and limits on the Go server: what fails, what Go makes of it, what it prints."""

import re
import select
from pathlib import Path

import pytest

from tests.support.go_walk import Client, Walk, never, parked, printed, run, walk
from walkthrough.capture.ptrace.go_target import GoTarget
from walkthrough.capture.session.target import Arrival
from walkthrough.model.events import CallEntered, CallReturned, FunctionReturned, ProcessExited
from walkthrough.model.stages import Place, Stage, Step
from walkthrough.scenario.schema import Fault

pytestmark = pytest.mark.live

OPENED = Fault(errno="ENOSPC", at="pollOpen")


def injected(seen: Walk) -> list[CallReturned]:
    return [e for e in seen.events if isinstance(e, CallReturned) and e.injected]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault(errno="EMFILE", call="socket"), "socket: too many open files"),
        (Fault(errno="ENOPROTOOPT", call="setsockopt"), "setsockopt: protocol not available"),
        (Fault(errno="EADDRINUSE", call="bind"), "bind: address already in use"),
        (Fault(errno="EACCES", at="bind"), "bind: permission denied"),
        (Fault(errno="EADDRINUSE", at="listen"), "listen: address already in use"),
        (OPENED, "no space left on device"),
        (Fault(errno="ENOSPC", call="epoll_ctl", occurrence=4), "no space left on device"),
    ],
    ids=lambda value: f"{value.call}@{value.at}" if isinstance(value, Fault) else "",
)
def test_listening_fails_as_go_words_it(go_server: Path, fault: Fault, said: str) -> None:
    seen = walk(go_server, run(None, fault), never)
    assert seen.lines == [f"listen tcp 127.0.0.1:0: {said}"]
    assert seen.exit_code == 1
    (call,) = injected(seen)
    assert call.error is not None
    assert (call.error.name, call.result) == (fault.errno, -1)
    (line,) = (line for line in seen.calls if line.endswith(" (INJECTED)"))
    assert f" = -1 {fault.errno} (" in line


def test_the_kernel_never_sees_a_call_that_fails(go_server: Path) -> None:
    # were it bound after all, getsockname would tell a port that is not 0
    seen = walk(go_server, run(None, Fault(errno="EINTR", call="bind", times=1)), never)
    assert seen.lines == ["listen tcp 127.0.0.1:0: bind: interrupted system call"]
    assert seen.calls_of("close")[-1] == "close(3) = 0"
    # and what the listener's pollOpen did not add is not taken out again either
    seen = walk(go_server, run(None, OPENED), never)
    assert [line for line in seen.calls_of("epoll_ctl") if "DEL, 3" in line] == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault(errno="ENOSPC", call="epoll_ctl", occurrence=2),  # the somaxconn file's
        Fault(errno="ENOBUFS", call="getsockname"),
        Fault(errno="EACCES", call="openat"),
    ],
    ids=lambda fault: fault.call,
)
def test_some_errors_stay_without_effect(go_server: Path, fault: Fault) -> None:
    seen = walk(go_server, run(None, fault))
    assert [call.call for call in injected(seen)] == [fault.call]
    (line,) = seen.lines
    assert line.startswith("listening on ")
    backlog = "128" if fault.call == "openat" else r"\d+"
    assert re.fullmatch(rf"listen\(3, {backlog}\) = 0", seen.calls_of("listen")[0])


def test_without_a_poller_the_process_dies(go_server: Path) -> None:
    seen = walk(go_server, run(None, Fault(errno="EMFILE", at="pollServerInit")), never)
    assert "fatal error: runtime: netpollinit failed" in seen.lines
    assert seen.exit_code == 2
    assert [call.call for call in injected(seen)] == ["epoll_create1"]


@pytest.mark.parametrize("errno", ["EINTR", "ECONNABORTED"])
def test_accept_tries_again_at_once(go_server: Path, errno: str) -> None:
    client = Client()
    fault = Fault(errno=errno, call="accept4", times=2)
    seen = walk(go_server, run(None, fault), printed("sent"), client)
    tries = [line.rpartition(" = ")[2].split(" (")[0] for line in seen.calls_of("accept4")]
    assert tries[:3] == [f"-1 {errno}", f"-1 {errno}", "4"]
    parks = [e for e in seen.events if parked(e) and e.stage is Stage.ACCEPT]
    first = next(e for e in seen.events if isinstance(e, CallReturned) and e.result == 4)
    assert all(e.time_ns > first.time_ns for e in parks)
    assert any(line.endswith('sent "hello\\n"') for line in seen.lines)
    client.answers()


@pytest.mark.parametrize(
    ("errno", "said"),
    [("EMFILE", "too many open files"), ("ENFILE", "too many open files in system")],
)
def test_accept_gives_up_without_descriptors(go_server: Path, errno: str, said: str) -> None:
    seen = walk(go_server, run(None, Fault(errno=errno, at="accept", call="accept4")), never)
    address = seen.lines[0].removeprefix("listening on ")
    assert seen.lines[1:] == [f"accept tcp {address}: accept4: {said}"]
    assert seen.exit_code == 1
    (call,) = injected(seen)
    assert call.place == Place(Stage.ACCEPT, Step.ACCEPT4)


def test_several_faults_each_take_their_call(go_server: Path) -> None:
    quiet = Fault(errno="ENOSPC", call="epoll_ctl", occurrence=2)
    aborted = Fault(errno="ECONNABORTED", at="accept4", occurrence=1)
    full = Fault(errno="EMFILE", at="accept4", occurrence=2)
    seen = walk(go_server, run(None, quiet, aborted, full), never)
    found = [(call.call, call.error.name) for call in injected(seen) if call.error is not None]
    assert found == [("epoll_ctl", "ENOSPC"), ("accept4", "ECONNABORTED"), ("accept4", "EMFILE")]
    assert seen.lines[1].endswith("accept4: too many open files")


def test_a_fault_counts_over_all_goroutines(go_server: Path) -> None:
    # two listeners, two goroutines, each tries accept4 once: the second try in the process fails
    fault = Fault(errno="EMFILE", call="accept4", occurrence=2)
    seen = walk(go_server, run(None, fault, addresses=("127.0.0.1:0", "127.0.0.1:0")), never)
    tries = [e for e in seen.events if isinstance(e, CallReturned) and e.call == "accept4"]
    assert [e.injected for e in tries] == [False, True]
    assert len({e.goroutine for e in tries}) == 2
    assert seen.exit_code == 1


def test_a_call_fails_in_a_stepped_walk_as_well(go_server: Path) -> None:
    """Halted at the call's entry, with nothing decided by time, the fault is in place already."""
    target = GoTarget(go_server, run(None, Fault(errno="EADDRINUSE", at="listen")))
    found: list[object] = []
    try:
        target.start()
        while target.alive():
            select.select(target.descriptors(), (), (), 1.0)
            for arrival in target.arrivals():
                found.append(arrival.event)
                if isinstance(arrival.event, CallEntered) and arrival.event.call == "listen":
                    assert quiet_while_held(target, arrival) == []
                if arrival.token is not None:
                    target.release(arrival.token)
    finally:
        target.close()
    call = next(e for e in found if isinstance(e, CallReturned) and e.call == "listen")
    function = next(e for e in found if isinstance(e, FunctionReturned) and e.mark == "listen")
    assert call.injected
    assert function.failed
    assert any(isinstance(e, ProcessExited) and e.code == 1 for e in found)


def quiet_while_held(target: GoTarget, held: Arrival) -> list[Arrival]:
    """Return what the thread that is held does meanwhile."""
    select.select(target.descriptors(), (), (), 0.05)
    return [each for each in target.arrivals() if each.event.thread == held.event.thread]


@pytest.mark.parametrize(
    ("nofile", "said", "status"),
    [
        (3, "listen tcp 127.0.0.1:0: socket: too many open files", 1),
        (5, "fatal error: runtime: netpollinit failed", 2),
    ],
)
def test_a_limit_is_there_from_the_first_instruction(
    go_server: Path, nofile: int, said: str, status: int
) -> None:
    seen = walk(go_server, run(nofile=nofile), never)
    assert said in seen.lines
    assert seen.exit_code == status
    assert injected(seen) == []


def test_the_second_connection_finds_no_descriptor(go_server: Path) -> None:
    clients = [Client(), Client()]

    def both(address: str) -> None:
        for client in clients:
            client(address)

    # 0 to 2, the listener, the poller's two; and 4, free again once somaxconn has been read
    seen = walk(go_server, run(nofile=7), never, both)
    tries = [line.rpartition(" = ")[2] for line in seen.calls_of("accept4")]
    assert tries == ["4", "-1 EMFILE (Too many open files)"]
    assert any(line.endswith("accept4: too many open files") for line in seen.lines)
    assert seen.exit_code == 1
