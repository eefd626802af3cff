"""The table of calls holds each call of a recording once, with what strace would say of it."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given

from tests.support.process_logs import NGINX, WORKERS, history_of_log
from tests.support.strategies import event_lists
from tests.support.written import written
from walkthrough.export.csv import COLUMNS, to_csv
from walkthrough.formatting import strace_lines
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    CaptureEnded,
    DetailEnded,
)
from walkthrough.model.values import Argument, Constant, Data
from walkthrough.recording.file import load

RECORDING = Path(__file__).parents[2] / "scenarios" / "first-connection" / "recording.jsonl"


def table(path: Path, *, payload: bool = True) -> list[dict[str, str]]:
    out = io.BytesIO()
    to_csv(load(path), out, payload=payload)
    return list(csv.DictReader(io.StringIO(out.getvalue().decode(), newline="")))


def test_a_row_holds_the_call_as_strace_spells_it() -> None:
    rows = table(RECORDING)
    events = [event for _, event in load(RECORDING)]
    entered = {each.span: each for each in events if isinstance(each, CallEntered)}
    returned = [each for each in events if isinstance(each, CallReturned)]
    assert len(rows) == len(entered)
    ended = [row for row in rows if row["returned_event"]]
    for row, end in zip(ended, returned, strict=True):
        begin = entered[end.span]
        assert strace_lines.call(begin, end) == f"{row['call']}({row['arguments']})"
        assert (int(row["entered_event"]), int(row["returned_event"])) == (begin.seq, end.seq)
        assert int(row["result"]) == end.result
        assert row["error"] == (end.error.name if end.error else "")
        assert float(row["time_s"]) == begin.time_ns / 1e9
        assert float(row["duration_s"]) * 1e9 == pytest.approx(end.time_ns - begin.time_ns)
    (listen,) = [row for row in rows if row["call"] == "listen"]
    assert (listen["stage"], listen["goroutine"]) == ("listen", "1")


def test_a_call_that_never_returned_has_no_result(tmp_path: Path) -> None:
    wait = CallEntered(seq=0, time_ns=5, thread=7, span=1, call="accept4")
    end = CaptureEnded(seq=1, time_ns=9, reason="killed")
    (row,) = table(written(tmp_path / "killed.jsonl", [wait, end]))
    assert (row["call"], row["returned_event"], row["result"]) == ("accept4", "", "")


def test_the_table_says_where_detail_ends(tmp_path: Path) -> None:
    end = CaptureEnded(seq=1, time_ns=9, reason="finished")
    path = written(tmp_path / "fast.jsonl", [DetailEnded(seq=0, time_ns=0), end])
    assert "From event 0 on" in str(to_csv(load(path), io.BytesIO()))


def test_an_error_and_a_payload(tmp_path: Path) -> None:
    failed = CallReturned(
        seq=0,
        time_ns=0,
        thread=7,
        call="read",
        arguments=(Argument("buf", Data(b"secret", 6)),),
        result=-1,
        error=Constant("EAGAIN", 11),
    )
    path = written(tmp_path / "read.jsonl", [failed, CaptureEnded(seq=1, time_ns=1, reason="x")])
    (row,) = table(path)
    assert (row["error"], row["result"], row["entered_event"]) == ("EAGAIN", "-1", "")
    assert "secret" in row["arguments"]
    assert "secret" not in table(path, payload=False)[0]["arguments"]


@given(event_lists())
def test_any_recording_is_a_table(
    tmp_path_factory: pytest.TempPathFactory, events: list[AnyEvent]
) -> None:
    rows = table(written(tmp_path_factory.getbasetemp() / "any.jsonl", events))
    assert all(None not in row and [*row] == [*COLUMNS] for row in rows)


def test_each_call_has_the_process_whose_it_is(tmp_path: Path) -> None:
    history = history_of_log("nginx")
    events = [history.event(index) for index in range(len(history))]
    rows = table(written(tmp_path / "walk.jsonl", events, history.header))
    for row in rows:
        event = events[int(row["entered_event"])]
        assert int(row["process"]) == (event.process or NGINX)
    assert {int(row["process"]) for row in rows} == {NGINX, *WORKERS}
    assert {row["process"] for row in table(RECORDING)} == {str(load(RECORDING).header.pid)}
