"""What the source pane shows at a step, in the space that it has: title, texts, breadcrumb."""

from collections.abc import Mapping
from typing import NamedTuple

from walkthrough.lesson.lesson import StepView
from walkthrough.model.events import CaptureEnded, ProcessExited
from walkthrough.source.document import Document
from walkthrough.view.source.content import SourceContent, SourceMode, TextColumn, compose
from walkthrough.view.source.navigation import ViewedPlace
from walkthrough.view.step import StepContext
from walkthrough.view.text import cell_width, elide, safe

BESIDE_COLUMNS = 90
"""From this many cells on, two texts are side by side."""
STACKED_ROWS = 14
"""From this many rows on, they are one below the other; with fewer, only one is shown."""

_NOTHING = StepView()
_NO_REMARKS: Mapping[int, str] = {}


class SourcePage(NamedTuple):
    """What the pane shows.

    Attributes:
        titles: As in `SourceContent`.
        main: The main text.
        other: What is beside it or below it, None if nothing is.
        beside: Whether the other text is beside the first; else it is below it.
        empty: What to say of a text without lines that does not say why it has none.
        names: The names of the call chain, outermost first.
        numbers: For each the number of its frame, -1 for none; may be empty.
    """

    titles: tuple[str, ...]
    main: TextColumn
    other: TextColumn | None
    beside: bool
    empty: str
    names: tuple[str, ...]
    numbers: tuple[int, ...]

    def title(self, name: str, width: int) -> str:
        """Return the longest title that fits.

        Args:
            name: What every title begins with.
            width: Cells of the title.
        """
        file = safe(self.main.column.name)
        if not self.titles and not file:
            return name
        name += " · "
        room = width - cell_width(name)
        if self.titles:
            shown = [safe(title) for title in self.titles]
            fitting = next((title for title in shown if cell_width(title) <= room), shown[-1])
            return name + elide(fitting, max(room, 1))
        if cell_width(file) > room:  # the end of a path says more than its beginning
            file = "…" + file[len(file) - max(room - 1, 1) :]
        return name + file


def source_page(
    step: StepContext,
    place: ViewedPlace,
    shown: SourceMode,
    width: int,
    height: int,
    document: Document | None = None,
    remarks: Mapping[int, str] = {},
) -> SourcePage:
    """Make what the pane shows of a step.

    Args:
        step: The step.
        place: What is looked at.
        shown: Which view.
        width: Cells that the texts have, all together.
        height: Rows that they have.
        document: The document, if there is one.
        remarks: What is said below its lines.
    """
    view, tr = step.view or _NOTHING, step.tr
    composed = compose(view, place, step.sources, shown, tr, document, remarks)
    titles, main, other = arranged(composed, width, height)
    if step.failed_at >= 0 and not place.aside:
        main = TextColumn(
            main.column,
            tr("The server is gone. Here its path failed, at event {at}.", at=step.failed_at + 1),
        )
    empty = (
        tr("Nothing has happened yet.")
        if step.view is None
        else tr("There is no source to show here.")
    )
    if step.history.header.server == "strace":
        empty = tr(
            "An strace log shows only system calls: there is no source to show. Notes on a "
            "stage describe how Go does it."
        )
    names: tuple[str, ...] = view.breadcrumb
    if not names and isinstance(step.event, ProcessExited | CaptureEnded):
        names = (tr("Nothing runs any more; this line was the last."),) if main.column.lines else ()
    beside = other is not None and width >= BESIDE_COLUMNS
    return SourcePage(titles, main, other, beside, empty, names, view.crumbs)


def arranged(composed: SourceContent, width: int, height: int) -> SourceContent:
    """Put two texts beside each other, or one below the other, or show the second alone."""
    titles, main, other = composed
    wide, high = width >= BESIDE_COLUMNS, height >= STACKED_ROWS
    if other is not None and not wide and not other.column.lines:
        # Better the source than a sentence in an empty pane.
        main, other = TextColumn(main.column, other.column.missing), None
    if other is None:
        return SourceContent(titles, main)
    if not wide and not high:
        return SourceContent(titles or (other.heading,), TextColumn(other.column))
    if not wide:  # the title has the file's name
        main = TextColumn(main.column)
    return SourceContent(titles, main, other)
