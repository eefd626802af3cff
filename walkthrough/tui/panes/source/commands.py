"""What the actions of the source pane do."""

import os
from pathlib import Path

from textual.worker import get_current_worker

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import plural
from walkthrough.lesson.sources import LessonSources
from walkthrough.source.document import Document, DocumentError, Passage, load
from walkthrough.tui.app_context import AppContext
from walkthrough.tui.panes.source.document_picker import DocumentPicker
from walkthrough.tui.panes.source.pane import SourcePane
from walkthrough.tui.panes.source.view import SourceView
from walkthrough.tui.screens.controller import Commands, Controller
from walkthrough.tui.screens.walk_context import Panes, WalkContext
from walkthrough.view.source.content import SourceMode
from walkthrough.view.source.remarks import left_open, problem, some_of
from walkthrough.view.step import StepContext


class SourceController(Controller):
    """Controls the source pane: its views, folding, definitions, and the document."""

    def __init__(self, walk: WalkContext, panes: Panes) -> None:
        super().__init__(walk, panes)
        self._looked_through: Document | None = None
        self._just_chosen = False

    def commands(self) -> Commands:
        """Return what carries out each action."""
        return {
            "next_view": self.next_view,
            "view_beside": self.view_beside,
            "view_document": self.view_document,
            "fold": self.fold,
            "definition": self.definition,
            "definition_back": self.definition_back,
            "choose_document": self.choose_document,
        }

    def mounted(self) -> None:
        """Begin with the document that was given, or soon with the one that is remembered."""
        if self._app.document is not None:
            self._begin_with(self._app.document)
            self._remember(self._app.document.path)
        else:
            self._walk.call_after_refresh(self._begin_with_the_last)

    def shown(self, step: StepContext) -> None:
        """Once there is a lesson, look through it for what the document shows."""
        document = self._pane.document
        if document is not None and document is not self._looked_through:
            self._look_through(document, step)

    def translated(self) -> None:
        """Say in the other language what was found missing."""
        self._looked_through = None
        if self._pane.step is not None:
            self.shown(self._pane.step)

    # The actions

    def next_view(self) -> None:
        """Go on to the next view that there is."""
        pane = self._pane
        if pane.sources is None:
            self._walk.say(self.tr("There is no source to search here."))
            return
        views = list(SourceMode)
        after = views[(views.index(pane.view) + 1) % len(views)]
        if after is SourceMode.DOCUMENT and pane.document is None:
            self._show(SourceMode.SOURCE)
            self._walk.say(
                self.tr("No document yet: give one with --document FILE.md, or choose one with O.")
            )
        else:
            self._show(after)

    def view_beside(self) -> None:
        """Show both programs."""
        if self._pane.sources is None:
            self._walk.say(self.tr("There is no source to search here."))
        else:
            self._show(SourceMode.BESIDE)

    def view_document(self) -> None:
        """Show the document."""
        if self._pane.document is None:
            self._walk.say(
                self.tr("No document yet: give one with --document FILE.md, or choose one with O.")
            )
        else:
            self._show(SourceMode.DOCUMENT)

    def fold(self) -> None:
        """Fold all texts, or unfold them."""
        if self._pane.sources is None:
            self._walk.say(self.tr("There is no source to search here."))
            return
        views = list(self._pane.query(SourceView))
        folded = not views[0].folded
        for view in views:
            view.fold(folded)
        self._walk.say(
            self.tr("Folded to the functions of the call chain.")
            if folded
            else self.tr("The whole file.")
        )

    def definition(self) -> None:
        """Look at the definition of what is called on the line."""
        pane = self._pane
        if pane.sources is None:
            self._walk.say(self.tr("There is no source to search here."))
            return
        look = pane.definition()
        if look is None:
            self._walk.say(
                self.tr("Nothing is called on this line whose definition could be found.")
            )
            return
        pane.look(look)
        if look.open is not None:
            self._walk.say(left_open(look.open, self.tr))

    def definition_back(self) -> None:
        """Go back to what was looked at before."""
        if self._pane.aside:
            self._pane.look_back()
        else:
            self._walk.say(
                self.tr("You are where the server stands; d goes to what is called there.")
            )

    def choose_document(self) -> None:
        """Ask for a document."""
        now = self._pane.document
        path = now.path if now is not None else ""
        self._walk.ask(DocumentPicker(path, self.tr), self._chosen)

    def _chosen(self, document: Document | str | None) -> None:
        """Take what was chosen: a document, "" for none, None to leave all as it was."""
        if document is None:
            return
        pane = self._pane
        if isinstance(document, str):
            pane.document, pane.remarks, self._app.document = None, {}, None
            self._show(SourceMode.SOURCE)
            self._remember(None)
            self._walk.say(self.tr("No document any more."))
            return
        self._just_chosen = True
        self._begin_with(document)
        self._remember(document.path)

    def _begin_with(self, document: Document) -> None:
        pane = self._pane
        pane.document, pane.remarks, self._app.document = document, {}, document
        self._show(SourceMode.DOCUMENT)
        if pane.step is not None:
            self.shown(pane.step)

    def _begin_with_the_last(self) -> None:
        """Show the document that was chosen last; if it is gone, say so and go on without."""
        path = self._app.preferences.document
        if not path or self._pane.document is not None:
            return
        try:
            self._begin_with(load(Path(path)))
        except DocumentError as error:
            self._walk.say(problem(error, self.tr))

    def _remember(self, path: str | None) -> None:
        self._app.remember(document=os.path.abspath(path) if path is not None else None)

    def _show(self, view: SourceMode) -> None:
        self._pane.view = view
        self._pane.redraw()

    # What the document has and the running Go has not

    def _look_through(self, document: Document, step: StepContext) -> None:
        """Look for the document's functions in the running Go, beside everything else."""
        self._looked_through = document
        sources = step.sources
        if sources is None:
            return

        def look() -> None:
            missing = tuple(sources.not_running(document))
            if not get_current_worker().is_cancelled:
                self._walk.call_from_thread(self._say_missing, document, sources, missing)

        self._walk.run_worker(look, thread=True, group="document", exclusive=True)

    def _say_missing(
        self, document: Document, sources: LessonSources, missing: tuple[Passage, ...]
    ) -> None:
        """Say it below each function; when a document has just been chosen, as a message too."""
        pane, tr = self._pane, self.tr
        if pane.document is not document:
            return
        go = sources.go_version.replace("go", "Go ", 1)
        pane.remarks = {
            one.body.first: tr("{go} has no function {function}", go=go, function=one.name)
            for one in missing
        }
        pane.redraw()
        if self._just_chosen:
            self._just_chosen = False
            count = len(document.passages)
            names = some_of([one.name for one in missing])
            pattern = (
                plural(
                    "{name}: {count} function. {go} does not have: {functions}.",
                    "{name}: {count} functions. {go} does not have: {functions}.",
                    count,
                )
                if missing
                else plural("{name}: {count} function.", "{name}: {count} functions.", count)
            )
            self._walk.say(tr(pattern, name=document.name, go=go, functions=names))

    @property
    def _app(self) -> AppContext:
        return self._walk.program

    @property
    def _pane(self) -> SourcePane:
        return self._panes.source

    @property
    def tr(self) -> Catalogue:
        """The catalogue of the language of the walk."""
        return self._walk.tr
