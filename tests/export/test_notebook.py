"""The notebook of the documentation works with the tables as they are written today."""

import json
import re
from pathlib import Path

import pytest

from walkthrough.cli import main
from walkthrough.export import csv, csv_kernel

NOTEBOOK = Path(__file__).parents[2] / "docs" / "tables.ipynb"
_COLUMN = re.compile(r"\b(calls|kernel|listener|waiting|meanwhile)\.(\w+)")
_QUOTED = re.compile(r'"(\w+)"')


def code() -> list[str]:
    """Return the code of its cells."""
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    return ["".join(each["source"]) for each in cells if each["cell_type"] == "code"]


def test_its_commands_write_the_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lines = code()[0].splitlines()
    assert lines[0] == "%%bash"
    for line in lines[1:]:
        program, *arguments = line.split()
        assert program == "walkthrough"
        assert main(arguments) == 0
    assert (tmp_path / "calls.csv").read_text().startswith(",".join(csv.COLUMNS))
    assert (tmp_path / "kernel.csv").read_text().startswith(",".join(csv_kernel.COLUMNS))


def test_it_names_columns_that_there_are() -> None:
    text = "\n".join(code()[1:])
    columns = {*csv.COLUMNS, *csv_kernel.COLUMNS}
    named = {name for _, name in _COLUMN.findall(text)} - {"set_index", "groupby", "csv"}
    assert named
    assert named <= columns
    for listed in re.findall(r"\[\[(.*?)\]\]|groupby\(\[(.*?)\]", text):
        assert {*_QUOTED.findall("".join(listed))} <= columns


def test_it_was_run_and_says_nothing_of_the_machine_that_ran_it() -> None:
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    ran = [each for each in cells if each["cell_type"] == "code"]
    assert all(each["execution_count"] for each in ran)
    assert any("image/png" in out.get("data", {}) for each in ran for out in each["outputs"])
    texts = [line for each in ran for out in each["outputs"] for line in out.get("text", ())]
    assert not any("/" in line for line in texts)
