"""The tracks of a Perfetto trace: which there are, and the packets that describe them.

A track is described once, in front of its first event. Numbers of tracks are made from what they
stand for, so that a second export of a recording is the same byte for byte.
"""

from collections.abc import Callable
from enum import IntEnum

from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import CounterDescriptor, TracePacket

from walkthrough.formatting.escaping import printable
from walkthrough.formatting.integers import within

SEQUENCE = 1
"""All packets come from one writer."""
_SHIFT = 40
_LONGEST_NAME = 255


class TrackKind(IntEnum):
    """What a track stands for: the upper bits of its number."""

    PROCESS = 1
    THREAD = 2
    GOROUTINE = 3
    CLIENTS = 4
    CLIENT = 5
    COUNTER = 6


class Tracks:
    """Describes tracks when they are first used.

    Args:
        write: What writes a packet.
        pid: The server's process.
        name: Its name.
    """

    def __init__(self, write: Callable[[TracePacket], None], pid: int, name: str) -> None:
        self._write = write
        self._pid = pid
        self._described: set[int] = set()
        self._counters: dict[str, int] = {}
        self._process = self._number(TrackKind.PROCESS, 0)
        packet = self._described_by(self._process)
        packet.track_descriptor.process.pid = within(pid, 31)
        packet.track_descriptor.process.process_name = said(name)
        self._write(packet)

    @property
    def process(self) -> int:
        """The process's own track."""
        return self._process

    def thread(self, tid: int) -> int:
        """Return a kernel thread's track."""
        number = self._number(TrackKind.THREAD, tid)
        if number not in self._described:
            packet = self._described_by(number, self._process)
            packet.track_descriptor.thread.pid = within(self._pid, 31)
            packet.track_descriptor.thread.tid = within(tid, 31)
            packet.track_descriptor.thread.thread_name = f"thread {tid}"
            self._write(packet)
        return number

    def goroutine(self, goid: int) -> int:
        """Return a goroutine's track, which belongs to the process: it moves between threads."""
        return self._named(TrackKind.GOROUTINE, goid, f"goroutine {goid}", self._process)

    def client(self, client: int) -> int:
        """Return a client's track."""
        return self._named(TrackKind.CLIENT, client, f"client {client}", self.clients())

    def clients(self) -> int:
        """Return the track of all clients, on which the acts of several at once are."""
        return self._named(TrackKind.CLIENTS, 0, "clients", 0)

    def counter(self, name: str, unit: "CounterDescriptor.Unit.ValueType") -> int:
        """Return the track of a counter of the process."""
        at = self._counters.setdefault(name, len(self._counters))
        number = self._number(TrackKind.COUNTER, at)
        if number not in self._described:
            packet = self._described_by(number, self._process)
            packet.track_descriptor.name = said(name)
            packet.track_descriptor.counter.unit = unit
            self._write(packet)
        return number

    def _named(self, kind: TrackKind, which: int, name: str, parent: int) -> int:
        number = self._number(kind, which)
        if number not in self._described:
            packet = self._described_by(number, parent)
            packet.track_descriptor.name = name
            self._write(packet)
        return number

    def _number(self, kind: TrackKind, which: int) -> int:
        return (kind << _SHIFT) | (which & ((1 << _SHIFT) - 1))

    def _described_by(self, number: int, parent: int = 0) -> TracePacket:
        packet = TracePacket()
        packet.trusted_packet_sequence_id = SEQUENCE
        packet.track_descriptor.uuid = number
        if parent:
            packet.track_descriptor.parent_uuid = parent
        self._described.add(number)
        return packet


def said(text: str) -> str:
    """Return a text that may stand in a trace: visible, valid UTF-8, neither empty nor endless."""
    shown = printable(text) or "?"
    return shown if len(shown) <= _LONGEST_NAME else shown[: _LONGEST_NAME - 1] + "…"
