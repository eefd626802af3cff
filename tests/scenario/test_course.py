"""How far somebody is in the course, and what comes next."""

from walkthrough.i18n.messages import message
from walkthrough.scenario.course import (
    CourseProposal,
    CourseScenario,
    CourseStanding,
    next_in,
    standing_of,
)
from walkthrough.scenario.misconceptions import MISCONCEPTIONS, Misconception
from walkthrough.user_data.progress_format import AnswerEntry, ProgressEntry, WalkEntry
from walkthrough.user_data.progress_summary import (
    AnswerTally,
    ProgressSummary,
    ScenarioProgress,
)


def proofs(*wanted: tuple[int, tuple[str, ...]]) -> dict[int, Misconception]:
    return {number: Misconception(number, message("it"), names) for number, names in wanted}


COURSE = (
    CourseScenario("first", ("first.queue", "first.park")),
    CourseScenario("burst", ("burst.wakes",)),
    CourseScenario("udp"),
)


def known(*entries: ProgressEntry) -> ProgressSummary:
    summary = ProgressSummary()
    for entry in entries:
        summary.take(entry)
    return summary


def believed(number: int) -> AnswerEntry:
    return AnswerEntry("first", "q", "scenario", False, number, (number,))


def test_a_scenario_is_done_once_its_point_was_seen() -> None:
    first, _, udp = COURSE
    assert standing_of(first, ScenarioProgress()) == CourseStanding(goals=2)
    ended_early = standing_of(first, ScenarioProgress(seen=True))
    assert (ended_early.begun, ended_early.done) == (True, False)
    assert standing_of(first, ScenarioProgress(True, ("first.queue",))).done
    assert not standing_of(first, ScenarioProgress(reached=("first.queue",))).done
    assert standing_of(first, ScenarioProgress(reached=("first.park", "first.queue"))).done
    assert standing_of(udp, ScenarioProgress(seen=True)).done, "it has no goals"
    assert not standing_of(udp, ScenarioProgress(questions=AnswerTally(3, 3))).done


def test_goals_that_were_renamed_do_not_count() -> None:
    progress = ScenarioProgress(True, ("first.old", "first.queue"), AnswerTally(4, 3), "2026-11-30")
    assert standing_of(COURSE[0], progress) == CourseStanding(True, True, 1, 2, 3, 4, "2026-11-30")
    assert not standing_of(COURSE[1], ScenarioProgress(True, ("burst.old",))).done


def test_what_comes_next_is_the_first_that_is_not_done() -> None:
    assert next_in(COURSE, known(), proofs()) == CourseProposal("first")
    done = known(WalkEntry("first", True, ("first.park",)))
    assert next_in(COURSE, done, proofs()) == CourseProposal("burst")
    done.take(WalkEntry("udp", True))
    done.take(WalkEntry("burst", reached=("burst.wakes",)))
    assert next_in(COURSE, done, proofs()) is None
    assert next_in((), known(), proofs()) is None


def test_what_is_believed_comes_first() -> None:
    shown = proofs((7, ("gone", "burst")), (14, ("udp",)))
    assert next_in(COURSE, known(believed(7)), shown) == CourseProposal("burst", 7)
    assert next_in(COURSE, known(believed(3)), shown) == CourseProposal("first")
    both = known(believed(14), believed(7))
    assert next_in(COURSE, both, shown) == CourseProposal("burst", 7)
    both.take(AnswerEntry("burst", "w", "scenario", True, 0, (7,)))
    assert next_in(COURSE, both, shown) == CourseProposal("udp", 14), "7 was corrected"
    both.take(WalkEntry("udp", True))
    assert next_in(COURSE, both, shown) == CourseProposal("first"), "what was seen is not again"


def test_when_all_is_done_what_is_still_believed_is_seen_once_more() -> None:
    done = [WalkEntry(one.name, True, one.goals) for one in COURSE]
    assert next_in(COURSE, known(*done, believed(7)), proofs((7, ("burst",)))) == CourseProposal(
        "burst", 7
    )


def test_every_misconception_that_is_seen_false_leads_to_a_scenario() -> None:
    for number, one in MISCONCEPTIONS.items():
        course = [CourseScenario("first"), *map(CourseScenario, one.scenarios[:1])]
        belief = number if one.scenarios else 0
        wanted = CourseProposal(one.scenarios[0] if one.scenarios else "first", belief)
        assert next_in(course, known(believed(number))) == wanted
