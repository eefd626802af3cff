"""What is looked at: where the server is, or elsewhere, a definition or a caller.

Finds in the events what the trace enters next. Knows no widget.
"""

from itertools import pairwise
from typing import NamedTuple

from walkthrough.lesson.lesson import StepView
from walkthrough.lesson.sources import LessonSources
from walkthrough.model.events import FunctionEntered, FunctionReturned
from walkthrough.source.call_stack import StackFrame
from walkthrough.source.functions import Definition
from walkthrough.source.interfaces import Dispatch
from walkthrough.state.history import History
from walkthrough.view.source.column import SourceColumn

_AHEAD = 400
"""How many events are looked at for what is entered next."""
_AROUND = 5000
"""How many events, before and after, are searched for what a line of another function calls."""


class SourceLook(NamedTuple):
    """Something looked at elsewhere.

    Attributes:
        file: As events name it.
        line: The line looked at.
        function: As Go prints it.
        span: The span in which the trace is there, None if it is not known to come there.
        after: The event that entered it, -1 if that is not known.
        open: What is looked at declares a method of an interface, and this is what it may be.
    """

    file: str
    line: int
    function: str
    span: int | None = None
    after: int = -1
    open: Dispatch | None = None


class ViewedPlace(NamedTuple):
    """Where one looks. ``aside``: not where the server stands.

    ``span`` and ``after`` as in `SourceLook`; ``frames``: the call chain, callers last but one.
    """

    file: str
    line: int
    function: str
    frames: tuple[StackFrame, ...]
    span: int | None
    after: int
    aside: bool


def place_of(view: StepView, index: int, look: SourceLook | None) -> ViewedPlace:
    """Return what is looked at, at event ``index``."""
    if look is not None:
        return ViewedPlace(
            look.file, look.line, look.function, view.frames, look.span, look.after, aside=True
        )
    open_frames = [frame for frame in view.frames if frame.span is not None]
    span = open_frames[-1].span if open_frames else None
    return ViewedPlace(view.file, view.line, view.function, view.frames, span, index, aside=False)


def shown_of(place: ViewedPlace, column: SourceColumn) -> ViewedPlace:
    """Return where the line is that a column marks: of a document it may be a caller's.

    Args:
        place: What is looked at.
        column: What is shown of it.
    """
    if column.aligned is None:
        return place
    first, last = column.aligned.running
    if place.file == column.file and first <= place.line <= last:
        return place
    for frame in reversed(place.frames):
        if frame.file == column.file and first <= frame.line <= last:
            return place._replace(file=frame.file, line=frame.line, span=None, after=-1)
    return place


def entered_next(history: History, place: ViewedPlace) -> FunctionEntered | None:
    """Return the function that the trace enters next from a place, None if that is not known."""
    if place.span is None or place.after < 0:
        return None
    for index in range(place.after + 1, min(len(history), place.after + _AHEAD)):
        event = history.event(index)
        if isinstance(event, FunctionEntered) and event.parent == place.span:
            return event
        if isinstance(event, FunctionReturned) and event.span == place.span:
            return None
    return None


def definition(
    sources: LessonSources, history: History, place: ViewedPlace, line: int, now: int = -1
) -> SourceLook | None:
    """Return the definition of what is called on a line, None if that is not in the source at hand.

    Args:
        sources: What there is to read.
        history: The events, which may tell what comes next.
        place: What is looked at.
        line: The line there.
        now: The event of the step that is shown, -1 for none.
    """
    entered = entered_next(history, place) if line == place.line else None
    ahead = _called_from(sources, place, line)
    if entered is not None and entered.source is not None:
        ahead = Definition(entered.source.file, entered.source.line, entered.function or "")
    found = sources.definition(place.file, line, ahead)
    if found is None and (dispatch := sources.dispatched(place.file, line)) is not None:
        return _dispatched(history, place.file, line, dispatch, max(place.after, now))
    if found is None:
        found = sources.deeper(place.file, line)
    if found is None or (found.file, found.line) == (place.file, line):
        return None
    if entered is not None and ahead is not None and found.function == ahead.function:
        return SourceLook(*found, entered.span, entered.seq)
    return SourceLook(*found)


def _dispatched(history: History, file: str, line: int, dispatch: Dispatch, now: int) -> SourceLook:
    """Return the method that a line calls of an interface; its declaration there if it is open.

    What the trace enters from that very line is certain: next, or last if it does not again.
    """
    ahead, behind = range(now + 1, now + _AROUND), range(now, max(now - _AROUND, -1), -1)
    for index in (*ahead, *behind):
        if not 0 <= index < len(history):
            continue
        raw = history.line(index)
        if b"function_entered" not in raw or dispatch.method.encode() not in raw:
            continue
        entered = history.event(index)
        if (
            isinstance(entered, FunctionEntered)
            and entered.caller is not None
            and (entered.caller.file, entered.caller.line) == (file, line)
            and (entered.function or "").endswith(f".{dispatch.method}")
            and entered.source is not None
        ):
            there = entered.source
            return SourceLook(
                there.file, there.line, entered.function or "", entered.span, entered.seq
            )
    if dispatch.certain:
        return SourceLook(*dispatch.may_be[0])
    return SourceLook(*dispatch.declared, open=dispatch)


def _called_from(sources: LessonSources, place: ViewedPlace, line: int) -> Definition | None:
    """Return what a caller of the call chain has called from its line, None if it is no caller's.

    So a method of an interface is found, too.
    """
    for caller, callee in pairwise(place.frames):
        if (caller.file, caller.line) == (place.file, line):
            at = sources.function_at(callee.file, callee.line)
            if at is not None and at[0] == callee.function:
                return Definition(callee.file, at[1].first, callee.function)
    return None
