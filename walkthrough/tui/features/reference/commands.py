"""The controller of what can be read up: a step's places, and the glossary."""

from walkthrough.lesson.glossary import glossary
from walkthrough.lesson.see_also import see_also
from walkthrough.source.notes import Notes
from walkthrough.tui.features.reference.bindings import ACTIONS
from walkthrough.tui.features.reference.dialog import ReferenceListing, ReferenceScreen
from walkthrough.tui.features.search.keeping import keep, shortly
from walkthrough.tui.features.search.matching import SearchTerm
from walkthrough.tui.screens.controller import Commands, Controller
from walkthrough.tui.screens.walk_context import Panes, WalkContext
from walkthrough.view.glossary import glossary_rows, term_of
from walkthrough.view.quiz import ClickableRow
from walkthrough.view.see_also import see_also_rows
from walkthrough.view.step import StepContext

_KEYS = {action.id: action.keys[0] for action in ACTIONS}


class ReferenceController(Controller):
    """Lists what can be read up."""

    def __init__(self, walk: WalkContext, panes: Panes) -> None:
        super().__init__(walk, panes)
        self._step: StepContext | None = None

    def commands(self) -> Commands:
        """Return what carries out each action."""
        return {"see_also": self.see_also, "glossary": self.glossary}

    def shown(self, step: StepContext) -> None:
        """Record what has just been drawn."""
        self._step = step

    def see_also(self) -> None:
        """List what can be read about the step, and about what was asked here.

        While it is asked, only what the step does itself.
        """
        tr, step = self._walk.tr, self._step
        notes = getattr(self._walk.lesson, "notes", None)
        if not isinstance(notes, Notes) or self._walk.hushed:
            notes = None
        view, event = (step.view, step.event) if step is not None else (None, None)
        places = see_also(view, event, notes, self._walk.also_see())

        def rows_for(width: int, needle: SearchTerm | None) -> list[ClickableRow]:
            rows = see_also_rows(places, tr, width)
            if needle is None:
                return rows
            return [
                each for each in rows if needle.found_in("".join(piece.text for piece in each.row))
            ]

        def answered(at: int | None) -> None:
            if at is not None:
                self._copy(places[at].copied)

        listing = ReferenceListing(
            tr("Read up"),
            tr("↑ ↓ choose · Enter copies · Esc closes"),
            rows_for,
            _KEYS["see_also"],
        )
        self._walk.ask(ReferenceScreen(listing), answered)

    def glossary(self) -> None:
        """Show the glossary, at the term that the step is about."""
        tr = self._walk.tr
        entries = glossary(tr.language)
        wanted = term_of(self._step) if self._step is not None else ""
        at = next((at for at, entry in enumerate(entries) if entry.key == wanted), 0)

        def rows_for(width: int, needle: SearchTerm | None) -> list[ClickableRow]:
            return glossary_rows(entries, tr, width, needle.found_in if needle else None)

        listing = ReferenceListing(
            tr("Glossary"),
            tr.beside((tr("/ searches"), tr("Esc closes"))),
            rows_for,
            _KEYS["glossary"],
            at,
        )
        self._walk.ask(ReferenceScreen(listing), lambda nothing: None)

    def _copy(self, text: str) -> None:
        """Send ``text`` to the terminal's clipboard, and keep it in a file as well."""
        tr = self._walk.tr
        self._walk.program.copy_to_clipboard(text)
        kept = keep(text)
        if kept is None:
            self._walk.say(tr("Sent to the terminal's clipboard: {text}", text=text))
        else:
            self._walk.say(tr("Copied: {text} (also in {file})", text=text, file=shortly(kept)))
