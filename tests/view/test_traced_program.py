"""What is said of a traced program: names are hostile, and a command is safe to type."""

import shlex

import pytest

from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.events import Header, TracedProgram
from walkthrough.model.kernel_state import KernelState, SocketState
from walkthrough.model.values import SocketAddress
from walkthrough.state.world import ProcessView, World
from walkthrough.view.text import width_of
from walkthrough.view.traced_program import (
    TracedWalk,
    connect_command,
    description,
    halted,
    no_clients,
    nothing_to_release,
    program_bar_rows,
    program_name,
    waits,
)

EN = catalogue("en")


def kernel(process: int = 0, /, **local: object) -> KernelState:
    address = SocketAddress(**local)  # type: ignore[arg-type]
    listener = SocketState(
        owner="server",
        family=address.family,
        type="SOCK_STREAM",
        protocol="TCP",
        state="LISTEN",
        local=address,
    )
    return KernelState(sockets=(listener,), process=process)


@pytest.mark.parametrize(
    ("address", "command"),
    [
        ({"family": "AF_INET", "host": "0.0.0.0", "port": 80}, "nc 127.0.0.1 80"),
        ({"family": "AF_INET", "host": "10.0.0.7", "port": 80}, "nc 10.0.0.7 80"),
        ({"family": "AF_INET6", "host": "::", "port": 8080}, "nc ::1 8080"),
        ({"family": "AF_UNIX", "path": "/run/a b.sock"}, "nc -U '/run/a b.sock'"),
        ({"family": "AF_UNIX", "path": "\0abstract"}, ""),
        ({"family": "AF_UNIX", "path": "/run/\x1b[2J"}, ""),
        ({"family": "AF_UNIX", "path": "/" + "x" * 80}, ""),
    ],
)
def test_a_command_connects_to_the_listener(address: dict[str, object], command: str) -> None:
    assert connect_command(World(kernel=kernel(**address))) == command
    assert shlex.join(shlex.split(command)) == command


def test_there_is_none_without_a_listener() -> None:
    assert connect_command(World()) == connect_command(World(kernel=KernelState())) == ""


def test_another_process_may_be_the_one_that_listens() -> None:
    views = {
        0: kernel(family="AF_INET", host="127.0.0.1", port=22),
        8: KernelState(process=8),
        9: kernel(9, family="AF_INET", host="127.0.0.1", port=6010),
    }
    processes = {pid: ProcessView(pid, alive=pid != 9) for pid in (9, 7, 8)}
    world = World(kernel=views[8], kernels=views, processes=processes, first=7, process=8)
    assert connect_command(world) == "nc 127.0.0.1 22"


def header(**program: object) -> Header:
    traced = TracedProgram(path="/srv/bad\x1b[2J\u202ename", **program)  # type: ignore[arg-type]
    return Header(pid=7, program=traced)


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (("redis-server", "--port", "1"), "redis-server"),
        (("./a/shop",), "shop"),
        (("nginx: master process /usr/sbin/nginx",), "nginx"),
        (("",), "redis-check-rdb"),
        (("x" * 99,), "x" * 64),
    ],
)
def test_it_is_called_as_it_was_started(command: tuple[str, ...], name: str) -> None:
    program = TracedProgram(path="/usr/bin/redis-check-rdb")
    assert program_name(Header(command=command, program=program)) == name


def test_it_is_described_safely() -> None:
    name = program_name(header())
    assert name.isprintable()
    assert program_name(Header(scenario="first-connection")) == ""
    said = description(header(origin="attached", only="accept"), EN, live=True)
    assert (
        said == f"{name} (pid 7) ran before, and runs on when you leave · only accept is followed"
    )
    launched = description(header(), EN, live=True)
    assert launched.startswith(f"{name} (pid 7) was launched here, and ends when you leave")
    assert "to be traced" in description(header(only="all"), EN, live=False)


def test_its_state_says_what_helps() -> None:
    known, unknown = TracedWalk("nc ::1 80"), TracedWalk()
    for said in (no_clients, nothing_to_release):
        assert "(nc ::1 80)" in said(known, EN)
        assert "another terminal" in said(unknown, EN)
    assert waits(known, EN) == "waiting: connect from another terminal"
    assert waits(known, EN, short=True) == waits(unknown, EN) == "waiting"
    assert halted(TracedWalk(), EN) == "halted"
    assert halted(TracedWalk(halt_left=9), EN) == "halted, runs on in 9 s"
    assert halted(TracedWalk(attached=True, halt_left=0), EN) == "halted, detached in 0 s"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_bar_fits(language: str) -> None:
    tr = catalogue(language)
    for width in (20, 80, 120):
        for traced in (None, TracedWalk(), TracedWalk("nc 127.0.0.1 8080")):
            for height in (1, 2, 3):
                rows = program_bar_rows(header(), traced, tr, width, height)
                assert len(rows) <= height
                assert all(width_of(row) <= width for row in rows)
    (_, second) = program_bar_rows(header(), TracedWalk("nc 127.0.0.1 8080"), tr, 80, 2)
    assert "nc 127.0.0.1 8080" in "".join(piece.text for piece in second)
