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
_PROCESS = 43
"""Above the kind: which process it is, by its order, 0 for the first."""
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
        pid: The server's process; of several the first.
        name: Its name.
    """

    def __init__(self, write: Callable[[TracePacket], None], pid: int, name: str) -> None:
        self._write = write
        self._pid = pid
        self._described: set[int] = set()
        self._counters: dict[tuple[int, str], int] = {}
        self._order: dict[int, int] = {pid: 0}
        self._names = {pid: name}
        self._process = self.process_of(None)

    @property
    def process(self) -> int:
        """The first process's own track."""
        return self._process

    def name(self, pid: int, name: str, maker: int | None) -> None:
        """Say what a process runs, before its first event; its maker's program without a name."""
        self._names.setdefault(pid, name or self._names.get(maker or self._pid, ""))

    def process_of(self, process: int | None) -> int:
        """Return the track of a process, as `Event.process` has it."""
        pid = process or self._pid
        number = self._number(TrackKind.PROCESS, 0, process)
        if number not in self._described:
            packet = self._described_by(number)
            packet.track_descriptor.process.pid = within(pid, 31)
            packet.track_descriptor.process.process_name = said(self._names.get(pid, ""))
            self._write(packet)
        return number

    def thread(self, tid: int, process: int | None = None) -> int:
        """Return a kernel thread's track."""
        number = self._number(TrackKind.THREAD, tid)
        if number not in self._described:
            packet = self._described_by(number, self.process_of(process))
            packet.track_descriptor.thread.pid = within(process or self._pid, 31)
            packet.track_descriptor.thread.tid = within(tid, 31)
            packet.track_descriptor.thread.thread_name = f"thread {tid}"
            self._write(packet)
        return number

    def goroutine(self, goid: int, process: int | None = None) -> int:
        """Return a goroutine's track, which belongs to the process: it moves between threads."""
        number = self._number(TrackKind.GOROUTINE, goid, process)
        return self._named(number, f"goroutine {goid}", self.process_of(process))

    def client(self, client: int) -> int:
        """Return a client's track."""
        number = self._number(TrackKind.CLIENT, client)
        return self._named(number, f"client {client}", self.clients())

    def clients(self) -> int:
        """Return the track of all clients, on which the acts of several at once are."""
        return self._named(self._number(TrackKind.CLIENTS, 0), "clients", 0)

    def counter(
        self, name: str, unit: "CounterDescriptor.Unit.ValueType", process: int | None = None
    ) -> int:
        """Return the track of a counter of a process."""
        at = self._counters.setdefault((process or 0, name), len(self._counters))
        number = self._number(TrackKind.COUNTER, at)
        if number not in self._described:
            packet = self._described_by(number, self.process_of(process))
            packet.track_descriptor.name = said(name)
            packet.track_descriptor.counter.unit = unit
            self._write(packet)
        return number

    def _named(self, number: int, name: str, parent: int) -> int:
        if number not in self._described:
            packet = self._described_by(number, parent)
            packet.track_descriptor.name = name
            self._write(packet)
        return number

    def _number(self, kind: TrackKind, which: int, process: int | None = None) -> int:
        order = self._order.setdefault(process or self._pid, len(self._order))
        return order << _PROCESS | kind << _SHIFT | (which & ((1 << _SHIFT) - 1))

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
