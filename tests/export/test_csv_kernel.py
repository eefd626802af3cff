"""The table of views has a row for each thing of each view."""

import csv
import io
from pathlib import Path

from tests.support.process_logs import NGINX, WORKERS, history_of_log
from tests.support.written import written
from walkthrough.export.csv_kernel import COLUMNS, to_csv_kernel
from walkthrough.model.events import CaptureEnded, KernelObserved
from walkthrough.model.kernel_state import Beyond, KernelState
from walkthrough.recording.file import load

SCENARIOS = Path(__file__).parents[2] / "scenarios"
RECORDING = SCENARIOS / "first-connection" / "recording.jsonl"


def table(path: Path) -> list[dict[str, str]]:
    out = io.BytesIO()
    to_csv_kernel(load(path), out)
    return list(csv.DictReader(io.StringIO(out.getvalue().decode(), newline="")))


def test_the_accept_queue_over_time() -> None:
    rows = table(RECORDING)
    listeners = [row for row in rows if row["state"] == "LISTEN"]
    queue = [int(row["accept_queue"]) for row in listeners]
    assert [now for before, now in zip([-1, *queue], queue, strict=False) if now != before] == [
        0,
        1,
        0,
    ]
    assert {row["backlog"] for row in listeners} == {"4096"}


def test_each_view_is_there_with_all_that_it_lists() -> None:
    rows = table(RECORDING)
    assert [*rows[0]] == [*COLUMNS]
    views = [event for _, event in load(RECORDING) if isinstance(event, KernelObserved)]
    for view in views:
        of_view = [row["row"] for row in rows if row["event"] == str(view.seq)]
        assert of_view.count("descriptor") == len(view.state.descriptors)
        assert of_view.count("socket") == len(view.state.sockets)
        assert of_view.count("interest") == sum(len(each.interests) for each in view.state.epolls)
    assert len({row["event"] for row in rows}) == len(views)


def test_what_is_counted_and_not_listed(tmp_path: Path) -> None:
    beyond = Beyond(descriptors=9, interests=8, sockets={"server ESTABLISHED": 7})
    view = KernelObserved(seq=0, time_ns=0, state=KernelState(beyond=beyond))
    end = CaptureEnded(seq=1, time_ns=1, reason="finished")
    rows = table(written(tmp_path / "many.jsonl", [view, end]))
    assert [(row["row"], row["state"], row["count"]) for row in rows] == [
        ("descriptors", "", "9"),
        ("interests", "", "8"),
        ("sockets", "ESTABLISHED", "7"),
    ]


def test_a_view_has_the_process_whose_it_is_and_open_files_their_numbers(tmp_path: Path) -> None:
    history = history_of_log("nginx")
    events = [history.event(index) for index in range(len(history))]
    rows = table(written(tmp_path / "walk.jsonl", events, history.header))
    assert {int(row["process"]) for row in rows} == {NGINX, *WORKERS}
    listeners = {
        (row["process"], row["file"])
        for row in rows
        if (row["row"], row["fd"], row["kind"]) == ("descriptor", "3", "socket")
    }
    shared = {file for process, file in listeners if process != str(NGINX)}
    assert len(shared) == 1
    assert (str(NGINX), *shared) in listeners
