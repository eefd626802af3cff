"""CONTRIBUTING.md's examples work as they stand there."""

import importlib
import io
import re
from pathlib import Path

import pytest

import walkthrough.export
from walkthrough.export.registry import export_format
from walkthrough.recording.file import load

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


def test_all_that_it_names_is_there() -> None:
    """Paths in code, but those that a recipe has its reader write."""
    written = {"stages", "open_files", "locale/de"}
    named = set(re.findall(r"`((?:walkthrough|tests|scripts|scenarios|docs)/[\w./-]+)`", PAGE))
    assert len(named) > 10
    for path in named:
        if not any(each in path for each in written):
            assert (ROOT / path).exists(), path
