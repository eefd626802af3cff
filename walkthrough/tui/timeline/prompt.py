"""One line at the bottom in which something is typed; the panes above stay in sight.

It hands on what was typed and shows what is wrong with it; what it is for is its owner's.
"""

from collections.abc import Callable
from typing import ClassVar, NamedTuple

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Label

from walkthrough.tui.rows import safe


class Asked(NamedTuple):
    """What is asked.

    Attributes:
        question: What stands before the line.
        hint: What stands behind it.
        answer: Takes what was typed; returns what is wrong with it, "" if nothing is.
        value: What the line holds at first.
        longest: So many characters can be typed.
        again: A key that, pressed before anything was typed, answers with nothing.
        remove: Removes what the question is about, None if there is nothing to remove.
    """

    question: str
    hint: str
    answer: Callable[[str], str]
    value: str = ""
    longest: int = 80
    again: str = ""
    remove: Callable[[], None] | None = None


class PromptLine(Input):
    """The line itself: Enter hands it on, Esc leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("ctrl+d", "remove", show=False),
    ]

    def __init__(self, prompt: "Prompt", asked: Asked) -> None:
        super().__init__(
            asked.value,
            id="prompt-line",
            max_length=asked.longest,
            select_on_focus=False,
            compact=True,
        )
        self._prompt = prompt
        self._again = asked.again

    def on_key(self, event: events.Key) -> None:
        """Take the key that opened the prompt, pressed again at once, for Enter."""
        if self._again and event.key == self._again and not self.value:
            event.stop()
            event.prevent_default()
            self._prompt.answer("")

    def on_blur(self) -> None:
        """Whoever goes elsewhere has left; the terminal losing the focus is no reason."""
        if self.app.app_focus:
            self._prompt.leave()

    def action_leave(self) -> None:
        """Leave without an answer."""
        self._prompt.leave()

    def action_remove(self) -> None:
        """Remove what the prompt is about."""
        self._prompt.remove_it()


class Prompt(Vertical):
    """A question, a line to answer it, and what may be answered.

    Args:
        asked: The question.
        closed: Is told that it is over, answered or not.

    Attributes:
        line: Where the answer is typed.
    """

    def __init__(self, asked: Asked, closed: Callable[[], None]) -> None:
        super().__init__(id="prompt")
        self._asked, self._when_over = asked, closed
        self._over = False
        self.line = PromptLine(self, asked)

    def compose(self) -> ComposeResult:
        """Lay out question, line and hint."""
        with Horizontal():
            yield Label(Text(f" {self._asked.question} "), id="prompt-question")
            yield self.line
            yield Label(Text(f" {self._asked.hint} "), id="prompt-hint")
        yield Label(id="prompt-wrong")

    def on_mount(self) -> None:
        """Take the keys."""
        self.line.focus()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Hand on what was typed."""
        message.stop()
        self.answer(message.value)

    def on_input_changed(self, message: Input.Changed) -> None:
        """Take back what was said of an answer before this one."""
        message.stop()
        self._say("")

    def answer(self, text: str) -> None:
        """Hand an answer on, and close unless something is wrong with it."""
        if self._over:
            return
        wrong = self._asked.answer(text)
        if wrong:
            self._say(f" ✗ {safe(wrong)} ")
        else:
            self.leave()

    def remove_it(self) -> None:
        """Remove what the question is about, and close."""
        if self._asked.remove is not None and not self._over:
            self._asked.remove()
            self.leave()

    def leave(self) -> None:
        """Close."""
        if not self._over:
            self._over = True
            self._when_over()

    def _say(self, wrong: str) -> None:
        label = self.query_one("#prompt-wrong", Label)
        label.display = bool(wrong)
        label.update(Text(wrong))
