"""Which panes are visible: by the terminal's size, by the tabs chosen, by zoom.

`walkthrough.tui.panes.registry` says where a pane is placed. An arrangement sets classes on the
screen and on panes, and walk.tcss says what they mean.
"""

import contextlib
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from rich.text import Text
from textual.css.query import NoMatches
from textual.events import Click
from textual.screen import Screen
from textual.widget import Widget

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.tui.panes.registry import PANES, PaneDescriptor
from walkthrough.tui.widgets.focus import can_have_keys
from walkthrough.tui.widgets.rows_view import ListedRows, subtitle_column
from walkthrough.view.text import Piece, wrap

if TYPE_CHECKING:  # home asks here whether it has room, and shows no step
    from walkthrough.view.step import StepContext

LEAST_COLUMNS, LEAST_ROWS = 60, 16


class Arrangement(NamedTuple):
    """How the panes are laid out from a certain size on.

    Attributes:
        name: The class that the screen has, ``-NAME``.
        columns: The minimum width, in cells.
        rows: The minimum height, in cells.
    """

    name: str
    columns: int
    rows: int

    def cell_of(self, pane: PaneDescriptor) -> int:
        """Return the cell of the grid in which a pane is, from 0; -1 for none of them."""
        return -1 if pane.cells is None else int(getattr(pane.cells, self.name))

    @property
    def cells(self) -> tuple[tuple[str, ...], ...]:
        """What shares a cell of the grid, one of it in front; in the order of the grid.

        The timeline lies below the grid, in a place of its own.
        """
        return _cells_of(self)


@cache
def _cells_of(arrangement: Arrangement) -> tuple[tuple[str, ...], ...]:
    panes = [pane for pane in PANES if pane.cells is not None]
    panes.sort(key=lambda pane: (arrangement.cell_of(pane), pane.optional, not pane.front))
    cells = groupby(panes, arrangement.cell_of)
    return tuple(tuple(pane.id for pane in cell) for _, cell in cells)


ARRANGEMENTS = (
    Arrangement("large", 170, 44),
    Arrangement("medium", 100, 36),
    Arrangement("short", 100, 26),
    Arrangement("low", 100, LEAST_ROWS),
    Arrangement("narrow", LEAST_COLUMNS, LEAST_ROWS),
)
"""The first that fits is taken."""
FLAT_ROWS = 23
"""With fewer rows a narrow screen has none to spare for two cells above one another and more."""
SPACIOUS_COLUMNS = 130
"""From this width on two panes that are presented are side by side."""
SECOND = "kernel"
"""What is presented beside the source at first."""

_NO_CLASSES: Mapping[str, bool] = {}
_BETWEEN = " · "
_FOCUS = {pane.id: f"#{pane.focus or pane.id}" for pane in PANES}
_MOST_CELLS = 1 + max(max(pane.cells) for pane in PANES if pane.cells is not None)


class WalkLayout:
    """The panes' arrangement, which of those that share a cell are in front, and zoom.

    Args:
        screen: The screen that they are on.
        strace: Whether there is a log to show.
    """

    def __init__(self, screen: Screen[None], *, strace: bool = False) -> None:
        self.screen = screen
        self.panes = tuple(pane for pane in PANES if strace or not pane.optional)
        self._panes = tuple(pane.id for pane in self.panes)
        # Of those that share a cell the one chosen last is in front.
        front = sorted((pane for pane in self.panes if pane.front), key=lambda pane: pane.optional)
        self._chosen = [pane.id for pane in front]
        self._arrangement: Arrangement | None = None
        self.zoomed = ""
        self.presenting = False
        self._second = SECOND
        self._titles: dict[str, str] = {}
        self._tabs: dict[str, dict[str, str]] = {}
        self._tr: Catalogue | None = None

    def grid(self) -> list[PaneDescriptor]:
        """List the panes of the grid in the order in which it has them."""
        among = [pane for pane in self.panes if pane.cells is not None]
        return sorted(among, key=lambda pane: pane.cells or ())

    def begin(self, panes: Mapping[str, Widget]) -> None:
        """Give the panes, by id, and the screen their classes before any has been mounted.

        What has been mounted must be styled and drawn again for each class that it gets.
        """
        fitted, hidden = self._fitted(), self._hidden()
        for pane in self.panes:
            panes[pane.id].update_classes(self._pane_classes(pane, hidden), update=False)
        self.screen.update_classes(self._screen_classes(fitted), update=False)

    def fit(self, tr: Catalogue) -> None:
        """Arrange for the terminal's size as it is now."""
        fitted = self._fitted()
        if self._arrangement is None:
            width, height = self.screen.app.size
            text = tr(
                "Terminal too small: needs {columns}x{rows}, is {width}x{height}.",
                columns=LEAST_COLUMNS,
                rows=LEAST_ROWS,
                width=width,
                height=height,
            )
            self.screen.query_one("#too-small", ListedRows).show_rows(
                wrap((Piece(text, "strong"),), max(width, 1))
            )
        self._apply(fitted)
        self.name_tabs(tr)

    def _fitted(self) -> dict[str, bool]:
        """Find the arrangement for the terminal's size; return the screen's classes that say it."""
        width, height = self.screen.app.size
        self._arrangement = next(
            (one for one in ARRANGEMENTS if width >= one.columns and height >= one.rows), None
        )
        narrow = self._arrangement is not None and self._arrangement.name == "narrow"
        return {f"-{one.name}": one is self._arrangement for one in ARRANGEMENTS} | {
            "-flat": narrow and height < FLAT_ROWS,
            "-tiny": self._arrangement is None,
            "-strace": "strace" in self._panes,
            "-presenting": self.presenting,
            "-spacious": width >= SPACIOUS_COLUMNS,
        }

    def choose(self, pane: str) -> None:
        """Go to a pane; if it is the one already, zoom it or give the screen back."""
        if self.current() == pane:
            self.zoom()
            return
        self._bring(pane)

    def turn(self, by: int) -> None:
        """Go to the next pane, or by -1 to the one before."""
        current = self.current()
        at = self._panes.index(current) if current else (-1 if by > 0 else 0)
        self._bring(self._panes[(at + by) % len(self._panes)])

    def present(self, on: bool) -> None:
        """Show two panes at a time, or all again; `fit` comes after it."""
        self.presenting, self.zoomed = on, ""
        current = self.current()
        if on and current not in ("", "source", "timeline"):
            self._second = current

    def swap(self) -> None:
        """While presenting: show the next pane beside the source."""
        others = [pane for pane in self._panes if pane not in ("source", "timeline")]
        at = others.index(self._second) if self._second in others else -1
        self._bring(others[(at + 1) % len(others)])

    def zoom(self) -> None:
        """Give the current pane the whole screen, or give it back."""
        self.zoomed = "" if self.zoomed else self.current() or "source"
        self._apply()

    def unzoom(self) -> None:
        """Show all panes."""
        self.zoomed = ""
        self._apply()

    def current(self) -> str:
        """Return the pane with the focus, "" if none has it."""
        focused: Widget | None = self.screen.focused
        return next((pane for pane, at in _FOCUS.items() if focused and f"#{focused.id}" == at), "")

    def source_of(self, step: "StepContext") -> "StepContext":
        """Return what the source pane draws: while presenting the caption has the notes."""
        if not self.presenting or step.view is None:
            return step
        from walkthrough.view.step import without_notes

        return replace(step, view=without_notes(step.view))

    def in_sight(self, pane: str) -> bool:
        """Return whether a pane can be seen; what cannot need not be drawn."""
        if self.zoomed:
            return pane == self.zoomed
        return pane in self._panes and pane not in self._hidden()

    def name_tabs(self, tr: Catalogue) -> None:
        """Where a pane hides others, name the hidden ones on its border."""
        self._tr = tr
        for cell in self._cells():
            if len(cell) == 1:
                continue
            names = {pane: _plain(self.screen.query_one(_FOCUS[pane])) for pane in cell}
            forms = [*([names] if len(cell) == 2 else []), *_shorter(names, tr)]
            for pane in cell:
                room = self.screen.query_one(_FOCUS[pane]).size.width - _CORNERS
                others = _as_fit(forms, pane, room)
                self._tabs[pane] = others
                self._subtitle(pane, _BETWEEN.join(others.values()))
        shared = {pane for cell in self._cells() if len(cell) > 1 for pane in cell}
        for pane in set(self._titles) - shared:
            self._subtitle(pane, "")

    def tab_at(self, event: Click) -> str:
        """Return the hidden pane whose name on a border was clicked, "" if none was."""
        front = event.widget
        text = self._titles.get(front.id or "", "") if front is not None else ""
        if front is None or not text:
            return ""
        column, at = subtitle_column(event, front, text), 0
        for pane, name in self._tabs[front.id or ""].items():
            if at <= column < at + cell_len(name):
                return pane
            at += cell_len(name) + cell_len(_BETWEEN)
        return ""

    def title_at(self, event: Click) -> str:
        """Return the pane whose upper border was clicked, "" if none was."""
        name = event.widget.id if event.widget is not None and event.y == 0 else ""
        return name if name in self._panes and name != "timeline" else ""

    def _subtitle(self, pane: str, text: str) -> None:
        # Setting it draws the whole widget again, so it is set only when it is another one.
        if self._titles.get(pane, "") != text:
            self._titles[pane] = text
            self.screen.query_one(_FOCUS[pane]).border_subtitle = Text(text)

    def _cells(self) -> list[tuple[str, ...]]:
        """List what shares a cell, of the panes that there are."""
        if self.presenting:
            return [("source",), tuple(p for p in self._panes if p not in ("source", "timeline"))]
        if self._arrangement is None:
            return []
        cells = (
            tuple(pane for pane in cell if pane in self._panes) for cell in self._arrangement.cells
        )
        return [cell for cell in cells if cell]

    def _hidden(self) -> set[str]:
        """Name the panes that another one of their cell hides."""
        hidden: set[str] = set()
        for cell in self._cells():
            front = max(cell, key=lambda pane: self._rank(pane, cell))
            hidden.update(pane for pane in cell if pane != front)
        return hidden

    def _rank(self, pane: str, cell: tuple[str, ...]) -> tuple[int, int]:
        if self.presenting and pane == self._second:
            return len(PANES), 0
        chosen = self._chosen.index(pane) + 1 if pane in self._chosen else 0
        return chosen, -cell.index(pane)

    def _bring(self, pane: str) -> None:
        if pane not in ("source", "timeline"):
            self._second = pane
        if pane in self._chosen:
            self._chosen.remove(pane)
        self._chosen.append(pane)
        if self.zoomed:
            self.zoomed = pane
        self._apply()
        self.screen.query_one(_FOCUS[pane]).focus(scroll_visible=False)

    def _apply(self, fitted: Mapping[str, bool] = _NO_CLASSES) -> None:
        """Give screen and panes their classes; ``fitted`` are the screen's that its size decides.

        To update styles is the slowest thing in Textual, and that of the screen updates all panes'.
        """
        classes = self._screen_classes(fitted)
        screen, hidden = self.screen, self._hidden()
        whole = any(screen.has_class(name) is not on for name, on in classes.items())
        for pane in self.panes:
            widget = screen.query_one(f"#{pane.id}")
            widget.update_classes(self._pane_classes(pane, hidden), update=not whole)
        screen.update_classes(classes)
        screen.call_after_refresh(self._laid_out)  # what is displayed is known only then

    def _screen_classes(self, fitted: Mapping[str, bool]) -> dict[str, bool]:
        zoomed = {"-zoom": bool(self.zoomed), "-zoom-timeline": self.zoomed == "timeline"}
        return {**fitted, **zoomed}

    def _pane_classes(self, pane: PaneDescriptor, hidden: Collection[str]) -> dict[str, bool]:
        """Return the classes that say whether a pane is shown, and where in the grid it stands."""
        shown = {"-hidden": pane.id in hidden, "-zoomed": pane.id == self.zoomed}
        if self._arrangement is None or pane.cells is None:
            return shown
        cell = self._arrangement.cell_of(pane)
        return shown | {f"-cell-{number}": number == cell for number in range(_MOST_CELLS)}

    def _laid_out(self) -> None:
        """Do what needs to know which panes are displayed, and how wide they are."""
        self._take_keys()
        if self._tr is not None:
            with contextlib.suppress(NoMatches):  # it is being left
                self.name_tabs(self._tr)

    def _take_keys(self) -> None:
        """Take the focus from a pane that is hidden now.

        Where there is no room for anything, who had them gets them back with the room.
        """
        focused = self.screen.focused
        if self._arrangement is not None and focused is not None and not can_have_keys(focused):
            self.screen.set_focus(None)


_CORNERS = 4
"""Cells of a pane's width that a text on its border leaves free."""


def _shorter(names: dict[str, str], tr: Catalogue) -> list[dict[str, str]]:
    """Return shorter forms of the names of panes: without counts, as in the key bar, keys alone."""
    by_id = {pane.id: pane for pane in PANES}
    panes = [by_id[id] for id in names]
    return [
        {id: _short(name) for id, name in names.items()},
        {
            pane.id: f"{pane.key} {tr(pane.label)}" + " *" * names[pane.id].endswith(" *")
            for pane in panes
        },
        {pane.id: pane.key for pane in panes},
    ]


def _as_fit(forms: list[dict[str, str]], front: str, room: int) -> dict[str, str]:
    """Return the names of all panes but the one in front, in the first form that fits the room.

    Before anything has been laid out there is no room, and it does not matter.
    """
    found: dict[str, str] = {}
    for form in forms:
        found = {pane: name for pane, name in form.items() if pane != front}
        if room <= 0 or cell_len(_BETWEEN.join(found.values())) <= room:
            break
    return found


_COUNTS = re.compile(" · | [(（]")


def _short(title: str) -> str:
    """Leave out what a title counts, but not that something has changed."""
    return _COUNTS.split(title)[0].removesuffix(" *") + " *" * title.endswith(" *")


def _plain(widget: Widget) -> str:
    # The getter gives markup; the text is wanted.
    title = widget.border_title
    return Text.from_markup(title).plain if title else ""
