"""What can be read up about a step: what its notes name, its function, its system call."""

from collections.abc import Iterator, Sequence
from itertools import chain

from walkthrough.lesson.lesson import StepView
from walkthrough.model.events import AnyEvent, CallEntered, CallReturned
from walkthrough.source.functions import find_functions, function_at, local
from walkthrough.source.notes import Note, Notes
from walkthrough.source.references import (
    SeeAlso,
    SeeAlsoKind,
    manual_page_of,
    parse_see_also,
)


def see_also(
    view: StepView | None,
    event: AnyEvent | None,
    notes: Notes | None,
    answered: Sequence[str] = (),
) -> tuple[SeeAlso, ...]:
    """Return what can be read up about a step, each place once, what questions name first.

    Args:
        view: What is shown of the step.
        event: Its event.
        notes: The notes that hold; None where they would answer what is being asked.
        answered: What the questions name that were answered here.
    """
    named = chain(answered, (text for note in _notes(view, notes) for text in note.see))
    found = [parse_see_also(text) for text in named]
    if isinstance(event, CallEntered | CallReturned):
        found.append(manual_page_of(event.call))
    if view is not None and (executing := _function_of(view)) is not None:
        found.append(executing)
    return tuple(dict.fromkeys(found))


def _notes(view: StepView | None, notes: Notes | None) -> Iterator[Note]:
    """Yield the notes in sight: the caption, and those of the function that is executing."""
    if view is None or notes is None:
        return
    yield from (note for note in notes.all if note.id == view.note)
    own = notes.for_function(view.function) if view.function else ()
    yield from (note for note in reversed(own) if note.id != view.note)


def _function_of(view: StepView) -> SeeAlso | None:
    """Return the function of Go's source whose line is shown; None if it is another program's."""
    ours = view.file.startswith(("walkthrough.example/", "scenarios/", "/"))
    if ours or "/" not in view.file or not view.file.endswith(".go") or not view.line:
        return None
    found = function_at(view.file, find_functions(view.lines), view.line)
    if found is None:
        return None
    return SeeAlso(SeeAlsoKind.GO, view.file, local(found[0]))
