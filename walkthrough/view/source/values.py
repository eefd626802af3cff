"""The foot of the source pane: the function's arguments and results."""

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.lesson.lesson import StepView
from walkthrough.view.text import Piece, Row, cell_width, elide, safe, width_of, wrap


def value_rows(view: StepView, tr: Catalogue, width: int, height: int) -> list[Row]:
    """Write arguments and results of a step, in as many rows as there are.

    Args:
        view: The step.
        tr: The catalogue of the language to say it in.
        width: Cells of a row.
        height: Rows there are; of results more is kept than of arguments.
    """
    if height == 1:
        return [_in_one_row(view, tr, width)]
    args = _labelled(tr("args"), view.arguments, width)
    returned = _labelled(tr("returned"), view.results, width)
    height = max(height, 1)
    for_results = min(len(returned), max(1, height - 1)) if args else min(len(returned), height)
    return [
        *_at_most(args, height - for_results, width),
        *_at_most(returned, for_results, width),
    ]


def _in_one_row(view: StepView, tr: Catalogue, width: int) -> Row:
    """Write arguments and results on one row; more of the results is kept."""
    returned: Row = ()
    if view.results:
        label = tr("returned") + " "
        text = elide(safe(view.results), max(width // 2 - cell_width(label), 8))
        returned = (Piece(label, "key"), Piece(text))
    if not view.arguments:
        return returned
    label = tr("args") + " "
    room = width - width_of(returned) - cell_width(label) - 2
    return (Piece(label, "key"), Piece(elide(safe(view.arguments), room)), Piece("  "), *returned)


def _labelled(label: str, text: str, width: int) -> list[Row]:
    return wrap((Piece(f"{label} ", "key"), Piece(safe(text))), width, 4) if text else []


def _at_most(rows: list[Row], most: int, width: int) -> list[Row]:
    """Keep ``most`` rows; the last says by an ellipsis that there was more."""
    if len(rows) <= most or most <= 0:
        return rows[: max(most, 0)]
    last = "".join(piece.text for piece in rows[most - 1])
    return [*rows[: most - 1], (Piece(elide(f"{last}…", width), rows[most - 1][-1].kind),)]
