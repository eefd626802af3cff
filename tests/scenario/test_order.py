"""Which scenario to try after another one."""

from pathlib import Path

import pytest

from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.chapters import by_chapter
from walkthrough.scenario.course import CourseScenario, next_in
from walkthrough.scenario.order import proposed_after
from walkthrough.scenario.routes import ROUTES
from walkthrough.user_data.progress_format import WalkEntry
from walkthrough.user_data.progress_summary import ProgressSummary


def done(*names: str) -> ProgressSummary:
    summary = ProgressSummary()
    for name in names:
        goals = tuple(goal.id for goal in scenarios.load(name).goal)
        summary.take(WalkEntry(name, True, goals))
    return summary


def proposed(name: str, known: ProgressSummary, route: str = "") -> str:
    scenario = proposed_after(name, known, ROUTES.get(route))
    return scenario.name if scenario is not None else ""


def test_what_was_walked_is_never_proposed_and_the_first_one_not_done_is() -> None:
    assert proposed("first-connection", done()) == "the-document-today"
    assert proposed("burst", done("burst")) == "first-connection"
    assert proposed("herd", done(*scenarios.names())) == ""


def test_the_chapters_are_gone_through_but_nothing_comes_before_what_it_needs() -> None:
    listed = sorted(
        map(scenarios.load, scenarios.names()),
        key=lambda each: by_chapter(each.chapter, each.order, each.name),
    )
    course = {
        each.name: CourseScenario(each.name, tuple(goal.id for goal in each.goal), each.after)
        for each in listed
    }
    behind: list[str] = []
    known = done()
    while (next_one := next_in([*course.values()], known)) is not None:
        behind.append(next_one.scenario)
        known.take(WalkEntry(behind[-1], True, course[behind[-1]].goals))
    assert sorted(behind) == sorted(each.name for each in listed)
    for each in listed:
        assert all(behind.index(name) < behind.index(each.name) for name in each.after)
    assert behind[0] == listed[0].name


def test_on_a_route_its_own_order_counts() -> None:
    assert proposed("first-connection", done(), "45-minutes") == "handshake-before-accept"
    assert proposed("burst", done("handshake-before-accept"), "45-minutes") == "accept-parks"
    assert proposed("burst", done(*ROUTES["45-minutes"].scenarios), "45-minutes") == ""


def test_what_cannot_be_read_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("the-document-today", "torn", "odd"):
        (tmp_path / name).mkdir()
    (tmp_path / "the-document-today" / scenarios.FILE).write_text('chapter = "flow"\norder = 2\n')
    (tmp_path / "torn" / scenarios.FILE).write_bytes(b"chapter = \xff")
    (tmp_path / "odd" / scenarios.FILE).write_text('chapter = "nowhere"')
    monkeypatch.setenv(scenarios.ELSEWHERE, str(tmp_path))
    assert proposed("first-connection", done("first-connection")) == "ipv4-any"
