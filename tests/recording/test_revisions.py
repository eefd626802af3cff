"""Recordings whose calls turn out to belong elsewhere: read with the places of the end."""

import json
from pathlib import Path

import msgspec
import pytest

from walkthrough.model.events import (
    FORMAT_OF_REVISIONS,
    AnyEvent,
    CallEntered,
    CallReturned,
    CaptureEnded,
    Header,
    RevisedCall,
    StagesRevised,
)
from walkthrough.model.stages import Place, Stage
from walkthrough.recording.file import RecordingError, load
from walkthrough.state.history import History

HEADER = Header(format=FORMAT_OF_REVISIONS, server="program", pid=42)
EVENTS: list[AnyEvent] = [
    CallEntered(seq=0, time_ns=0, thread=42, call="epoll_create1", span=1, quiet=True),
    CallReturned(seq=1, time_ns=1, thread=42, call="epoll_create1", span=1, result=3, quiet=True),
    CallEntered(seq=2, time_ns=2, thread=42, call="socket", span=2, stage=Stage.SYS_SOCKET),
    StagesRevised(
        seq=3,
        time_ns=2,
        calls=(RevisedCall(1, stage=Stage.LISTEN), RevisedCall(2, quiet=True), RevisedCall(99)),
    ),
    StagesRevised(
        seq=4,
        time_ns=2,
        calls=(RevisedCall(1, stage=Stage.POLL_SERVER_INIT, mark="pollServerInit"),),
    ),
    CaptureEnded(seq=5, time_ns=9, reason="exited"),
]


def written(path: Path, header: Header = HEADER, *, more: bytes = b"") -> Path:
    lines = [msgspec.json.encode(one) for one in (header, *EVENTS)]
    lines[1] = lines[1][:-1] + b',"unknown":[1]}'
    path.write_bytes(b"\n".join([*lines[:-1], *([more] if more else []), lines[-1], b""]))
    return path


def test_calls_are_read_with_the_places_of_the_end(tmp_path: Path) -> None:
    path = written(tmp_path / "revised.jsonl")
    recording = load(path)
    pairs = list(recording)
    assert recording.torn == ""
    entered, returned, socket = (event for _, event in pairs[:3])
    assert isinstance(entered, CallEntered)
    assert (entered.place, entered.mark) == (Place(Stage.POLL_SERVER_INIT), "pollServerInit")
    assert (returned.place, returned.quiet) == (Place(Stage.POLL_SERVER_INIT), False)
    assert (socket.place, socket.quiet) == (Place(), True)
    for line, event in pairs:  # a line says what its event says
        assert msgspec.json.decode(line, type=AnyEvent) == event
    assert json.loads(pairs[0][0])["unknown"] == [1]
    history = History.load(load(path))
    assert history.world(2).order == (Stage.POLL_SERVER_INIT,)
    assert history.revised == 0, "nothing was left to change"


def test_a_recording_that_cannot_hold_revisions_is_read_as_it_is(tmp_path: Path) -> None:
    header = msgspec.structs.replace(HEADER, format=1)
    path = written(tmp_path / "first.jsonl", header)
    assert [event for _, event in load(path)][:3] == EVENTS[:3]


@pytest.mark.parametrize("broken", [b'{"type":"stages_revised"', b'{"x":"stages_revised"}'])
def test_a_broken_revision_is_said_by_whoever_reads_it(tmp_path: Path, broken: bytes) -> None:
    path = written(tmp_path / "broken.jsonl", more=broken)
    with pytest.raises(RecordingError, match="is damaged in line 7"):
        list(load(path))
