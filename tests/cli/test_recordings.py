"""Which recording is meant by a name: a file's, else a scenario's own."""

from pathlib import Path

import pytest

from walkthrough.cli.errors import UsageError
from walkthrough.cli.recordings import recording_of
from walkthrough.scenario import loader


def test_a_scenario_means_the_recording_that_comes_with_it() -> None:
    assert recording_of("udp") == str(loader.find("udp") / "recording.jsonl")


def test_a_file_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("udp").write_text("", "utf-8")
    assert recording_of("udp") == "udp"
    assert recording_of("./gone") == "./gone"
    assert recording_of("gone.jsonl") == "gone.jsonl"


def test_a_scenario_without_a_recording_is_told_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(loader, "find", lambda name: tmp_path / name)
    with pytest.raises(UsageError, match="no recording yet: make one with `walkthrough rec"):
        recording_of("udp")
