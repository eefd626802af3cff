"""A Go program without symbols, sections or a fixed address shows what the usual build shows."""

import struct
from pathlib import Path

import pytest

from tests.support.go_walk import Client, Walk, run, walk
from walkthrough.capture.environment.go_build import source_in
from walkthrough.capture.environment.go_toolchain import FLAGS, build_server, find_go
from walkthrough.capture.ptrace.program_analysis import analyse_program
from walkthrough.capture.ptrace.traced_functions import traced_functions
from walkthrough.model.events import FunctionEntered
from walkthrough.scenario.loader import server_folder

pytestmark = pytest.mark.live

STRIPPED = (*FLAGS, "-buildmode=pie", "-ldflags=-s -w")
_SECTIONS, _COUNT = 40, 60  # in Elf64_Ehdr: e_shoff; e_shnum and e_shstrndx


@pytest.fixture(scope="module")
def position_independent(go_server: Path) -> Path:
    """The server, stripped and position-independent."""
    return build_server(find_go(), source_in(server_folder()), lambda line: None, STRIPPED)


@pytest.fixture(scope="module")
def without_sections(go_server: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The server without section headers, as packers and sstrip(1) leave a program."""
    content = bytearray(go_server.read_bytes())
    struct.pack_into("<Q", content, _SECTIONS, 0)
    struct.pack_into("<HH", content, _COUNT, 0, 0)
    program = tmp_path_factory.mktemp("stripped") / "server"
    program.write_bytes(content)
    program.chmod(0o700)
    return program


def served(program: Path) -> Walk:
    """Walk until the accepting goroutine parks, having accepted a client."""
    return walk(program, run(), at_address=Client())


def told(one: Walk) -> list[tuple[object, ...]]:
    """Return what the listening goroutine does, but for addresses and what the runtime decides."""
    first = next(each.goroutine for each in one.events if isinstance(each, FunctionEntered))
    return [
        (each.function, each.stage, each.source, [type(a.value).__name__ for a in each.arguments])
        for each in one.events
        if isinstance(each, FunctionEntered) and each.goroutine == first
    ]


@pytest.mark.parametrize("build", ["position_independent", "without_sections"])
def test_a_stripped_program_shows_what_the_usual_build_shows(
    go_server: Path, build: str, request: pytest.FixtureRequest
) -> None:
    program = request.getfixturevalue(build)
    usual, stripped = served(go_server), served(program)
    assert stripped.stages == usual.stages
    assert len(usual.stages) > 7
    assert told(stripped) == told(usual)
    assert stripped.header.unobserved == usual.header.unobserved
    for name in ("bind", "listen", "epoll_create1", "accept4"):
        assert len(stripped.calls_of(name)) == len(usual.calls_of(name)) > 0
    (accepted, *_) = stripped.entered("net.newTCPConn")
    assert accepted.source == usual.entered("net.newTCPConn")[0].source


def test_the_analysis_has_the_addresses_of_the_file(
    position_independent: Path, go_server: Path
) -> None:
    moved, usual = (
        analyse_program(program, traced_functions) for program in (position_independent, go_server)
    )
    assert moved is not None
    assert usual is not None
    assert {each.name for each in moved.functions} == {each.name for each in usual.functions}
    assert moved.types > moved.functions[0].low > 0
