"""What a question made from the trace is: it is made at one event, and settled by a later one.

It is made from what has been, so that it can be asked of a live server, too. Each kind of
question has a module of its own beside this one.
"""

import random
from collections.abc import Sequence
from typing import NamedTuple

from walkthrough.model.events import AnyEvent
from walkthrough.quiz.question import QuestionKind, QuizOption
from walkthrough.scenario.schema import Words
from walkthrough.state.world import World

MOST_OPTIONS = 4


class TraceAnswer(NamedTuple):
    """What came.

    Attributes:
        option: It, as an option says it.
        why: Why it came; None where there is nothing to teach about it.
        shown: The event that shows it.
        much_later: It is only at the end of all that it shows: nobody is to wait for that.
    """

    option: QuizOption
    why: Words | None
    shown: int
    much_later: bool = False


class LostAnswer(NamedTuple):
    """The trace will not tell: what the question took for given was not so, or went unseen."""


LOST = LostAnswer()


class TraceQuestion:
    """A question made from the trace.

    Attributes:
        kind: What it is about.
        topic: What exactly; asked ``most`` times in a walk: the tenth round is like the third.
        most: See ``topic``.
        ask: The question.
        options: Choices in the order of how well they fit, the likeliest first; of them
            `MOST_OPTIONS` are offered.
        numeric: The choices are numbers, shown in their order.
        on_demand: A live server is asked about it only when its user is about to act.
    """

    kind: QuestionKind
    topic: str
    most = 1
    ask: Words
    options: tuple[QuizOption, ...]
    numeric = False
    on_demand = False

    def settle(
        self, event: AnyEvent, before: World, world: World
    ) -> TraceAnswer | LostAnswer | None:
        """Look at an event that came after: the answer, `LOST`, or None if it has not come yet.

        Args:
            event: The event.
            before: The world before it.
            world: The world after it.
        """
        raise NotImplementedError


def offered(made: TraceQuestion, came: QuizOption | None, seed: str) -> tuple[QuizOption, ...]:
    """Choose from the options, and put them into an order that tells nothing.

    Args:
        made: The question.
        came: What came, if that is known: it is then among them.
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


def _number(option: QuizOption) -> tuple[int, str]:
    return (int(option.key), "") if option.key.isdecimal() else (-1, option.key)


def right_of(options: Sequence[QuizOption], key: str) -> int | None:
    """Return which option has ``key``."""
    return next((n for n, option in enumerate(options) if option.key == key), None)
