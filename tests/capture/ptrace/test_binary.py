"""What is found in Go programs of each format: functions, lines, inlined calls, types."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.made_elf import Part, elf
from tests.support.made_go import TEXT, TYPES, USUAL, function, go_program
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.ptrace.binary import BinaryAnalysis, UnreadableGoError, analyse
from walkthrough.capture.ptrace.build_info import build_info
from walkthrough.capture.ptrace.elf_program import ElfProgram
from walkthrough.model.events import SourcePlace, Unobserved

NAMES = ("main.*", "net.Listen", "net.leaf", "net.Dial", "sync.(*Once).Do", "-main.main")
VERSIONS = ("go1.19.8", "go1.20.1", "go1.24.3", "go1.26.0", "go1.27.3 X:nodwarf5")


def analysed(path: Path, content: bytes, names: tuple[str, ...] = NAMES) -> BinaryAnalysis:
    path.write_bytes(content)
    with ElfProgram(path) as program:
        info = build_info(program)
        assert info is not None
        return analyse(program, info, names, 152)


@pytest.mark.parametrize("sections", [True, False])
@pytest.mark.parametrize("relocatable", [False, True])
@pytest.mark.parametrize("version", VERSIONS)
def test_the_same_is_found_in_every_format(
    tmp_path: Path, version: str, relocatable: bool, sections: bool
) -> None:
    made = go_program(version, relocatable=relocatable, sections=sections)
    found = analysed(tmp_path / "server", made)
    assert (found.go_version, found.types, found.goid_offset) == (version, TYPES, 152)
    assert [each.name for each in found.functions] == ["net.Listen", "main.serve"]
    assert found.unobserved == (
        Unobserved("net.leaf", "frameless"),
        Unobserved("net.Dial", "absent"),
        Unobserved("sync.(*Once).Do", "inlined"),
    )
    assert (found.module, found.module_folder) == ("example.com/shop", "/home/ada/shop")
    listen, serve = found.functions
    assert (listen.low, listen.high) == (TEXT + 16, TEXT + 32)
    assert (listen.shape.entry, listen.shape.returns) == (TEXT + 16, (TEXT + 29,))
    places = [found.line(listen, listen.low + at) for at in (0, 4, 6, 10, 13)]
    assert places == [
        SourcePlace("net/dial.go", 790),
        SourcePlace("sync/once.go", 70),
        SourcePlace("sync/once.go", 78),
        SourcePlace("net/dial.go", 795),
        SourcePlace("net/dial.go", 795),
    ]
    own = [found.own_line(listen, listen.low + at) for at in (3, 4, 9, 10)]
    dial = [SourcePlace("net/dial.go", line) for line in (790, 790, 790, 795)]
    assert own == dial  # the second call was inlined into the first, which stands at line 790
    assert found.line(serve, serve.low) == SourcePlace("example.com/shop/main.go", 30)


def test_a_name_that_was_first_inlined_is_still_that_of_a_function(tmp_path: Path) -> None:
    once = function("sync.(*Once).Do", "/opt/go/src/sync/once.go", 60)
    found = analysed(tmp_path / "server", go_program(functions=(*USUAL, once)))
    assert "sync.(*Once).Do" in {each.name for each in found.functions}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (go_program("go1.18.1"), "was built with go1.18.1: functions can be seen from Go 1.19 on"),
        (go_program().replace(b"go1.27.3", b"go0.00.0"), "does not say by which"),
        (go_program().replace(b"\xf1\xff\xff\xff\0\0\1\x08", b"garbled!"), "packed or obfuscated"),
        (go_program(functions=USUAL[1:]), "from a shared library"),
        (elf(Part(b"\xfb\xff\xff\xff\0\0\1\x08", 0x500000, ".gopclntab")), "with an old Go: funct"),
    ],
)
def test_what_cannot_be_read_is_a_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(UnreadableGoError, match=said):
        analysed(tmp_path / "server", content)


WHOLE = [go_program(version, relocatable=version != VERSIONS[-1]) for version in VERSIONS[1::2]]


@settings(max_examples=60)
@given(
    which=st.sampled_from(range(len(WHOLE))),
    changes=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=12
    ),
    kept=st.floats(0, 1),
)
def test_a_damaged_program_is_a_sentence_or_an_analysis(
    tmp_path_factory: pytest.TempPathFactory,
    which: int,
    changes: list[tuple[float, int]],
    kept: float,
) -> None:
    content = bytearray(WHOLE[which])
    for at, byte in changes:
        content[int(at * len(content))] = byte
    if not changes:
        del content[int(kept * len(content)) :]
    path = tmp_path_factory.getbasetemp() / "server"
    path.write_bytes(content)
    with contextlib.suppress(CaptureError), ElfProgram(path) as program:
        if info := build_info(program):
            analyse(program, info, NAMES, 152)


def test_a_program_that_is_cut_short_anywhere_is_a_sentence_or_an_analysis(tmp_path: Path) -> None:
    content = go_program("go1.24.3", relocatable=True)
    outcomes = set()
    for size in range(0, len(content), 31):
        path = tmp_path / "server"
        path.write_bytes(content[:size])
        try:
            with ElfProgram(path) as program:
                info = build_info(program)
                outcomes.add("analysed" if info and analyse(program, info, NAMES, 152) else "none")
        except CaptureError as error:
            outcomes.add(f"{type(error).__name__}{str(error)[-1]}")
    assert outcomes >= {"analysed", "CaptureError.", "UnreadableGoError."}
    assert all(each.endswith((".", "analysed", "none")) for each in outcomes)
