"""Predict mode without a screen: what becomes of answers where calls turn out to be elsewhere."""

from tests.support.revised_calls import called
from walkthrough.model.events import (
    FORMAT_OF_REVISIONS,
    Header,
    ProcessStarted,
    RevisedCall,
    StagesRevised,
)
from walkthrough.model.stages import Stage
from walkthrough.quiz.score import AnswerOutcome
from walkthrough.state.history import History
from walkthrough.tui.features.quiz.session import QuizSession


def test_an_answer_is_judged_again_where_a_call_turns_out_to_be_of_a_stage() -> None:
    history = History(Header(format=FORMAT_OF_REVISIONS))
    session = QuizSession(history)
    history.append(ProcessStarted(seq=0, time_ns=0, pid=1))
    for event in called("socket", 1, Stage.SYS_SOCKET):
        history.append(event)
    asked = session.due(2, live=True)
    assert asked is not None
    keys = [option.key for option in asked.options]
    given = session.answer(asked, keys.index("setDefaultSockopts"))
    assert given.outcome is AnswerOutcome.WAITING
    for event in (*called("setsockopt", 3, None), *called("bind", 5, Stage.BIND)):
        history.append(event)
    session.course.read_to(6, 10)
    assert [each.outcome for each in session.news()] == [AnswerOutcome.WRONG]
    assert session.news() == []
    revised = RevisedCall(3, Stage.SET_DEFAULT_SOCKOPTS, mark="setDefaultSockopts")
    history.append(StagesRevised(seq=7, time_ns=7, calls=(revised,)))
    session.course.read_to(7, 10)
    assert [each.outcome for each in session.news()] == [AnswerOutcome.RIGHT]
    assert session.news() == []
    assert session.score.total() == (1, 1)
