"""One line at the bottom in which something is typed; the panes above stay visible.

It passes on what was typed and shows what is wrong with it; its owner decides what it is for. It is
always there and hidden while nothing is asked, so that it can have the keys at once.
"""

from collections.abc import Callable
from typing import ClassVar, NamedTuple

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Input, Label

from walkthrough.tui.app_context import app_of
from walkthrough.tui.widgets.error_handling import ErrorBoundary
from walkthrough.tui.widgets.focus import give_keys_back
from walkthrough.tui.widgets.safe_input import SafeInput
from walkthrough.view.text import Piece, safe, wrap


class PromptRequest(NamedTuple):
    """What is asked.

    Attributes:
        question: What is before the line.
        hint: What is behind it.
        answer: Takes what was typed; returns what is wrong with it, "" if nothing is.
        value: What the line holds at first.
        longest: How many characters can be typed.
        again: A key that, pressed before anything was typed, answers with nothing.
        remove: Removes what the question is about, None if there is nothing to remove.
        explain: Returns what to say behind the line once something was typed; None for the hint.
        complete: Returns what was typed, completed as far as that is certain; for Tab.
    """

    question: str
    hint: str
    answer: Callable[[str], str]
    value: str = ""
    longest: int = 80
    again: str = ""
    remove: Callable[[], None] | None = None
    explain: Callable[[str], str] | None = None
    complete: Callable[[str], str] | None = None


class PromptLine(SafeInput):
    """The line itself: Enter submits it, Esc leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("ctrl+d", "remove", show=False),
        Binding("tab", "complete", show=False),
    ]

    def __init__(self, prompt: "Prompt") -> None:
        super().__init__(id="prompt-line", select_on_focus=False, compact=True)
        self._prompt = prompt

    def on_key(self, event: events.Key) -> None:
        """Take Enter at once, or the letters behind it would be typed before it; and `again`."""
        if not self._prompt.asking:
            # It was on its way when the previous answer was given: it is not for this line.
            self._prompt.give_keys_back()
            app_of(self).send_on(event)
        elif event.key == "enter" or (event.key == self._prompt.again and not self.value):
            event.stop()
            event.prevent_default()
            self._prompt.answer(self.value)

    def on_blur(self) -> None:
        """Close on blur, unless the terminal itself has lost the focus."""
        if self.app.app_focus:
            self._prompt.leave()

    def watch_has_focus(self, has_focus: bool) -> None:
        """Keep the style, which the focus does not change: a look-up costs a tenth of a jump."""

    def action_leave(self) -> None:
        """Leave without an answer."""
        self._prompt.leave()

    def action_complete(self) -> None:
        """Complete what was typed; where that is not offered, go to the next pane as ever."""
        if not self._prompt.complete():
            self.screen.focus_next()

    def action_remove(self) -> None:
        """Remove what the prompt is about."""
        self._prompt.remove_it()


class Prompt(ErrorBoundary, Vertical):
    """A question, a line to answer it, and what may be answered, in the place of the key bar."""

    def __init__(self) -> None:
        super().__init__(id="prompt")
        self._asked: PromptRequest | None = None
        self._had_keys: Widget | None = None
        self._refused: str | None = None
        self._said = ""
        self._line = PromptLine(self)
        self._question = Label(id="prompt-question")
        self._hint = Label(id="prompt-hint")
        self._wrong = Label(id="prompt-wrong")

    def compose(self) -> ComposeResult:
        """Lay out question, line and hint."""
        with Horizontal():
            yield self._question
            yield self._line
            yield self._hint
        yield self._wrong

    @property
    def asking(self) -> bool:
        """Whether something is asked now."""
        return self._asked is not None

    @property
    def again(self) -> str:
        """The key that answers with nothing while nothing was typed."""
        return self._asked.again if self._asked is not None else ""

    def ask(self, asked: PromptRequest) -> None:
        """Ask something, instead of what was asked before; the line gets the focus at once."""
        if self._asked is None:
            self._had_keys = self.screen.focused
        self._asked = asked
        self.app.clear_notifications()  # they would lie over it
        self._question.update(Text(f" {asked.question} "))
        self._hint.update(Text(f" {asked.hint} "))
        self._refused = None
        self._say("")
        self._line.max_length = asked.longest
        self._line.value = asked.value
        self._line.cursor_position = len(asked.value)
        self.display = True
        self._put_keys_away(True)
        self.screen.set_focus(self._line)

    def on_input_changed(self, message: Input.Changed) -> None:
        """Remove what was said about an earlier answer.

        What was typed last may come only after the answer, where both came at once.
        """
        message.stop()
        if self._line.value != self._refused:
            self._say("")
        self._explain()

    def answer(self, text: str) -> None:
        """Pass an answer on, and close unless something is wrong with it."""
        if self._asked is None:
            return
        wrong = self._asked.answer(text)
        self._refused = text if wrong else None
        if wrong:
            self._say(f" ✗ {safe(wrong)} ")
        else:
            self.leave()

    def complete(self) -> bool:
        """Complete what was typed; False if that is not offered here."""
        if self._asked is None or self._asked.complete is None:
            return False
        self._line.value = self._asked.complete(self._line.value)
        self._line.cursor_position = len(self._line.value)
        return True

    def _explain(self) -> None:
        if self._asked is not None and self._asked.explain is not None:
            said = self._asked.explain(self._line.value) or self._asked.hint
            self._hint.update(Text(f" {said} "))

    def remove_it(self) -> None:
        """Remove what the question is about, and close."""
        if self._asked is not None and self._asked.remove is not None:
            self._asked.remove()
            self.leave()

    def leave(self) -> None:
        """Close, and give the focus back."""
        if self._asked is None:
            return
        self._asked = None
        self.display = False
        self._put_keys_away(False)
        self.give_keys_back()

    def give_keys_back(self) -> None:
        """Give the focus back, or to no widget if the one that had it is hidden now."""
        had, self._had_keys = self._had_keys, None
        if self.screen.focused is self._line:
            give_keys_back(self.screen, had)

    def _put_keys_away(self, away: bool) -> None:
        """Hide the key bar, or leave it to the style sheets again.

        By its own style: a class of the screen would have every widget's looked up again.
        """
        keys = self.screen.query_one("#keys")
        if away:
            keys.styles.display = "none"
        else:
            keys.styles.inline.clear_rule("display")
            # Laid out, which draws it: drawn besides, it would be before it has its place.
            keys.refresh(repaint=False, layout=True)

    def on_resize(self) -> None:
        """Break what is wrong with the answer into other lines."""
        self._say(self._said)

    def _say(self, wrong: str) -> None:
        """Say it in lines of our own: Textual's end at spaces alone, which Chinese has none of."""
        self._said = wrong
        rows = wrap((Piece(wrong),), max(self.screen.size.width, 1)) if wrong else []
        self._wrong.display = bool(wrong)
        self._wrong.update(Text("\n".join("".join(piece.text for piece in row) for row in rows)))
