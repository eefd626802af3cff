"""Which rows of a text are to be kept visible: the marked line, and the notes near it."""

import pytest

from tests.support.need import need
from walkthrough.i18n.catalogue import catalogue
from walkthrough.lesson.lesson import lesson_for
from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios
from walkthrough.source.go_root import find_go_root
from walkthrough.state.history import History
from walkthrough.view.source.column import SourceColumn
from walkthrough.view.source.content import SourceMode
from walkthrough.view.source.navigation import place_of
from walkthrough.view.source.page import source_page
from walkthrough.view.source.rows import NEAR, SourceRows
from walkthrough.view.step import step_at

EN = catalogue("en")
LINES = tuple(f"\tline {number}" for number in range(1, 101))
WIDTH = 56


def rows_of(notes: dict[int, str], height: int, line: int = 50, caption: str = "") -> SourceRows:
    rows = SourceRows()
    rows.lay_out(SourceColumn("x.go", LINES, line, notes=notes, caption=caption), EN, "", WIDTH)
    rows.set_inset(height)
    return rows


@pytest.mark.parametrize(
    ("notes", "height", "around"),
    [
        ({}, 10, (49, 49)),
        ({53: "a note"}, 10, (49, 53)),
        ({53: "a note"}, 4, (49, 49)),  # not all of it fits
        ({48: "before", 53: "after"}, 10, (47, 54)),
        ({48: "before", 53: "after"}, 5, (47, 50)),  # the nearest comes first
        ({50: "here", 53: "after"}, 10, (49, 54)),
        ({50 + NEAR: "near"}, 20, (49, 50 + NEAR)),
        ({51 + NEAR: "too far"}, 20, (49, 49)),
    ],
)
def test_notes_near_the_marked_line(
    notes: dict[int, str], height: int, around: tuple[int, int]
) -> None:
    assert rows_of(notes, height).around == around


def test_a_caption_is_counted_with_the_rows() -> None:
    assert rows_of({53: "a note"}, 10, caption="said here").around == (49, 54)
    assert rows_of({}, 10, line=0).around == (0, 0)


@pytest.mark.parametrize("name", ["privileged-port", "accept-parks", "herd"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_at_every_step_a_note_near_the_marked_line_is_whole_or_has_no_room(
    name: str, language: str
) -> None:
    history = History.load(load(scenarios.find(name) / scenarios.RECORDING))
    version = history.header.go_version
    need(find_go_root(version) is not None, f"the source of {version} is not installed")
    lesson, tr = lesson_for(history.header), catalogue(language)
    rows, near = SourceRows(), 0
    at = -1
    while (following := history.next_step(at)) != at:
        at = following
        step = step_at(history, at, lesson, tr, hushed=False)
        assert step.view is not None
        place = place_of(step.view, at, None)
        column = source_page(step, place, SourceMode.BESIDE, WIDTH, 40).main.column
        rows.lay_out(column, tr, "", WIDTH)
        for height in (12, 40):
            rows.set_inset(height)
            (first, last), (low, high) = rows.sight, rows.around
            assert low <= first <= last <= high
            assert high - low < height or (low, high) == (first, last)
            for line in column.notes if rows.has_marked_line else ():
                if abs(line - column.line) > NEAR or not rows.has(line):
                    continue
                begins, ends = rows.rows_of(line)
                inside = low <= begins and ends <= high
                assert inside or max(high, ends) - min(low, begins) >= height
                near += inside
    assert near
