"""What follows from what was answered and seen, whatever the entries name."""

from hypothesis import given
from hypothesis import strategies as st

from walkthrough.user_data.progress_format import AnswerEntry, ProgressEntry, WalkEntry
from walkthrough.user_data.progress_summary import (
    AnswerTally,
    BeliefProgress,
    ProgressSummary,
    ScenarioProgress,
)


def summary_of(*entries: ProgressEntry) -> ProgressSummary:
    summary = ProgressSummary()
    for entry in entries:
        summary.take(entry)
    return summary


def answer(
    question: str,
    right: bool,
    believes: int = 0,
    tests: tuple[int, ...] = (),
    scenario: str = "burst",
) -> AnswerEntry:
    return AnswerEntry(scenario, question, "call", right, believes, tests)


def test_nothing_is_known_at_first() -> None:
    summary = ProgressSummary()
    assert summary.scenario("burst") == ScenarioProgress()
    assert not summary.scenario("burst").begun
    assert summary.questions("burst") == {}
    assert summary.beliefs() == {}
    assert summary.still_believed() == []
    assert summary.scenarios() == []


def test_a_question_counts_once_and_its_last_answer_decides() -> None:
    summary = summary_of(answer("a", True), answer("a", False), answer("b", False))
    assert summary.scenario("burst").questions == AnswerTally(asked=2, right=0)
    summary.take(answer("a", True))
    assert summary.scenario("burst").questions == AnswerTally(asked=2, right=1)
    assert summary.questions("burst") == {"a": AnswerTally(3, 2), "b": AnswerTally(1, 0)}
    assert summary.topics() == {"call": AnswerTally(4, 2)}
    assert summary.times_right() == {"a": 2}


def test_a_question_of_two_scenarios_is_one_for_what_is_known() -> None:
    summary = summary_of(answer("call:bind", True), answer("call:bind", True, scenario="udp"))
    assert summary.times_right() == {"call:bind": 2}
    assert summary.scenario("udp").questions == AnswerTally(1, 1)


def test_a_walk_without_a_scenario_counts_for_its_topic_alone() -> None:
    summary = summary_of(answer("call:bind", True, scenario=""))
    assert summary.scenarios() == []
    assert summary.topics() == {"call": AnswerTally(1, 1)}


def test_goals_and_the_day() -> None:
    summary = summary_of(
        WalkEntry("burst", reached=("b", "a"), day="2026-11-29"),
        WalkEntry("burst", seen=True, reached=("a", "c")),
    )
    assert summary.scenario("burst") == ScenarioProgress(
        True, ("b", "a", "c"), AnswerTally(), "2026-11-29"
    )
    assert summary.scenario("burst").begun


def test_a_misconception_is_corrected_by_a_right_answer_after_it() -> None:
    summary = summary_of(answer("a", True, tests=(7, 8)), answer("a", False, 7, (7, 8)))
    assert summary.beliefs() == {7: (2, 1, False), 8: (2, 0, False)}
    assert summary.still_believed() == [7]
    summary.take(answer("other", True))
    assert summary.still_believed() == [7], "it does not test that"
    summary.take(answer("third", True, tests=(7,)))
    assert summary.beliefs()[7] == BeliefProgress(met=3, believed=1, corrected=True)
    assert summary.still_believed() == []
    summary.take(answer("a", False, 7, (7, 8)))
    assert summary.beliefs()[7] == BeliefProgress(met=4, believed=2, corrected=False)
    summary.take(answer("third", False, tests=(7,)))
    assert summary.still_believed() == [7], "wrong in another way corrects nothing"
    summary.take(answer("a", True))
    assert summary.still_believed() == [], "it is the question in which it was believed"


def test_one_that_was_never_believed_needs_no_correction() -> None:
    summary = summary_of(answer("a", True, tests=(7,)), answer("b", False, tests=(7,)))
    assert summary.beliefs() == {7: BeliefProgress(met=2, believed=0, corrected=False)}
    assert summary.still_believed() == []


def test_a_question_that_was_renamed_counts_under_its_old_name() -> None:
    summary = summary_of(answer("old", False, 7), answer("new", True, tests=(7,)))
    assert summary.questions("burst") == {"old": AnswerTally(1, 0), "new": AnswerTally(1, 1)}
    assert summary.beliefs() == {7: BeliefProgress(met=2, believed=1, corrected=True)}


@given(
    st.lists(
        st.builds(
            answer,
            st.sampled_from("abc"),
            st.booleans(),
            st.integers(0, 3),
            st.tuples(st.integers(0, 3)),
        )
    )
)
def test_counts_agree_with_each_other(entries: list[AnswerEntry]) -> None:
    summary = summary_of(*entries)
    tally = summary.topics().get("call", AnswerTally())
    assert tally == (len(entries), sum(entry.right for entry in entries))
    assert sum(summary.times_right().values()) == tally.right
    assert sum(one.asked for one in summary.questions("burst").values()) == len(entries)
    for belief in summary.beliefs().values():
        assert belief.believed <= belief.met <= len(entries)
        assert belief.met
        assert belief.believed or not belief.corrected
