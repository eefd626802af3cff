"""A filter: words such as ``stage:accept call:read,write g:18 errors``, and which events pass.

An event passes that meets every word; one of several values is enough. Only the few fields that
a filter can name are read of an event (`gist`), and its line is not decoded where it need not be.
"""

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from walkthrough.i18n.messages import Message, message
from walkthrough.model.outcomes import NO_FAILURES
from walkthrough.model.stages import Stage, Step
from walkthrough.view.event_fields import EventFields, gist_of

ERRORS = "errors"
_WHOSE_ERROR = (b'"error"', b'"failed"', b'"signal"', b'"code"')
_STAGES = {stage.value.lower(): stage.value for stage in Stage}
_STEPS = {step.value.lower(): step.value for step in Step}
_ERROR_NAME = re.compile(rb'"(E[A-Z0-9]+)"')
_FULL_WIDTH = str.maketrans({"：": ":", "，": ",", "\u3000": " "})
"""What a Chinese keyboard gives for the marks that a filter is written with."""

_EXAMPLES = {
    "stage": "stage:accept",
    "step": "step:accept4",
    "call": "call:epoll_ctl",
    "g": "g:1",
    "goroutine": "goroutine:1",
    "thread": "thread:4242",
    "process": "process:4242",
    "error": "error:EADDRINUSE",
}
UNKNOWN = message("A filter does not know {given}. It knows {allowed}.")
EMPTY = message("{given}: needs a value behind the colon, such as {allowed}.")
NO_STAGE = message("There is no stage {given}. The stages are {allowed}.")
NO_STEP = message("There is no finer step {given}. The finer steps are {allowed}.")
NO_NUMBER = message("{given} is no number: goroutines, threads and processes have numbers.")


class FilterError(ValueError):
    """A filter cannot be understood.

    Attributes:
        why: Why, with the fields ``given`` and ``allowed``.
        given: What was written.
        allowed: What there is instead, if that can be listed.
    """

    def __init__(self, why: Message, given: str, allowed: Iterable[str] = ()) -> None:
        super().__init__(given)
        self.why = why
        self.given = given
        self.allowed = tuple(allowed)


class Condition(NamedTuple):
    """One word of a filter.

    Attributes:
        meets: Whether an event meets it, given its gist and its line.
        traces: One of these is in the line of every event that does.
    """

    meets: Callable[[EventFields, bytes], bool]
    traces: tuple[bytes, ...]


class Filter(NamedTuple):
    """A filter that has been understood.

    Attributes:
        text: As it is shown: one space between words.
        conditions: What an event must meet to pass.
    """

    text: str
    conditions: tuple[Condition, ...]

    def passes(self, line: bytes) -> bool:
        """Return whether the event of this encoded line passes."""
        return self._gist_of_passing(line) is not None

    def passes_as_step(self, line: bytes) -> bool:
        """Return whether it passes and a step may stop there: it rides along with no other."""
        gist = self._gist_of_passing(line)
        return gist is not None and gist.leads

    def _gist_of_passing(self, line: bytes) -> EventFields | None:
        for condition in self.conditions:
            if not any(trace in line for trace in condition.traces):
                return None
        gist = gist_of(line)
        return gist if all(each.meets(gist, line) for each in self.conditions) else None


def parse(text: str, first: int = 0) -> Filter:
    """Understand a filter.

    Args:
        text: What was written.
        first: The process id of the first process, whose events do not name it.

    Raises:
        FilterError: A word of it is not one that there is.
    """
    words = text.translate(_FULL_WIDTH).split()
    conditions = []
    for word in words:
        if word.lower() == ERRORS:
            conditions.append(Condition(_is_error, _WHOSE_ERROR))
            continue
        key, colon, listed = word.partition(":")
        make = _KEYS.get(key.lower())
        if make is None or not colon:
            raise FilterError(UNKNOWN, word, KEYS)
        values = tuple(filter(None, listed.split(",")))
        if not values:
            raise FilterError(EMPTY, key, (_EXAMPLES[key.lower()],))
        condition = make(values)
        conditions.append(
            _of_first(condition) if make is _PROCESS and str(first) in values else condition
        )
    return Filter(" ".join(words), tuple(conditions))


def completions(text: str, calls: Iterable[str], numbers: Iterable[int]) -> list[str]:
    """Return what the last word of ``text`` may go on to be, whole words.

    Args:
        text: What has been written.
        calls: System calls that are known of.
        numbers: Goroutines, threads or processes that are known of.
    """
    *_, last = ["", *text.translate(_FULL_WIDTH).split(" ")]
    key, colon, listed = last.partition(":")
    if not colon:
        return [word for word in KEYS if word.startswith(last.lower())]
    before, comma, begun = listed.rpartition(",")
    known: Iterable[str] = {
        "stage": _STAGES.values(),
        "step": _STEPS.values(),
        "call": sorted(calls),
        "g": map(str, numbers),
        "thread": map(str, numbers),
        "process": map(str, numbers),
        "error": sorted(NO_FAILURES),
    }.get(key.lower(), ())
    start = f"{key}:{before}{comma}"
    return [start + each for each in known if each.lower().startswith(begun.lower())]


def _named(
    known: dict[str, str], why: Message, field: str
) -> Callable[[tuple[str, ...]], Condition]:
    def make(values: tuple[str, ...]) -> Condition:
        for value in values:
            if value.lower() not in known:
                raise FilterError(why, value, known.values())
        wanted = frozenset(known[value.lower()] for value in values)
        return Condition(
            lambda gist, line: getattr(gist, field) in wanted,
            tuple(f'"{name}"'.encode() for name in wanted),
        )

    return make


def _number(field: str) -> Callable[[tuple[str, ...]], Condition]:
    def make(values: tuple[str, ...]) -> Condition:
        for value in values:
            if not (value.isascii() and value.isdigit() and len(value) < 20):
                raise FilterError(NO_NUMBER, value)
        wanted = frozenset(map(int, values))
        return Condition(
            lambda gist, line: getattr(gist, field) in wanted,
            tuple(str(number).encode() for number in wanted),
        )

    return make


_PROCESS = _number("process")


def _of_first(condition: Condition) -> Condition:
    """Let events of the first process pass as well, which do not name it."""
    return Condition(
        lambda gist, line: (
            condition.meets(gist, line) or (gist.process is None and gist.thread is not None)
        ),
        (b"",),
    )


def _call(values: tuple[str, ...]) -> Condition:
    return Condition(
        lambda gist, line: gist.call in values, tuple(f'"{name}"'.encode() for name in values)
    )


def _error(values: tuple[str, ...]) -> Condition:
    traces = tuple(f'"{name.upper()}"'.encode() for name in values)
    names = frozenset(name.upper() for name in values)
    return Condition(
        lambda gist, line: (
            gist.error_name in names or (gist.failed and any(trace in line for trace in traces))
        ),
        traces,
    )


def _is_error(gist: EventFields, line: bytes) -> bool:
    if gist.failed:
        return not any(f'"{name}"'.encode() in line for name in NO_FAILURES)
    named = gist.error_name
    return bool(named) and named not in NO_FAILURES and gist.type != "signal_delivered"


_KEYS: dict[str, Callable[[tuple[str, ...]], Condition]] = {
    "stage": _named(_STAGES, NO_STAGE, "stage"),
    "step": _named(_STEPS, NO_STEP, "step"),
    "call": _call,
    "g": _number("goroutine"),
    "goroutine": _number("goroutine"),
    "thread": _number("thread"),
    "process": _PROCESS,
    "error": _error,
}
KEYS = ("stage:", "step:", "call:", "g:", "thread:", "process:", "error:", ERRORS)
"""What a word may begin with, and the one that stands alone."""


def facets(line: bytes, first: int = 0) -> tuple[str, ...]:
    """Return every word of a filter that the event of a line meets, in small letters.

    For who filters without this module: an exported page. ``first`` is as in `parse`.
    """
    gist = gist_of(line)
    process = gist.process
    if process is None and gist.thread is not None and first:
        process = first
    words = [
        f"{key}:{value}"
        for key, value in (
            ("stage", gist.stage),
            ("step", gist.step),
            ("call", gist.call or None),
            ("g", gist.goroutine),
            ("thread", gist.thread),
            ("process", process),
        )
        if value is not None
    ]
    names = {gist.error_name} if gist.error_name else set()
    if gist.failed:
        names |= {name.decode() for name in _ERROR_NAME.findall(line)}
    words += [f"error:{name}" for name in sorted(names) if " " not in name]  # as it can be typed
    if _is_error(gist, line):
        words.append(ERRORS)
    return tuple(word.lower() for word in words)
