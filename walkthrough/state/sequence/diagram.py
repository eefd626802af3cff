"""The sequence diagram of a history: its rows, by number and by event.

Looks at each event once, a slice at a time; most need not be decoded for it.
"""

from bisect import bisect_left, bisect_right

import msgspec

from walkthrough.model.events import AnyEvent
from walkthrough.state.history import History
from walkthrough.state.sequence.builder import LOG, PARKING, SequenceBuilder
from walkthrough.state.sequence.model import DiagramRow

SLICE = 2000
"""Events that `SequenceDiagram.extend` looks at unless told otherwise: some 5 ms."""

# Two events in three make no row, and their line shows it: of functions only those that park do. A
# line that is written in another way is decoded, and recognized then.
_PASSED_BY = (b'{"type":"function_', b'{"type":"call_entered",')
_PARKING = f'"{PARKING}"'.encode()
_QUIET = b'"quiet":true'
_DECODER: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


class SequenceDiagram:
    """The rows of one history, as far as it has been processed.

    Args:
        history: The events. It may grow; `extend` processes what is new.

    Attributes:
        until: The last event that has been processed.
        from_log: It comes from an strace log, so there are no clients and no packets.
    """

    def __init__(self, history: History) -> None:
        self.history = history
        self.until = -1
        self.from_log = history.header.server == LOG
        self._builder = SequenceBuilder(history.header)
        self._restepped = history.restepped

    def extend(self, upto: int, most: int = SLICE) -> bool:
        """Process at most ``most`` more events; return whether event ``upto`` has been reached.

        A history of which other events are steps by now is processed from its beginning.
        """
        if self.history.restepped != self._restepped:
            self._restepped = self.history.restepped
            self.until = -1
            self._builder = SequenceBuilder(self.history.header)
        upto = min(upto, len(self.history) - 1)
        last = min(upto, self.until + most)
        line_of, decode, builder = self.history.line, _DECODER.decode, self._builder
        for index in range(self.until + 1, last + 1):
            line = line_of(index)
            if line.startswith(_PASSED_BY) and _PARKING not in line:
                if _QUIET not in line:
                    builder.pass_by()
            else:
                builder.fold(decode(line))
        self.until = max(self.until, last)
        return self.until >= upto

    @property
    def settled(self) -> int:
        """How many rows are final: those of steps that are over."""
        return self._builder.step

    def count(self, index: int) -> int:
        """Count the rows up to event ``index``."""
        return bisect_right(self._builder.starts, index)

    def row(self, number: int) -> DiagramRow:
        """Return row ``number``, from 0."""
        return self._builder.rows[number]

    def between(self, first: int, last: int) -> range:
        """Return the numbers of the rows that begin from event ``first`` to event ``last``."""
        starts = self._builder.starts
        return range(bisect_left(starts, first), bisect_right(starts, last))

    def clients(self, index: int) -> int:
        """Count the clients up to event ``index``; a group counts as two."""
        return bisect_right(self._builder.faces, index)

    def begun(self, index: int) -> int:
        """Return when somebody at the client's end first appeared; -1 if after ``index``."""
        return _if_past(self._builder.begun, index)

    def dialled(self, index: int) -> int:
        """Return when the server first connected to somebody; -1 if after ``index``."""
        return _if_past(self._builder.dialled, index)

    def ended(self, index: int) -> int:
        """Return with which event the server ended; -1 if after ``index``."""
        return _if_past(self._builder.ended, index)


def _if_past(event: int, index: int) -> int:
    return event if event <= index else -1
