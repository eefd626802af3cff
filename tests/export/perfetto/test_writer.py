"""A trace is decoded again, and held against the recording and against Perfetto's own rules."""

import io
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace, TracePacket, TrackEvent

from tests.support.process_logs import NGINX, WORKERS, history_of_log
from tests.support.records import HEADER, first_connection
from tests.support.strategies import event_lists
from walkthrough.export.perfetto import PerfettoMissingError, to_perfetto
from walkthrough.export.perfetto.writer import TraceWriter
from walkthrough.formatting.escaping import printable
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    ClientActed,
    FunctionEntered,
    KernelObserved,
    SpanCutOff,
)
from walkthrough.model.values import Argument, SocketAddress
from walkthrough.recording.file import load

RECORDING = Path(__file__).parents[3] / "scenarios" / "first-connection" / "recording.jsonl"
CLIENT = SocketAddress("AF_INET", "127.0.0.1", 40000)


def trace_of(events: Iterable[AnyEvent]) -> list[TracePacket]:
    out = io.BytesIO()
    writer = TraceWriter(HEADER, out)
    for event in events:
        writer.take(event)
    writer.end()
    return packets(out.getvalue())


def packets(encoded: bytes) -> list[TracePacket]:
    trace = Trace()
    trace.ParseFromString(encoded)
    check(trace)
    return list(trace.packet)


def check(trace: Trace) -> None:
    """Hold a trace against what the trace processor demands of one."""
    described: dict[int, int] = {}
    depth: dict[int, int] = {}
    at_ns: dict[int, int] = {}
    for packet in trace.packet:
        assert packet.trusted_packet_sequence_id == 1
        if packet.HasField("track_descriptor"):
            track = packet.track_descriptor
            assert track.uuid not in described, "described twice"
            assert not track.parent_uuid or track.parent_uuid in described
            described[track.uuid] = track.parent_uuid
        elif packet.HasField("track_event"):
            event = packet.track_event
            assert event.track_uuid in described, "an event on a track that nobody described"
            if event.type == TrackEvent.TYPE_SLICE_BEGIN:
                depth[event.track_uuid] = depth.get(event.track_uuid, 0) + 1
                assert event.name
            elif event.type == TrackEvent.TYPE_SLICE_END:
                depth[event.track_uuid] -= 1
                assert depth[event.track_uuid] >= 0, "an end without a beginning"
            at_ns[event.track_uuid] = packet.timestamp
    assert not any(depth.values()), "a slice has no end"


def named(trace: Iterable[TracePacket], kind: "TrackEvent.Type.ValueType") -> list[str]:
    return [each.track_event.name for each in trace if each.track_event.type == kind]


def test_a_recording_becomes_slices_of_calls_inside_functions_inside_stages() -> None:
    out = io.BytesIO()
    assert to_perfetto(load(RECORDING), out) == ""
    trace = packets(out.getvalue())
    events = [event for _, event in load(RECORDING)]
    begun = named(trace, TrackEvent.TYPE_SLICE_BEGIN)
    assert len(begun) == sum(isinstance(each, FunctionEntered | CallEntered) for each in events)
    stages = [each.track_event.name for each in trace if "stage" in each.track_event.categories]
    assert stages == [
        str(each.stage)
        for each in events
        if isinstance(each, FunctionEntered) and each.stage and each.mark == each.stage
    ]
    numbers = [
        note.uint_value
        for each in trace
        for note in each.track_event.debug_annotations
        if note.name == "event"
    ]
    assert numbers == sorted(numbers), "in the order of the recording"
    tracks = [each.track_descriptor.name for each in trace if each.HasField("track_descriptor")]
    assert {"goroutine 1", "clients", "client 1", "connections", "descriptors"} <= {*tracks}
    assert sum(name.startswith("accept queue 127.0.0.1:") for name in tracks) == 1


def test_the_counters_are_the_kernels_numbers() -> None:
    trace, events = packets_of_recording()
    tracks = {
        each.track_descriptor.uuid: each.track_descriptor.name
        for each in trace
        if each.HasField("track_descriptor")
    }
    queue = [
        each.track_event.counter_value
        for each in trace
        if tracks.get(each.track_event.track_uuid, "").startswith("accept queue")
    ]
    told: list[int] = []
    for event in events:
        if isinstance(event, KernelObserved):
            for socket in event.state.sockets:
                if socket.accept_queue is not None and told[-1:] != [socket.accept_queue]:
                    told.append(socket.accept_queue)
    assert queue == told == [0, 1, 0]


def packets_of_recording() -> tuple[list[TracePacket], list[AnyEvent]]:
    out = io.BytesIO()
    to_perfetto(load(RECORDING), out)
    return packets(out.getvalue()), [event for _, event in load(RECORDING)]


def accepted(seq: int) -> list[AnyEvent]:
    peer = (Argument("addr", CLIENT),)
    return [
        CallEntered(seq=seq, time_ns=seq, thread=7, span=seq, call="accept4"),
        CallReturned(
            seq=seq + 1, time_ns=seq + 1, thread=7, span=seq, call="accept4", arguments=peer
        ),
    ]


def connected(seq: int) -> ClientActed:
    return ClientActed(seq=seq, time_ns=seq, client=1, action="connect", local=CLIENT)


@pytest.mark.parametrize("connect_first", [True, False])
def test_an_arrow_joins_a_connect_and_its_accept(connect_first: bool) -> None:
    events = [connected(0), *accepted(1)] if connect_first else [*accepted(0), connected(2)]
    again = [connected(3), *accepted(4)]  # the port is used once more
    flows = [
        (each.track_event.name, *each.track_event.flow_ids)
        for each in trace_of([*events, *again])
        if each.track_event.flow_ids
    ]
    first = [("connect", 1), ("connection taken", 1)]
    assert flows == [
        *(first if connect_first else reversed(first)),
        ("connect", 2),
        ("connection taken", 2),
    ]


def test_what_several_clients_do_at_once_is_one_event() -> None:
    many = ClientActed(seq=0, time_ns=0, client=2, clients=10_000, action="connect")
    (event,) = [each for each in trace_of([many]) if each.track_event.name == "connect"]
    notes = {each.name: each.string_value for each in event.track_event.debug_annotations}
    assert notes["clients"] == "2 to 10001"


def test_slices_inside_one_that_is_cut_off_end_with_it() -> None:
    outer = FunctionEntered(seq=0, time_ns=0, goroutine=1, span=1, function="main.main")
    inner = CallEntered(seq=1, time_ns=1, goroutine=1, span=2, call="read")
    cut = SpanCutOff(seq=2, time_ns=2, goroutine=1, span=1, reason="killed")
    late = SpanCutOff(seq=3, time_ns=3, goroutine=1, span=2, reason="killed")
    trace = trace_of([outer, inner, cut, late])
    assert sum(each.track_event.type == TrackEvent.TYPE_SLICE_END for each in trace) == 2


@given(event_lists())
def test_any_recording_gives_a_trace_without_bytes_that_act_on_a_terminal(
    events: list[AnyEvent],
) -> None:
    for packet in trace_of(events):
        shown = [packet.track_event.name, packet.track_descriptor.name]
        shown += [note.string_value for note in packet.track_event.debug_annotations]
        assert printable("".join(shown)) == "".join(shown)


def test_first_connection_of_the_tests_is_a_trace() -> None:
    assert trace_of(first_connection())


def test_without_payload_nothing_that_was_sent_is_in_it() -> None:
    for payload in (True, False):
        out = io.BytesIO()
        to_perfetto(load(RECORDING), out, payload=payload)
        assert (b"hello from the first client" in out.getvalue()) is payload


def test_without_the_package_the_sentence_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "walkthrough.export.perfetto.writer")
    monkeypatch.setitem(sys.modules, "perfetto.trace_builder.proto_builder", None)
    with pytest.raises(PerfettoMissingError, match=r"pip install 'walkthrough\[perfetto\]'"):
        to_perfetto(load(RECORDING), io.BytesIO())


def test_each_process_has_tracks_of_its_own() -> None:
    history = history_of_log("nginx")
    out = io.BytesIO()
    writer = TraceWriter(history.header, out)
    for index in range(len(history)):
        writer.take(history.event(index))
    writer.end()
    found = packets(out.getvalue())
    described = [each.track_descriptor for each in found if each.HasField("track_descriptor")]
    processes = {each.uuid: each.process for each in described if each.HasField("process")}
    assert [each.pid for each in processes.values()] == [NGINX, *WORKERS]
    assert {each.process_name for each in processes.values()} == {"nginx"}
    threads = {
        each.thread.tid: (each.thread.pid, processes[each.parent_uuid].pid)
        for each in described
        if each.HasField("thread")
    }
    assert threads == {pid: (pid, pid) for pid in (NGINX, *WORKERS)}
    # Goroutines of two processes have the same numbers, and are two.
    both = [
        FunctionEntered(seq=0, time_ns=0, thread=7, goroutine=1, span=1, function="f"),
        FunctionEntered(seq=1, time_ns=1, thread=8, process=8, goroutine=1, span=2, function="f"),
    ]
    named = [
        each.track_descriptor
        for each in trace_of(both)
        if each.track_descriptor.name == "goroutine 1"
    ]
    assert len({each.parent_uuid for each in named}) == 2
