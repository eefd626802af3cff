"""Every lab, run: what people begin with fails at the task, a solution keeps every promise.

The solutions, and the attempts that look right, are in ``labs/NAME`` here, which does not ship.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.need import need
from walkthrough.capture.environment.doctor import can_trace_go
from walkthrough.scenario import labs, loader

pytestmark = pytest.mark.live

PROGRAMS = Path(__file__).parent / "labs"
REFERENCE, WRONG = "reference.go", "wrong.go"
BUSY = "busy.go"
"""It does without a pause."""
MISSED = {
    ("backlog-capped", "skeleton"): "`listen(*, 8) = 0`, call 2 of 3, was not seen",
    ("backlog-capped", WRONG): "`accept4(*) = -1 EAGAIN*`, call 3 of 3, was not seen",
    ("close-with-unread", "skeleton"): "Action 3 of the script, 'receive' by client 1, was to fail",
    ("close-with-unread", WRONG): "Action 7 of the script, 'receive' by client 2, was to succeed",
    ("emfile-recovers", "skeleton"): 'The server was to print `*"I waited\\n"*`, and did not',
    ("emfile-recovers", WRONG): 'The server was to print `*"I waited\\n"*`, and did not',
    ("emfile-recovers", BUSY): "`accept4(*) = -1 EMFILE*` was to come at most 5 times before",
    ("second-listener", "skeleton"): "The time was up (8 s) before action 2 of the script",
    ("second-listener", WRONG): "The time was up (8 s) before action 3 of the script",
    ("accept-deadline", "skeleton"): "The server was to print `*nobody yet*`, and did not",
    ("accept-deadline", WRONG): "Action 3 of the script, 'receive' by client 1, was to succeed",
    ("inherited-listener", "skeleton"): "`accept4(*` was to be seen never, and came once",
    ("inherited-listener", WRONG): "The server was to end with status 0, and ended with status 1",
}
"""What the promise is about that is not kept."""


PATIENCE = 60
"""Seconds that a lab's clients may take where the machine is so busy that its own are too few."""


def patient(name: str, folder: Path) -> str:
    """Copy a lab, and give it more time; return where it is."""
    copy = folder / name  # what it is called is part of what is built
    shutil.copytree(loader.find(name), copy)
    scenario = copy / labs.FOLDER / loader.FILE
    text, found = re.subn(
        r"timeout_s = \d+", f"timeout_s = {PATIENCE}", scenario.read_text("utf-8")
    )
    assert found == 1
    scenario.write_text(text, "utf-8")
    return str(copy)


def run(lab: str, program: str, folder: Path) -> tuple[int, dict[str, Any]]:
    (folder / "main.go").write_text(program, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "walkthrough", "lab", lab, folder, "--predict", "x", "--json"],
        env=dict(os.environ, XDG_DATA_HOME=str(folder / "data")),
        capture_output=True,
        timeout=170,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_each_lab_has_its_programs() -> None:
    assert {folder.name for folder in PROGRAMS.iterdir()} == {*labs.names()}
    assert {name for name, _ in MISSED} == {*labs.names()}
    for folder in PROGRAMS.iterdir():
        more = {BUSY} if folder.name == "emfile-recovers" else set()
        assert {file.name for file in folder.iterdir()} == {REFERENCE, WRONG} | more


def misses(said: dict[str, Any], expected: str) -> bool:
    return any(miss["why"].startswith(expected) for miss in said["misses"])


@pytest.mark.parametrize(("name", "attempt"), MISSED)
def test_an_attempt_misses_what_the_lab_is_about(name: str, attempt: str, tmp_path: Path) -> None:
    need(*can_trace_go())
    lab = labs.load(name)
    own = attempt == "skeleton"
    program = labs.skeleton(lab) if own else (PROGRAMS / name / attempt).read_text("utf-8")
    status, said = run(name, program, tmp_path)
    if not misses(said, MISSED[name, attempt]):
        expected = re.sub(r"\(\d+ s\)", f"({PATIENCE} s)", MISSED[name, attempt])
        again = tmp_path / "again"  # where nothing is remembered of the first run
        again.mkdir()
        status, said = run(patient(name, again), program, again)
        assert misses(said, expected), said["misses"]
    assert status == 1, said
    assert any(miss["event"] for miss in said["misses"])
    assert said["hints"] == [lab.texts.hint[0].says("en")]


@pytest.mark.parametrize("name", labs.names())
def test_a_solution_keeps_every_promise(name: str, tmp_path: Path) -> None:
    need(*can_trace_go())
    program = (PROGRAMS / name / REFERENCE).read_text("utf-8")
    status, said = run(patient(name, tmp_path / "lab"), program, tmp_path)
    assert said["misses"] == []
    assert status == 0
    assert Path(said["recording"]).stat().st_size
