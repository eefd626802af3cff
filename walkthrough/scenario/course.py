"""How far somebody is in the course of the scenarios, and which scenario comes next.

Plain records in, plain records out: it reads no scenario, and not what is remembered.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from walkthrough.scenario.misconceptions import MISCONCEPTIONS, Misconception
from walkthrough.scenario.routes import Route
from walkthrough.user_data.progress_summary import ProgressSummary, ScenarioProgress


class CourseScenario(NamedTuple):
    """A scenario of the course.

    Attributes:
        name: Its name.
        goals: The ids of its goals.
        after: The names of the scenarios that should be known before it.
    """

    name: str
    goals: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


class CourseStanding(NamedTuple):
    """How far somebody is in one scenario.

    Attributes:
        begun: Whether anything was done in it.
        done: Whether it was seen to its end, one of its goals at least reached; or all of them.
        reached: How many of its goals were reached.
        goals: How many it has.
        right: How many of the questions that were asked were answered right the last time.
        asked: How many were asked.
        day: When something was last done in it, as 2026-11-30; "" if that is unknown.
    """

    begun: bool = False
    done: bool = False
    reached: int = 0
    goals: int = 0
    right: int = 0
    asked: int = 0
    day: str = ""


class CourseProposal(NamedTuple):
    """What comes next.

    Attributes:
        scenario: Its name.
        belief: The number of a misconception that was believed, and is seen false there; 0 if it
            is only the first that is not done.
    """

    scenario: str
    belief: int = 0


def standing_of(scenario: CourseScenario, progress: ScenarioProgress) -> CourseStanding:
    """Return how far somebody is in a scenario; goals that it has no more do not count."""
    reached = len(set(scenario.goals).intersection(progress.reached))
    goals = len(set(scenario.goals))
    return CourseStanding(
        begun=progress.begun,
        done=bool(goals and reached == goals) or (progress.seen and bool(reached or not goals)),
        reached=reached,
        goals=goals,
        right=progress.questions.right,
        asked=progress.questions.asked,
        day=progress.day,
    )


def next_in(
    course: Sequence[CourseScenario],
    known: ProgressSummary,
    misconceptions: Mapping[int, Misconception] = MISCONCEPTIONS,
    route: Route | None = None,
) -> CourseProposal | None:
    """Return what comes next: what shows false what is still believed, else the first not done.

    A scenario is put off until those that should be known before it are done, if others are left.

    Args:
        course: The scenarios in their order.
        known: What was learned.
        misconceptions: Where each is seen to be false.
        route: The route that was chosen: nothing else is proposed then, and its order is that of
            its own; None for the whole course.

    Returns:
        The proposal; None when all is done and nothing is believed that was met.
    """
    if route is not None:
        course = on_route(course, route)
    names = [one.name for one in course]
    open_ = [one for one in course if not standing_of(one, known.scenario(one.name)).done]
    left = [one.name for one in open_]
    for number in known.still_believed():
        known_one = misconceptions.get(number)
        for name in known_one.scenarios if known_one is not None else ():
            if name in (left or names):
                return CourseProposal(name, number)
    ready = [one.name for one in open_ if not set(one.after).intersection(left)]
    return CourseProposal((ready or left)[0]) if left else None


def on_route(course: Sequence[CourseScenario], route: Route) -> list[CourseScenario]:
    """Return the scenarios of a route, in its order; one that is not at hand is left out."""
    known = {one.name: one for one in course}
    return [known[name] for name in route.scenarios if name in known]
