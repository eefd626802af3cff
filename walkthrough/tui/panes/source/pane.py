"""The source pane: breadcrumb, one or two texts, and arguments and results.

It keeps what the user has chosen to see (`SourceMode`, folding, where one looks aside) and hands
each text a column; what a column holds is made in `walkthrough.view.source.content`.
"""

from collections.abc import Mapping

from textual.app import ComposeResult
from textual.containers import Container, Vertical

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.lesson.lesson import StepView
from walkthrough.lesson.sources import LessonSources
from walkthrough.source.document import Document
from walkthrough.tui.panes.source.breadcrumb import BreadcrumbBar
from walkthrough.tui.panes.source.values import ValuesBar
from walkthrough.tui.panes.source.view import SourceView
from walkthrough.tui.widgets.error_handling import ErrorBoundary
from walkthrough.tui.widgets.perform import Perform
from walkthrough.tui.widgets.rows_view import ListedRows, set_title
from walkthrough.view.source.content import SourceMode, TextColumn
from walkthrough.view.source.navigation import (
    SourceLook,
    ViewedPlace,
    definition,
    place_of,
    shown_of,
)
from walkthrough.view.source.page import source_page
from walkthrough.view.step import StepContext
from walkthrough.view.text import Piece, safe, wrap

_CORNERS = 4
"""Cells of a border that its title leaves to the corners and the spaces beside them."""
_NOTHING = StepView()


class SourceHeading(ListedRows, can_focus=False):
    """What is said above a text: there only when it says something, and as high as that takes."""

    thumb = 0
    _said = ""

    def say(self, text: str) -> None:
        """Say ``text``."""
        self._said = safe(text)
        if self.display != bool(text):
            self.display = bool(text)
        self.on_resize()

    def on_resize(self) -> None:
        """It is wrapped to the width."""
        rows = wrap((Piece(self._said, "heading"),), self.columns)[:3] if self._said else []
        if rows and (self.styles.height is None or self.styles.height.value != len(rows)):
            self.styles.height = len(rows)
        self.show_rows(rows)


class SourcePane(ErrorBoundary, Vertical):
    """The source of the step, and what is beside it."""

    key = ""

    def __init__(self) -> None:
        super().__init__(id="source")
        self.step: StepContext | None = None
        self.view = SourceMode.SOURCE
        self.document: Document | None = None
        self.remarks: Mapping[int, str] = {}
        self._looks: list[SourceLook] = []

    def compose(self) -> ComposeResult:
        """Lay out the breadcrumb, the texts and the foot."""
        yield BreadcrumbBar(id="crumbs")
        with Container(id="source-texts"):
            with Vertical(id="source-main"):
                yield SourceHeading(id="source-heading")
                yield SourceView(id="source-lines")
            with Vertical(id="source-other"):
                yield SourceHeading(id="source-other-heading")
                yield SourceView(id="source-other-lines", can_focus=False)
        yield ValuesBar(id="values")

    def show(self, step: StepContext) -> None:
        """Draw ``step``; what was opened instead is closed."""
        if self.step is not None and self.step.index != step.index:
            self._looks.clear()
        self.step = step
        self._draw()

    def redraw(self) -> None:
        """Draw the same step again: what is shown of it has changed."""
        self._draw()

    def on_breadcrumb_bar_chosen(self, message: BreadcrumbBar.Chosen) -> None:
        """Look at where a function of the call chain is."""
        message.stop()
        self.look_at_frame(message.number)

    def on_source_view_defined(self, message: SourceView.Defined) -> None:
        """Ask for what is called on the line that was clicked."""
        message.stop()
        self.post_message(Perform("definition"))

    def on_resize(self) -> None:
        """All is cut to the width, and there may be room for two texts now, or no more."""
        self._draw()

    # Looking aside

    @property
    def aside(self) -> bool:
        """Whether something other than where the server is, is looked at."""
        return bool(self._looks)

    def look(self, look: SourceLook) -> None:
        """Look at something elsewhere, unless that is done already."""
        place = self._place
        if place is not None and (place.file, place.line) == (look.file, look.line):
            return
        self._looks.append(look)
        self._draw()

    def look_back(self) -> None:
        """Go back to what was looked at before."""
        if self._looks:
            self._looks.pop()
            self._draw()

    def look_at_frame(self, number: int) -> None:
        """Look at where a function of the call chain is; the innermost one leads back."""
        view = self._view
        if not 0 <= number < len(view.frames):
            return
        frame = view.frames[number]
        self._looks.clear()
        if (frame.file, frame.line) != (view.file, view.line) and frame.file:
            after = self.step.index if self.step is not None else -1
            self._looks.append(
                SourceLook(frame.file, frame.line, frame.function, frame.span, after)
            )
        self._draw()

    def definition(self) -> SourceLook | None:
        """Return where what is called on the line that was clicked, or is marked, is defined."""
        place, sources = self._place, self.sources
        if self.step is None or sources is None or place is None:
            return None
        main = self.query_one("#source-lines", SourceView)
        column, line = main.column, main.picked
        if line and column.code is not None:  # of a document: where the running Go has it
            line = column.aligned.there.get(line, 0) if column.aligned is not None else 0
            if not line:
                return None
        place = place._replace(file=column.file) if line else shown_of(place, column)
        line = line or place.line
        return definition(sources, self.step.history, place, line, self.step.index)

    @property
    def sources(self) -> LessonSources | None:
        """What there is to read, None without a lesson."""
        return self.step.sources if self.step is not None else None

    @property
    def _view(self) -> StepView:
        return (self.step.view if self.step is not None else None) or _NOTHING

    @property
    def _place(self) -> ViewedPlace | None:
        if self.step is None:
            return None
        return place_of(self._view, self.step.index, self._looks[-1] if self._looks else None)

    # Drawing

    def _draw(self) -> None:
        step, place = self.step, self._place
        if step is None or place is None:
            return
        size = self.query_one("#source-texts").size
        page = source_page(
            step, place, self.view, size.width, size.height, self.document, self.remarks
        )
        self.set_class(page.other is not None and page.beside, "-beside")
        self.set_class(page.other is not None and not page.beside, "-stacked")
        set_title(self, page.title(f"{self.key} " + step.tr("Source"), self.size.width - _CORNERS))
        tr = step.tr
        self._show_column("", page.main, tr, page.empty)
        if page.other is not None:
            self._show_column("other-", page.other, tr, page.empty)
        self.query_one(BreadcrumbBar).show(page.names, page.numbers)
        self.query_one(ValuesBar).show(self._view, step.tr)

    def _show_column(self, which: str, column: TextColumn, tr: Catalogue, empty: str) -> None:
        self.query_one(f"#source-{which}heading", SourceHeading).say(column.heading)
        self.query_one(f"#source-{which}lines", SourceView).show(column.column, tr, empty)
