"""``--source``: where the source of a traced program is looked for."""

from pathlib import Path

import pytest

from tests.support.made_go import go_program
from walkthrough.cli import main
from walkthrough.cli.commands import lesson_for_here
from walkthrough.cli.source_option import source_folders, sources_of
from walkthrough.model.events import Header, SourcePlace, TracedProgram


@pytest.mark.parametrize(
    "words", [["trace", "--source", "gone", "--", "true"], ["--source", "gone"]]
)
def test_what_is_no_folder_is_refused(
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERM", "xterm")
    for stream in ("stdin", "stdout"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True)
    assert main(words) == 2
    assert "gone is no folder: name one that has the program's source" in capsys.readouterr().err


def test_folders_are_taken_as_they_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shop").mkdir()
    monkeypatch.chdir(tmp_path)
    assert source_folders(["shop"]) == (Path("shop"),)
    sources = sources_of(TracedProgram(path="/nowhere"), source_folders(["shop", "."]))
    assert sources.folders == (tmp_path / "shop", tmp_path)


def program(folder: Path, content: bytes) -> TracedProgram:
    (folder / "server").write_bytes(content)
    return TracedProgram(path=str(folder / "server"), language="go")


def test_a_program_says_where_it_was_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    found = sources_of(program(tmp_path, go_program()), ())
    assert (found.module, found.module_folder) == ("example.com/shop", Path("/home/ada/shop"))


@pytest.mark.parametrize("path", ["/nowhere", "", "/proc/self/mem", "a\0b", "/"])
def test_a_program_that_is_gone_says_nothing(path: str) -> None:
    found = sources_of(TracedProgram(path=path, language="go"), ())
    assert (found.module, found.module_folder) == ("", None)


def test_the_lesson_of_a_traced_program_has_its_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "main.go").write_text("package main // ours\n")
    header = Header(server="go", go_version="go1.27.3", program=program(tmp_path, go_program()))
    place = SourcePlace("example.com/shop/main.go", 1)
    assert lesson_for_here(header, (tmp_path,)).source_of(place) == ("package main // ours",)
    assert lesson_for_here(header).source_of(place) == ()
