"""What tests of predict mode share: lessons with questions, and looks into the part."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from textual.pilot import Pilot

from tests.support.feeds import FakeFeed
from tests.support.records import HEADER, FakeLesson, first_connection, history_of
from tests.support.screen import press, text_of
from walkthrough.model.events import ClientActed, Header, KernelObserved
from walkthrough.model.protocol import ServerHalted, ServerRunning, StepCommand
from walkthrough.quiz.learned import LearnedQuestions
from walkthrough.quiz.question import QuizQuestion
from walkthrough.quiz.question_plan import MOST_BEFORE_WAIT, ON_THE_WAY, QuestionPlan
from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.schema import Question
from walkthrough.state.history import History
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.features.quiz.commands import QuizController
from walkthrough.tui.features.quiz.session import QuizSession
from walkthrough.user_data.progress import Progress

EVENTS = first_connection()
NAMES = scenarios.names()
PANES = ("path", "crumbs", "source-lines", "values", "calls", "kernel", "sequence")


class Asking(FakeLesson):
    """A lesson that has the scenario's own questions."""

    def __init__(self, header: Header = HEADER) -> None:
        super().__init__(header)
        self.questions = scenarios.load_lesson(scenarios.find(header.scenario)).question


def from_the_beginning() -> dict[str, int]:
    """Return what was learned, so that a walk asks at its very first stages.

    All that comes later on the way to the first wait was answered right once.
    """
    return dict.fromkeys([*ON_THE_WAY][MOST_BEFORE_WAIT:], 1)


def planned(questions: Sequence[Question] = ()) -> QuestionPlan:
    """Return what a walk asks then."""
    return QuestionPlan(LearnedQuestions(from_the_beginning), questions)


def recorded(name: str) -> History:
    return History.load(load(scenarios.find(name) / scenarios.RECORDING))


def replay(
    history: History | None = None,
    language: str = "en",
    own: bool = False,
    progress: Progress | None = None,
    learned: Callable[[], Mapping[str, int]] = from_the_beginning,
) -> WalkthroughApp:
    app = WalkthroughApp(
        history=history if history is not None else history_of(EVENTS),
        lesson_factory=Asking if own else FakeLesson,
        language=language,
        progress=progress,
    )
    app.learned = LearnedQuestions(learned)
    return app


def part_of(app: WalkthroughApp) -> QuizController:
    return next(part for part in app.walk.controllers if isinstance(part, QuizController))


def session_of(app: WalkthroughApp) -> QuizSession:
    session = part_of(app)._session
    assert session is not None
    return session


def asked_now(app: WalkthroughApp) -> QuizQuestion:
    asked = part_of(app)._asking.asked
    assert asked is not None
    return asked


def is_asking(app: WalkthroughApp) -> bool:
    return part_of(app)._asking.asked is not None


def is_told(app: WalkthroughApp) -> bool:
    return part_of(app)._asking.verdict is not None


def box_of(app: WalkthroughApp) -> str:
    return " ".join(text_of(app, "predict-box").split())


def right_keys(asked: QuizQuestion) -> tuple[str, str]:
    """Return what answers it rightly: the digit of a choice marks that, Enter answers."""
    assert asked.right is not None
    return str(asked.right + 1), "enter"


def wrong_keys(asked: QuizQuestion) -> tuple[str, str]:
    """Return what answers it wrongly."""
    return "2" if asked.right == 0 else "1", "enter"


async def to_a_question(pilot: Pilot[Any], app: WalkthroughApp, key: str = "space") -> QuizQuestion:
    """Press a key until something is asked."""
    for _ in range(400):
        await press(pilot, key)
        if is_asking(app):
            return asked_now(app)
    raise AssertionError("nothing was asked")


def own_questions(history: History) -> tuple[Question, ...]:
    return scenarios.load_lesson(scenarios.find(history.header.scenario)).question


def asking(*names: str) -> Callable[[], dict[str, int]]:
    """Return what was learned, so that a walk asks ``names`` rather than others."""
    return lambda: dict.fromkeys(ON_THE_WAY.keys() - set(names), 1)


def live(
    feed: FakeFeed,
    own: bool = True,
    learned: Callable[[], Mapping[str, int]] = from_the_beginning,
) -> WalkthroughApp:
    factory = Asking if own else FakeLesson
    app = WalkthroughApp(feed=feed, lesson_factory=factory, language="en")
    app.learned = LearnedQuestions(learned)
    return app


class Server:
    """Plays a server: at every step it lets the next event go, as the capture's child does."""

    def __init__(self, *, upto: int = 0) -> None:
        self.feed = FakeFeed(HEADER, *EVENTS[: upto + 1], ServerHalted(seq=upto))
        self.at = upto
        self._taken = 0

    def obey(self) -> int:
        """Answer the commands that have come since; return how many there were."""
        commands = self.feed.sent[self._taken :]
        self._taken = len(self.feed.sent)
        for command in commands:
            assert isinstance(command, StepCommand), command
            self._release()
        return len(commands)

    def _release(self) -> None:
        if isinstance(EVENTS[self.at + 1], ClientActed):
            self.feed.say(ServerRunning(waiting=True))
            return
        self.at += 1
        lines = [EVENTS[self.at]]
        while self.at + 1 < len(EVENTS) and isinstance(EVENTS[self.at + 1], KernelObserved):
            self.at += 1
            lines.append(EVENTS[self.at])
        self.feed.say(*lines, ServerHalted(seq=self.at))

    def act(self) -> None:
        """Let the client do what the walk has next, and the server wake up."""
        self._taken = len(self.feed.sent)
        assert isinstance(EVENTS[self.at + 1], ClientActed)
        lines = EVENTS[self.at + 1 : self.at + 3]
        self.at += 2
        self.feed.say(*lines, ServerHalted(seq=self.at))
