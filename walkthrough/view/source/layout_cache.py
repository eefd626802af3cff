"""Keeps laid-out texts: going back to one costs nothing, nor does a step within one."""

from collections import OrderedDict
from typing import NamedTuple

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.view.source.column import SourceColumn
from walkthrough.view.source.highlighting import Highlighted
from walkthrough.view.source.layout import NoteText, SourceLayout, lay_out
from walkthrough.view.text import Piece, safe, wrap

_MOST = 64
"""How many texts are kept."""
_BY_IDENTITY = 3
"""How many of the inputs are long, and compared by identity."""

_MadeFor = tuple[object, ...]


class CachedLayout(NamedTuple):
    """A text as rows. ``file``: its lines as they are drawn, None if there are none."""

    made_for: _MadeFor
    file: Highlighted | None
    rows: SourceLayout


NOTHING_LAID = CachedLayout((), None, SourceLayout([], []))


class LayoutCache:
    """The texts that one view has shown, by name."""

    def __init__(self) -> None:
        self._files: OrderedDict[str, Highlighted] = OrderedDict()
        self._laid: OrderedDict[str, CachedLayout] = OrderedDict()

    def laid(
        self,
        column: SourceColumn,
        columns: int,
        tr: Catalogue,
        empty: str,
        *,
        folded: bool,
        opened: frozenset[int],
    ) -> CachedLayout:
        """Return a text as rows; it is the same object as long as nothing about it is new.

        Args:
            column: The text.
            columns: Cells of a row.
            tr: The catalogue of the language to say it in.
            empty: What to say where it has no lines and does not say why.
            folded: Whether it is folded, as far as it can be.
            opened: What of it has been opened by hand.
        """
        folded = folded and bool(column.keep)
        made_for: _MadeFor = (
            *(column.lines, column.notes, column.aligned),
            *(tr.language, column.name, column.missing, empty, columns, opened),
            *(column.keep if folded else (), tuple(column.remarks.values())),
        )
        kept = self._laid.get(column.name)
        if kept is None or not _same(made_for, kept.made_for):
            file = self._highlighted(column) if column.lines else None
            if file is not None:
                rows = lay_out(column, file.lines, columns, tr, folded=folded, opened=opened)
            else:
                said = wrap((Piece(safe(column.missing) or empty, "dim"),), columns)
                rows = SourceLayout([NoteText(row) for row in said], [0, len(said)])
            kept = self._laid[column.name] = CachedLayout(made_for, file, rows)
            if len(self._laid) > _MOST:
                self._laid.popitem(last=False)
        self._laid.move_to_end(column.name)
        return kept

    def _highlighted(self, column: SourceColumn) -> Highlighted:
        found = self._files.get(column.name)
        if found is None or found.source is not column.lines:
            found = self._files[column.name] = Highlighted(column.name, column.lines, column.code)
            if len(self._files) > _MOST:
                self._files.popitem(last=False)
        return found


def _same(some: _MadeFor, others: _MadeFor) -> bool:
    """Compare long values by identity: the lesson returns the same objects again."""
    long = zip(some[:_BY_IDENTITY], others[:_BY_IDENTITY], strict=True)
    return some[_BY_IDENTITY:] == others[_BY_IDENTITY:] and all(one is other for one, other in long)
