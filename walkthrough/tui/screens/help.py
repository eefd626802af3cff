"""The help screen: every key, from a table of actions, to scroll and to search.

It knows nothing of the walk.
"""

from collections.abc import Sequence
from itertools import chain
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.tui.features.search.matching import SearchTerm
from walkthrough.tui.features.search.searchable_dialog import SearchableDialog, SearchableRows
from walkthrough.tui.widgets.action import Action, Group
from walkthrough.tui.widgets.actions import ACTIONS
from walkthrough.tui.widgets.rows_view import set_title
from walkthrough.view.text import Piece, Row, wrap

_KEYS_COLUMN = 12


class HelpLine(NamedTuple):
    """A row of the list, and the action that it is about, "" for none."""

    row: Row
    action: str = ""


def help_lines(
    tr: Catalogue,
    width: int,
    needle: SearchTerm | None = None,
    actions: Sequence[Action] = ACTIONS,
    foot: Sequence[str] | None = None,
) -> list[HelpLine]:
    """List the actions under their headings: all, or those that hold ``needle``.

    Args:
        tr: The catalogue of the language to say it in.
        width: Cells of a row.
        needle: What they must hold; None for all of them.
        actions: The table; the walk's by default.
        foot: What to say below all of them; of the walk's marks and panes by default.
    """
    lines: list[HelpLine] = []
    for group in Group:
        listed = [
            action
            for action in actions
            if action.group is group and (needle is None or _holds(action, needle))
        ]
        if not listed:
            continue
        if lines:
            lines.append(HelpLine(()))
        lines.append(HelpLine((Piece(tr(group.value), "heading"),)))
        for action in listed:
            lines += [HelpLine(row, action.id) for row in _action_rows(action, tr, width)]
    if needle is not None:
        none = (Piece(tr("No action has this in its keys, its name or its sentence."), "dim"),)
        return lines or [HelpLine(row) for row in wrap(none, width)]
    lines.append(HelpLine(()))
    for said in (
        (
            tr(
                "Marks: ✓ done  > here  · ahead  ✗ failed  – not used, or not reached  "
                "* changed by this step"
            ),
            tr(
                "In a pane: up and down or j and k scroll, Enter folds a stage or goes to a "
                "step. Here a click on a line does what it says."
            ),
        )
        if foot is None
        else foot
    ):
        lines += [HelpLine(row) for row in wrap((Piece(said, "dim"),), width)]
    return lines


def _holds(action: Action, needle: SearchTerm) -> bool:
    said = (action.in_every_language(each) for each in (action.label, action.help))
    return any(needle.found_in(text) for text in (action.shown, *chain.from_iterable(said)))


def _action_rows(action: Action, tr: Catalogue, width: int) -> list[Row]:
    """Write an action's keys and, beside them, its sentence; long keys are above it."""
    keys = Piece(f" {action.shown}", "key")
    sentence = Piece(tr(action.help))
    hang = _KEYS_COLUMN + 1
    cells = cell_len(keys.text)
    if cells >= hang:
        return [(keys,), *wrap((Piece(" " * hang), sentence), width, hang)]
    return wrap((keys, Piece(" " * (hang - cells)), sentence), width, hang)


class HelpView(SearchableRows):
    """The scrolling list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("home,g", "scroll_home", show=False),
        Binding("end,G", "scroll_end", show=False),
    ]

    def __init__(
        self, tr: Catalogue, actions: Sequence[Action], foot: Sequence[str] | None
    ) -> None:
        super().__init__(id="help-rows")
        self.tr = tr
        self._actions = actions
        self._foot = foot
        self._needle: SearchTerm | None = None
        self._lines: list[HelpLine] = []

    def look_for(self, text: str) -> None:
        """List what holds ``text``; all for ""."""
        self._needle = SearchTerm(text) if text else None
        self.mark(self._needle.mark if self._needle is not None else None)
        self._list()
        self.scroll_row(0)

    def on_resize(self) -> None:
        """Help sentences are wrapped to the width."""
        self._list()

    def on_click(self, event: events.Click) -> None:
        """Close, and have the action done that was clicked."""
        number = self.row_at(event)
        if number is not None and (action := self._lines[number].action):
            self.screen.dismiss(action)

    def _list(self) -> None:
        lines = help_lines(self.tr, self.columns, self._needle, self._actions, self._foot)
        self._lines = lines
        self.show_rows([line.row for line in lines])


class HelpScreen(SearchableDialog[str]):
    """All keys; any of its own keys closes it, / searches it, a click chooses an action."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,question_mark,f1,space,enter", "dismiss", show=False),
    ]

    def __init__(
        self,
        tr: Catalogue,
        actions: Sequence[Action] = ACTIONS,
        foot: Sequence[str] | None = None,
    ) -> None:
        super().__init__()
        self.tr = tr
        self._actions = actions
        self._foot = foot

    def compose(self) -> ComposeResult:
        """Lay out the list and, below it, the line to search it with."""
        with Vertical(id="help"):
            yield HelpView(self.tr, self._actions, self._foot)
            yield self.search_line("help-search")

    def on_mount(self) -> None:
        """Name the box and what can be done in it."""
        tr = self.tr
        title = tr.beside((tr("Keys"), tr("/ searches"), tr("Esc closes")))
        set_title(self.query_one("#help"), title)
        self.listed.focus()
