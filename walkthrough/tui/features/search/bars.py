"""The lines at the bottom for searching, filtering and choosing what to copy.

They draw what they are given and report what was typed; what it means is decided elsewhere.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from walkthrough.tui.widgets.bars import ClickableBar
from walkthrough.tui.widgets.error_handling import ErrorBoundary
from walkthrough.tui.widgets.perform import Perform
from walkthrough.tui.widgets.rows_view import ListedRows
from walkthrough.tui.widgets.safe_input import SafeInput
from walkthrough.view.text import Piece, Row, elide, safe, width_of

LONGEST = 200
"""Characters that may be typed."""
_LEAST_LEFT = 60
"""Percent of the row that are kept for what is said; hints that find no room are left out."""


class KeyHint(NamedTuple):
    """A key that matters now, and the action that a click on it asks for."""

    key: str
    label: str
    action: str = ""


class SearchStatus(ClickableBar, can_focus=False):
    """One row: something said on the left, and on the right the keys that matter now."""

    hints_apart = True
    """The keys are at the right edge, not behind what is said."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._said: Row = ()
        self._hints: tuple[KeyHint, ...] = ()
        self._whole = False

    def tell(self, said: Row, hints: Sequence[KeyHint] = (), *, whole: bool = False) -> None:
        """Draw this from now on.

        Args:
            said: What is said.
            hints: The keys, of which the last are left out first.
            whole: No key takes room from what is said: it is a sentence, and no excerpt.
        """
        if (said, tuple(hints), whole) != (self._said, self._hints, self._whole):
            self._said, self._hints, self._whole = said, tuple(hints), whole
            self._draw()

    def on_resize(self) -> None:
        """What is said is cut to the width."""
        self._draw()

    def _draw(self) -> None:
        width = self.columns
        most = width - 1 if self._whole else width * _LEAST_LEFT // 100
        need = min(width_of(self._said), most)
        shown: list[KeyHint] = []
        for hint in self._hints:
            if need + sum(map(_cells, (*shown, hint))) + 1 > width:
                break
            shown.append(hint)
        right = sum(map(_cells, shown))
        said = _cut(self._said, width - right)
        at = width - right if self.hints_apart else width_of(said)
        pieces = [*said, Piece(" " * (at - width_of(said)))]
        self._spans = []
        for hint in shown:
            pieces += [Piece(f"  {hint.key}", "key"), Piece(f" {hint.label}")]
            self._spans.append((at + 2, at + _cells(hint), hint.action))
            at += _cells(hint)
        self.show_rows([tuple(pieces)])


def _cells(hint: KeyHint) -> int:
    return cell_len(hint.key) + cell_len(hint.label) + 3


def _cut(row: Row, width: int) -> Row:
    """Cut a row to ``width`` cells, with an ellipsis if anything is cut."""
    cut: list[Piece] = []
    for text, kind in row:
        room = width - width_of(cut)
        if cell_len(text) > room:
            cut.append(Piece(elide(text, max(room, 0)), kind))
            break
        cut.append(Piece(text, kind))
    return tuple(cut)


class SearchInput(SafeInput):
    """One line that is typed, not longer than `LONGEST`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "app.simulate_key('escape')", show=False),
        Binding("ctrl+f", "cursor_right", show=False),
    ]

    def __init__(self) -> None:
        super().__init__(compact=True, max_length=LONGEST, select_on_focus=False)
        self.cursor_blink = False

    def validate_value(self, value: str) -> str:
        """Cut what is too long."""
        return super().validate_value(value)[:LONGEST]


class EntryBar(ErrorBoundary, Horizontal):
    """A line to type in with a status beside it; once it is entered, the status alone.

    Args:
        id: Its id.
        changed: Called with the text whenever it changes.
        entered: Called with it at Enter.
        left: Called when a click moves the focus elsewhere while it is typed.
    """

    def __init__(
        self,
        *,
        id: str,
        changed: Callable[[str], None],
        entered: Callable[[str], None],
        left: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(id=id, classes="find-bar")
        self._changed = changed
        self._entered = entered
        self._left = left
        self.editing = False

    def compose(self) -> ComposeResult:
        """Lay out the mark, the line and the status."""
        lead = ListedRows()
        lead.thumb = 0
        lead.add_class("find-lead")
        yield lead
        yield SearchInput()
        yield SearchStatus()

    @property
    def status(self) -> SearchStatus:
        """The row that says what was found."""
        return self.query_one(SearchStatus)

    @property
    def text(self) -> str:
        """The text in the line."""
        return self.query_one(SearchInput).value

    def edit(self, lead: str, text: str = "") -> None:
        """Let a line be typed, beginning with ``text``."""
        self.editing = True
        self.app.clear_notifications()  # they would lie over it
        self.add_class("-editing")
        shown = self.query_one(".find-lead", ListedRows)
        shown.styles.width = cell_len(lead) + 1
        shown.show_rows([(Piece(f"{lead} ", "key"),)])
        line = self.query_one(SearchInput)
        with line.prevent(Input.Changed):
            line.value = text
        line.cursor_position = len(line.value)
        self.screen.set_focus(line)  # at once: more may have been typed already

    def rest(self) -> None:
        """End the typing."""
        self.editing = False
        self.remove_class("-editing")

    def put(self, text: str) -> None:
        """Set the text, as if it had been typed."""
        line = self.query_one(SearchInput)
        line.value = text
        line.cursor_position = len(line.value)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Report the text that is there now."""
        event.stop()
        if self.editing:
            self._changed(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Say that it is done."""
        event.stop()
        if self.editing:
            self._entered(event.value)

    def on_descendant_blur(self) -> None:
        """Report that the focus has gone elsewhere, unless the terminal itself has lost it."""
        if self.editing and self.app.app_focus and not self.query_one(SearchInput).has_focus:
            self._left()


class CopyBar(SearchStatus, can_focus=True):
    """Asks what is to be copied; any key but its own closes it and does what it always does.

    Args:
        close: Called when the question has been answered, or is not going to be.
    """

    hints_apart = False
    CHOICES: ClassVar[dict[str, str]] = {"l": "copy_line", "c": "copy_call", "s": "copy_step"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, f"choose('{action}')", show=False) for key, action in CHOICES.items()
    ]

    def __init__(self, *, close: Callable[[], None]) -> None:
        super().__init__(id="find-copy")
        self.add_class("find-bar")
        self._close = close

    def ask(self, what: str, labels: Sequence[str]) -> None:
        """Show the choices."""
        said: list[Piece] = [Piece(f" {safe(what)} ", "strong")]
        self.tell(
            tuple(said),
            [
                KeyHint(key, label, action)
                for (key, action), label in zip(self.CHOICES.items(), labels, strict=True)
            ],
        )

    def on_click(self, event: events.Click) -> None:
        """Do what was clicked, and close."""
        super().on_click(event)
        self._close()

    def on_key(self, event: events.Key) -> None:
        """Close at any other key."""
        if event.key not in self.CHOICES:
            self._close()
            if event.key == "escape":
                event.stop()

    def on_blur(self) -> None:
        """Close when the focus goes elsewhere."""
        self._close()

    def action_choose(self, action: str) -> None:
        """Do what was chosen."""
        self._close()
        self.post_message(Perform(action))
