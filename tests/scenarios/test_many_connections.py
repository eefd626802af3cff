"""What ten thousand idle connections cost: the recording, and the page that is made from it."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from walkthrough.model.events import (
    CallEntered,
    CaptureEnded,
    ClientActed,
    DetailEnded,
    FunctionEntered,
    FunctionReturned,
    MemoryMeasured,
)
from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios

ROOT = Path(__file__).parents[2]
FILE = scenarios.find("many-connections") / scenarios.RECORDING
EVENTS = [event for _, event in load(FILE)]
MEASURED = [event for event in EVENTS if isinstance(event, MemoryMeasured)]


def test_the_page_and_its_picture_are_of_the_recording() -> None:
    script = ROOT / "scripts" / "plot_many_connections.py"
    run = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")


def test_it_is_a_recording_of_ten_thousand() -> None:
    assert [each.connections for each in MEASURED] == [0, 1, 100, 1000, 2000, 5000, 10_000]
    connected = [e for e in EVENTS if isinstance(e, ClientActed) and e.action == "connect"]
    assert sum(each.clients for each in connected) == 10_000
    assert not any(each.error for each in connected)
    ended = EVENTS[-1]
    assert isinstance(ended, CaptureEnded)
    assert "clients" not in ended.lost


def test_it_stays_below_a_kilobyte_an_event() -> None:
    clients = sum(e.clients - 1 for e in EVENTS if isinstance(e, ClientActed))
    assert FILE.stat().st_size < 1024 * (len(EVENTS) + clients)
    assert FILE.stat().st_size < 768 * 1024


def test_one_connection_is_followed_and_then_the_server_is_let_go() -> None:
    at = next(n for n, event in enumerate(EVENTS) if isinstance(event, DetailEnded))
    assert any(event.function == "main.idle" for event in EVENTS[:at])
    unseen = (FunctionEntered, FunctionReturned, CallEntered)
    assert not any(isinstance(event, unseen) for event in EVENTS[at:])


def test_there_is_one_epoll_and_no_thread_more() -> None:
    for each in MEASURED:
        assert each.interests == each.connections + 2
    assert max(each.threads for each in MEASURED) <= MEASURED[0].threads + 2


@pytest.mark.parametrize(("name", "least", "most"), [("stacks", 1900, 4400), ("heap", 900, 2000)])
def test_the_cost_of_each_stays_the_same(name: str, least: int, most: int) -> None:
    thousand, two, _, ten = MEASURED[3:]
    for before, after in ((thousand, two), (two, ten)):
        more = after.reported[name] - before.reported[name]
        assert least < more / (after.connections - before.connections) < most


def test_what_the_server_needs_is_about_what_it_says() -> None:
    first, last = MEASURED[0], MEASURED[-1]
    assert first.resident is not None
    assert last.resident is not None
    parts = sum(
        last.reported[name] - first.reported[name] for name in ("stacks", "heap", "runtime")
    )
    assert 0.8 < (last.resident - first.resident) / parts < 1.25


@pytest.mark.live
def test_where_too_few_descriptors_are_to_be_had_it_passes_and_says_so(go_server: Path) -> None:
    command = "ulimit -n 1300 && exec " + shlex.join(
        [sys.executable, "-m", "walkthrough", "check", "--server", "go", "many-connections"]
    )
    run = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout
    assert "It was run with fewer clients: 8764 of their actions were left out" in run.stdout
