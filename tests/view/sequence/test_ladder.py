"""The ladder's records say what the rows of text say, uncut, with each arrow's way."""

from pathlib import Path

import pytest

from walkthrough.i18n.catalogue import catalogue
from walkthrough.lesson.lesson import lesson_for
from walkthrough.recording.file import load
from walkthrough.state.history import History
from walkthrough.state.sequence.model import Direction
from walkthrough.view.sequence.ladder import ArrowLine, LadderArrow, LadderRow, said_by
from walkthrough.view.sequence.page import SequencePage
from walkthrough.view.step import step_at

SCENARIOS = Path(__file__).parents[3] / "scenarios"
WIDE = 400
"""Cells at which a row of text cuts nothing."""


def pages(name: str, language: str) -> tuple[SequencePage, History]:
    history = History.load(load(SCENARIOS / name / "recording.jsonl"))
    page = SequencePage()
    step = step_at(history, len(history) - 1, lesson_for(history.header), catalogue(language))
    while not (page.show(step, WIDE) is None or page.reached):
        pass
    return page, history


def only_words(text: str) -> str:
    return "".join(c for c in text if c not in " ─═╌▶◀▷◁│┊╳→←")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", ["first-connection", "client-resets", "backlog-full"])
def test_a_record_says_what_its_row_says(name: str, language: str) -> None:
    page, _ = pages(name, language)
    records = list(page.ladder())
    assert len(records) == len(page) - 1
    for number, record in enumerate(records, 1):
        said = said_by(record) if isinstance(record, LadderRow) else "".join(p.text for p in record)
        row = "".join(piece.text for piece in page.row(number))
        assert only_words(said) == only_words(row), number


def test_arrows_have_a_way_and_a_line() -> None:
    page, _ = pages("first-connection", "en")
    rows = [row for row in page.ladder() if isinstance(row, LadderRow)]
    arrows = [part for row in rows for part in (row.crossing, row.calls)]
    ways = {each.label: each for each in arrows if isinstance(each, LadderArrow)}
    assert ways["SYN"].way is Direction.TO_SERVER
    assert ways["SYN-ACK"].way is Direction.TO_CLIENT
    assert ways["listen(3, 4096)"].way is Direction.TO_CLIENT
    assert ways["accept4(3)"].way is Direction.TO_SERVER
    empty = next(
        each for each in arrows if isinstance(each, LadderArrow) and "accept4" in each.label
    )
    assert empty.line is ArrowLine.BROKEN  # EAGAIN: it has brought nothing
    assert page.lanes() == ["client", "kernel", "server", "inferred packets"]


def test_lifelines_begin_and_end_with_what_they_stand_for() -> None:
    page, history = pages("first-connection", "en")
    rows = [row for row in page.ladder() if isinstance(row, LadderRow)]
    assert not rows[0].client
    assert rows[-1].client
    assert all(row.server for row in rows)
    ended = [
        row for row in pages("bind-fails-late", "en")[0].ladder() if isinstance(row, LadderRow)
    ]
    assert ended[0].server
    assert not ended[-1].server
    assert all(0 <= row.event < len(history) for row in rows)
