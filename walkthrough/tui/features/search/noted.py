"""Where on a walk a note is met: the first event at its place, or in its function.

Pure: notes and a history in, events out, in slices as `scan` has them.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from walkthrough.model.stages import NOWHERE
from walkthrough.source.functions import qualified
from walkthrough.source.notes import Note
from walkthrough.state.history import History
from walkthrough.view.event_fields import EventFields, gist_of


class NoteMatch(NamedTuple):
    """A note and the event at which it is met first."""

    event: int
    note: Note


class _Awaited:
    """A note that has not been met yet."""

    def __init__(self, note: Note) -> None:
        self.note = note
        at = note.place != NOWHERE
        traces = [part for part in (note.stage, note.step) if part is not None]
        # A function with quotes or backslashes in its name there is not.
        self._traces = tuple(part.encode() for part in (traces if at else note.function))
        self._all = at
        self._passed = note.after is None

    def is_met(self, line: bytes) -> bool:
        after = self.note.after
        if not self._passed and after is not None:
            self._passed = f'"{after}"'.encode() in line and gist_of(line).step == after
            return False
        many = all if self._all else any
        return many(trace in line for trace in self._traces) and self._is_at(gist_of(line))

    def _is_at(self, gist: EventFields) -> bool:
        note = self.note
        if self._all:
            return gist.stage == (note.stage or gist.stage) and gist.step == (
                note.step or gist.step
            )
        return gist.type == "function_entered" and qualified(gist.function or "") in note.function


class NoteMatches:
    """Finds where each of some notes is met; the history may grow.

    Attributes:
        met: Those that have been found, in the order of their events.
    """

    def __init__(self, history: History, notes: Iterable[Note]) -> None:
        self._history = history
        self._notes = tuple(notes)
        self._begin()

    def _begin(self) -> None:
        self._revised = self._history.revised
        self.met: list[NoteMatch] = []
        self._awaited = [_Awaited(note) for note in self._notes]
        self._to = 0

    @property
    def done(self) -> bool:
        """Return whether all that can be found now has been."""
        if self._history.revised != self._revised:
            return False
        return not self._awaited or self._to >= len(self._history)

    def work(self, more: Callable[[], bool]) -> None:
        """Look through events until ``more`` says enough; through all if any has changed."""
        if self._history.revised != self._revised:
            self._begin()
        while not self.done and more():
            line = self._history.line(self._to)
            met = [each for each in self._awaited if each.is_met(line)]
            if met:
                self.met += [NoteMatch(self._to, each.note) for each in met]
                self._awaited = [each for each in self._awaited if each not in met]
            self._to += 1
