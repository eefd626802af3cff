"""How a program was built: read from ELF files made here, with sections and without, damaged."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.made_elf import READ, WRITE, Part, elf, note
from tests.support.made_elf import build_info as made
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.ptrace.build_info import BuildInfo, build_ids, build_info
from walkthrough.capture.ptrace.elf_program import ElfProgram

SAID = (
    "path\texample.com/shop/cmd/server\nmod\texample.com/shop\tv1.2.3\th1:abc=\n"
    "dep\tgolang.org/x/net\tv0.33.0\th1:def=\nbuild\t-trimpath=true\nbuild\tGOOS=linux\n"
)
WHOLE = BuildInfo("go1.27.3", "example.com/shop/cmd/server", "example.com/shop", "v1.2.3")


def data(content: bytes, section: str = ".go.buildinfo") -> Part:
    return Part(content, 0x500000, section, flags=READ | WRITE)


def info_of(folder: Path, content: bytes) -> BuildInfo | None:
    file = folder / "server"
    file.write_bytes(content)
    with ElfProgram(file) as program:
        return build_info(program)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (elf(data(made())), BuildInfo("go1.27.3")),
        (elf(data(made(said=SAID))), WHOLE),
        (elf(data(made(said=SAID)), sections=False), WHOLE),
        (elf(data(bytes(48) + made(said=SAID), "")), None),  # it has sections, and none is Go's
        (elf(data(bytes(48) + made(said=SAID), ""), sections=False), WHOLE),
        (elf(data(made().replace(b"\x08\x02", b"\x08\0"))), BuildInfo("")),  # before go1.18
        (elf(data(made()[:36])), BuildInfo("")),  # cut short
        (elf(data(made(said="build\t-linkshared=true"))), BuildInfo("go1.27.3", shared=True)),
        (elf(Part(b"text", 0x400000, ".text")), None),
        (elf(Part(b"tables", 0x400000, ".gopclntab")), BuildInfo("")),
        (elf(Part(note(b"Go", 4, b"abc/def"), 0x400000, kind=4)), BuildInfo("")),
        (elf(), None),
    ],
)
def test_what_a_program_says(tmp_path: Path, content: bytes, said: BuildInfo | None) -> None:
    assert info_of(tmp_path, content) == said


def test_ids_are_those_of_go_and_of_the_linker(tmp_path: Path) -> None:
    notes = note(b"GNU", 1, b"abi") + note(b"GNU", 3, b"\1\2\3\4") + note(b"Go", 4, b"abc/def")
    (tmp_path / "server").write_bytes(elf(Part(notes, 0x400000, kind=4)))
    with ElfProgram(tmp_path / "server") as program:
        assert build_ids(program) == (b"\1\2\3\4", b"abc/def")


PROGRAM = elf(data(made(said=SAID)), Part(note(b"Go", 4, b"abc/def"), 0x400000, kind=4))


@given(
    changes=st.lists(
        st.tuples(st.integers(0, len(PROGRAM) - 1), st.integers(0, 255)), min_size=1, max_size=8
    ),
    cut=st.integers(0, 700),
)
def test_a_damaged_program_says_something_or_is_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]], cut: int
) -> None:
    content = bytearray(PROGRAM)
    for at, byte in changes:
        content[at] = byte
    folder, said = tmp_path_factory.getbasetemp(), None
    with contextlib.suppress(CaptureError):
        said = info_of(folder, bytes(content[: max(len(content) - cut, 0)]))
    assert said is None or len(said.go_version) <= 255
