"""What the formats say of a recording agrees: the same calls and views, in the same order."""

import csv
import io
import json

import pytest
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace, TrackEvent

from walkthrough.export.registry import export_format
from walkthrough.model.events import (
    CallEntered,
    CallReturned,
    FunctionEntered,
    KernelObserved,
    SpanCutOff,
)
from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios

NAMES = scenarios.names()


@pytest.mark.parametrize("name", NAMES)
def test_all_formats_hold_the_same_events_in_the_same_order(name: str) -> None:
    path = scenarios.find(name) / scenarios.RECORDING
    events = [event for _, event in load(path)]

    def exported(form: str) -> bytes:
        out = io.BytesIO()
        export_format(form).write(load(path), out, payload=True)
        return out.getvalue()

    document = json.loads(exported("json"))
    assert [each["seq"] for each in document["events"]] == [each.seq for each in events]

    begun = {each.span: each.call for each in events if isinstance(each, CallEntered)}
    calls = [
        begun.get(each.span)
        for each in events
        if isinstance(each, CallReturned | SpanCutOff) and each.span in begun
    ]
    rows = list(csv.DictReader(io.StringIO(exported("csv").decode())))
    assert [row["call"] for row in rows] == calls
    assert len(rows) == len(begun)

    log = [line.split(maxsplit=2)[2] for line in exported("strace").decode().splitlines()]
    listed = [line.partition("(")[0] for line in log if line[0].isalpha()]
    assert listed == ["execve", *calls]

    views = [each.seq for each in events if isinstance(each, KernelObserved)]
    table = csv.DictReader(io.StringIO(exported("csv-kernel").decode()))
    assert list(dict.fromkeys(int(row["event"]) for row in table)) == views

    trace = Trace()
    trace.ParseFromString(exported("perfetto"))
    slices = [
        each.track_event.debug_annotations[0].uint_value
        for each in trace.packet
        if each.track_event.type == TrackEvent.TYPE_SLICE_BEGIN
    ]
    assert slices == [
        each.seq for each in events if isinstance(each, CallEntered | FunctionEntered)
    ]
