"""The calls up to a step are found by number: they are those that a list of all would have."""

import pytest

from walkthrough.i18n.catalogue import catalogue
from walkthrough.recording.file import load
from walkthrough.scenario.loader import server_folder
from walkthrough.state.history import History
from walkthrough.view.calls import CallRows, heading_of
from walkthrough.view.step import step_at
from walkthrough.view.text import Row, width_of

EN = catalogue("en")


WIDTH = 60


@pytest.fixture(scope="module", params=["first-connection", "udp", "burst"])
def history(request: pytest.FixtureRequest) -> History:
    return History.load(load(server_folder().parent / request.param / "recording.jsonl"))


def text_of(row: Row) -> str:
    return "".join(piece.text for piece in row)


def test_headings_and_calls_stand_where_a_list_of_all_would_have_them(history: History) -> None:
    last = len(history) - 1
    for index in (last, 3, last // 2, 0, last // 5):
        rows = CallRows(step_at(history, index, None, EN), WIDTH)
        at, heading = 0, None
        count = history.visible_calls_until(index)
        for number in range(count):
            call = history.visible_call(number)
            if (name := heading_of(history.call_place(call))) != heading:
                if number < count - 1:
                    assert text_of(rows.row(at)) == (name or EN("between stages"))
                heading, at = name, at + 1
            entered, _ = history.call(call)
            assert rows.event_at(at) == entered.seq
            assert entered.call in text_of(rows.row(at))
            at += 1
        assert len(rows) >= at
        assert count or text_of(rows.row(0)) == EN("No system call yet.")


def test_only_what_has_failed_is_marked() -> None:
    for name, call, mark in (
        ("accept-parks", "accept4(3, ", "  "),
        ("dial", "connect(3, ", "  "),
        ("port-in-use", "bind(3, ", "✗ "),
        ("interrupted", "accept4(3, ", "✗ "),  # injected: it says so
    ):
        history = History.load(load(server_folder().parent / name / "recording.jsonl"))
        rows = CallRows(step_at(history, len(history) - 1, None, EN), WIDTH)
        shown = [text_of(rows.row(number)) for number in range(len(rows))]
        first = next(row for row in shown if row[2:].startswith(call) and "= -1" in row)
        assert first.startswith(mark), first


def test_rows_are_no_wider_than_there_is_room(history: History) -> None:
    rows = CallRows(step_at(history, len(history) - 1, None, EN), WIDTH)
    assert max(width_of(rows.row(number)) for number in range(len(rows))) <= WIDTH


def test_calls_are_dimmed_by_their_number(history: History) -> None:
    rows = CallRows(step_at(history, len(history) - 1, None, EN), WIDTH)
    plain = [rows.row(number) for number in range(len(rows))]
    dimmed = [rows.row(number, lambda call: True) for number in range(len(rows))]
    assert [*map(text_of, plain)] == [*map(text_of, dimmed)]
    assert {piece.kind for piece in dimmed[1]} == {"dim"}


def test_the_title_counts_quiet_calls_where_there_is_room(history: History) -> None:
    rows = CallRows(step_at(history, len(history) - 1, None, EN), WIDTH)
    count = history.visible_calls_until(len(history) - 1)
    assert rows.title(12) == (EN("System calls") + f" · {count}")
    quiet = history.calls_until(len(history) - 1) - count
    assert (str(quiet) in rows.title(60).removeprefix(rows.title(12))) == bool(quiet)
