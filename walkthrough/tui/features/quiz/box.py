"""The box with a question or a verdict.

It draws records and reports what was pressed or clicked; the controller decides what follows.
"""

from typing import ClassVar, Protocol

from textual import events
from textual.binding import Binding, BindingType

from walkthrough.i18n.catalogue import ENGLISH, Catalogue, catalogue
from walkthrough.i18n.messages import message
from walkthrough.quiz.question import QuizQuestion
from walkthrough.quiz.score import GivenAnswer, QuizScore
from walkthrough.tui.features.quiz.modes import QuizModes, modes_in_words
from walkthrough.tui.widgets.focus import TakenKeys
from walkthrough.tui.widgets.key_hints import KeyHints
from walkthrough.tui.widgets.rows_view import ListedRows, set_title
from walkthrough.view.quiz import (
    KINDS,
    ClickableRow,
    question_rows,
    score_of,
    verdict_rows,
)
from walkthrough.view.text import safe

BORDER = 2
MOST_ROWS, FEW_ROWS = 10, 7
"""Inside the border: where there is room, and where the panes are small already."""
_CLICKS = ("take", "skip", "classroom", "own", "screen.perform('predict')")
"""What a click on each key of the hint does; an audience has one key fewer."""

_KEEPING = frozenset(
    {"pageup", "pagedown", "K", "l", "question_mark", "f1", "ctrl+p", "tab", "shift+tab"}
)
"""Keys that leave the verdict visible; any other closes it, and does nothing else."""
_BINDINGS = [
    Binding("up,k", "move(-1)", show=False),
    Binding("down,j", "move(1)", show=False),
    Binding("enter", "take", show=False),
    Binding("escape", "skip", show=False),
    Binding("h", "classroom", show=False),
    Binding("o", "own", show=False),
    Binding("pageup", "page_up", show=False),
    Binding("pagedown", "page_down", show=False),
    *(Binding(str(n), f"mark({n})", show=False) for n in range(1, 6)),
]
_ANSWERING = frozenset(key for each in _BINDINGS for key in each.key.split(","))
"""Keys that mean something else while a question has them."""
HINTS = {
    QuizModes(): message("1-{count} and Enter · Esc skip · h classroom · o own · p off"),
    QuizModes(own_only=True): message(
        "1-{count} and Enter · Esc skip · h classroom · o all · p off"
    ),
    QuizModes(classroom=True): message("audience: Enter shows · Esc skip · h alone · o own"),
    QuizModes(classroom=True, own_only=True): message(
        "audience: Enter shows · Esc skip · h alone · o all"
    ),
}
"""What the keys do, on the border of a question."""


class QuizListener(Protocol):
    """What is notified of keys and clicks."""

    def chosen(self, choice: int | None) -> None:
        """A choice was made; None: show the answer of an audience, without a choice."""

    def skipped(self) -> None:
        """The question will not be answered."""

    def gone_on(self) -> None:
        """The outcome has been read."""

    def classroom_switched(self) -> None:
        """An audience answers aloud from now on, or no longer does."""

    def own_switched(self) -> None:
        """The scenario's own questions alone are asked from now on, or no longer."""


class QuizBox(ListedRows):
    """A question with its choices, then the outcome and why."""

    BINDINGS: ClassVar[list[BindingType]] = [*_BINDINGS]

    def __init__(self, listener: QuizListener) -> None:
        super().__init__(id="predict-box")
        self._listener = listener
        self._asked: QuizQuestion | None = None
        self._verdict: GivenAnswer | None = None
        self._chosen: int | None = None
        self._score = QuizScore()
        self._modes = QuizModes()
        self._tr = catalogue(ENGLISH)
        self._listed: list[ClickableRow] = []
        self._keys: KeyHints | None = None

    @property
    def taken_keys(self) -> TakenKeys:
        """What answers a question means that here; once that was done any key closes the box."""
        if self._verdict is not None:
            return TakenKeys(through=_KEEPING)
        return TakenKeys(own=_ANSWERING)

    @property
    def columns(self) -> int:
        """Cells of a row; before it has been laid out, those that it will have."""
        if self.size.width:
            return super().columns
        return max(self.screen.size.width - 2 * BORDER - self.thumb, 8)

    def ask(self, asked: QuizQuestion, score: QuizScore, tr: Catalogue, modes: QuizModes) -> None:
        """Show a question."""
        self._asked, self._verdict = asked, None
        self._chosen = None if modes.classroom else 0
        self._tell(score, tr, modes)

    def reveal(self, given: GivenAnswer, score: QuizScore, tr: Catalogue, modes: QuizModes) -> None:
        """Show the outcome, and why."""
        self._asked, self._verdict = None, given
        self._tell(score, tr, modes)

    def speak(self, tr: Catalogue, modes: QuizModes) -> None:
        """Say the same in another language, or to another kind of audience."""
        if modes.classroom != self._modes.classroom:
            self._chosen = None if modes.classroom else 0
        self._tell(self._score, tr, modes)

    def on_resize(self) -> None:
        """Sentences are wrapped to the width."""
        self._draw()

    def watch_has_focus(self, has_focus: bool) -> None:
        """Say how to come back while another pane has the focus."""
        super().watch_has_focus(has_focus)
        self._draw()

    def on_key(self, event: events.Key) -> None:
        """Once the outcome has been read, any key closes it, and does nothing else."""
        if self._verdict is None or event.key in _KEEPING:
            return
        event.stop()
        event.prevent_default()
        self._close()

    def _close(self) -> None:
        """Report, once, that the outcome has been read: a key may follow in the same instant."""
        self._verdict = None
        self._listener.gone_on()

    def focus_on_click(self) -> bool:
        """Take the focus on the click, not on the press, since it changes the border's text."""
        return False

    async def on_click(self, event: events.Click) -> None:
        """Take the choice that was clicked, or the key; a click on the outcome goes on."""
        if not self.has_focus:
            self.screen.set_focus(self, scroll_visible=False)  # at once: it may close by this click
        elif self._keys is not None and (action := self._keys.on_border(event, self)):
            await self.run_action(action)
            return
        if self._verdict is not None:
            if event.chain < 2:  # the second click of the two that took the choice has read nothing
                self._close()
            return
        number = self.row_at(event)
        if number is not None and self._listed[number].meant is not None:
            meant, before = self._listed[number].meant, self._chosen
            self._chosen = meant
            if self._modes.classroom and meant != before:  # shown by another click
                self._draw()
            else:
                self.action_take()

    def action_move(self, by: int) -> None:
        """Mark the next choice, or the one before."""
        if self._asked is not None:
            count = len(self._asked.options)
            at = -1 if self._chosen is None and by > 0 else self._chosen or 0
            self._chosen = (at + by) % count
            self._draw()

    def action_mark(self, number: int) -> None:
        """Mark choice ``number``, from 1; it answers nothing.

        Most press Enter after a digit: if that had answered, Enter would close the outcome unread.
        """
        if self._asked is not None and number <= len(self._asked.options):
            self._chosen = number - 1
            self._draw()

    def action_take(self) -> None:
        """Answer with the choice that is marked, if one is."""
        if self._asked is not None:
            self._listener.chosen(self._chosen)

    def action_skip(self) -> None:
        """Leave the question."""
        self._listener.skipped()

    def action_classroom(self) -> None:
        """Let an audience answer aloud, or one person answer."""
        if self._asked is not None:
            self._listener.classroom_switched()

    def action_own(self) -> None:
        """Ask the scenario's own questions alone, or all."""
        if self._asked is not None:
            self._listener.own_switched()

    def _room(self) -> int:
        """Rows that are available without taking more than the panes can spare."""
        most = self.screen.size.height // 2 - BORDER  # as quiz.tcss has it
        return min(most, FEW_ROWS if most <= MOST_ROWS else MOST_ROWS)

    def _tell(self, score: QuizScore, tr: Catalogue, modes: QuizModes) -> None:
        self._score, self._tr, self._modes = score, tr, modes
        self._draw()
        self.scroll_row(0)

    def _draw(self) -> None:
        tr = self._tr
        room = self._room()
        self._keys = None
        if self._verdict is not None:
            asked = self._verdict.asked
            self._listed = verdict_rows(self._verdict, self._tr, self.columns, room)
            hint = tr("press any key")
            if asked.see:
                hint = tr("K read up · press any other key")
        elif self._asked is not None:
            asked = self._asked
            self._listed = question_rows(asked, self._tr, self.columns, self._chosen, room)
            count = len(asked.options)
            hint = tr(HINTS[self._modes], count=count)
            clicks = _CLICKS[:-1] if self._modes.classroom else _CLICKS
            self._keys = KeyHints(hint, " · ", clicks)
        else:
            return
        if not self.has_focus:
            hint = tr("Space comes back to the question")
        kind = tr(KINDS[asked.kind])
        parts = [kind, *modes_in_words(self._modes, tr), score_of(self._score, tr)]
        set_title(self, " · ".join([tr("Predict"), *parts]))
        self.border_subtitle = safe(hint)
        self.show_rows([each.row for each in self._listed])
        for number, each in enumerate(self._listed):
            if self._chosen is not None and each.meant == self._chosen:
                self.show_row(number, number)
        height = len(self._listed) + BORDER
        if self.styles.height is None or self.styles.height.value != height:
            self.styles.height = height
