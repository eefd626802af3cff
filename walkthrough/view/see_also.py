"""The list of what can be read up about a step, as rows."""

from collections.abc import Sequence

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import message
from walkthrough.source.references import SeeAlso, SeeAlsoKind
from walkthrough.view.quiz import ClickableRow
from walkthrough.view.text import Piece, safe, wrap

_HEADINGS = {
    SeeAlsoKind.MANUAL: message("Manual pages"),
    SeeAlsoKind.GO: message("Go's source, below the src of its toolchain"),
}


def see_also_rows(references: Sequence[SeeAlso], tr: Catalogue, width: int) -> list[ClickableRow]:
    """Write the list: manual pages, then functions; a row means its number in ``references``."""
    rows: list[ClickableRow] = []
    for kind, heading in _HEADINGS.items():
        listed = [(at, each) for at, each in enumerate(references) if each.kind is kind]
        if listed:
            rows += [ClickableRow(())] if rows else []
            rows += [ClickableRow(row) for row in wrap((Piece(tr(heading), "heading"),), width)]
        for at, each in listed:
            line = (Piece("  "), Piece(safe(str(each)), "strong"))
            rows += [ClickableRow(row, at) for row in wrap(line, width, 4)]
    if rows:
        return rows
    none = tr("Nothing is named for this step, and it makes no system call.")
    return [ClickableRow(row) for row in wrap((Piece(none, "dim"),), width)]
