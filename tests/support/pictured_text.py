"""What can be read on the screen, widget by widget, and what catalogues have said meanwhile."""

from collections.abc import Iterator

import pytest
from textual.app import App
from textual.widget import Widget

from walkthrough.formatting.cells import cell_width
from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import Field, Message
from walkthrough.tui.widgets.rows_view import RowsView

MOST_ROWS = 300
"""How many rows of a view are read, in sight or not."""
MessageKey = tuple[str, str]
"""A message's context and its English sentence."""
Picture = dict[str, list[str]]
"""The lines of each widget in sight, and of its upper and lower border."""


class Spoken:
    """Writes down what each catalogue says.

    Attributes:
        texts: What was said, by language and message.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.texts: dict[str, dict[MessageKey, set[str]]] = {}
        say = Catalogue.__call__

        def noted(tr: Catalogue, said: Message | str, /, **fields: Field) -> str:
            text = say(tr, said, **fields)
            key = ("", said) if isinstance(said, str) else (said.context, said.id)
            self.texts.setdefault(tr.language, {}).setdefault(key, set()).add(text)
            return text

        monkeypatch.setattr(Catalogue, "__call__", noted)


def picture_of(app: App[None]) -> Picture:
    """Return what the screen in front shows.

    What can be scrolled is read whole. What lies below the screen in front is not read.
    """
    lines = [strip.text for strip in app.screen._compositor.render_strips()]
    found: Picture = {}
    for widget in app.screen.walk_children(Widget):
        if widget.region.area and widget.is_on_screen:
            name = f"{type(widget).__name__}#{widget.id or ''}"
            if name in found:
                name += f" {len(found)}"
            found |= {name + part: text for part, text in _texts_of(widget, lines)}
    return found


def _texts_of(widget: Widget, lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    region, inner = widget.region, widget.content_region
    if widget.border_title:
        yield " title", [_cells(lines[region.y], region.x, region.right)]
    if widget.border_subtitle:
        yield " subtitle", [_cells(lines[region.bottom - 1], region.x, region.right)]
    if isinstance(widget, RowsView):
        count = min(widget.virtual_size.height, MOST_ROWS)
        if not widget.can_focus:  # nobody can scroll it
            count = min(count, widget.size.height)
        rows = ("".join(piece.text for piece in widget.row(number)) for number in range(count))
        yield "", [_cells(row, 0, widget.size.width) for row in rows]
    elif not widget.children:
        rows_in_sight = range(max(inner.y, 0), min(inner.bottom, len(lines)))
        yield "", [_cells(lines[y], inner.x, inner.right) for y in rows_in_sight]


def _cells(line: str, start: int, end: int) -> str:
    """Return what stands in some cells of a line."""
    if not start and cell_width(line) <= end:
        return line
    found, at = [], 0
    for character in line:
        if start <= at < end:
            found.append(character)
        at += cell_width(character)
    return "".join(found)
