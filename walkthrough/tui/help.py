"""The help screen: every key, from a table of actions. It knows nothing of the walk."""

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from walkthrough.tui.action import Action, Group
from walkthrough.tui.actions import ACTIONS
from walkthrough.tui.rows import ListedRows, Piece, Row, set_title, wrap
from walkthrough.tui.words import Words

_KEYS_COLUMN = 12


def help_rows(
    words: Words,
    width: int,
    actions: Sequence[Action] = ACTIONS,
    foot: Sequence[str] | None = None,
) -> list[Row]:
    """List all actions under their headings.

    Args:
        words: The language.
        width: Cells of a row.
        actions: The table; the walk's by default.
        foot: What to say below it; of the walk's marks and panes by default.
    """
    language = words.code
    rows: list[Row] = []
    for group in Group:
        of_group = [action for action in actions if action.group is group]
        if not of_group:
            continue
        if rows:
            rows.append(())
        rows.append((Piece(group.value[language == "zh"], "heading"),))
        for action in of_group:
            gap = " " * max(1, _KEYS_COLUMN - cell_len(action.shown))
            row = (Piece(f" {action.shown}{gap}", "key"), Piece(action.help_in(language)))
            rows.extend(wrap(row, width, _KEYS_COLUMN + 1))
    rows.append(())
    for line in (words.help_marks, words.help_scroll) if foot is None else foot:
        rows.extend(wrap((Piece(line, "dim"),), width))
    return rows


class HelpView(ListedRows):
    """The scrolling list."""

    def __init__(self, words: Words, actions: Sequence[Action], foot: Sequence[str] | None) -> None:
        super().__init__(id="help-rows")
        self._words = words
        self._actions = actions
        self._foot = foot

    def on_resize(self) -> None:
        """Help sentences are wrapped to the width."""
        self.show_rows(help_rows(self._words, self.columns, self._actions, self._foot))


class HelpScreen(ModalScreen[None]):
    """All keys; any of its own keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1,space,enter", "dismiss", show=False)
    ]

    def __init__(
        self,
        words: Words,
        actions: Sequence[Action] = ACTIONS,
        foot: Sequence[str] | None = None,
    ) -> None:
        super().__init__()
        self._words = words
        self._actions = actions
        self._foot = foot

    def compose(self) -> ComposeResult:
        """Lay out the list."""
        yield HelpView(self._words, self._actions, self._foot)

    def on_mount(self) -> None:
        """Name the box and what closes it."""
        view = self.query_one(HelpView)
        set_title(view, f"{self._words.help_title} · {self._words.help_close}")
        view.focus()
