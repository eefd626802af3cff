"""Scenarios run with packets: each packet has its place, and the recording says which."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.need import need
from tests.support.own_process import without_namespaces
from walkthrough.capture.environment.doctor import can_trace_go
from walkthrough.capture.environment.network_namespace import try_namespace
from walkthrough.model.events import (
    FORMAT_OF_PACKETS,
    FORMAT_WITHOUT_PACKETS,
    AnyEvent,
    CallEntered,
    CaptureEnded,
    ClientActed,
    Header,
    PacketCaptured,
)
from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.checks.checker import check_run

pytestmark = pytest.mark.live


@pytest.fixture(autouse=True)
def _packets() -> None:
    need(sys.platform == "linux", "servers run on Linux only")
    refusal = try_namespace(packets=True).refusal
    need(refusal is None, f"no packets here: {refusal.why if refusal else ''}")


def recorded(name: str, server: str, folder: Path, *more: str) -> tuple[Header, list[AnyEvent]]:
    """Record a scenario with its packets; it has to keep its promises, packets included."""
    if server == "go":
        able, why = can_trace_go()
        need(able, why)
    file = folder / f"{name}-{server}.jsonl"
    words = ["record", name, "--server", server, "--packets", "-o", str(file), *more]
    done = subprocess.run(
        [sys.executable, "-m", "walkthrough", *words], capture_output=True, text=True, timeout=170
    )
    assert done.returncode == 0, done.stderr
    recording = load(file)
    events = [event for _, event in recording]
    end = events[-1]
    assert isinstance(end, CaptureEnded)
    assert "packets" not in end.lost
    scenario = scenarios.load(name)
    said = [str(each) for each in check_run(scenario, recording.header, events)]
    assert [each for each in said if each.startswith("Packet ")] == []
    assert recording.header.packets is not None
    return recording.header, events


def told(events: list[AnyEvent]) -> list[tuple[bool, str, str]]:
    """Say of each packet of TCP whether the server's side sent it, its flags, and its cause."""
    packets = [each for each in events if isinstance(each, PacketCaptured)]
    port = next(each.receiver.port for each in packets if each.flags == ("SYN",))
    found = []
    for each in packets:
        cause = events[each.cause] if each.cause is not None else None
        word = "again" if each.retransmits is not None else ""
        if isinstance(cause, CallEntered):
            word = cause.call
        elif isinstance(cause, ClientActed):
            word = cause.action
        found.append((each.sender.port == port, " ".join(each.flags), word))
    return found


@pytest.mark.parametrize("server", ["go", "python"])
def test_the_first_connection(server: str, tmp_path: Path) -> None:
    header, events = recorded("first-connection", server, tmp_path)
    assert (header.format, header.network_namespace) == (FORMAT_OF_PACKETS, "own")
    found = told(events)
    assert found[:3] == [(False, "SYN", "connect"), (True, "SYN ACK", ""), (False, "ACK", "")]
    rest = [each for each in found[3:] if each[1] != "ACK"]
    assert rest == [
        (False, "PSH ACK", "send"),
        (False, "FIN ACK", "half-close"),
        (True, "FIN ACK", "close"),
    ]
    for at, each in enumerate(events):  # after its cause, and never before it in time
        if isinstance(each, PacketCaptured) and each.cause is not None:
            assert each.cause < at
            cause = events[each.cause]
            if isinstance(cause, CallEntered):
                assert cause.time_ns <= each.time_ns
    hello = next(each for each in events if isinstance(each, PacketCaptured) and each.length)
    assert hello.frame[-hello.length :].startswith(b"hello")


def test_a_syn_that_is_sent_again_is_seen_twice(tmp_path: Path) -> None:
    _, events = recorded("backlog-full", "python", tmp_path)
    assert (False, "SYN", "again") in told(events)


def test_a_reset_has_its_cause(tmp_path: Path) -> None:
    _, events = recorded("client-resets", "python", tmp_path, "--no-payload")
    assert (False, "RST ACK", "reset") in told(events)
    for each in events:
        if isinstance(each, PacketCaptured):
            assert len(each.frame) == each.frame_length - each.length


def test_where_there_is_no_namespace_it_is_recorded_without_and_says_so(tmp_path: Path) -> None:
    file = tmp_path / "without.jsonl"
    words = ["first-connection", "--server", "python", "--packets", "-o", str(file)]
    done = without_namespaces("record", *words)
    assert done.returncode == 0, done.stderr
    assert "Its packets are not captured, for it cannot get a network namespace" in done.stderr
    header = json.loads(file.read_text().partition("\n")[0])
    assert header["format"] == FORMAT_WITHOUT_PACKETS
    assert "packets" not in header
    assert "packet_captured" not in file.read_text()
