"""Rows of comma-separated values (RFC 4180) that are safe in a terminal and in a spreadsheet."""

import csv
import io
from collections.abc import Sequence

from walkthrough.formatting.escaping import printable

Cell = str | int | float | bool | None
_FORMULA = ("=", "+", "-", "@")
"""A spreadsheet runs a text that begins so (CWE-1236)."""


def csv_row(cells: Sequence[Cell]) -> bytes:
    """Return one row with its line end.

    Numbers stay numbers, None is an empty cell, and truth is ``true`` or ``false``. Of a text all
    that could act on a terminal is escaped; one that a spreadsheet would take for a formula begins
    with an apostrophe.
    """
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(list(map(_cell, cells)))
    return line.getvalue().encode()


def _cell(cell: Cell) -> str | int | float:
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case str():
            text = printable(cell)
            return f"'{text}" if text.startswith(_FORMULA) else text
    return cell
