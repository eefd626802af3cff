"""The JSON document holds what the recording does, and is JSON."""

import io
import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given

from tests.support.strategies import event_lists
from tests.support.written import HEADER, written
from walkthrough.export.json import to_json
from walkthrough.model.events import AnyEvent, CaptureEnded, Header, OutputWritten
from walkthrough.recording.file import RecordingError, load


@given(event_lists())
def test_document_holds_header_and_events(
    tmp_path_factory: pytest.TempPathFactory, events: list[AnyEvent]
) -> None:
    path = written(tmp_path_factory.getbasetemp() / "one.jsonl", events)
    out = io.BytesIO()
    to_json(path, out)
    document = json.loads(out.getvalue())
    assert list(document) == ["header", "events"]
    assert msgspec.convert(document["header"], Header) == HEADER
    assert document["header"]["format"] == 1
    assert [msgspec.convert(one, AnyEvent) for one in document["events"]] == events


def test_a_torn_recording_gives_a_whole_document_and_says_so(tmp_path: Path) -> None:
    path = written(tmp_path / "torn.jsonl", [OutputWritten(seq=0, time_ns=0, stream=1, data=b"x")])
    with path.open("ab") as file:
        file.write(b'{"type":"output_wri')
    out = io.BytesIO()
    assert "breaks off in line 3" in str(to_json(load(path), out))
    assert len(json.loads(out.getvalue())["events"]) == 1


def test_a_whole_recording_has_nothing_to_say(tmp_path: Path) -> None:
    end = CaptureEnded(seq=0, time_ns=0, reason="finished")
    assert to_json(str(written(tmp_path / "whole.jsonl", [end])), io.BytesIO()) == ""


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="no such file"):
        to_json(tmp_path / "none.jsonl", io.BytesIO())
