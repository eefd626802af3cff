"""What an action is: keys, labels, help, and when it is allowed. The table of all is `actions`."""

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from walkthrough.tui.screens.background_loader_words import loading_words
from walkthrough.tui.screens.status import Mode, Standing
from walkthrough.view.words import ScreenWords

Refusal = Callable[[Standing, ScreenWords], str | None]
"""Why an action cannot be carried out now, in a sentence; None if it can."""


class Group(Enum):
    """Headings of the help screen: English, Chinese."""

    WALK = ("Walk", "单步与移动")
    FIND = ("Find and mark", "查找与标记")
    CLIENT = ("Client", "客户端")
    LEARN = ("Learn and present", "学习与演示")
    VIEW = ("View", "视图")
    PROGRAM = ("Program", "程序")


class Action(NamedTuple):
    """One thing a user can do.

    Attributes:
        id: Name of the action, and of the method of a `walkthrough.tui.screens.controller.Part`.
        keys: Textual key names; the first is the one that is shown.
        shown: How the keys are written on the screen.
        label: One or two words: English, Chinese.
        help: A sentence: English, Chinese.
        group: Its heading on the help screen.
        refusal: Why it cannot be done now.
        bar: Place in the key bar, smallest first; 0 keeps it out. What does not fit is left out.
    """

    id: str
    keys: tuple[str, ...]
    shown: str
    label: tuple[str, str]
    help: tuple[str, str]
    group: Group
    refusal: Refusal
    bar: int = 0

    def label_in(self, language: str) -> str:
        """Return the label in ``language``."""
        return self.label[language == "zh"]

    def help_in(self, language: str) -> str:
        """Return the help sentence in ``language``."""
        return self.help[language == "zh"]


def always(standing: Standing, words: ScreenWords) -> str | None:
    """Never refuse."""
    return None


def begun(standing: Standing, words: ScreenWords) -> str | None:
    """Refuse until the server has started."""
    return words.refuse_starting if standing.mode is Mode.STARTING else None


def forward(standing: Standing, words: ScreenWords) -> str | None:
    """Refuse to go on where there is nothing ahead and nothing to release."""
    if not standing.at_edge:
        return None
    if standing.reading:
        return loading_words(words.code).refuse_edge
    return {
        Mode.REPLAY: words.refuse_end,
        Mode.STARTING: words.refuse_starting,
        Mode.RUNNING: None if standing.coming else words.refuse_running,
        Mode.WAITING: standing.waker.refusal(words),
        Mode.ENDED: words.refuse_ended,
        Mode.FAILED: words.refuse_ended,
        Mode.HALTED: None,
    }[standing.mode]


def backward(standing: Standing, words: ScreenWords) -> str | None:
    """Refuse to go back from the first event."""
    return words.refuse_start if standing.index <= 0 else None


def of_live(standing: Standing, words: ScreenWords) -> str | None:
    """Refuse what only a live server can be told."""
    if standing.mode.live:
        return None
    return {
        Mode.REPLAY: words.refuse_replay,
        Mode.STARTING: words.refuse_starting,
    }.get(standing.mode, words.refuse_ended)
