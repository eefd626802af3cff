"""Checks a run against what its scenario promises. Pure: a header and events in, sentences out.

`check_run` is one pass; a caller that has the events one by one hands each to `RunChecker.fold`.
"""

import difflib
from collections.abc import Callable, Iterable, Iterator, Sequence

from walkthrough.i18n.messages import Message, escaped, message, plural
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CaptureEnded,
    ClientActed,
    FunctionEntered,
    FunctionReturned,
    Header,
    OutputWritten,
    ProcessExited,
    begins_stage,
)
from walkthrough.model.stages import Place, Stage
from walkthrough.scenario.checks.applicability import holds_in
from walkthrough.scenario.checks.clients import ClientCheck
from walkthrough.scenario.checks.kernel import KernelCheck
from walkthrough.scenario.checks.packets import PacketCheck
from walkthrough.scenario.checks.patterns import patterns
from walkthrough.scenario.checks.promise_miss import PromiseMiss
from walkthrough.scenario.checks.stderr import last_words
from walkthrough.scenario.checks.syscalls import CallCheck, FaultCheck
from walkthrough.scenario.goals import GoalTracker
from walkthrough.scenario.schema import Expect, Fault, Scenario
from walkthrough.state.losses import loss
from walkthrough.state.triggers import parse_place, stands_for

_SPARED = ("clients", "kernel views")
"""What a capture of very many connections may omit, with a remark."""
_MOST_SHOWN = 5
_LONGEST = 200


def check_run(
    scenario: Scenario,
    header: Header,
    events: Iterable[AnyEvent],
    fill: Callable[[str], str] = str,
) -> tuple[Message, ...]:
    """Return what was promised and not seen, one sentence each; nothing if the run passed.

    Args:
        scenario: What was promised.
        header: The capture's first line: some promises hold for one server only.
        events: All events, in order.
        fill: Fills in ``{neighbour}`` and ``{dir}``; what it leaves matches any text.
    """
    judging = RunChecker(scenario, header, fill)
    for event in events:
        judging.fold(event)
    return judging.misses()


class RunChecker:
    """Checks one run, event by event; see `check_run`.

    ``in_force`` are the faults that are injected; None where that is unknown.
    """

    def __init__(
        self,
        scenario: Scenario,
        header: Header,
        fill: Callable[[str], str] = str,
        in_force: Sequence[Fault] | None = None,
    ) -> None:
        expect = scenario.expect
        self._scenario = scenario
        self._printed = [] if header.payload_omitted else [fill(text) for text in expect.printed]
        self._path = _PathCheck(expect)
        calls = [each for each in expect.calls if holds_in(each, header)]
        self._calls = CallCheck(calls, expect.never, fill, expect.in_a_row)
        self._faults = FaultCheck(scenario.fault, in_force)
        self._kernel = KernelCheck([each for each in expect.kernel if holds_in(each, header)])
        self._clients = ClientCheck(scenario.script)
        self._goals = GoalTracker(scenario.goal, header, fill)
        self._packets = PacketCheck()
        self._output: dict[int, bytearray] = {}
        self._exited: ProcessExited | None = None
        self._ended: CaptureEnded | None = None
        self._events = 0
        self._in_main = False

    def fold(self, event: AnyEvent) -> None:
        """Record the next event."""
        self._events += 1
        self._kernel.fold(event)
        self._goals.fold(event)
        # What Go's runtime asks the machine before main is not a part of the walk.
        if not event.quiet and isinstance(event, FunctionEntered | CallEntered):
            self._in_main = True
        if self._in_main:
            self._calls.fold(event)
        self._faults.fold(event)
        self._packets.fold(event)
        match event:
            case FunctionEntered() | FunctionReturned():
                self._path.fold(event)
            case ClientActed():
                self._clients.fold(event)
            case OutputWritten():
                self._output.setdefault(event.stream, bytearray()).extend(event.data)
            case ProcessExited():
                self._exited = event
            case CaptureEnded():
                self._ended = event

    def misses(self) -> tuple[Message, ...]:
        """Return the sentences. To be called once, when all events are folded."""
        return tuple(miss.said for miss in self.located_misses())

    def located_misses(self) -> tuple[PromiseMiss, ...]:
        """Return the same as `misses`, each with the event at which it can be seen."""
        lost = self._ended.lost if self._ended is not None else {}
        finished = self._ended is not None and self._ended.reason == "finished"
        last = self._exited or self._ended
        exited = last.seq if last is not None else None
        found = (
            *(PromiseMiss(said, exited) for said in self._end()),
            *(PromiseMiss(said, exited) for said in (self._exit() if finished else ())),
            *self._clients.misses(lost.get("clients", 0), finished),
            *self._path.misses(),
            *map(PromiseMiss, self._lines()),
            *map(PromiseMiss, self._faults.misses()),
            *self._calls.misses(),
            *self._kernel.misses(),
            *self._packets.misses(),
            *map(PromiseMiss, self._goals.misses()),
            *map(PromiseMiss, _other(lost)),
        )
        return tuple(PromiseMiss(escaped(said), event) for said, event in found)

    def _end(self) -> Iterator[Message]:
        """Yield why the script is not done."""
        ended = self._ended
        if ended is None:
            yield plural(
                "The capture broke off after {count} event.",
                "The capture broke off after {count} events.",
                self._events,
            )
            return
        if ended.reason == "finished":
            return
        how = self._how_it_ended(ended.reason)
        script = self._scenario.script
        if not 0 < ended.unfinished <= len(script):
            when = self._scenario.end.when
            yield message("{how} before the end was reached: '{point}'.", how=how, point=when)
            return
        at = len(script) - ended.unfinished
        yield message(
            "{how} before action {number} of the script, {action}, was due: '{point}'.",
            how=how,
            number=at + 1,
            action=ascii(script[at].do.value),
            point=script[at].when,
        )

    def _how_it_ended(self, reason: str) -> Message:
        exited = self._exited
        match reason:
            case "timed out":
                limit = f"{self._scenario.timeout_s:g}"
                return message("The time was up ({seconds} s)", seconds=limit)
            case "exited" if exited is not None and exited.code is not None:
                return message("The server ended {how}", how=self._status(exited))
            case "killed" if exited is not None and exited.signal is not None:
                signal, said = exited.signal.name, self._last_words()
                if not said:
                    return message("The server was killed by {signal}", signal=signal)
                killed = message("The server was killed by {signal}, saying {words}")
                return killed.with_fields(signal=signal, words=said)
            case _:
                return message("The capture ended ({reason})", reason=reason)

    def _last_words(self) -> str:
        said = last_words(bytes(self._output.get(2, b"")))
        return ascii(said[:_LONGEST]) if said else ""

    def _exit(self) -> Iterator[Message]:
        promised, exited = self._scenario.expect.exit_code, self._exited
        if promised is None and exited is not None:
            how = self._status(exited)
            yield message("The server ended {how}, which was not promised.", how=how)
        elif promised is not None and exited is None:
            yield message(
                "The server was to end with status {status}, and did not end.", status=promised
            )
        elif promised is not None and exited is not None and exited.code != promised:
            yield message(
                "The server was to end with status {status}, and ended {how}.",
                status=promised,
                how=self._status(exited),
            )

    def _status(self, exited: ProcessExited) -> Message:
        if exited.code is None:
            if exited.signal is None:
                return message("by a signal")
            return message("by {signal}", signal=exited.signal.name)
        said = self._last_words()
        if said:
            return message("with status {status}, saying {words}", status=exited.code, words=said)
        return message("with status {status}", status=exited.code)

    def _lines(self) -> Iterator[Message]:
        """Yield the expected lines that were not printed."""
        lines = [line for data in self._output.values() for line in _split(data)]
        for pattern in patterns(self._printed):
            if any(pattern.fits(line) for line in lines):
                continue
            near = difflib.get_close_matches(pattern.text, lines, 1, cutoff=0.3)
            shown = near or lines[-_MOST_SHOWN:]
            if near:
                said = message(
                    "The server was to print `{pattern}`, and did not; nearest to it came {lines}."
                )
            elif shown:
                said = message(
                    "The server was to print `{pattern}`, and did not; it printed {lines}."
                )
            else:
                said = message(
                    "The server was to print `{pattern}`, and did not; it printed nothing."
                )
            printed = [f"`{line[:_LONGEST]}`" for line in shown]
            yield said.with_fields(pattern=pattern.text, lines=[*printed])


class _PathCheck:
    """Checks the stages, the places and the failures that are promised."""

    def __init__(self, expect: Expect) -> None:
        self._stages = expect.stages
        self._begun: list[Stage] = []
        self._visits = [parse_place(text) for text in expect.path]
        self._at = 0
        self._last: int | None = None  # the event at which the newest place was visited
        self._failed = {text: parse_place(text) for text in expect.failed}
        self._to_fail = dict(self._failed)
        self._other_failures: list[Place] = []

    def fold(self, event: FunctionEntered | FunctionReturned) -> None:
        if isinstance(event, FunctionReturned):
            if event.failed and self._to_fail:
                self._fail(event)
            return
        if begins_stage(event) and event.stage is not None and event.stage not in self._begun:
            self._begun.append(event.stage)
        if event.quiet or event.mark is None or self._at == len(self._visits):
            return
        if stands_for(self._visits[self._at], event.place, event.mark):
            self._at, self._last = self._at + 1, event.seq

    def _fail(self, event: FunctionReturned) -> None:
        for text, place in tuple(self._to_fail.items()):
            if stands_for(place, event.place, event.mark):
                del self._to_fail[text]
                return
        if event.mark is not None and event.place not in self._other_failures:
            self._other_failures.append(event.place)

    def misses(self) -> Iterator[PromiseMiss]:
        if self._stages and tuple(self._begun) != self._stages:
            if self._begun:
                said = message(
                    "The stages were to begin in this order: {promised}; they began in this one: "
                    "{found}."
                )
            else:
                said = message("The stages were to begin in this order: {promised}; none began.")
            said = said.with_fields(
                promised=[stage.value for stage in self._stages],
                found=[stage.value for stage in self._begun],
            )
            yield PromiseMiss(said)
        if self._at < len(self._visits):
            if self._at:
                said = message(
                    "Place {number} of {count} on the path, {place}, was not visited after "
                    "{before}."
                )
            else:
                said = message("Place {number} of {count} on the path, {place}, was not visited.")
            said = said.with_fields(
                number=self._at + 1,
                count=len(self._visits),
                place=_spell(self._visits[self._at]),
                before=_spell(self._visits[self._at - 1]),
            )
            yield PromiseMiss(said, self._last)
        others = [*filter(None, map(_spell, self._other_failures[:_MOST_SHOWN]))]
        for text in self._to_fail:
            if others:
                said = message("{place} was to fail, and did not; what failed: {places}.")
            else:
                said = message("{place} was to fail, and did not; nothing failed.")
            yield PromiseMiss(said.with_fields(place=text, places=[*others]))


def _spell(place: Place) -> str:
    return "/".join(part.value for part in place if part is not None)


def _split(data: bytes | bytearray) -> list[str]:
    """Return the lines of what was printed, without those that are empty."""
    lines = bytes(data).decode("utf-8", "backslashreplace").split("\n")
    return [line for line in lines if line]


def _other(lost: dict[str, int]) -> Iterator[Message]:
    for what, count in lost.items():
        if what not in _SPARED and count:
            yield message("Not captured: {what}.", what=loss(what, count))
