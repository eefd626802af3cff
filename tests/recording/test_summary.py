"""What a recording tells at a glance, whole or broken off."""

from pathlib import Path

import pytest

from walkthrough.recording.file import RecordingError, load
from walkthrough.recording.summary import summarize
from walkthrough.scenario import loader as scenarios

HEADER = '{"type":"header","format":1,"server":"go","scenario":"x","go_version":"go1.27.3"}\n'


def event(seq: int, more: str = "") -> str:
    return f'{{"type":"thread_started","seq":{seq},"time_ns":1,"thread":5{more}}}\n'


@pytest.mark.parametrize("name", ["first-connection", "udp", "port-in-use"])
def test_it_tells_what_reading_it_tells(name: str) -> None:
    path = scenarios.find(name) / scenarios.RECORDING
    seen = summarize(path)
    assert seen.header == load(path).header
    assert seen.events == sum(1 for _ in load(path))


@pytest.mark.parametrize(
    ("lines", "events"),
    [
        ("", 0),
        (event(0), 1),
        (event(0) + event(1) + "\n\n", 2),
        (event(0) + event(1) + '{"type":"thread_sta', 2),
        (event(0) + '{"type":"thread_sta', 1),
        ("not JSON\n", None),
        ('{"seq":"x"}\n', None),
        ("[" * 100_000, None),
    ],
)
def test_how_many_events_it_holds(lines: str, events: int | None, tmp_path: Path) -> None:
    file = tmp_path / "f.jsonl"
    file.write_text(HEADER + lines)
    assert summarize(file).events == events


def test_a_last_line_longer_than_what_is_looked_at_is_not_counted(tmp_path: Path) -> None:
    file = tmp_path / "f.jsonl"
    file.write_text(HEADER + event(0) + event(1, f',"function":"{"x" * 100_000}"'))
    assert summarize(file).events is None


def test_many_events_are_counted_without_reading_them(tmp_path: Path) -> None:
    file = tmp_path / "f.jsonl"
    with file.open("w") as out:
        out.write(HEADER)
        for seq in range(40_000):
            out.write(event(seq))
    assert summarize(file).events == 40_000


@pytest.mark.parametrize("content", ["", "hello\n", '{"type":"header","format":99}\n'])
def test_what_is_no_recording_is_refused(content: str, tmp_path: Path) -> None:
    file = tmp_path / "f.jsonl"
    file.write_text(content)
    with pytest.raises(RecordingError):
        summarize(file)
    with pytest.raises(RecordingError):
        summarize(tmp_path / "nowhere.jsonl")
