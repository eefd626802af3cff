"""Without payload nothing that was read or written is left, and everything else is."""

import base64
import io
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from walkthrough.cli import main
from walkthrough.export.json import to_json
from walkthrough.export.strace import to_strace
from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    CaptureEnded,
    ClientActed,
    FunctionEntered,
    FunctionReturned,
    Header,
    OutputWritten,
    PacketCaptured,
    ProcessStarted,
)
from walkthrough.model.values import (
    Argument,
    Data,
    Fields,
    GoError,
    Reference,
    Several,
    SocketAddress,
    Spelled,
    Text,
    Value,
)
from walkthrough.recording.file import RecordingWriter, load
from walkthrough.recording.output import OutputTarget
from walkthrough.recording.payload import header_without_payload, omitted_bytes, without_payload
from walkthrough.recording.sink import RecordingSink
from walkthrough.state.history import History
from walkthrough.state.sequence.diagram import SequenceDiagram
from walkthrough.view.kernel import kernel_entries
from walkthrough.view.step_text import step_text

SCENARIOS = Path(__file__).parents[2] / "scenarios"
SHIPPED = sorted(SCENARIOS.glob("*/recording.jsonl"))
SECRET = b"sesame-7731"


def stripped(path: Path, folder: Path) -> Path:
    """Write a recording again without its payload."""
    out = folder / f"{path.parent.name}.jsonl"
    recording = load(path)
    with RecordingSink(OutputTarget(out, force=True), payload=False) as sink:
        sink.put(recording.header)
        for _, event in recording:
            sink.put(event)
    return out


def payloads(header: Header, events: Iterable[AnyEvent]) -> set[bytes]:
    """Return what clients and server have said, where that is long enough to be found again.

    Where it listens, and Go's errors, which it may have printed, are no payload.
    """
    said: set[bytes] = set()
    own = " ".join(word for word in header.command if not word.startswith("-"))
    for event in events:
        if isinstance(event, ClientActed | OutputWritten):
            said |= {line for line in event.data.splitlines() if len(line) > 8}
        elif isinstance(event, FunctionReturned):
            errors = (each.value for each in event.results if isinstance(each.value, GoError))
            own += " ".join(each.text for each in errors)
    return {line for line in said if line.decode("utf-8", "replace") not in own}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parent.name)
def test_nothing_that_was_said_is_left(path: Path, tmp_path: Path) -> None:
    whole = [event for _, event in load(path)]
    out = stripped(path, tmp_path)
    document, log = io.BytesIO(), io.BytesIO()
    to_json(path, document, payload=False)
    to_strace(path, log, payload=False)
    found = json.loads(document.getvalue())
    lines = [json.loads(line) for line in out.read_bytes().splitlines()]
    assert [found["header"], *found["events"]] == lines
    assert lines[0]["payload_omitted"] is True
    for content in (out.read_bytes(), document.getvalue(), log.getvalue()):
        for said in payloads(load(path).header, whole):
            assert said not in content
            assert base64.b64encode(said)[:12] not in content
    left = [event for _, event in load(out)]
    assert [type(each) for each in left] == [type(each) for each in whole]
    for before, after in zip(whole, left, strict=True):
        if isinstance(before, ClientActed | OutputWritten):
            assert isinstance(after, ClientActed | OutputWritten)
            assert (after.data, after.length) == (b"", before.length)
    histories = [History.load(load(each)) for each in (path, out)]
    worlds = [each.world(len(each) - 1) for each in histories]
    counted = [
        [(c.client, c.sent, c.received, c.state) for c in world.clients.values()]
        for world in worlds
    ]
    assert counted[0] == counted[1]
    diagrams = [SequenceDiagram(each) for each in histories]
    for diagram, history in zip(diagrams, histories, strict=True):
        while not diagram.extend(len(history)):
            pass
    counts = [diagram.count(len(h) - 1) for diagram, h in zip(diagrams, histories, strict=True)]
    assert counts[0] == counts[1]
    assert main(["compare", str(path), str(out)]) == 0, "what is left out is no difference"
    assert main(["compare", str(out), str(path), "--json"]) == 0


def value(inner: Value, name: str = "buf") -> CallReturned:
    return CallReturned(seq=0, time_ns=0, call="x", arguments=(Argument(name, inner),))


def strings(event: AnyEvent) -> bytes:
    return repr(event).encode()


IOV = Several(
    (
        Fields("iovec", {"iov_base": Data(SECRET, 11), "iov_len": 11}),
        Fields("iovec", {"iov_base": Data(SECRET[:4], 900), "iov_len": 900}),
    )
)


@pytest.mark.parametrize(
    ("given", "omitted"),
    [
        (Data(SECRET, 11), 11),
        (Data(SECRET, 5000), 5000),
        (Data(b"", 0), 0),
        (Reference(Data(SECRET, 11)), 11),
        (IOV, 911),
        (Reference(Fields("msghdr", {"msg_name": Data(b"\x10\0", 2), "msg_iov": IOV})), 911),
        (Fields("cmsghdr", {"cmsg_data": Data(SECRET, 11)}), 11),
    ],
)
def test_what_a_call_has_moved_goes_and_its_length_stays(given: Value, omitted: int) -> None:
    event = without_payload(value(given))
    assert isinstance(event, CallReturned)
    assert SECRET[:4] not in strings(event)
    assert omitted_bytes(event.arguments) == omitted
    assert without_payload(event) == event


def test_where_something_goes_stays() -> None:
    for name, inner in (
        ("optval", Data(b"\1\0\0\0\5\0\0\0", 8)),
        ("addr", Data(b"\x10\0\0\0", 4)),
        ("pathname", Text("/etc/hosts")),
        ("pathname", Data(b"/\xff", 2)),
        ("addr", SocketAddress("AF_INET", "127.0.0.1", 80)),
    ):
        assert without_payload(value(inner, name)) == value(inner, name)


def test_strings_of_package_main_are_payload() -> None:
    given = (Argument("network", Text("tcp")), Argument("line", Text(SECRET.decode())))
    for name, expected in (("net.Listen", given[1].value), ("main.reply", Data(b"", 11))):
        event = without_payload(FunctionEntered(seq=0, time_ns=0, function=name, arguments=given))
        assert isinstance(event, FunctionEntered)
        assert [each.value for each in event.arguments] == [Text("tcp"), expected]
    results = (Argument("", GoError("*errors.errorString", SECRET.decode())),)
    failed = FunctionReturned(seq=0, time_ns=0, function="main.reply", results=results)
    assert SECRET not in strings(without_payload(failed))


def test_of_a_packet_the_headers_stay() -> None:
    ends = SocketAddress("AF_INET", "127.0.0.1", 9), SocketAddress("AF_INET", "127.0.0.1", 80)
    headers = bytes(range(66))

    def packet(frame: bytes, length: int) -> PacketCaptured:
        return PacketCaptured(
            seq=0,
            time_ns=0,
            sender=ends[0],
            receiver=ends[1],
            protocol="TCP",
            length=length,
            frame=frame,
            frame_length=66 + length,
        )

    whole = packet(headers + SECRET, len(SECRET))
    assert without_payload(whole) == packet(headers, len(SECRET))
    cut = packet(headers + SECRET[:3], 9000)  # as it was captured
    assert without_payload(cut) == packet(headers, 9000)
    assert without_payload(packet(headers, 0)) == packet(headers, 0)


def test_what_a_server_is_told_to_send_and_to_wait_for_is_payload() -> None:
    found = ("server", "-reply=welkom\n", "-close-on=é", "--say=hi", "-backlog=7", "tcp", ":80")
    left = (
        "server",
        "-reply=(7 bytes left out)",
        "-close-on=(2 bytes left out)",
        "--say=(2 bytes left out)",
        "-backlog=7",
        "tcp",
        ":80",
    )
    header = Header(command=found)
    started = ProcessStarted(seq=0, time_ns=0, pid=4, command=found)
    for _ in range(2):  # what has none stays as it is
        header = header_without_payload(header)
        event = without_payload(started)
        assert isinstance(event, ProcessStarted)
        started = event
        assert (header.command, started.command) == (left, left)


def test_what_another_program_has_printed() -> None:
    for spelled, left in (
        ('"sesame-7731"...', '""...'),
        ('[{iov_base="a\\"b", iov_len=3}, {iov_base="", iov_len=0}]',
         '[{iov_base=""..., iov_len=3}, {iov_base="", iov_len=0}]'),
        ('"sesame-77', '""...'),
        ("0x7f00", "0x7f00"),
    ):  # fmt: skip
        event = without_payload(value(Spelled(spelled)))
        assert event == value(Spelled(left))


EVENTS: list[AnyEvent] = [
    CallEntered(seq=0, time_ns=0, call="write", span=1, arguments=(Argument("fd", 1),)),
    CallReturned(
        seq=1,
        time_ns=1,
        call="write",
        span=1,
        arguments=(Argument("fd", 1), Argument("buf", Data(SECRET, 11)), Argument("count", 11)),
        result=11,
    ),
    OutputWritten(seq=2, time_ns=2, stream=1, data=SECRET),
    ClientActed(seq=3, time_ns=3, client=1, action="receive", data=SECRET),
    CaptureEnded(seq=4, time_ns=4, reason="finished"),
]


@pytest.mark.parametrize(
    ("language", "expected"), [("en", "left out, 11 bytes"), ("zh", "内容未收录，11 字节")]
)
def test_it_is_shown_as_left_out(language: str, expected: str) -> None:
    tr = catalogue(language)
    history = History.of(Header(payload_omitted=True), map(without_payload, EVENTS))
    assert step_text(history.event(2), tr).text == expected
    assert expected in step_text(history.event(3), tr).text
    rows = kernel_entries(history.world(4), tr)
    shown = ["".join(piece.text for piece in entry.row) for entry in rows]
    assert f"| {expected}" in shown


def test_a_log_has_dots_in_its_place(tmp_path: Path) -> None:
    path, out = tmp_path / "r.jsonl", tmp_path / "log"
    with RecordingWriter(path, Header(pid=7)) as writer:
        for event in EVENTS:
            writer.write(event)
    words = ["export", str(path), "--to", "strace", "-o", str(out)]
    assert main([*words, "--no-payload"]) == 0
    assert 'write(1, ""..., 11)' in out.read_text()
    assert main([*words, "--force"]) == 0
    assert 'write(1, "sesame-7731", 11)' in out.read_text()


@pytest.mark.live
def test_a_recording_without_payload(tmp_path: Path) -> None:
    out = tmp_path / "r.jsonl"
    command = ["record", "first-connection", "--server", "python", "-o", str(out), "--no-payload"]
    done = subprocess.run(
        [sys.executable, "-m", "walkthrough", *command], capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    recording = load(out)
    events = [event for _, event in recording]
    assert recording.header.payload_omitted
    assert b"hello" not in out.read_bytes()
    assert base64.b64encode(b"hello")[:6] not in out.read_bytes()
    sent = [each for each in events if isinstance(each, ClientActed) and each.action == "send"]
    assert [(each.data, each.length) for each in sent] == [(b"", 28)]
