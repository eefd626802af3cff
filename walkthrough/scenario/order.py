"""Which scenario to try after another one."""

import tomllib
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from walkthrough.scenario import loader
from walkthrough.scenario.chapters import Chapter, by_chapter
from walkthrough.scenario.course import CourseScenario, next_in
from walkthrough.scenario.loader import ScenarioError
from walkthrough.scenario.routes import Route
from walkthrough.scenario.schema import LAST, Scenario
from walkthrough.user_data.progress_summary import ProgressSummary


class _Listed(NamedTuple):
    place: tuple[int, int, str]
    scenario: CourseScenario


def proposed_after(
    name: str, known: ProgressSummary, route: Route | None = None
) -> Scenario | None:
    """Return the scenario to try after ``name``: what home proposes, but never ``name`` itself.

    Args:
        name: The scenario that was walked.
        known: What was learned, in it too.
        route: The route that was chosen, None for the whole course.

    Returns:
        The scenario; None when all others are done. What cannot be read is passed over.
    """
    course = [each.scenario for each in _listed() if each.scenario.name != name]
    while (proposed := next_in(course, known, route=route)) is not None:
        try:
            return loader.load(proposed.scenario)
        except ScenarioError:  # whoever opens it is told why
            course = [one for one in course if one.name != proposed.scenario]
    return None


def _listed() -> list[_Listed]:
    """Return the scenarios of the chapters in order, without checking the rest of their files."""
    try:
        found = [_read(name) for name in loader.names()]
    except ScenarioError:
        return []
    return sorted(each for each in found if each is not None)


def _read(name: str) -> _Listed | None:
    try:
        text = (loader.find(name) / loader.FILE).read_text("utf-8-sig")
    except (OSError, ValueError, ScenarioError):  # not UTF-8
        return None
    return _parse(text, name)


@lru_cache(maxsize=256)  # each walk's end asks for all of them
def _parse(text: str, name: str) -> _Listed | None:
    try:
        tables = tomllib.loads(text)
        chapter, order = Chapter(tables.get("chapter", Chapter.OWN)), tables.get("order", LAST)
    except ValueError:  # no TOML, no such chapter
        return None
    if chapter is Chapter.OWN or not isinstance(order, int):
        return None
    goals = (goal.get("id") for goal in _list(tables.get("goal")) if isinstance(goal, dict))
    scenario = CourseScenario(name, _texts(goals), _texts(_list(tables.get("after"))))
    return _Listed(by_chapter(chapter, order, name), scenario)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(values: Iterable[object]) -> tuple[str, ...]:
    return tuple(each for each in values if isinstance(each, str))
