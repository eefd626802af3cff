"""The call stack of a step: its breadcrumb, and the line that each of its functions is at.

The line of a caller is not in the events; it is found in the caller's text.
"""

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from walkthrough.model.events import AnyEvent, FunctionEntered, FunctionReturned, SourcePlace
from walkthrough.source.functions import (
    LineRange,
    find_function,
    find_functions,
    find_python_functions,
    function_at,
    local,
    short,
)
from walkthrough.source.go_code import read_code
from walkthrough.source.library import SourceLibrary
from walkthrough.source.program_sources import is_standard
from walkthrough.state.world import OpenSpan

SKIPPED = "..."
"""Stands in a breadcrumb for frames left out: inlined away, not watched, or too many to show."""

MOST_CRUMBS = 7

# Called through a variable, so the caller's text has another name (net/hook_unix.go,
# internal/poll/hook_unix.go, the same in go1.21 to go1.27).
_CALLED_AS = {
    "Listen": ("listenFunc",),
    "runtime_pollServerInit": ("serverInit",),
}


_ALIKE = 5
"""A name longer than this which is the beginning of another one is related to it."""
_MOST_CALLS = 10_000


class StackFrame(NamedTuple):
    """One function of the call chain.

    Attributes:
        function: As Go prints it.
        file: As events name it, "" if unknown.
        line: Where it stands: the executing line, of a caller the call; where that cannot be
            found, its first line. 0 if unknown.
        span: Its span, None if it has returned.
    """

    function: str
    file: str
    line: int
    span: int | None


class _Place(NamedTuple):
    """A function of the call chain: ``calls`` tells that the line is that of its call."""

    name: str
    source: SourcePlace | None
    span: int | None
    calls: bool = False


class _CallSite(NamedTuple):
    """A call in a caller's text: the line, 0 if there is none; whether it names the callee."""

    line: int
    direct: bool


_UNKNOWN = _CallSite(0, True)


class CallStacks:
    """Makes breadcrumbs and frames; the calls that are found are cached.

    Args:
        library: Where source is read from.
    """

    def __init__(self, library: SourceLibrary) -> None:
        self._library = library
        self._calls: dict[tuple[str, str, str], _CallSite] = {}
        self._functions: dict[str, dict[str, LineRange]] = {}

    def of(
        self,
        spans: Sequence[OpenSpan],
        event: AnyEvent,
        source: SourcePlace | None,
        entered: FunctionEntered | None,
    ) -> tuple[tuple[str, ...], tuple[int, ...], tuple[StackFrame, ...]]:
        """Return breadcrumb, the frames' numbers for it, and the frames (see `StepView`).

        Args:
            spans: The open functions, outermost first.
            event: What has just happened.
            source: The executing line.
            entered: Of a function that has returned, the event of its entry, if at hand.
        """
        places: list[_Place] = []
        for each in spans:
            self._put(places, _Place(each.name, each.source, each.span), each.caller)
        executing = len(places) - 1
        if isinstance(event, FunctionReturned) and event.function:
            # Its span is closed in the world after the event, but the step is about it.
            place, caller = (
                (entered.source, entered.caller) if entered is not None else (None, None)
            )
            self._put(places, _Place(event.function, place, None), caller)
        crumbs: list[tuple[str, int]] = []
        frames: list[StackFrame] = []
        for number, (name, place, span, calls) in enumerate(places):
            line = place.line if place is not None else 0
            gap = False
            if number + 1 < len(places) and not calls:
                call = self._call(name, place, places[number + 1][0])
                line, gap = call.line or line, not call.direct
            if number == executing and source is not None and _within(place, source):
                line = source.line
            crumbs.append((name if ":" in name else short(name), number))  # cart.go:4 is a line
            if gap:
                crumbs.append((SKIPPED, -1))
            frames.append(StackFrame(name, place.file if place is not None else "", line, span))
        shown = _shorten(crumbs)
        names, numbers = tuple(name for name, _ in shown), tuple(number for _, number in shown)
        return names, numbers, tuple(frames)

    def _put(self, places: list[_Place], place: _Place, caller: SourcePlace | None) -> None:
        """Add a function, and before it the one of the program's own that called it unwatched.

        Args:
            places: The functions around it, outermost first.
            place: The function.
            caller: The line that called it; of the function around it if that is in its file.
        """
        around = places[-1].source if places else None
        if (
            caller is not None
            and caller.file.endswith(".go")
            and (around is None or around.file != caller.file)
            and not is_standard(PurePosixPath(caller.file))
        ):
            places.append(_Place(self._name(caller), caller, None, calls=True))
        places.append(place)

    def _name(self, place: SourcePlace) -> str:
        """Return the function that a line is in; without its text, the line."""
        if place.file not in self._functions and (lines := self._library.lines(place.file)):
            self._functions[place.file] = find_functions(lines)
        found = function_at(place.file, self._functions.get(place.file, {}), place.line)
        return found[1] if found is not None else f"{place.file.rpartition('/')[2]}:{place.line}"

    def _call(self, caller: str, place: SourcePlace | None, callee: str) -> _CallSite:
        """Find the line of the caller's text that calls the callee.

        If none does, there is a frame between the two; without the source that cannot be told, and
        no gap is claimed.
        """
        if place is None:
            return _UNKNOWN
        key = (place.file, caller, callee)
        if key not in self._calls:
            if len(self._calls) >= _MOST_CALLS:
                self._calls.clear()
            self._calls[key] = self._find(place.file, caller, callee)
        return self._calls[key]

    def _find(self, file: str, caller: str, callee: str) -> _CallSite:
        lines = self._library.lines(file)
        if lines is None:
            return _UNKNOWN
        python = file.endswith(".py")
        if file not in self._functions:
            found = find_python_functions(lines)[0] if python else find_functions(lines)
            self._functions[file] = found
        body = find_function(self._functions[file], caller)
        if body is None:
            return _UNKNOWN
        name = local(callee).rpartition(".")[2]
        if not python:
            return _in_go(lines, body, name)
        return _in_python(list(enumerate(lines[body.first : body.last], body.first + 1)), name)


def _in_go(lines: tuple[str, ...], body: LineRange, name: str) -> _CallSite:
    wanted = (name, *_CALLED_AS.get(name, ()))
    code = read_code(lines[body.first - 1 : body.last])
    named = [
        (number, each)
        for number in range(body.first, body.last + 1)
        for each in code.names(number - body.first + 1)
    ]
    for number, each in named:
        if each in wanted:
            return _CallSite(number, True)
    # A variable that holds a function is named after it: pollSplice calls poll.Splice.
    for number, each in named:
        if each.endswith(name):
            return _CallSite(number, True)
    # A function between them often has a similar name: listenTCP, inlined, calls listenTCPProto.
    for number, each in named:
        if len(each) > _ALIKE and name.startswith(each):
            return _CallSite(number, False)
    return _CallSite(0, False)


def _in_python(inside: list[tuple[int, str]], name: str) -> _CallSite:
    """Do the same for Python, whose spelling differs: a call that is not found may be there."""
    wanted = f"{name.removeprefix('runtime_').lower()}("
    for number, line in inside:
        if wanted in line.replace("_", "").lower() and '"""' not in line:
            return _CallSite(number, True)
    return _UNKNOWN


def _within(place: SourcePlace | None, source: SourcePlace) -> bool:
    return place is not None and place.file == source.file


def _shorten(crumbs: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Keep the first two and the last of a chain that is too long, and say that it is shortened."""
    if len(crumbs) <= MOST_CRUMBS:
        return crumbs
    head, tail = crumbs[:2], crumbs[-(MOST_CRUMBS - 3) :]
    while tail and tail[0][0] == SKIPPED:
        tail = tail[1:]
    while head and head[-1][0] == SKIPPED:
        head = head[:-1]
    return [*head, (SKIPPED, -1), *tail]
