"""Packets as a pcapng file, read back by a decoder of the test's own, block by block."""

import io
import struct
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from walkthrough.cli import main
from walkthrough.export.pcapng import to_pcapng
from walkthrough.model.events import (
    FORMAT,
    AnyEvent,
    CallEntered,
    CaptureEnded,
    ClientActed,
    Header,
    PacketCapture,
    PacketCaptured,
    ProcessExited,
    TracedProgram,
)
from walkthrough.model.values import Argument, SocketAddress
from walkthrough.recording.file import RecordingError, RecordingWriter, load

SHIPPED = Path(__file__).parents[2] / "scenarios" / "first-connection" / "recording.jsonl"
ENDS = SocketAddress("AF_INET", "127.0.0.1", 9), SocketAddress("AF_INET", "127.0.0.1", 80)
HEADER = Header(
    format=FORMAT,
    program_version="0.2.0",
    server="go",
    scenario="first-connection",
    go_version="go1.27.3",
    started="2026-11-30T12:00:00.000001Z",
    system="Linux 6.18.0",
    architecture="x86_64",
    packets=PacketCapture("lo", 1, 100),
)
BEGAN_NS = 1796040000_000001000


def packet(seq: int, frame: bytes = bytes(range(54)), **more: Any) -> PacketCaptured:
    given = {"sender": ENDS[0], "receiver": ENDS[1], "protocol": "TCP", "frame_length": len(frame)}
    return PacketCaptured(seq=seq, time_ns=seq * 1_000, frame=frame, **{**given, **more})


def ended(seq: int, **lost: int) -> CaptureEnded:
    return CaptureEnded(seq=seq, time_ns=seq * 1_000, reason="finished", lost=lost)


class Block(NamedTuple):
    kind: int
    body: bytes


def blocks(data: bytes) -> list[Block]:
    """Take a file apart; every block says its length twice, and lies on 4 bytes."""
    found = []
    while data:
        kind, length = struct.unpack_from("<II", data)
        assert length % 4 == 0
        assert struct.unpack_from("<I", data, length - 4) == (length,)
        found.append(Block(kind, data[8 : length - 4]))
        data = data[length:]
    return found


def options(body: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    while True:
        code, length = struct.unpack_from("<HH", body)
        if code == 0:
            assert (length, len(body)) == (0, 4)
            return found
        assert code not in found
        found[code] = body[4 : 4 + length]
        assert not any(body[4 + length : 4 + (length + 3) // 4 * 4])
        body = body[4 + (length + 3) // 4 * 4 :]


def packets(found: list[Block]) -> list[tuple[int, bytes, int, str]]:
    """Return of each packet its time, its bytes, its length, and its comment."""
    told = []
    for kind, body in found:
        if kind == 6:
            interface, high, low, kept, length = struct.unpack_from("<IIIII", body)
            assert interface == 0
            more = options(body[20 + (kept + 3) // 4 * 4 :])
            assert more[2] == struct.pack("<I", 2)  # outbound
            told.append((high << 32 | low, body[20 : 20 + kept], length, more[1].decode()))
    return told


def written(folder: Path, *events: AnyEvent, header: Header = HEADER) -> Path:
    path = folder / "packets.jsonl"
    with RecordingWriter(path, header) as writer:
        for event in events:
            writer.write(event)
    return path


def exported(folder: Path, *events: AnyEvent, header: Header = HEADER) -> list[Block]:
    out = io.BytesIO()
    to_pcapng(load(written(folder, *events, header=header)), out)
    return blocks(out.getvalue())


def test_the_file_says_what_was_captured_and_each_packet_what_sent_it(tmp_path: Path) -> None:
    fd = (Argument("sockfd", 7), Argument("buf", None))
    found = exported(
        tmp_path,
        ClientActed(seq=0, time_ns=0, client=3, action="connect"),
        packet(1, cause=0),
        packet(2, b"x" * 53),
        packet(3, retransmits=1),
        CallEntered(seq=4, time_ns=0, call="write", arguments=fd, goroutine=17),
        packet(5, cause=4),
        ProcessExited(seq=6, time_ns=0, pid=1),
        packet(7, cause=6),
        packet(8, flags=("FIN", "ACK")),
        ended(9, packets=2),
    )
    assert [each.kind for each in found] == [0x0A0D0D0A, 1, 6, 6, 6, 6, 6, 6, 5]
    section = found[0].body
    assert struct.unpack_from("<IHHq", section) == (0x1A2B3C4D, 1, 0, -1)
    assert options(section[16:]) == {
        1: b"first-connection, go, go1.27.3",
        3: b"Linux 6.18.0 x86_64",
        4: b"walkthrough 0.2.0",
    }
    assert struct.unpack_from("<HHI", found[1].body) == (1, 0, 100)
    assert options(found[1].body[8:]) == {2: b"lo", 9: b"\x09"}
    told = packets(found)
    assert [each[0] - BEGAN_NS for each in told] == [1_000, 2_000, 3_000, 5_000, 7_000, 8_000]
    assert [each[1] for each in told][:2] == [bytes(range(54)), b"x" * 53]
    assert [each[3] for each in told] == [
        "event 1: sent by event 0, client 3 connect",
        "event 2: by the kernel alone",
        "event 3: retransmission of event 1, by the kernel alone",
        "event 5: sent by event 4, write, fd 7, goroutine 17",
        "event 7: sent by event 6, the server's end",
        "event 8: by a program whose calls are not recorded",
    ]
    _, high, low = struct.unpack_from("<III", found[-1].body)
    assert (high << 32 | low) - BEGAN_NS == 9_000
    counts = {
        code: int.from_bytes(each, "little") for code, each in options(found[-1].body[12:]).items()
    }
    assert counts == {4: 8, 5: 2}


def test_frames_that_were_cut_keep_their_length(tmp_path: Path) -> None:
    found = exported(tmp_path, packet(0, bytes(100), frame_length=65_000), ended(1))
    assert [each[1:3] for each in packets(found)] == [(bytes(100), 65_000)]


def test_without_payload_the_headers_are_left(tmp_path: Path) -> None:
    path = written(tmp_path, packet(0, bytes(54) + b"secret", length=6), ended(1))
    out = io.BytesIO()
    to_pcapng(load(path), out, payload=False)
    assert [each[1:3] for each in packets(blocks(out.getvalue()))] == [(bytes(54), 60)]


@pytest.mark.parametrize(
    "event",
    [
        packet(0, bytes(5000), frame_length=-7, cause=-1),
        packet(0, b"", frame_length=1 << 62, retransmits=1 << 62),
        msgspec.structs.replace(packet(0), time_ns=-(1 << 62)),
        msgspec.structs.replace(packet(0), time_ns=1 << 62),
    ],
)
def test_numbers_that_fit_nowhere_are_cut_to_what_fits(
    event: PacketCaptured, tmp_path: Path
) -> None:
    header = (
        msgspec.structs.replace(
            HEADER,
            packets=PacketCapture("lo\x1b[2J" * 900, 1 << 40, -5),
            scenario="\u202e\x00\n" * 9000,
        )
        if event.time_ns
        else HEADER
    )
    found = exported(tmp_path, event, ended(1, packets=-1), header=header)
    assert [each.kind for each in found] == [0x0A0D0D0A, 1, 6, 5]
    for _, data, length, comment in packets(found):
        assert len(data) <= length
        assert comment.isprintable()
    for text in (*options(found[0].body[16:]).values(), options(found[1].body[8:])[2]):
        assert text.decode().isprintable()


def test_a_call_with_a_hostile_name_is_no_trouble(tmp_path: Path) -> None:
    called = CallEntered(seq=0, time_ns=0, call="\x1b]0;x\x07\u202e" * 500)
    found = exported(tmp_path, called, packet(1, cause=0), ended(2))
    [(_, _, _, comment)] = packets(found)
    assert comment.isprintable()


def test_a_torn_recording_is_exported_as_far_as_it_goes(tmp_path: Path) -> None:
    path = written(tmp_path, packet(0))
    out = io.BytesIO()
    assert "has no end" in str(to_pcapng(load(path), out))
    assert len(packets(blocks(out.getvalue()))) == 1


def test_a_recording_without_packets_says_how_to_make_one_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.pcapng"
    assert main(["export", str(SHIPPED), "--to", "pcapng", "-o", str(out)]) == 2
    said = capsys.readouterr().err
    assert said.endswith(
        "was recorded without packets: record it again with `walkthrough record ... --packets`.\n"
    )
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    "header",
    [
        Header(server="program", program=TracedProgram(path="/srv/app")),
        Header(server="strace"),
    ],
    ids=lambda header: header.server,
)
def test_of_a_program_no_packets_can_be_recorded(tmp_path: Path, header: Header) -> None:
    path = written(tmp_path, ended(0), header=header)
    with pytest.raises(RecordingError, match="those of scenarios, not of traced programs") as why:
        to_pcapng(load(path), io.BytesIO())
    assert "--packets" not in str(why.value)


def test_from_the_command_line(tmp_path: Path) -> None:
    path, out = written(tmp_path, packet(0), ended(1)), tmp_path / "out.pcapng"
    assert main(["export", str(path), "--to", "pcapng", "-o", str(out)]) == 0
    assert len(packets(blocks(out.read_bytes()))) == 1
