"""One page of one recording, for all tests that look at it."""

import io
import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from walkthrough.export.html.packing import unpacked
from walkthrough.export.html.page import to_html
from walkthrough.export.html.rows import Json
from walkthrough.model.events import (
    FORMAT,
    AnyEvent,
    CaptureEnded,
    ClientActed,
    Header,
    PacketCapture,
    PacketCaptured,
)
from walkthrough.model.values import Argument, Several, SocketAddress
from walkthrough.recording.file import RecordingWriter, load

SCENARIOS = Path(__file__).parents[3] / "scenarios"
FIRST = SCENARIOS / "first-connection" / "recording.jsonl"
SHORT = SCENARIOS / "bind-fails-late" / "recording.jsonl"
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\u202e\x1b[31m"


class WrittenPage(NamedTuple):
    """A page: its text, its data, and what the command says besides."""

    text: str
    data: Json
    remark: object


def written_page(recording: Path, *, payload: bool = True, source: bool = True) -> WrittenPage:
    """Return the page of a recording."""
    out = io.BytesIO()
    remark = to_html(load(recording), out, payload=payload, source=source)
    text = out.getvalue().decode()
    return WrittenPage(text, unpacked(data_of(text)), remark)


def data_of(text: str) -> str:
    """Return the packed data of a page."""
    return text.split('id="data">', 1)[1].split("</script>", 1)[0]


@pytest.fixture(scope="session")
def first_connection() -> WrittenPage:
    """The page of the first connection."""
    return written_page(SCENARIOS / "first-connection" / "recording.jsonl")


def hostile_recording(folder: Path) -> Path:
    """Write a recording in which every text that anyone could have chosen is hostile."""
    spelled = json.dumps(HOSTILE)[1:-1]
    lines = SHORT.read_text("utf-8").splitlines()
    header = json.loads(lines[0])
    header.update(scenario="none such", command=[HOSTILE], system=HOSTILE, started=HOSTILE)
    changed = [
        re.sub(r'"(net/sock_posix\.go|main\.main|main\.go)"', lambda _: f'"{spelled}"', line)
        for line in lines[1:]
    ]
    file = folder / "hostile.jsonl"
    file.write_text("\n".join([json.dumps(header), *changed, ""]), "utf-8")
    return file


def packets_recording(folder: Path) -> Path:
    """Write a recording of a client's SYN, and of the answer, both with options."""
    here, there = (SocketAddress("AF_INET", "127.0.0.1", port) for port in (40422, 7099))
    options = (
        Argument("mss", 65495),
        Argument("sack_permitted", True),
        Argument("timestamp", Several((7, 0))),
        Argument("window_scale", 10),
    )
    events: list[AnyEvent] = [
        ClientActed(seq=0, time_ns=0, client=1, action="connect", local=here, remote=there),
        *(
            PacketCaptured(
                seq=number,
                time_ns=number,
                sender=ends[0],
                receiver=ends[1],
                protocol="TCP",
                flags=flags,
                sequence=0,
                window=65495,
                length=0,
                cause=cause,
                options=options,
            )
            for number, ends, flags, cause in (
                (1, (here, there), ("SYN",), 0),
                (2, (there, here), ("SYN", "ACK"), None),
            )
        ),
        CaptureEnded(seq=3, time_ns=3, reason="finished"),
    ]
    file = folder / "packets.jsonl"
    header = Header(format=FORMAT, server="go", packets=PacketCapture("lo", 1, 1600))
    with RecordingWriter(file, header) as writer:
        for event in events:
            writer.write(event)
    return file
