"""What predict mode asks or shows now: the box, its space, and which widget had the focus before.

What is asked when, and what follows from an answer, is the controller's (`commands.py`).
"""

from textual.widget import Widget

from walkthrough.quiz.question import QuizQuestion
from walkthrough.quiz.score import GivenAnswer
from walkthrough.tui.features.quiz.box import QuizBox
from walkthrough.tui.features.quiz.session import QuizSession
from walkthrough.tui.screens.walk_context import WalkContext


class QuizPrompt:
    """One question at a time, or its outcome.

    Attributes:
        asked: What is asked, None if nothing is.
        verdict: The outcome of an answer that is shown now, None if none is.
    """

    def __init__(self, walk: WalkContext, box: QuizBox) -> None:
        self._walk, self._box = walk, box
        self.asked: QuizQuestion | None = None
        self.verdict: GivenAnswer | None = None
        self._back_to: Widget | None = None

    @property
    def busy(self) -> bool:
        """Whether something is asked or shown."""
        return self.asked is not None or self.verdict is not None

    def ask(self, asked: QuizQuestion, session: QuizSession) -> None:
        """Ask something."""
        self.asked, self.verdict = asked, None
        self._box.ask(asked, session.score, self._walk.tr, session.modes)
        self.open()

    def reveal(self, given: GivenAnswer, session: QuizSession) -> None:
        """Show the outcome of an answer."""
        self.verdict = given
        self._box.reveal(given, session.score, self._walk.tr, session.modes)
        self.open()

    def speak(self, session: QuizSession) -> None:
        """Say it in the walk's language, to an audience or to one person."""
        self._box.speak(self._walk.tr, session.modes)

    def open(self) -> None:
        """Give the box the focus."""
        focused = self._walk.focused
        if focused is not self._box:
            self._back_to = focused
        self.fit()
        self._box.focus(scroll_visible=False)

    def fit(self) -> None:
        """Make room for the box, or give it back."""
        layout = self._walk.arrangement
        gives_way = self.busy and not layout.presenting and not layout.zoomed
        self._walk.set_modes({"-asking": self.busy, "-giving-way": gives_way})

    def close(self) -> None:
        """Close the box, and give the focus back."""
        self.asked = self.verdict = None
        self.fit()
        if self._walk.focused is self._box:
            self._walk.give_keys_back(self._back_to)
        self._back_to = None
