"""CONTRIBUTING.md's examples work as they stand there."""

import importlib
import io
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
from textual.app import App, ComposeResult

import walkthrough.export
from walkthrough.export.registry import export_format
from walkthrough.i18n.catalogue import catalogue
from walkthrough.recording.file import load
from walkthrough.state.history import History
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.panes import registry
from walkthrough.view.step import step_at

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
RECORDING = ROOT / "scenarios" / "first-connection" / "recording.jsonl"


def block(heading: str, language: str, number: int = 0) -> str:
    """Return a code block below a heading, without the indentation of its list."""
    section = re.split(r"^## ", PAGE.split(f"\n## {heading}\n")[1], maxsplit=1, flags=re.M)[0]
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", section, re.M | re.S)
    indent, code = found[number]
    return re.sub(f"^{indent}", "", code, flags=re.M)


def test_the_export_format_writes_a_line_for_each_stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = [*walkthrough.export.__path__, str(tmp_path)]
    monkeypatch.setattr(walkthrough.export, "__path__", path)
    (tmp_path / "stages_of_contributing.py").write_text(block("Add an export format", "python"))
    importlib.invalidate_caches()
    written = export_format("stages_of_contributing")
    out = io.BytesIO()
    assert written.write(load(RECORDING), out, payload=True) == ""
    names = [line.split()[1] for line in out.getvalue().decode().splitlines()]
    assert names[:3] == ["resolveAddrList", "sysSocket", "setDefaultSockopts"]


def module(name: str, code: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    made = ModuleType(name)
    monkeypatch.setitem(sys.modules, name, made)
    exec(code, made.__dict__)
    return made


async def test_the_pane_draws_what_its_view_says(monkeypatch: pytest.MonkeyPatch) -> None:
    view = module("walkthrough.view.open_files", block("Add a pane", "python"), monkeypatch)
    widgets = module("open_files", block("Add a pane", "python", 1), monkeypatch)
    descriptor = eval(
        block("Add a pane", "python", 2).strip(),
        {**vars(registry), "_open_files_pane": widgets.OpenFilesPane},
    )
    history = History.load(load(RECORDING))
    step = step_at(history, len(history) // 2, None, catalogue("en"))
    assert step.world.kernel is not None
    count = step.world.kernel.count_descriptors()
    assert count > 1
    (row,) = view.open_file_rows(step, 40)
    assert "".join(piece.text for piece in row) == f"{count} files are open"

    pane = descriptor.widget()
    pane.key = descriptor.key
    assert descriptor.id == pane.id

    class Alone(App[None]):
        COMPONENT_CLASSES = WalkthroughApp.COMPONENT_CLASSES  # the kinds of text

        def compose(self) -> ComposeResult:
            yield pane

    async with Alone().run_test(size=(40, 10)) as pilot:
        pane.show(step)
        await pilot.pause()
        assert pane.row(0) == row
        assert pane.border_title == "8 Open files"


def test_all_that_it_names_is_there() -> None:
    """Paths in code, but those that a recipe has its reader write."""
    written = {"stages", "open_files", "locale/de"}
    named = set(re.findall(r"`((?:walkthrough|tests|scripts|scenarios|docs)/[\w./-]+)`", PAGE))
    assert len(named) > 10
    for path in named:
        if not any(each in path for each in written):
            assert (ROOT / path).exists(), path
