"""Which source a scenario's Go program is built from."""

from pathlib import Path

import pytest

from walkthrough.capture.environment.go_build import (
    ProgramSource,
    digest,
    has_own_program,
    read,
    source_in,
    source_of,
    write,
)
from walkthrough.capture.errors import CaptureError
from walkthrough.i18n.texts import Texts
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.schema import End, Program, Scenario, ServerOptions

WORDS = Texts({"en": "x", "zh": "x"})


def scenario(name: str = "x", program: Program = Program.ACCEPT, go: str = "") -> Scenario:
    return Scenario(
        name=name,
        title=WORDS,
        summary=WORDS,
        network="tcp",
        address="127.0.0.1:0",
        end=End(when="server idle"),
        server=ServerOptions(program=program, go=go),
    )


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of scenarios, of which ``own`` has a program."""
    server = tmp_path / "server"
    for folder in (server, server / "packet", tmp_path / "own", tmp_path / "x"):
        folder.mkdir()
        (folder / "main.go").write_text(f"package main // {folder.name}\n")
    (tmp_path / "x" / "main.go").unlink()
    (server / "go.mod").write_text("module walkthrough.example/server\n\ngo 1.21\n")
    monkeypatch.setattr(scenarios, "folder", lambda: tmp_path)
    monkeypatch.setattr(scenarios, "find", lambda name: tmp_path / name)
    return tmp_path


def go_mod(source: ProgramSource) -> str:
    return read(source)["go.mod"].decode()


def test_the_shared_program_is_built_as_it_lies_there(home: Path) -> None:
    source = source_of(scenario())
    assert source == source_in(home / "server") == source_in(home / "server" / "main.go")
    assert sorted(read(source)) == ["go.mod", "main.go"]
    assert go_mod(source) == "module walkthrough.example/server\n\ngo 1.21\n"


def test_a_variant_is_a_module_of_its_own(home: Path) -> None:
    source = source_of(scenario(program=Program.PACKET))
    assert read(source)["main.go"] == b"package main // packet\n"
    assert go_mod(source) == "module walkthrough.example/scenarios/server/packet\n\ngo 1.21\n"


def test_the_language_version_can_be_another(home: Path) -> None:
    found = [source_of(scenario(go=go)) for go in ("", "1.24")]
    assert go_mod(found[1]) == "module walkthrough.example/server\n\ngo 1.24\n"
    assert digest(read(found[0])) != digest(read(found[1]))


@pytest.mark.parametrize(
    ("text", "go", "expected"),
    [
        (None, "", "module {own}\n\ngo 1.21\n"),
        (None, "1.24", "module {own}\n\ngo 1.24\n"),
        (
            "// mine\n\n\tmodule me.test/x // so\ngo 1.23.1\n\ngodebug x=1\n",
            "",
            "// mine\n\nmodule {own}\ngo 1.23.1\n\ngodebug x=1\n",
        ),
        ("godebug x=1\n", "1.25", "module {own}\n\ngodebug x=1\n\ngo 1.25\n"),
    ],
)
def test_a_program_of_the_scenarios_own(
    home: Path, text: str | None, go: str, expected: str
) -> None:
    if text is not None:
        (home / "own" / "go.mod").write_text(text)
    source = source_of(scenario("own", Program.DIAL, go))
    assert (has_own_program(scenario("own")), has_own_program(scenario("x"))) == (True, False)
    assert read(source)["main.go"] == b"package main // own\n"
    assert go_mod(source) == expected.format(own="walkthrough.example/scenarios/own")
    assert str(source.whose) == "The main.go of own"


def test_what_is_read_can_be_written(home: Path, tmp_path: Path) -> None:
    files = read(source_of(scenario()))
    copy = tmp_path / "copy"
    copy.mkdir()
    write(files, copy)
    assert {path.name: path.read_bytes() for path in copy.iterdir()} == files


def test_a_folder_without_source_is_named(home: Path) -> None:
    with pytest.raises(CaptureError, match="There is no Go source in"):
        read(ProgramSource(home / "x", home / "server" / "go.mod"))
    with pytest.raises(CaptureError, match="Cannot read"):
        read(ProgramSource(home / "gone", home / "server" / "go.mod"))


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"main.go": "package foo"}, "main.go says package foo; it must be package main."),
        ({"a.go": "package a", "main.go": "package b"}, "main.go says package b;"),
        ({"main.go": "// package main\n\npackage foo_test // so"}, "says package foo_test;"),
        ({"main.go": "package main"}, ""),
        ({"main.go": "/*\npackage old\n*/\npackage main"}, ""),
        ({"main.go": "hello"}, ""),  # the compiler says it better
    ],
)
def test_another_package_is_named(home: Path, files: dict[str, str], said: str) -> None:
    for name, content in files.items():
        (home / "x" / name).write_text(content)
    source = source_of(scenario("x"))
    if said:
        with pytest.raises(CaptureError, match=rf"The main\.go of x is no program: .*{said}"):
            read(source)
    else:
        assert set(read(source)) == {*files, "go.mod"}
