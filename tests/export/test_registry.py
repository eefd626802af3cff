"""A format is found by its file being there, and needs no other place to be listed in."""

import importlib
from pathlib import Path

import pytest

import walkthrough.export
from walkthrough.cli import main
from walkthrough.export.registry import export_format, formats, names

RECORDING = Path(__file__).parents[2] / "scenarios" / "first-connection" / "recording.jsonl"
COUNT = """
from walkthrough.export.registry import ExportFormat


def write(recording, out, *, payload):
    out.write(f"{sum(1 for _ in recording)} events\\n".encode())
    return "Nothing but their number: 100 %."


FORMAT = ExportFormat(summary="100 % of the events, counted", suffix=".count", write=write)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose modules stand in walkthrough/export as well."""
    monkeypatch.setattr(
        walkthrough.export, "__path__", [*walkthrough.export.__path__, str(tmp_path)]
    )
    return tmp_path


def added(folder: Path, name: str, content: str) -> None:
    # Each test has a name of its own: an imported module stays.
    (folder / f"{name}.py").write_text(content, "utf-8")
    importlib.invalidate_caches()


def test_every_module_of_the_package_describes_a_format() -> None:
    assert {"json", "strace"} <= set(names())
    for name, each in formats().items():
        assert each.summary, name
        assert each.suffix.startswith("."), name


def test_one_more_file_is_one_more_format(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = names()
    added(folder, "counted", COUNT)
    assert names() == tuple(sorted((*before, "counted")))
    with pytest.raises(SystemExit):
        main(["export", "--help"])
    assert "counted: 100 % of the events, counted" in " ".join(capsys.readouterr().out.split())
    assert main(["export", str(RECORDING), "--to", "counted"]) == 0
    said = capsys.readouterr()
    assert said.out == f"{len(RECORDING.read_text('utf-8').splitlines()) - 1} events\n"
    assert "Nothing but their number: 100 %." in said.err


def test_a_binary_format_is_not_printed_on_a_terminal(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    added(folder, "packed", COUNT.replace('".count"', '".packed", binary=True'))
    monkeypatch.chdir(folder)
    command = ["export", str(RECORDING), "--to", "packed"]
    assert main(command) == 0  # into a pipe
    assert capsys.readouterr().out
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert main(command) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "`-o recording.packed`" in said.err
    assert main([*command, "-o", "out.packed"]) == 0
    assert (folder / "out.packed").stat().st_size


def test_a_module_without_a_format_is_named(folder: Path) -> None:
    added(folder, "unfinished", "")
    with pytest.raises(TypeError, match=r"walkthrough/export/unfinished\.py has no FORMAT"):
        export_format("unfinished")
