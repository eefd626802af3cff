"""What can be wrong with a scenario's goals: that they can never be reached, above all."""

from collections.abc import Iterator

from walkthrough.i18n.messages import message
from walkthrough.scenario.schema import ActionKind, Goal, Scenario
from walkthrough.scenario.validation.address_rules import placeholder_mistakes
from walkthrough.scenario.validation.errors import Keys, Mistake, mistake
from walkthrough.scenario.validation.expect_rules import call_mistakes, condition_mistakes
from walkthrough.scenario.validation.question_rules import id_mistakes
from walkthrough.scenario.validation.script_rules import failure_mistakes, point_mistakes
from walkthrough.state.triggers import PointError, PointKind, parse_point

MOST = 9
_ASKS = ("when", "call", "function", "printed", "did", *Goal.CONDITIONS)


def goal_mistakes(scenario: Scenario, own_program: bool) -> Iterator[Mistake]:
    """Yield what is wrong with the tables ``[[goal]]``."""
    goals = scenario.goal
    yield from id_mistakes("goal", [goal.id for goal in goals], scenario.name)
    if len(goals) > MOST:
        yield mistake(
            ("goal", MOST),
            "it has {count} [[goal]]; allowed are at most {most}.",
            count=len(goals),
            most=MOST,
        )
    for at, goal in enumerate(goals):
        yield from _goal(goal, ("goal", at), scenario, own_program)
        if goal.after and goal.after not in [each.id for each in goals[:at]]:
            yield mistake(
                ("goal", at, "after"),
                "after is {found}; it has to be the id of a goal above this one.",
                found=ascii(goal.after),
            )


def _goal(goal: Goal, keys: Keys, scenario: Scenario, own_program: bool) -> Iterator[Mistake]:
    asks = (goal.when, goal.call, goal.function, goal.printed, goal.did, goal.asked())
    if not any(asks):
        yield mistake(
            keys, "it does not say when it is reached; give one of: {keys}.", keys=list(_ASKS)
        )
    if goal.when:
        yield from point_mistakes(goal.when, (*keys, "when"), None if own_program else scenario)
        if _is_at_once(goal.when):
            yield mistake(
                (*keys, "when"), "when is 'at once', which is before there is anything to see."
            )
    if goal.until:
        yield from point_mistakes(goal.until, (*keys, "until"), None if own_program else scenario)
        if not _happens(goal.until):
            yield mistake(
                (*keys, "until"),
                "until is {found}; it has to be 'after X' or 'before X'.",
                found=ascii(goal.until),
            )
    if goal.call:
        yield from call_mistakes(goal.call, (*keys, "call"), scenario)
    if "\n" in goal.printed:
        yield mistake(
            (*keys, "printed"),
            "printed is {found}; it has to be one line.",
            found=ascii(goal.printed),
        )
    yield from placeholder_mistakes(goal.printed, (*keys, "printed"), scenario)
    yield from _client(goal, keys)
    yield from condition_mistakes(goal, keys, scenario)


def _is_at_once(text: str) -> bool:
    try:
        return parse_point(text).kind is PointKind.START
    except PointError:
        return False  # reported as that


def _happens(text: str) -> bool:
    try:
        return parse_point(text).kind in (PointKind.AFTER, PointKind.BEFORE)
    except PointError:
        return True  # reported as that


def _client(goal: Goal, keys: Keys) -> Iterator[Mistake]:
    if goal.did is ActionKind.LET_GO:
        yield mistake(
            (*keys, "did"), "did is {action}, which no client does.", action=ascii(goal.did.value)
        )
    if not goal.fails:
        return
    if goal.did in (None, ActionKind.MEASURE):
        yield Mistake((*keys, "fails"), message("fails is about what a client 'did': name that."))
    yield from failure_mistakes(goal.fails, keys)
