"""How far one is in a scenario, on home: beside its title, and in sentences."""

import pytest

from walkthrough.i18n.catalogue import catalogue
from walkthrough.scenario.course import CourseStanding
from walkthrough.scenario.misconceptions import MISCONCEPTIONS
from walkthrough.tui.screens.home.course_marks import (
    CourseMark,
    mark_row,
    next_sentence,
    standing_sentence,
)

EN = catalogue("en")
DONE = CourseStanding(True, True, reached=1, goals=2, right=5, asked=7, day="2026-11-30")
BEGUN = CourseStanding(True, False, goals=2, right=0, asked=1)


@pytest.mark.parametrize(
    ("mark", "text"),
    [
        (CourseMark(), "   "),
        (CourseMark(DONE), " ✓ "),
        (CourseMark(BEGUN), " ~ "),
        (CourseMark(next=True), "→  "),
        (CourseMark(BEGUN, next=True), "→~ "),
        (CourseMark(DONE, next=True), "→✓ "),
    ],
)
def test_marks_are_of_one_width_and_hold_no_numbers(mark: CourseMark, text: str) -> None:
    assert "".join(piece.text for piece in mark_row(mark)) == text


def test_what_comes_next_says_why() -> None:
    assert next_sentence(CourseMark(DONE), EN) == ""
    assert next_sentence(CourseMark(next=True), EN) == "It comes next."
    why = next_sentence(CourseMark(next=True, why=MISCONCEPTIONS[9].belief), EN)
    assert why.endswith(f"“{MISCONCEPTIONS[9].belief}”.")


def test_what_was_done_is_a_sentence() -> None:
    assert standing_sentence(CourseStanding(goals=2), EN) == ""
    said = "done; goals reached: 1 of 2; questions right: 5 of 7"
    assert standing_sentence(DONE, EN) == said
    assert standing_sentence(CourseStanding(True), EN) == "begun"
    assert standing_sentence(DONE, catalogue("zh")).startswith("已完成")
