"""The foot of the source pane: what the function was given, and what it gave."""

from rich.cells import cell_len

from walkthrough.lesson.lesson import StepView
from walkthrough.tui.widgets.rows_view import ListedRows, Piece, Row, elide, safe, width_of, wrap
from walkthrough.tui.words import Words


class Values(ListedRows, can_focus=False):
    """Arguments and results, in as many rows as there are."""

    def show(self, view: StepView, words: Words) -> None:
        """Draw those of a step."""
        if self.size.height == 1:
            self.show_rows([_in_one_row(view, words, self.columns)])
            return
        given = _labelled(words.arguments, view.arguments, self.columns)
        gave = _labelled(words.results, view.results, self.columns)
        height = max(self.size.height, 1)
        for_results = min(len(gave), max(1, height - 1)) if given else min(len(gave), height)
        rows = [
            *_at_most(given, height - for_results, self.columns),
            *_at_most(gave, for_results, self.columns),
        ]
        self.show_rows(rows)


def _in_one_row(view: StepView, words: Words, width: int) -> Row:
    """Write what was given and what came of it on one row; of the results more is kept."""
    gave: Row = ()
    if view.results:
        label = f"{words.results} "
        text = elide(safe(view.results), max(width // 2 - cell_len(label), 8))
        gave = (Piece(label, "key"), Piece(text))
    if not view.arguments:
        return gave
    label = f"{words.arguments} "
    room = width - width_of(gave) - cell_len(label) - 2
    return (Piece(label, "key"), Piece(elide(safe(view.arguments), room)), Piece("  "), *gave)


def _labelled(label: str, text: str, width: int) -> list[Row]:
    return wrap((Piece(f"{label} ", "key"), Piece(safe(text))), width, 4) if text else []


def _at_most(rows: list[Row], most: int, width: int) -> list[Row]:
    """Keep ``most`` rows; the last says by an ellipsis that there was more."""
    if len(rows) <= most or most <= 0:
        return rows[: max(most, 0)]
    last = "".join(piece.text for piece in rows[most - 1])
    return [*rows[: most - 1], (Piece(elide(f"{last}…", width), rows[most - 1][-1].kind),)]
