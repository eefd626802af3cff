"""The script that kills commands finds what is left behind."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "kill_trials.py"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")


@pytest.fixture
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("kill_trials", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_process_that_lives_on_is_found_and_ended(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script, "GRACE_SECONDS", 0.1)
    environment = {**os.environ, script.MARK: "one"}
    with subprocess.Popen(["sleep", "600"], env=environment) as left:
        try:
            assert script._orphans("another") == []
            assert [each.split()[0] for each in script._orphans("one")] == [str(left.pid)]
            assert left.wait(30) == -9
        finally:
            left.kill()
    assert script._orphans("one") == []


def test_a_recording_that_cannot_be_read_is_found(script: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "torn.jsonl").write_text("{")
    assert len(script._unreadable(tmp_path)) == 1
    (tmp_path / "torn.jsonl").unlink()
    assert script._unreadable(tmp_path) == []


def test_what_is_left_is_summed_up(script: ModuleType) -> None:
    clean = {"number": 0, "kind": "check", "after": 1.0, "killed": True}
    clean |= {"orphans": [], "left": [], "unreadable": []}
    found = script.summed_up([clean, {**clean, "number": 1, "orphans": ["7 sleep"]}])
    assert (found["trials"], found["killed while running"]) == (2, 2)
    assert found["orphans"] == [(1, "check", 1.0, ["7 sleep"])]
    assert found["left"] == found["unreadable"] == []
