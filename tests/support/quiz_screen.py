"""What tests of predict mode share: lessons with questions, and looks into the part."""

from typing import Any

from records import HEADER, FakeLesson, first_connection, history_of
from test_tui_replay import press, text_of
from textual.pilot import Pilot

from walkthrough.model.events import Header
from walkthrough.quiz.question import Asked
from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.schema import Question
from walkthrough.state.history import History
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.features.quiz.commands import QuizController
from walkthrough.tui.features.quiz.session import Session

EVENTS = first_connection()
NAMES = scenarios.names()
PANES = ("path", "crumbs", "source-lines", "values", "calls", "kernel", "ladder")


class Asking(FakeLesson):
    """A lesson that has the scenario's own questions."""

    def __init__(self, header: Header = HEADER) -> None:
        super().__init__(header)
        self.questions = scenarios.load_lesson(scenarios.find(header.scenario)).question


def recorded(name: str) -> History:
    return History.load(load(scenarios.find(name) / scenarios.RECORDING))


def replay(
    history: History | None = None, language: str = "en", own: bool = False
) -> WalkthroughApp:
    return WalkthroughApp(
        history=history if history is not None else history_of(EVENTS),
        lesson_factory=Asking if own else FakeLesson,
        language=language,
    )


def part_of(app: WalkthroughApp) -> QuizController:
    return next(part for part in app.walk.controllers if isinstance(part, QuizController))


def session_of(app: WalkthroughApp) -> Session:
    session = part_of(app)._session
    assert session is not None
    return session


def asked_now(app: WalkthroughApp) -> Asked:
    asked = part_of(app)._asking.asked
    assert asked is not None
    return asked


def is_asking(app: WalkthroughApp) -> bool:
    return part_of(app)._asking.asked is not None


def is_told(app: WalkthroughApp) -> bool:
    return part_of(app)._asking.verdict is not None


def box_of(app: WalkthroughApp) -> str:
    return " ".join(text_of(app, "predict-box").split())


def right_key(asked: Asked) -> str:
    assert asked.right is not None
    return str(asked.right + 1)


def wrong_key(asked: Asked) -> str:
    return "2" if asked.right == 0 else "1"


async def to_a_question(pilot: Pilot[Any], app: WalkthroughApp, key: str = "space") -> Asked:
    """Press a key until something is asked."""
    for _ in range(400):
        await press(pilot, key)
        if is_asking(app):
            return asked_now(app)
    raise AssertionError("nothing was asked")


def own_questions(history: History) -> tuple[Question, ...]:
    return scenarios.load_lesson(scenarios.find(history.header.scenario)).question
