"""Presses every pair of keys at one go, in every mode: the screen must still answer.

Two keys at one go are the shortest way for one to come while the one before it is being carried
out. A mode is a few keys on a walk or on home, pressed before each pair.
"""

import random
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from textual.pilot import Pilot

from key_runs.pilot import FrozenError, Session
from key_runs.played import PlayedFeed
from key_runs.targets import Finding, Ran
from key_runs.typing import InputAction
from walkthrough.cli.catalogue import ScenarioCatalogue
from walkthrough.lesson.lesson import lesson_for
from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios
from walkthrough.state.history import History
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.screens.home.bindings import HOME_ACTIONS
from walkthrough.tui.widgets.actions import ACTIONS

SIZE = (80, 24)
EVERY = 20
"""After so many pairs ? is asked for; Escape, after each."""
AFRESH = 60
"""After so many the program is started again."""
_BEGIN = 44
"""How many events a live walk begins with: what predict mode asks next comes with the server's
answer to a key, when another one has been pressed."""
_ANSWERED = 30
"""Milliseconds in which the server has answered."""
_MOST_ESCAPES = 12
_NOT_PAIRED = frozenset({"q", "ctrl+q", "ctrl+c", "H", "S"})
"""What leaves, or writes into the folder."""
_CHARACTERS = {
    "question_mark": "?", "slash": "/", "full_stop": ".", "plus": "+", "minus": "-",
    "equals_sign": "=", "left_square_bracket": "[", "right_square_bracket": "]",
}  # fmt: skip
_BESIDES = ("up", "down", "pageup", "pagedown", "enter", "ctrl+d", "k", "w", "5")


class Mode(NamedTuple):
    """Where pairs are pressed.

    Attributes:
        where: ``replay``, ``live`` or ``home``.
        keys: What leads there.
    """

    where: str
    keys: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What to call it."""
        return " ".join((self.where, *self.keys))


_ON_A_WALK = (
    (), ("p",), ("p", "space"), ("p", "space", "enter"), ("P",), ("P", "t"), ("z",), ("m",), ("g",),
    ("m", "a", "enter", "M"), ("M",), ("/",), ("/", "a", "enter"), ("F",), ("F", "s", "enter"),
    ("y",), ("R",), ("O",), ("?",), ("?", "/"), ("ctrl+p",), ("ctrl+p", "a"),
)  # fmt: skip
_AT_HOME = ((), ("/",), ("/", "a"), ("o",), ("?",), ("?", "/"), ("ctrl+p",), ("tab",))
TOUR = ("ctrl+p", "t", "o", "u", "r", "enter", "enter")
MODES = (
    *(Mode(where, keys) for where in ("replay", "live") for keys in (*_ON_A_WALK, TOUR)),
    *(Mode("home", keys) for keys in _AT_HOME),
)


def every_key() -> tuple[str, ...]:
    """Return all keys that do something somewhere, but those that leave."""
    bound = [key for action in (*ACTIONS, *HOME_ACTIONS) for key in action.keys]
    named = dict.fromkeys((*(_CHARACTERS.get(key, key) for key in bound), *_BESIDES))
    return tuple(key for key in named if key not in _NOT_PAIRED)


def app_of(where: str) -> WalkthroughApp:
    """Return the program, with the real lesson of a real recording."""
    if where == "home":
        return WalkthroughApp(lesson_factory=lesson_for, catalogue=ScenarioCatalogue())
    history = History.load(load(scenarios.find("first-connection") / scenarios.RECORDING))
    if where == "replay":
        return WalkthroughApp(lesson_factory=lesson_for, history=history)
    events = [history.event(at) for at in range(len(history))]
    return WalkthroughApp(
        lesson_factory=lesson_for, feed=PlayedFeed(history.header, events, _BEGIN)
    )


async def press(
    mode: Mode,
    pairs: Sequence[tuple[str, str]],
    make: Callable[[str], WalkthroughApp] = app_of,
) -> list[str]:
    """Press pairs of keys in a mode; return what was wrong, with the pairs that led to it."""
    wrong = []
    for at in range(0, len(pairs), AFRESH):
        todo = list(pairs[at : at + AFRESH])
        while todo:
            session = Session(make(mode.where))
            async with session.app.run_test(size=SIZE) as pilot:
                wrong += await _press(session, pilot, mode, todo)
    return wrong


async def _press(
    session: Session, pilot: Pilot[Any], mode: Mode, todo: list[tuple[str, str]]
) -> list[str]:
    """Take pairs from ``todo`` and press them until something is wrong or the program is left."""
    since: list[str] = []
    while todo and not session.over:
        pair = todo.pop(0)
        since = [*since, " ".join(pair)][-EVERY:]
        try:
            for key in mode.keys:
                await session.do(InputAction(keys=(key,)), pilot)
            await session.do(InputAction(keys=pair), pilot)
            if mode.where == "live":
                await session.do(InputAction(wait=_ANSWERED), pilot)
                for key in ("escape", "escape", "space"):
                    await session.do(InputAction(keys=(key,)), pilot)
            await session.escape(pilot, _MOST_ESCAPES)
            if not todo or len(todo) % EVERY == 0:
                await session.answers(pilot, SIZE)
        except FrozenError as error:
            return [f"{mode.name}: {error}; after {' | '.join(since)}"]
        if session.app.failures:
            return [f"{mode.name}: {session.app.failures[0]!r}; after {since[-1]}"]
    return []


def units() -> list[tuple[Mode, str]]:
    """Return all modes with all first keys, in an order that is soon about everything."""
    todo = [(mode, key) for mode in MODES for key in every_key()]
    random.Random(1).shuffle(todo)
    return todo


async def press_unit(number: int, ran: Ran) -> None:
    """Press all pairs that begin with one key, in one mode; write down what went wrong."""
    mode, first = units()[number]
    began = time.monotonic()
    pairs = [(first, second) for second in every_key()]
    ran.target = f"{mode.name}, then {first}"
    ran.findings += [Finding("pair", wrong, 0) for wrong in await press(mode, pairs)]
    ran.keys, ran.starts = 2 * len(pairs), 1
    ran.seconds = time.monotonic() - began
