"""The help screen: every key, from the action table. It knows nothing of the walk."""

from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from walkthrough.tui.action import Group
from walkthrough.tui.actions import ACTIONS
from walkthrough.tui.rows import ListedRows, Piece, Row, set_title, wrap
from walkthrough.tui.words import Words

_KEYS_COLUMN = 12


def help_rows(words: Words, width: int) -> list[Row]:
    """List all actions under their headings."""
    language = words.code
    rows: list[Row] = []
    for group in Group:
        if rows:
            rows.append(())
        rows.append((Piece(group.value[language == "zh"], "heading"),))
        for action in ACTIONS:
            if action.group is not group:
                continue
            gap = " " * max(1, _KEYS_COLUMN - cell_len(action.shown))
            row = (Piece(f" {action.shown}{gap}", "key"), Piece(action.help_in(language)))
            rows.extend(wrap(row, width, _KEYS_COLUMN + 1))
    rows += [(), (Piece(words.help_marks, "dim"),)]
    rows.extend(wrap((Piece(words.help_scroll, "dim"),), width))
    return rows


class HelpView(ListedRows):
    """The scrolling list."""

    def __init__(self, words: Words) -> None:
        super().__init__(id="help-rows")
        self._words = words

    def on_resize(self) -> None:
        """Help sentences are wrapped to the width."""
        self.show_rows(help_rows(self._words, self.columns))


class HelpScreen(ModalScreen[None]):
    """All keys; any of its own keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1,space,enter", "dismiss", show=False)
    ]

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words

    def compose(self) -> ComposeResult:
        """Lay out the list."""
        yield HelpView(self._words)

    def on_mount(self) -> None:
        """Name the box and what closes it."""
        view = self.query_one(HelpView)
        set_title(view, f"{self._words.help_title} · {self._words.help_close}")
        view.focus()
