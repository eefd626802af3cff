"""Checks system calls against what a scenario promises: their order, and its faults.

Calls count in the order in which they ended, as strace would print them; those that never did come
last. A line is spelled only if a pattern may match it.
"""

import difflib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from walkthrough.i18n.messages import Message, message, plural
from walkthrough.model.events import AnyEvent, CallEntered, CallReturned
from walkthrough.scenario.checks.patterns import TextPattern, patterns
from walkthrough.scenario.checks.promise_miss import PromiseMiss
from walkthrough.scenario.checks.spelled_calls import SpelledCall
from walkthrough.scenario.schema import CallsInARow, CallsSeen, Fault
from walkthrough.state.triggers import covers, parse_place

_MOST_NEAR = 50


class CallCheck:
    """All promises about system calls; `fold` each event, then call `misses`."""

    def __init__(
        self,
        groups: Sequence[CallsSeen],
        never: Sequence[str],
        fill: Callable[[str], str] = str,
        in_a_row: Sequence[CallsInARow] = (),
    ) -> None:
        self._groups = [
            _CallSequence(patterns(map(fill, each.seen)), patterns(map(fill, each.without)))
            for each in groups
        ]
        self._never = [(pattern, _FaultCount()) for pattern in patterns(map(fill, never))]
        self._rows = [
            _CallRow(patterns([fill(each.call)])[0], patterns(map(fill, each.until)), each.most)
            for each in in_a_row
        ]
        self._begun: dict[int, CallEntered] = {}

    def fold(self, event: AnyEvent) -> None:
        """Record an event."""
        if isinstance(event, CallEntered) and event.span is not None:
            self._begun[event.span] = event
        elif isinstance(event, CallReturned):
            begun = self._begun.pop(event.span, None) if event.span is not None else None
            call = SpelledCall(begun, event)
            self._look(call)
            for row in self._rows if not event.quiet else ():  # a poll that found nothing is none
                row.look(call)

    def misses(self) -> Iterator[PromiseMiss]:
        """Yield what was promised and not seen. Call it once, after all events."""
        for begun in self._begun.values():
            self._look(SpelledCall(begun, None))
        for group in self._groups:
            yield from group.misses()
        for pattern, tally in self._never:
            if tally.count:
                said = plural(
                    "`{pattern}` was to be seen never, and came once: {call}.",
                    "`{pattern}` was to be seen never, and came {count} times, first: {call}.",
                    tally.count,
                    pattern=pattern.text,
                    call=tally.first,
                )
                yield PromiseMiss(said, tally.event)

        for row in self._rows:
            yield from row.misses()

    def _look(self, call: SpelledCall) -> None:
        for group in self._groups:
            group.look(call)
        for pattern, tally in self._never:
            if call.fits(pattern):
                tally.count += 1
                if not tally.first:
                    tally.first, tally.event = call.shown, call.seq


class _FaultCount:
    count = 0
    first = ""
    event: int | None = None


class _CallRow:
    """Counts how often a call comes before one of some others does."""

    def __init__(self, call: TextPattern, until: tuple[TextPattern, ...], most: int) -> None:
        self._call, self._until, self._most = call, until, most
        self._count = 0
        self._longest = 0
        self._broken_by: int | None = None

    def look(self, call: SpelledCall) -> None:
        if any(call.fits(pattern) for pattern in self._until):
            self._count = 0
        elif call.fits(self._call):
            self._count += 1
            self._longest = max(self._longest, self._count)
            if self._count > self._most and self._broken_by is None:
                self._broken_by = call.seq

    def misses(self) -> Iterator[PromiseMiss]:
        if self._broken_by is None:
            return
        said = plural(
            "`{pattern}` was to come at most once before {others} returned, and came {longest} "
            "times in a row.",
            "`{pattern}` was to come at most {count} times before {others} returned, and came "
            "{longest} times in a row.",
            self._most,
            pattern=self._call.text,
            others=[f"`{pattern.text}`" for pattern in self._until],
            longest=self._longest,
        )
        yield PromiseMiss(said, self._broken_by)


class _CallSequence:
    """Searches for one stretch in which the calls come in order, without forbidden ones.

    Matching each as early as possible is enough: what could match later could match then.
    A forbidden call restarts the search.
    """

    def __init__(self, seen: tuple[TextPattern, ...], without: tuple[TextPattern, ...]) -> None:
        self._seen = seen
        self._without = without
        self._at = 0
        self._last: SpelledCall | None = None
        self._near: list[SpelledCall] = []
        self._best: tuple[int, SpelledCall | None, list[SpelledCall]] = (-1, None, self._near)
        self._broken_by: SpelledCall | None = None

    def look(self, call: SpelledCall) -> None:
        if self._at == len(self._seen):
            return
        if self._advance(call):
            return
        if self._at and any(call.fits(pattern) for pattern in self._without):
            self._keep_best(call)
            self._at, self._last, self._near = 0, None, []
            self._advance(call)
        elif call.name == self._seen[self._at].call and len(self._near) < _MOST_NEAR:
            self._near.append(call)

    def _advance(self, call: SpelledCall) -> bool:
        if not call.fits(self._seen[self._at]):
            return False
        self._at, self._last, self._near = self._at + 1, call, []
        return True

    def _keep_best(self, broken_by: SpelledCall | None) -> None:
        if self._at > self._best[0]:
            self._best = (self._at, self._last, self._near)
            self._broken_by = broken_by

    def misses(self) -> Iterator[PromiseMiss]:
        if self._at == len(self._seen):
            return
        self._keep_best(None)
        at, last, near = self._best
        missing = self._seen[at]
        which: Message | str = f"`{missing.text}`"
        if len(self._seen) > 1:
            which = message(
                "`{pattern}`, call {number} of {count},",
                pattern=missing.text,
                number=at + 1,
                count=len(self._seen),
            )
        lines = {call.line: call for call in near}
        nearest = difflib.get_close_matches(missing.text, lines, 1, cutoff=0)
        if self._broken_by and last:
            said = message("{call} was not seen after {last} before {other} came.")
        elif self._broken_by:
            said = message("{call} was not seen before {other} came.")
        elif last and nearest:
            said = message("{call} was not seen after {last}; nearest to it came {nearest}.")
        elif last:
            said = message("{call} was not seen after {last}.")
        elif nearest:
            said = message("{call} was not seen; nearest to it came {nearest}.")
        else:
            said = message("{call} was not seen.")
        came = lines[nearest[0]] if nearest else None
        there = self._broken_by or came or last
        said = said.with_fields(
            call=which,
            last=last.shown if last else "",
            other=self._broken_by.shown if self._broken_by else "",
            nearest=came.shown if came else "",
        )
        yield PromiseMiss(said, there.seq if there else None)


class FaultCheck:
    """Counts injected errors, each for the first matching fault that is not yet complete."""

    def __init__(self, faults: Sequence[Fault], in_force: Sequence[Fault] | None = None) -> None:
        """Count for ``faults``, of which only those ``in_force`` are injected.

        Where that is unknown, as for a recording made elsewhere, a fault that applies to some users
        only may have been left out.
        """
        self._spared = [
            fault.only != "" if in_force is None else fault not in in_force for fault in faults
        ]
        self._faults = [(fault, parse_place(fault.at) if fault.at else None) for fault in faults]
        self._counts = Counter[int]()
        self._foreign: list[CallReturned] = []

    def fold(self, event: AnyEvent) -> None:
        """Record an event."""
        if not isinstance(event, CallReturned) or not event.injected:
            return
        name = event.error.name if event.error is not None else ""
        for number, (fault, place) in enumerate(self._faults):
            fits = (
                fault.errno == name
                and fault.call in ("", event.call)
                and (place is None or covers(place, event.place))
            )
            if fits and self._counts[number] < fault.times:
                self._counts[number] += 1
                return
        self._foreign.append(event)

    def misses(self) -> Iterator[Message]:
        """Yield the faults that did not happen as often as they should have."""
        for number, (fault, _) in enumerate(self._faults):
            count = self._counts[number]
            if count == fault.times or (not count and self._spared[number]):
                continue
            yield message(
                "{error} was to be injected into {where} ({times} times, from number {first} on), "
                "and was {count} times.",
                error=fault.errno,
                where=_where(fault),
                times=fault.times,
                first=fault.occurrence,
                count=count,
            )
        for event in self._foreign:
            yield message(
                "{error} was injected into {call}, which no [[fault]] asks for.",
                error=event.error.name if event.error is not None else message("an error"),
                call=event.call,
            )


def _where(fault: Fault) -> Message | str:
    if fault.call and fault.at:
        return message("{call} at {place}", call=fault.call, place=fault.at)
    return fault.call or message("any call at {place}", place=fault.at)
