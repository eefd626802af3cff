"""Notes on the calls in an strace(1) log: of any program, so nothing that is specific to Go.

The notes of `walkthrough.source.notes` explain lines of Go, and how Go's calls look. A server in
another language makes them differently: its sockets may block.
"""

import tomllib
from functools import cache
from importlib import resources

import msgspec

from walkthrough.formatting.strace_lines import call as spelled
from walkthrough.i18n.messages import message
from walkthrough.i18n.texts import Texts, decoded
from walkthrough.model.events import AnyEvent, CallEntered, CallReturned
from walkthrough.model.stages import Place, Stage, Step
from walkthrough.source.notes import NoteError

SERVER = "strace"
"""`Header.server` of a log."""


class LogNote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One note.

    Attributes:
        id: Its name, unique: ``log.subject``.
        said: The note, under the key ``says``.
        stage: With ``step``: the place that it is about.
        step: See ``stage``.
        call: It is only about this system call.
        argument: And only if this is among its arguments.
    """

    id: str
    said: Texts = msgspec.field(name="says")
    stage: Stage | None = None
    step: Step | None = None
    call: str = ""
    argument: str = ""

    def says(self, language: str) -> str:
        """Return the text in ``language``, else in English."""
        return self.said.says(language)


class _LogNotesFile(msgspec.Struct, forbid_unknown_fields=True):
    note: list[LogNote]


@cache
def log_notes() -> tuple[LogNote, ...]:
    """Return all notes, in the order of the file.

    Raises:
        NoteError: The file has a mistake.
    """
    text = (resources.files("walkthrough.lesson") / "log_notes.toml").read_text("utf-8")
    try:
        return tuple(msgspec.convert(tomllib.loads(text), _LogNotesFile, dec_hook=decoded).note)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise NoteError(message("{file}: {why}.", file="log_notes.toml", why=str(error))) from None


def note_for(event: AnyEvent, place: Place) -> LogNote | None:
    """Return the note for an event at a place: the exact place counts, then its step.

    Args:
        event: The event; for system calls the name and the arguments count.
        place: Where it happened.
    """
    for wanted in dict.fromkeys((place, Place(None, place.step), Place(place.stage))):
        for note in log_notes():
            if Place(note.stage, note.step) == wanted != Place() and _fits(note, event):
                return note
    return None


def _fits(note: LogNote, event: AnyEvent) -> bool:
    if not note.call:
        return True
    if not isinstance(event, CallEntered | CallReturned):
        return not note.argument
    if isinstance(event, CallReturned):
        event = CallEntered(
            seq=event.seq, time_ns=event.time_ns, call=event.call, arguments=event.arguments
        )
    return event.call == note.call and note.argument in spelled(event, None)
