"""The records of predict mode: a question as it is asked, its choices, what is right and why.

Plain data, without knowledge of who makes or draws them.
"""

from enum import StrEnum

import msgspec

from walkthrough.i18n.messages import Message
from walkthrough.i18n.texts import Texts
from walkthrough.model.stages import Place
from walkthrough.scenario.schema import Question


class QuestionKind(StrEnum):
    """What a question is about; the score is counted by it."""

    SCENARIO = "scenario"
    """The scenario's own question."""
    STAGE = "stage"
    """Which stage begins next."""
    CALL = "call"
    """Which system call is made next."""
    RESULT = "result"
    """What a system call returns."""
    DESCRIPTOR = "descriptor"
    """Which descriptor the kernel gives."""
    QUEUE = "queue"
    """How many connections the accept queue holds then."""
    BLOCK = "block"
    """Whether a call waits, a goroutine parks."""


class QuizOption(msgspec.Struct, frozen=True):
    """One choice.

    Attributes:
        key: Unique in a question.
        text: What it says.
        why: If it is wrong: why one could think so, and what the screen shows instead.
        believes: If it is wrong: the number of the misconception that it stands for; 0 for none.
    """

    key: str
    text: Message | Texts | str
    why: Message | Texts | None = None
    believes: int = 0


class QuizQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """One question.

    Attributes:
        id: Unique in a walk.
        name: The same in every walk; what was learned is kept under it.
        kind: What it is about.
        index: The first event of the step at which it is asked.
        place: Where on the path that is.
        ask: The question.
        options: Its choices, in the order in which they are shown.
        right: Which of them is right, by number; None while that is unknown, or if none is.
        why: Why that one, None while that is unknown.
        shown: The event that shows it, None while it has not come.
        came: What came, as an option would say it; None while it has not come.
        sight: The event to look at again afterwards; None for the step at which it is asked.
        see: Where it can be read up.
    """

    id: str
    name: str
    kind: QuestionKind
    index: int
    place: Place
    ask: Message | Texts
    options: tuple[QuizOption, ...]
    right: int | None = None
    why: Message | Texts | None = None
    shown: int | None = None
    came: Message | Texts | str | None = None
    sight: int | None = None
    see: tuple[str, ...] = ()

    @property
    def tests(self) -> tuple[int, ...]:
        """Return the numbers of the misconceptions that its choices stand for, in order."""
        return tuple(sorted({option.believes for option in self.options} - {0}))

    @property
    def open(self) -> bool:
        """Return whether the answer is not known yet."""
        return self.why is None

    @property
    def void(self) -> bool:
        """Return whether something came that was not among the choices."""
        return self.why is not None and self.right is None


def of_scenario(question: Question, index: int, place: Place) -> QuizQuestion:
    """Return a scenario's own question, due at the step of event ``index``."""
    right = next((n for n, choice in enumerate(question.choice) if choice.right), None)
    return QuizQuestion(
        id=question.id,
        name=question.id,
        kind=QuestionKind.SCENARIO,
        index=index,
        place=place,
        ask=question.ask,
        options=tuple(
            QuizOption(str(n), choice.said, choice.why, choice.believes)
            for n, choice in enumerate(question.choice)
        ),
        right=right,
        why=question.why,
        see=question.see,
    )
