"""What the calls pane says: the system calls made up to a step, with their results.

They are written as strace writes them, under headings that name the stage they serve. Rows are made
when they are asked for, from calls that the history finds by number, so that a history of a million
events costs no more than one of ten.
"""

from bisect import bisect_right
from collections.abc import Callable
from typing import NamedTuple

from walkthrough.formatting import strace_lines
from walkthrough.model.events import CallEntered, CallReturned
from walkthrough.model.outcomes import has_failed
from walkthrough.model.stages import NOWHERE, Place, Stage
from walkthrough.recording.payload import omitted_bytes
from walkthrough.view.step import StepContext
from walkthrough.view.text import Piece, Row, cell_width, elide, safe, width_of, wrap

_INJECTED = " (INJECTED)"  # in strace's notation
_MOST_LINES = 8
"""The newest call is written out over at most this many rows."""
_MOST_SPELLED = 256
"""How many calls are kept as they are written."""
_GLYPHS = {"": "  ", "failed": "✗ ", "current": "> "}


class _SpelledCall(NamedTuple):
    """A call as it is written; its events are kept with it, so that no others get their ids."""

    entered: CallEntered
    returned: CallReturned | None
    kind: str
    text: str
    result: str


_spelled: dict[tuple[int, int], _SpelledCall] = {}
"""By the ids of the events: most calls in sight were so at the step before."""


def _spell(entered: CallEntered, returned: CallReturned | None) -> tuple[str, str, str]:
    if returned is None:
        return "current", safe(strace_lines.call(entered, None)), ""
    kind = "failed" if returned.injected or has_failed(returned) else ""
    text = safe(strace_lines.call(entered, returned))
    return kind, text, f" = {safe(strace_lines.result(entered, returned))}"


class CallRows:
    """All system calls up to a step, the newest written out whole.

    Args:
        step: The step.
        width: Cells of a row.
    """

    def __init__(self, step: StepContext, width: int) -> None:
        self._step, self._width = step, width
        self._several = step.world.several
        self._history = step.history
        self._count = step.history.visible_calls_until(step.index)
        if self._count:
            self._newest = self._whole(self._count - 1)
            self._first_of_newest = self._row_of(self._count - 1)
        else:
            self._newest = wrap((Piece(step.tr("No system call yet."), "dim"),), width)
            self._first_of_newest = 0

    def __len__(self) -> int:
        return self._first_of_newest + len(self._newest)

    def title(self, width: int) -> str:
        """Count the calls; those that are quiet only where ``width`` cells have room for it."""
        title = self._step.tr("System calls")
        if self._count:
            title += f" · {self._count}"
        if quiet := self._history.calls_until(self._step.index) - self._count:
            whole = self._step.tr("{title} ({count} hidden)", title=title, count=quiet)
            if cell_width(whole) <= width:
                title = whole
        return title

    def row(self, number: int, dims: Callable[[int], bool] | None = None) -> Row:
        """Return row ``number``, from 0.

        Args:
            number: The row.
            dims: Returns whether a call, by its number in the history, is dimmed.
        """
        if number >= self._first_of_newest:
            return self._newest[number - self._first_of_newest]
        call, heads = self._entry(number)
        return self._heading(call) if heads else self._call(call, dims)

    def row_kind(self, number: int) -> str:
        """Mark the call that the step's event is part of."""
        if not self._count:
            return ""
        step = self._step
        part = step.event is not None and step.index in self._seq(self._count - 1)
        return "here" if part and number >= self._first_of_newest else ""

    def event_at(self, number: int) -> int | None:
        """Return the event that began the call in row ``number``, None if there is no call."""
        if not self._count:
            return None
        call, _ = self._entry(min(number, self._first_of_newest))
        return self._seq(call)[0]

    def _row_of(self, call: int) -> int:
        """Return the row of a call; the earlier calls and the headings are above it."""
        return call + self._history.call_groups_until(call + 1)

    def _entry(self, row: int) -> tuple[int, bool]:
        """Return the call in a row, and whether it is rather the heading above that call."""
        history = self._history
        groups = range(history.call_groups_until(self._count))
        group = bisect_right(groups, row, key=lambda each: history.call_group(each) + each) - 1
        first = history.call_group(group)
        heads = row == first + group
        return (first if heads else row - group - 1), heads

    # A call's number here is its number among those that are not quiet.

    def _seq(self, number: int) -> tuple[int, int | None]:
        return self._history.call_seq(self._history.visible_call(number))

    def _heading(self, number: int) -> Row:
        place = self._history.call_place(self._history.visible_call(number))
        name = heading_of(place) or self._step.tr("between stages")
        return (Piece(elide(name, self._width), "heading"),)

    def _parts(self, number: int) -> tuple[str, str, str]:
        """Return a call's kind, its text, and its result apart; no result while it lasts."""
        entered, returned = self._history.call(self._history.visible_call(number))
        ended = self._seq(number)[1]
        if returned is None or ended is None or ended > self._step.index:
            returned = None
        key = id(entered), id(returned)
        known = _spelled.get(key)
        if known is None:
            if len(_spelled) >= _MOST_SPELLED:
                _spelled.clear()
            known = _spelled[key] = _SpelledCall(entered, returned, *_spell(entered, returned))
        return known[2:]

    def _whose(self, number: int) -> str:
        """Return the process id of who makes a call, and a space; "" where there is only one."""
        if not self._several:
            return ""
        entered, _ = self._history.call(self._history.visible_call(number))
        return f"{entered.process or self._step.world.first} "

    def _call(self, number: int, dims: Callable[[int], bool] | None) -> Row:
        """Write a call on one row: its end is cut before its result is."""
        kind, text, result = self._parts(number)
        glyph = _GLYPHS[kind]
        # The error's name stays, and that nobody but we made it; strace's explanation of it is for
        # the row written out whole.
        mark = _INJECTED if result.endswith(_INJECTED) else ""
        left = 5 if mark else 12
        result = elide(result.partition(" (")[0] + mark, self._width - left)
        who = self._whose(number)
        room = self._width - width_of((Piece(glyph + who), Piece(result)))
        if dims is not None and dims(self._history.visible_call(number)):
            return (Piece(glyph + who + elide(text, room) + result, "dim"),)
        return (
            Piece(glyph, kind),
            *([Piece(who, "key")] if who else []),
            Piece(elide(text, room)),
            Piece(result, "failed" if kind == "failed" else "result"),
        )

    def _left_out(self, number: int) -> int:
        """Return how many bytes of a call's arguments the recording does not hold."""
        entered, returned = self._history.call(self._history.visible_call(number))
        return omitted_bytes((returned if returned is not None else entered).arguments)

    def _whole(self, number: int) -> list[Row]:
        """Write a call out over as many rows as it needs."""
        tr = self._step.tr
        kind, text, result = self._parts(number)
        glyph = _GLYPHS[kind]
        if kind == "current":
            result = " … " + tr("not returned")
        who = self._whose(number)
        row: Row = (
            Piece(glyph, kind),
            *([Piece(who, "key")] if who else []),
            Piece(text, "strong"),
            Piece(result, kind or "result"),
        )
        if omitted := self._left_out(number):
            row = (
                *row,
                Piece(
                    " " + tr.plural("left out, {count} byte", "left out, {count} bytes", omitted),
                    "dim",
                ),
            )
        rows = wrap(row, self._width, 4)
        return rows if len(rows) <= _MOST_LINES else [*rows[: _MOST_LINES - 1], rows[-1]]


def heading_of(place: Place) -> str:
    """Name the stage that a call at ``place`` serves, and the finer step where it is outside it."""
    if place == NOWHERE:
        return ""
    stage = place.shown_under
    if place.stage is None and place.step is not None:
        # Polls may come, and the server prints its address, before anyone accepts; and reading
        # from a connection is no accepting: such steps bear their own name alone.
        if stage is None or stage is Stage.ACCEPT:
            return place.step.value
        return f"{stage.value} › {place.step.value}"
    return stage.value if stage is not None else ""
