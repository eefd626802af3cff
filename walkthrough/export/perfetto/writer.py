"""Writes events as Perfetto's track events, one packet after the other.

Functions and stages are slices on their goroutine's track, and system calls slices inside; what the
scheduler does is on the thread's. Clients have tracks of their own, and an arrow leads from a
client's connect to the accept that took the connection. The kernel's views are counters.
"""

from typing import IO

from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import (
    BuiltinClock,
    CounterDescriptor,
    TracePacket,
    TrackEvent,
)
from perfetto.trace_builder.proto_builder import StreamingTraceProtoBuilder

from walkthrough.export.perfetto.tracks import SEQUENCE, Tracks, said
from walkthrough.formatting import go_values, strace_lines
from walkthrough.formatting.addresses import go_address
from walkthrough.formatting.integers import within
from walkthrough.i18n.messages import Message
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    CaptureEnded,
    ClientActed,
    DetailEnded,
    Event,
    FunctionEntered,
    FunctionReturned,
    Header,
    KernelObserved,
    MemoryMeasured,
    OutputWritten,
    ProcessExited,
    ProcessStarted,
    SignalDelivered,
    SpanCutOff,
    ThreadExited,
    ThreadStarted,
)
from walkthrough.model.values import Argument, SocketAddress
from walkthrough.recording.file import Recording
from walkthrough.recording.payload import without_payload
from walkthrough.recording.start_time import began_ns

_COUNT = CounterDescriptor.UNIT_COUNT
_BYTES = CounterDescriptor.UNIT_SIZE_BYTES
_ACCEPTS = frozenset({"accept", "accept4"})
_MOST_WAITING = 65_536
"""Connections of which one end is known, and the other may come: as many as there are ports."""


def write(recording: Recording, out: IO[bytes], *, payload: bool) -> Message | str:
    """Write a recording, see `walkthrough.export.perfetto.to_perfetto`."""
    writer = TraceWriter(recording.header, out)
    for _, event in recording:
        writer.take(event if payload else without_payload(event))
    writer.end()
    return recording.torn


class TraceWriter:
    """Writes a trace, an event at a time; holds what is open, and nothing that grows.

    Args:
        header: The recording's first line.
        out: Where to write.
    """

    def __init__(self, header: Header, out: IO[bytes]) -> None:
        self._builder = StreamingTraceProtoBuilder(out)
        self._last_ns = 0
        self._write_clocks(header)
        name = header.command[0] if header.command else header.scenario or "server"
        self._tracks = Tracks(self._builder.write_packet, header.pid, name)
        self._open: dict[int, list[int]] = {}
        self._track_of: dict[int, int] = {}
        self._counted: dict[int, int] = {}
        self._flows = _Flows()

    def take(self, event: AnyEvent) -> None:
        """Write what an event adds to the trace."""
        self._last_ns = max(self._last_ns, event.time_ns)
        match event:
            case FunctionEntered():
                self._enter(event, str(event.stage or "") if event.mark == event.stage else "")
            case CallEntered():
                self._enter(event, "")
            case FunctionReturned() | CallReturned():
                self._leave(event)
            case SpanCutOff():
                self._close(event.span, event, {"cut off": event.reason})
            case ClientActed():
                self._client(event)
            case KernelObserved():
                self._kernel(event)
            case MemoryMeasured():
                self._memory(event)
            case ProcessStarted():
                command = event.command[0] if event.command else ""
                self._tracks.name(event.pid, command, event.parent_pid)
                self._instant(self._of_process(event), event, _NAMES[type(event)], _facts(event))
            case ProcessExited() | DetailEnded() | CaptureEnded():
                self._instant(self._of_process(event), event, _NAMES[type(event)], _facts(event))
            case ThreadStarted() | ThreadExited():
                self._instant(self._own(event), event, _NAMES[type(event)], {})
            case SignalDelivered() | OutputWritten():
                self._instant(self._own(event), event, _NAMES[type(event)], _facts(event))

    def end(self) -> None:
        """Close what is still open, at the time of the last event."""
        for track, spans in self._open.items():
            for _ in spans:
                self._builder.write_packet(self._packet(self._last_ns, track, _END))
        self._open, self._track_of = {}, {}

    # Slices

    def _enter(self, event: FunctionEntered | CallEntered, stage: str) -> None:
        track = self._own(event)
        whole = event.span is not None
        packet = self._packet(event.time_ns, track, _BEGIN if whole else TrackEvent.TYPE_INSTANT)
        if isinstance(event, CallEntered):
            packet.track_event.name = said(event.call)
            packet.track_event.categories.append("call")
            facts = {"call": strace_lines.call(event, None)}
        else:
            name = event.function or ""
            packet.track_event.name = said(stage or event.mark or name)
            packet.track_event.categories.append("stage" if stage else "function")
            facts = {"function": name, **_spelled(event.arguments)}
        if event.source is not None:
            packet.track_event.source_location.file_name = said(event.source.file)
            packet.track_event.source_location.line_number = within(event.source.line, 32)
        self._say(packet, event, facts)
        self._builder.write_packet(packet)
        if event.span is not None:
            self._open.setdefault(track, []).append(event.span)
            self._track_of[event.span] = track

    def _leave(self, event: FunctionReturned | CallReturned) -> None:
        if isinstance(event, CallReturned):
            self._meet_client(event)
            facts = {
                "call": strace_lines.call(None, event),
                "result": strace_lines.result(None, event),
            }
        else:
            facts = _spelled(event.results)
        self._close(event.span, event, facts)

    def _close(self, span: int | None, event: Event, facts: dict[str, str]) -> None:
        """End a slice, and those inside of it that were never ended."""
        track = None if span is None else self._track_of.get(span)
        if span is None or track is None:
            return
        spans = self._open[track]
        while spans:
            last = spans.pop()
            del self._track_of[last]
            packet = self._packet(event.time_ns, track, _END)
            if last == span:
                self._say(packet, event, facts)
            self._builder.write_packet(packet)
            if last == span:
                return

    # Clients

    def _client(self, event: ClientActed) -> None:
        flow = self._flows.connected(event)
        several = event.clients > 1
        track = self._tracks.clients() if several else self._tracks.client(event.client)
        self._instant(track, event, event.action, _facts(event), flow)

    def _meet_client(self, event: CallReturned) -> None:
        if event.call in _ACCEPTS and event.error is None:
            flow = self._flows.accepted(event)
            if flow:
                track = self._track_of.get(event.span or -1, self._own(event))
                self._instant(track, event, "connection taken", {}, flow)

    # Counters

    def _kernel(self, event: KernelObserved) -> None:
        state = event.state
        process = state.process or None
        connections: dict[str, int] = state.count_sockets("server")
        held = sum(n for name, n in connections.items() if name not in ("LISTEN", "CLOSE"))
        self._count(event, "connections", held, process=process)
        self._count(event, "descriptors", state.count_descriptors(), process=process)
        for socket in state.sockets:
            if socket.accept_queue is not None and socket.owner == "server":
                name = f"accept queue {go_address(socket.local)}"
                self._count(event, name, socket.accept_queue)

    def _memory(self, event: MemoryMeasured) -> None:
        for name, size in (("resident memory", event.resident), ("socket buffers", event.buffers)):
            if size is not None:
                self._count(event, name, size, _BYTES)

    def _count(
        self,
        event: Event,
        name: str,
        value: int,
        unit: int = _COUNT,
        *,
        process: int | None = None,
    ) -> None:
        track = self._tracks.counter(name, unit, process)
        if self._counted.get(track) == value:
            return
        self._counted[track] = value
        packet = self._packet(event.time_ns, track, TrackEvent.TYPE_COUNTER)
        packet.track_event.counter_value = within(value, 63)
        self._builder.write_packet(packet)

    # Packets

    def _own(self, event: Event) -> int:
        """Return the track of whoever did it."""
        if event.goroutine:
            return self._tracks.goroutine(event.goroutine, event.process)
        if event.thread is None:
            return self._of_process(event)
        return self._tracks.thread(event.thread, event.process)

    def _of_process(self, event: Event) -> int:
        return self._tracks.process_of(event.process)

    def _instant(
        self, track: int, event: Event, name: str, facts: dict[str, str], flow: int = 0
    ) -> None:
        packet = self._packet(event.time_ns, track, TrackEvent.TYPE_INSTANT)
        packet.track_event.name = said(name)
        if flow:
            packet.track_event.flow_ids.append(flow)
        self._say(packet, event, facts)
        self._builder.write_packet(packet)

    def _packet(self, time_ns: int, track: int, kind: int) -> TracePacket:
        packet = TracePacket()
        packet.trusted_packet_sequence_id = SEQUENCE
        packet.timestamp = within(time_ns, 63)
        packet.track_event.type = kind
        packet.track_event.track_uuid = track
        return packet

    def _say(self, packet: TracePacket, event: Event, facts: dict[str, str]) -> None:
        number = packet.track_event.debug_annotations.add()
        number.name = "event"
        number.uint_value = within(event.seq, 63)
        for name, text in facts.items():
            annotation = packet.track_event.debug_annotations.add()
            annotation.name = said(name)
            annotation.string_value = said(text)
        if isinstance(event, CallEntered | CallReturned) and event.thread is not None:
            thread = packet.track_event.debug_annotations.add()
            thread.name = "thread"
            thread.uint_value = within(event.thread, 63)

    def _write_clocks(self, header: Header) -> None:
        """Say what time of day the beginning was, as far as the recording does."""
        packet = TracePacket()
        packet.trusted_packet_sequence_id = SEQUENCE
        packet.sequence_flags = TracePacket.SEQ_INCREMENTAL_STATE_CLEARED
        wall_ns = began_ns(header)
        if wall_ns > 0:
            for clock, time_ns in (
                (BuiltinClock.BUILTIN_CLOCK_BOOTTIME, 0),
                (BuiltinClock.BUILTIN_CLOCK_REALTIME, wall_ns),
            ):
                reading = packet.clock_snapshot.clocks.add()
                reading.clock_id = clock
                reading.timestamp = time_ns
        self._builder.write_packet(packet)


_BEGIN, _END = TrackEvent.TYPE_SLICE_BEGIN, TrackEvent.TYPE_SLICE_END
_NAMES: dict[type[Event], str] = {
    ProcessStarted: "process started",
    ProcessExited: "process exited",
    ThreadStarted: "thread started",
    ThreadExited: "thread exited",
    DetailEnded: "detail ended",
    CaptureEnded: "capture ended",
    SignalDelivered: "signal",
    OutputWritten: "output",
}


class _Flows:
    """Joins a client's connect with the accept that took the connection, by its address."""

    def __init__(self) -> None:
        self._waiting: dict[str, int] = {}
        self._last = 0

    def connected(self, event: ClientActed) -> int:
        """Return the number of the arrow that begins, or ends, with a client's connect; or 0."""
        if event.action != "connect" or event.error is not None:
            return 0
        return self._half(event.local)

    def accepted(self, event: CallReturned) -> int:
        """Return the number of the arrow that ends with an accept, or begins; or 0."""
        peers = (each.value for each in event.arguments if isinstance(each.value, SocketAddress))
        return self._half(next(peers, None))

    def _half(self, address: SocketAddress | None) -> int:
        """Return an arrow's number at its first end and again at its second; 0 for no arrow.

        The connection of a client may be accepted before the client is told that it stands.
        """
        if address is None or not address.port:
            return 0
        key = go_address(address)
        if key in self._waiting:
            return self._waiting.pop(key)
        if len(self._waiting) == _MOST_WAITING:
            del self._waiting[next(iter(self._waiting))]
        self._last += 1
        self._waiting[key] = self._last
        return self._last


def _spelled(arguments: tuple[Argument, ...]) -> dict[str, str]:
    return {each.name: go_values.text(each.value) for each in arguments}


def _facts(event: Event) -> dict[str, str]:
    """Return what is worth saying of an event beside its name."""
    match event:
        case ClientActed():
            facts = {
                name: go_address(address)
                for name, address in (("local", event.local), ("remote", event.remote))
                if address is not None
            }
            if event.clients > 1:
                last = event.client + event.clients - 1
                facts["clients"] = f"{event.client} to {last}"
            if event.length:
                facts["bytes"] = str(event.length)
            if event.error is not None:
                facts["error"] = event.error.name
            return facts
        case OutputWritten():
            return {"text": event.data.decode("utf-8", "backslashreplace")}
        case SignalDelivered():
            return {"signal": event.signal.name}
        case ProcessStarted() if event.origin:
            facts = {"origin": event.origin, "process": str(event.pid)}
            if event.parent_pid is not None:
                facts["made by"] = str(event.parent_pid)
            return facts
        case ProcessExited() if event.signal is not None:
            return {"signal": event.signal.name}
        case ProcessExited():
            return {"code": str(event.code)}
        case CaptureEnded():
            return {"reason": event.reason}
    return {}
