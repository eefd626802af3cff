"""A recording's packets as a pcapng file, which Wireshark and tshark open.

Sections 3 and 4 of the format's specification (draft-ietf-opsawg-pcapng): a Section Header, an
Interface Description, an Enhanced Packet for each packet, and Interface Statistics. Each packet has
a comment: its event, and what sent it. Written here with `struct`; see docs/architecture.md.
"""

import struct
from collections import OrderedDict
from typing import IO

from walkthrough import __version__
from walkthrough.export.registry import ExportFormat
from walkthrough.formatting.escaping import printable
from walkthrough.formatting.integers import within
from walkthrough.i18n.messages import Message, message
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CaptureEnded,
    ClientActed,
    Header,
    PacketCapture,
    PacketCaptured,
    ProcessExited,
)
from walkthrough.recording.file import Recording, RecordingError
from walkthrough.recording.payload import without_payload
from walkthrough.recording.start_time import began_ns

_SECTION_HEADER, _INTERFACE, _STATISTICS, _ENHANCED_PACKET = 0x0A0D0D0A, 1, 5, 6
_BYTE_ORDER = 0x1A2B3C4D
_VERSION = (1, 0)
_UNKNOWN_LENGTH = -1
# Options: code and value
_END, _COMMENT = 0, 1
_SYSTEM, _PROGRAM = 3, 4  # of a Section Header
_NAME, _RESOLUTION = 2, 9  # of an Interface Description
_NANOSECONDS = b"\x09"
_FLAGS = 2  # of an Enhanced Packet
_OUTBOUND = struct.pack("<I", 2)
_RECEIVED, _DROPPED = 4, 5  # of Interface Statistics
_LONGEST_TEXT = 1024
_REMEMBERED = 8192
"""Events that may still turn out to be the cause of a packet."""


def to_pcapng(recording: Recording, out: IO[bytes], *, payload: bool = True) -> Message | str:
    """Write the recording's packets to ``out``.

    Args:
        recording: What is read, an event at a time.
        out: Where to write; left open.
        payload: Whether to include what packets carry behind their headers.

    Returns:
        Why the recording ends early; "" if it is whole.

    Raises:
        RecordingError: It has no packets, or cannot be read. What ``out`` holds by then is a part.
        OSError: ``out`` cannot be written.
    """
    captured = recording.header.packets
    if captured is None:
        raise RecordingError(_no_packets(recording))
    writer = _PcapngWriter(recording.header, captured)
    out.write(writer.beginning())
    for _, event in recording:
        block = writer.block(event if payload else without_payload(event))
        if block:
            out.write(block)
    return recording.torn


FORMAT = ExportFormat(
    summary=message("its packets, for Wireshark (of a recording made with --packets)"),
    suffix=".pcapng",
    write=to_pcapng,
    binary=True,
)


def _no_packets(recording: Recording) -> Message:
    """Say why there are none, and how to come by some."""
    file, header = printable(str(recording.path)), recording.header
    if header.program is not None or header.server == "strace":
        return message(
            "{file} has no packets: walkthrough captures those of scenarios, not of traced "
            "programs or strace logs. Capture them with tcpdump or Wireshark while the program "
            "runs.",
            file=file,
        )
    return message(
        "{file} was recorded without packets: record it again with `{option}`.",
        file=file,
        option="walkthrough record ... --packets",
    )


class _PcapngWriter:
    def __init__(self, header: Header, captured: PacketCapture) -> None:
        self._header = header
        self._captured = captured
        self._snap_length = within(captured.snap_length, 32)  # 0 is no limit
        self._began_ns = began_ns(header)
        self._causes: OrderedDict[int, str] = OrderedDict()
        self._written = 0

    def beginning(self) -> bytes:
        """Return what comes before the packets."""
        header = self._header
        run = ", ".join(
            each
            for each in (header.scenario, header.server, header.go_version or header.server_version)
            if each
        )
        section = struct.pack("<IHHq", _BYTE_ORDER, *_VERSION, _UNKNOWN_LENGTH)
        options = [(_COMMENT, _text(run))] if run else []
        if header.system:
            options.append((_SYSTEM, _text(f"{header.system} {header.architecture}".strip())))
        options.append((_PROGRAM, _text(f"walkthrough {header.program_version or __version__}")))
        interface = struct.pack("<HHI", within(self._captured.link_type, 16), 0, self._snap_length)
        described = [(_NAME, _text(self._captured.interface)), (_RESOLUTION, _NANOSECONDS)]
        return _block(_SECTION_HEADER, section, options) + _block(_INTERFACE, interface, described)

    def block(self, event: AnyEvent) -> bytes:
        """Return the block of an event, b"" for one that has none."""
        match event:
            case CallEntered() | ClientActed() | ProcessExited():
                self._causes[event.seq] = _does(event)
                if len(self._causes) > _REMEMBERED:
                    self._causes.popitem(last=False)
            case PacketCaptured():
                self._written += 1
                return self._packet(event)
            case CaptureEnded():
                return self._statistics(event)
            case _:
                pass
        return b""

    def _packet(self, event: PacketCaptured) -> bytes:
        frame = event.frame[: self._snap_length] if self._snap_length else event.frame
        length = max(within(event.frame_length, 32), len(frame))
        fixed = struct.pack("<I", 0) + self._time(event.time_ns)
        fixed += struct.pack("<II", len(frame), length)
        options = [(_COMMENT, _text(self._comment(event))), (_FLAGS, _OUTBOUND)]
        return _block(_ENHANCED_PACKET, fixed + frame + bytes(-len(frame) % 4), options)

    def _comment(self, event: PacketCaptured) -> str:
        said = f"event {event.seq}"
        if event.retransmits is not None:
            return f"{said}: retransmission of event {event.retransmits}, by the kernel alone"
        if event.cause is None and event.is_by_program:
            return f"{said}: by a program whose calls are not recorded"
        if event.cause is None:
            return f"{said}: by the kernel alone"
        does = self._causes.get(event.cause)
        return f"{said}: sent by event {event.cause}" + (f", {does}" if does else "")

    def _statistics(self, event: CaptureEnded) -> bytes:
        fixed = struct.pack("<I", 0) + self._time(event.time_ns)
        dropped = within(event.lost.get("packets", 0), 64)
        counts = [(_RECEIVED, self._written + dropped), (_DROPPED, dropped)]
        return _block(
            _STATISTICS,
            fixed,
            [(code, struct.pack("<Q", within(count, 64))) for code, count in counts],
        )

    def _time(self, time_ns: int) -> bytes:
        """Return a time stamp: its high and its low 32 bits."""
        stamp = within(self._began_ns + time_ns, 64)
        return struct.pack("<II", stamp >> 32, stamp & 0xFFFFFFFF)


def _does(event: CallEntered | ClientActed | ProcessExited) -> str:
    match event:
        case ClientActed():
            return f"client {event.client} {event.action}"
        case ProcessExited():
            return "the server's end"
    fd = next((each for each in event.arguments if each.name in ("sockfd", "fd", "out_fd")), None)
    said = event.call
    if fd is not None and isinstance(fd.value, int):
        said += f", fd {fd.value}"
    if event.goroutine is not None:
        said += f", goroutine {event.goroutine}"
    if event.process is not None:
        said += f", process {event.process}"
    return said


def _block(kind: int, fixed: bytes, options: list[tuple[int, bytes]]) -> bytes:
    """Return a block: its type and length, its fields, its options, and its length once more."""
    body = fixed
    for code, value in options:
        body += struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)
    body += struct.pack("<HH", _END, 0)
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def _text(text: str) -> bytes:
    """Return a text of the recording as an option holds it: UTF-8, printable, not very long."""
    return printable(text[:_LONGEST_TEXT]).encode("utf-8", "replace")
