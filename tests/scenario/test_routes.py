"""The routes: through scenarios that there are, in an order in which they can be understood."""

import re
from pathlib import Path

import pytest

from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.course import CourseScenario, next_in, on_route
from walkthrough.scenario.routes import ROUTES, next_route
from walkthrough.user_data.progress_format import WalkEntry
from walkthrough.user_data.progress_summary import ProgressSummary

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ROUTES)
def test_a_route_leads_through_scenarios_that_there_are_each_once(name: str) -> None:
    route = ROUTES[name]
    assert {*route.scenarios} <= {*scenarios.names()}
    assert len({*route.scenarios}) == len(route.scenarios) > 1


@pytest.mark.parametrize("name", ROUTES)
def test_on_a_route_nothing_comes_before_what_it_needs(name: str) -> None:
    on = ROUTES[name].scenarios
    for at, each in enumerate(on):
        for needed in scenarios.load(each).after:
            assert needed not in on[at:], f"{each} comes before {needed}"


def test_the_short_route_is_the_lesson_of_45_minutes() -> None:
    page = (ROOT / "docs" / "teaching.md").read_text("utf-8")
    taught = dict.fromkeys(re.findall(r"^\|.*\(\.\./scenarios/([\w-]+)\)", page, re.MULTILINE))
    route = ROUTES["45-minutes"].scenarios
    assert list(taught) == list(route)
    assert 30 <= sum(scenarios.load(each).minutes or 0 for each in route) <= 45


def test_a_key_goes_through_all_of_them_and_back_to_the_chapters() -> None:
    found = [route := next_route(None)]
    while route is not None:
        found.append(route := next_route(route.name))
    assert [each.name if each is not None else "" for each in found] == [*ROUTES, ""]
    assert next_route("of another version") == found[0]


def test_what_comes_next_is_on_the_route_that_was_chosen() -> None:
    course = [CourseScenario(name) for name in scenarios.names()]
    route = ROUTES["operations"]
    assert [one.name for one in on_route(course, route)] == [*route.scenarios]
    known = ProgressSummary()
    for name in route.scenarios:
        proposed = next_in(course, known, route=route)
        assert proposed is not None
        assert proposed.scenario == name
        known.take(WalkEntry(name, True))
    assert next_in(course, known, route=route) is None
    assert next_in(course, known) is not None
