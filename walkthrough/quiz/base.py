"""The base of questions made from the trace: made at one event, and settled by a later one.

It is made from past events, so that it can be asked about a live server, too. Each kind of
question has its own module.
"""

import random
from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace

from walkthrough.i18n.messages import Message
from walkthrough.model.events import AnyEvent
from walkthrough.quiz.question import QuestionKind, QuizOption
from walkthrough.quiz.wrong_choice import WrongChoice
from walkthrough.state.world import World

MOST_OPTIONS = 4


class TraceAnswer(NamedTuple):
    """What came.

    Attributes:
        option: The answer, as an option says it.
        why: Why it came; None where there is nothing to teach about it.
        shown: The event that shows it.
        much_later: It shows only at the end of everything, which is not waited for.
    """

    option: QuizOption
    why: Message | None
    shown: int
    much_later: bool = False


class LostAnswer(NamedTuple):
    """The trace has no answer: the question's assumption was wrong, or the answer went unseen."""


LOST = LostAnswer()


class TraceQuestion:
    """A question made from the trace.

    Attributes:
        kind: What it is about.
        name: The same for the same question in every walk, as ``first-call:accept``; what was
            learned is kept under it.
        most: How often it is asked in a walk, since later rounds repeat.
        ask: The question.
        options: Choices, the likeliest first; of them
            `MOST_OPTIONS` are offered.
        numeric: The choices are numbers, shown in their order.
        on_demand: For a live server it is asked only when the user is about to act.
    """

    kind: QuestionKind
    name: str
    most = 1
    ask: Message
    options: tuple[QuizOption, ...]
    numeric = False
    on_demand = False

    def settle(
        self, event: AnyEvent, before: World, world: World
    ) -> TraceAnswer | LostAnswer | None:
        """Process a later event: return the answer, `LOST`, or None if there is none yet.

        Args:
            event: The event.
            before: The world before it.
            world: The world after it.
        """
        raise NotImplementedError

    def why_not(self, key: str) -> WrongChoice | None:
        """Return what is said to whoever has chosen option ``key``; asked once it is settled."""
        return None


def offered(made: TraceQuestion, came: QuizOption | None, seed: str) -> tuple[QuizOption, ...]:
    """Choose from the options, and shuffle them.

    Args:
        made: The question.
        came: What came, if that is known: it is then one of them.
        seed: The same seed gives the same order.
    """
    fitting = list(made.options)
    if came is not None:
        fitting = [came, *(option for option in fitting if option.key != came.key)]
    chosen = fitting[:MOST_OPTIONS]
    if made.numeric:
        return tuple(sorted(chosen, key=_number))
    random.Random(seed).shuffle(chosen)
    return tuple(chosen)


def explained(made: TraceQuestion, options: Sequence[QuizOption]) -> tuple[QuizOption, ...]:
    """Add to each option of a settled question what is said to whoever has chosen it wrongly."""
    found = ((option, made.why_not(option.key)) for option in options)
    return tuple(
        option if wrong is None else replace(option, why=wrong.why, believes=wrong.believes)
        for option, wrong in found
    )


def _number(option: QuizOption) -> tuple[int, str]:
    return (int(option.key), "") if option.key.isdecimal() else (-1, option.key)


def right_of(options: Sequence[QuizOption], key: str) -> int | None:
    """Return which option has ``key``."""
    return next((n for n, option in enumerate(options) if option.key == key), None)
