"""Analyses are kept by what a program is, and never used for another one."""

import os
import struct
from pathlib import Path

import pytest

from tests.support.made_elf import CODE, READ, Part, elf
from tests.support.made_go import USUAL, function, go_program
from walkthrough.capture.environment import program_cache
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.ptrace import binary, program_analysis
from walkthrough.capture.ptrace.binary import BinaryAnalysis, UnreadableGoError
from walkthrough.capture.ptrace.program_analysis import FOLDER, MOST_KEPT, analyse_program

CHANGED = (
    *USUAL[:1],
    USUAL[1]._replace(code=b"\x90" + USUAL[1].code[:-3] + b"\x90\xc3"),
    *USUAL[2:],
)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "walkthrough" / FOLDER


def program(folder: Path, content: bytes, name: str = "server") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def analysed(path: Path) -> BinaryAnalysis:
    found = analyse_program(path)
    assert found is not None
    return found


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Notes each time that a program is read, and not taken from the cache."""
    done: list[str] = []
    analyse = binary.analyse

    def noted(*given: object) -> BinaryAnalysis:
        done.append("read")
        return analyse(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(binary, "analyse", noted)
    return done


def test_what_is_kept_is_what_was_read(cache: Path, tmp_path: Path, reads: list[str]) -> None:
    path = program(tmp_path, go_program())
    first = analysed(path)
    assert analysed(path) == first
    assert {each.name for each in first.functions} >= {"main.main", "net.Listen"}
    assert reads == ["read"]
    assert len([*cache.glob("*.msgpack")]) == 1


def test_another_program_with_the_same_ids_is_read_anew(
    cache: Path, tmp_path: Path, reads: list[str]
) -> None:
    path = program(tmp_path, go_program())
    first = analysed(path)
    path.unlink()
    second = analysed(program(tmp_path, go_program(functions=CHANGED)))
    assert reads == ["read", "read"]
    assert first.functions[0].shape.entry != second.functions[0].shape.entry


def test_the_open_file_counts_and_not_what_its_path_leads_to(cache: Path, tmp_path: Path) -> None:
    path = program(tmp_path, go_program())
    with path.open("rb") as opened:
        os.replace(program(tmp_path, go_program("go1.24.3"), "newer"), path)
        assert analysed(Path(f"/proc/self/fd/{opened.fileno()}")).go_version == "go1.27.3"
        assert analysed(path).go_version == "go1.24.3"


@pytest.mark.parametrize("content", [b"", b"garbage", b"\x80"])
def test_a_damaged_cache_only_takes_longer(
    cache: Path, tmp_path: Path, reads: list[str], content: bytes
) -> None:
    path = program(tmp_path, go_program())
    first = analysed(path)
    for kept in cache.glob("*.msgpack"):
        kept.write_bytes(content)
    assert analysed(path) == first
    assert len(reads) == 2


def test_no_room_in_the_cache_only_takes_longer(
    cache: Path, tmp_path: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(folder: object, prefix: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(program_analysis, "TemporaryFolder", full)
    path = program(tmp_path, go_program())
    assert analysed(path) == analysed(path)
    assert len(reads) == 2


def test_nothing_is_read_from_a_folder_that_others_may_write_to(
    cache: Path, tmp_path: Path, reads: list[str]
) -> None:
    path = program(tmp_path, go_program())
    analysed(path)
    cache.chmod(0o777)
    analysed(path)
    assert len(reads) == 2


def test_the_oldest_are_removed(cache: Path, tmp_path: Path) -> None:
    program_cache.writable()
    cache.mkdir(mode=0o700)
    for number in range(MOST_KEPT + 3):
        kept = cache / f"{number:032x}.msgpack"
        kept.write_bytes(b"")
        os.utime(kept, (number, number))
    analysed(program(tmp_path, go_program()))
    left = sorted(each.name for each in cache.glob("*.msgpack"))
    assert len(left) == MOST_KEPT
    assert f"{3:032x}.msgpack" not in left
    assert f"{4:032x}.msgpack" in left


def test_a_program_of_another_language_has_none(cache: Path, tmp_path: Path) -> None:
    assert analyse_program(program(tmp_path, elf(Part(b"code", 0x400000, ".text")))) is None
    assert not cache.exists()


TOO_LARGE = struct.pack("<Q", 1 << 40)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"#!/bin/sh\n".ljust(64), "is not an ELF program"),
        (b"", "is not an ELF program"),
        (elf()[:16] + b"\1" + elf()[17:], "is not an ELF program"),  # an object file
        (elf()[:40], "is a damaged ELF program: build or install it again."),
        (elf(Part(b"x", 0x400000))[:100], "is a damaged ELF program"),
        (elf().replace(b"\x7fELF\x02", b"\x7fELF\x01"), "is a 32-bit program"),
        (elf(machine=243), "is a program for riscv"),
        (elf(machine=183), "GOARCH="),
    ],
)
def test_what_cannot_be_traced_is_a_sentence(
    cache: Path, tmp_path: Path, content: bytes, said: str
) -> None:
    with pytest.raises(CaptureError, match=said) as caught:
        analyse_program(program(tmp_path, content))
    assert not isinstance(caught.value, UnreadableGoError)


def test_a_go_without_a_known_place_of_goroutine_ids_is_a_sentence(
    cache: Path, tmp_path: Path
) -> None:
    with pytest.raises(UnreadableGoError, match="of which it is not known"):
        analyse_program(program(tmp_path, go_program("go1.99.0")))


def test_a_large_program_is_not_read_whole(cache: Path, tmp_path: Path) -> None:
    """300 MB of which nothing is asked for: more than this process may read of a file at once."""
    filled = go_program(functions=(*USUAL, function("main.more", "/home/ada/shop/more.go", 3)))
    path = program(tmp_path, filled)
    with path.open("r+b") as file:
        file.truncate(300 << 20)
    assert "main.more" in {each.name for each in analysed(path).functions}


def test_code_that_lies_beyond_the_file_is_a_sentence(cache: Path, tmp_path: Path) -> None:
    content = elf(Part(b"\xcc" * 16, 0x401000, ".text", flags=READ | CODE))
    path = program(tmp_path, content.replace(struct.pack("<QQ", 16, 16), TOO_LARGE * 2))
    assert analyse_program(path) is None
