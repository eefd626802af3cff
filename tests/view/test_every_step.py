"""What every pane says at every step of all recordings, in both languages, without a screen."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from walkthrough.scenario.loader import names as scenario_names
from walkthrough.scenario.loader import server_folder

ROOT = Path(__file__).parents[2]
RECORDINGS = sorted(server_folder().parent.glob("*/recording.jsonl"))
TOGETHER = 6
"""How many recordings are walked by one process, which takes a while to start."""
WITHOUT_TOOLKITS = "import sys; sys.modules.update(textual=None, rich=None); "
"""To import them fails from then on."""


def run(code: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WITHOUT_TOOLKITS + code, *words]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)


@pytest.mark.parametrize(
    "files",
    [RECORDINGS[at : at + TOGETHER] for at in range(0, len(RECORDINGS), TOGETHER)],
    ids=lambda files: files[0].parent.name,
)
def test_every_pane_says_something_at_every_step(files: list[Path]) -> None:
    names = [str(file) for file in files]
    ran = run("from tests.support import every_step as e; e.main(*sys.argv[1:])", *names)
    assert not ran.returncode, ran.stderr
    found = json.loads(ran.stdout)
    assert list(found) == names
    for file, of_language in found.items():
        assert list(of_language) == ["en", "zh"]
        for language, (steps, wrong) in of_language.items():
            assert not wrong, "\n".join((f"{file} {language}", *wrong[:20]))
            assert steps > 10, file


def test_all_recordings_are_walked() -> None:
    assert [file.parent.name for file in RECORDINGS] == sorted(scenario_names())


def test_the_screen_cannot_be_there() -> None:
    ran = run("import walkthrough.tui.app")
    assert ran.returncode
    assert "ModuleNotFoundError" in ran.stderr
