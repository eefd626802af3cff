"""What can be read on the screen, widget by widget, and what catalogues have said meanwhile."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pytest
from textual.app import App
from textual.widget import Widget

from tests.support.names_in_data import Names
from walkthrough.formatting.cells import cell_width
from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import Field, Message
from walkthrough.i18n.texts import Texts
from walkthrough.tui.widgets.rows_view import RowsView

MOST_ROWS = 300
"""How many rows of a view are read, in sight or not."""
MessageKey = tuple[str, str]
"""A message's context and its English sentence."""
Picture = dict[str, list[str]]
"""The lines of each widget in sight, and of its upper and lower border."""


class Spoken:
    """Writes down what is said: by catalogues, and by files that hold their texts in languages.

    Attributes:
        texts: What was said, by language and message.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.texts: dict[str, dict[MessageKey, set[str]]] = {}
        say, of_file = Catalogue.__call__, Texts.says

        def note(language: str, key: MessageKey, text: str) -> str:
            of_language = self.texts.setdefault(language, {})
            of_language.setdefault(key, set()).add(_one_line([text]))
            return text

        def noted(tr: Catalogue, said: Message | str, /, **fields: Field) -> str:
            key = ("", said) if isinstance(said, str) else (said.context, said.id)
            return note(tr.language, key, say(tr, said, **fields))

        def noted_of_file(texts: Texts, language: str) -> str:
            return note(language, ("in a file", str(texts["en"])), of_file(texts, language))

        monkeypatch.setattr(Catalogue, "__call__", noted)
        monkeypatch.setattr(Texts, "says", noted_of_file)


class Cut(NamedTuple):
    """A message that is whole in one language, and not in another.

    Attributes:
        widget: Where.
        message: Which.
        text: What it says in the first language.
        lines: What the widget shows in the other.
    """

    widget: str
    message: MessageKey
    text: str
    lines: list[str]


class WholeTexts:
    """Finds texts that are whole in pictures of one language, and cut in those of another.

    Args:
        one: What was said in the first language.
        other: And in the other.
        names: What is the same in both: such a message cannot be told from a name.
    """

    def __init__(
        self,
        one: dict[MessageKey, set[str]],
        other: dict[MessageKey, set[str]],
        names: Names,
    ) -> None:
        said = [(text, key) for key, texts in one.items() for text in texts]
        # The longest first: a message may be a part of another one.
        said.sort(key=lambda pair: -len(pair[0]))
        self._said = [
            (text, key, re.compile(rf"(?<!\w){re.escape(text)}(?!\w)"))
            for text, key in said
            if [*names.others(text)] and text not in names.everything
        ]
        self._other = other

    def cut(self, one: Picture, other: Picture) -> Iterator[Cut]:
        """Yield what is whole in ``one``, and not in ``other``."""
        for widget, lines in one.items():
            text, there = _one_line(lines), _one_line(other.get(widget, []))
            if not text:
                continue
            for said, key, pattern in self._said:
                if said not in text:
                    continue
                text, count = pattern.subn("\0", text)
                if count and not any(each in there for each in self._other.get(key, ())):
                    yield Cut(widget, key, said, other.get(widget, []))


def _one_line(lines: Iterable[str]) -> str:
    return " ".join(" ".join(lines).replace("│", " ").split())  # notes have it at their left


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
