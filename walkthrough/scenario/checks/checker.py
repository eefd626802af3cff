"""Holds a run against what its scenario promises. Pure: a header and events in, sentences out.

`check_run` is one pass; whoever has the events one by one hands each to `RunChecker.fold`.
"""

import difflib
from collections.abc import Callable, Iterable, Iterator, Sequence

from walkthrough.formatting.escaping import printable
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
from walkthrough.scenario.checks.clients import ClientCheck
from walkthrough.scenario.checks.kernel import KernelCheck
from walkthrough.scenario.checks.patterns import patterns
from walkthrough.scenario.checks.stderr import last_words
from walkthrough.scenario.checks.syscalls import CallCheck, FaultCheck
from walkthrough.scenario.schema import CallsSeen, Expect, Fault, KernelSeen, Scenario
from walkthrough.source.notes import FOLLOWED, holds_for
from walkthrough.state.triggers import parse_place, stands_for

_SPARED = ("clients", "kernel views")
"""What a capture of very many connections may leave out, and says so."""
_MOST_SHOWN = 5
_LONGEST = 200


def check_run(
    scenario: Scenario,
    header: Header,
    events: Iterable[AnyEvent],
    fill: Callable[[str], str] = str,
) -> tuple[str, ...]:
    """Return what was promised and not seen, a sentence each; nothing if the run passed.

    Args:
        scenario: What was promised.
        header: The capture's first line: some promises hold for one server alone.
        events: All events, in order.
        fill: Fills in ``{neighbour}`` and ``{dir}``; what it leaves stands for any text.
    """
    judging = RunChecker(scenario, header, fill)
    for event in events:
        judging.fold(event)
    return judging.misses()


class RunChecker:
    """Judges one run, event by event; see `check_run`.

    ``in_force`` are the faults that were to strike in it; None where that is not known.
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
        calls = [each for each in expect.calls if _holds(each, header)]
        self._calls = CallCheck(calls, expect.never, fill)
        self._faults = FaultCheck(scenario.fault, in_force)
        self._kernel = KernelCheck([each for each in expect.kernel if _holds(each, header)])
        self._clients = ClientCheck(scenario.script)
        self._output: dict[int, bytearray] = {}
        self._exited: ProcessExited | None = None
        self._ended: CaptureEnded | None = None
        self._events = 0
        self._in_main = False

    def fold(self, event: AnyEvent) -> None:
        """Take note of the next event."""
        self._events += 1
        self._kernel.fold(event)
        # What Go's runtime asks of the machine before main is no part of the walk.
        if not event.quiet and isinstance(event, FunctionEntered | CallEntered):
            self._in_main = True
        if self._in_main:
            self._calls.fold(event)
        self._faults.fold(event)
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

    def misses(self) -> tuple[str, ...]:
        """Return the sentences. To be called once, when all events are folded."""
        lost = self._ended.lost if self._ended is not None else {}
        finished = self._ended is not None and self._ended.reason == "finished"
        found = (
            *self._end(),
            *(self._exit() if finished else ()),
            *self._clients.misses(lost.get("clients", 0), finished),
            *self._path.misses(),
            *self._lines(),
            *self._faults.misses(),
            *self._calls.misses(),
            *self._kernel.misses(),
            *(f"{count} {what} were not captured" for what, count in _other(lost)),
        )
        return tuple(printable(f"{each}.") for each in found)

    def _end(self) -> Iterator[str]:
        """Yield why the script is not done."""
        ended = self._ended
        if ended is None:
            yield f"The capture broke off after {self._events} events"
            return
        if ended.reason == "finished":
            return
        yield f"{self._how_it_ended(ended.reason)} before {self._what_was_due(ended)}"

    def _how_it_ended(self, reason: str) -> str:
        exited = self._exited
        match reason:
            case "timed out":
                return f"The time was up ({self._scenario.timeout_s:g} s)"
            case "exited" if exited is not None and exited.code is not None:
                return f"The server ended with status {exited.code}{self._last_words()}"
            case "killed" if exited is not None and exited.signal is not None:
                return f"The server was killed by {exited.signal.name}{self._last_words()}"
            case _:
                return f"The capture ended ({reason})"

    def _what_was_due(self, ended: CaptureEnded) -> str:
        script = self._scenario.script
        if not 0 < ended.unfinished <= len(script):
            return f"the end was reached: '{self._scenario.end.when}'"
        at = len(script) - ended.unfinished
        action = script[at]
        return f"action {at + 1} of the script, {action.do.value!a}, was due: '{action.when}'"

    def _last_words(self) -> str:
        said = last_words(bytes(self._output.get(2, b"")))
        return f", saying {said[:_LONGEST]!a}" if said else ""

    def _exit(self) -> Iterator[str]:
        promised, exited = self._scenario.expect.exit_code, self._exited
        if promised is None and exited is not None:
            yield f"The server ended{self._status(exited)}, which was not promised"
        elif promised is not None and exited is None:
            yield f"The server was to end with status {promised}, and did not end"
        elif promised is not None and exited is not None and exited.code != promised:
            yield f"The server was to end with status {promised}, and ended{self._status(exited)}"

    def _status(self, exited: ProcessExited) -> str:
        if exited.code is not None:
            return f" with status {exited.code}{self._last_words()}"
        return f" by {exited.signal.name if exited.signal is not None else 'a signal'}"

    def _lines(self) -> Iterator[str]:
        """Yield the lines that were to be printed and were not."""
        lines = [line for data in self._output.values() for line in _split(data)]
        for pattern in patterns(self._printed):
            if any(pattern.fits(line) for line in lines):
                continue
            near = difflib.get_close_matches(pattern.text, lines, 1, cutoff=0.3)
            shown = near or lines[-_MOST_SHOWN:]
            said = ", ".join(f"`{line[:_LONGEST]}`" for line in shown)
            came = f"; nearest to it came {said}" if near else f"; it printed {said or 'nothing'}"
            yield f"The server was to print `{pattern.text}`, and did not{came}"


def _holds(promised: CallsSeen | KernelSeen, header: Header) -> bool:
    version = header.go_version or FOLLOWED
    return promised.server in ("", header.server) and holds_for(promised.versions, version)


class _PathCheck:
    """Follows the stages, the places and the failures that are promised."""

    def __init__(self, expect: Expect) -> None:
        self._stages = expect.stages
        self._begun: list[Stage] = []
        self._visits = [parse_place(text) for text in expect.path]
        self._at = 0
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
            self._at += 1

    def _fail(self, event: FunctionReturned) -> None:
        for text, place in tuple(self._to_fail.items()):
            if stands_for(place, event.place, event.mark):
                del self._to_fail[text]
                return
        if event.mark is not None and event.place not in self._other_failures:
            self._other_failures.append(event.place)

    def misses(self) -> Iterator[str]:
        if self._stages and tuple(self._begun) != self._stages:
            yield (
                f"The stages were to begin in this order: {_names(self._stages)}; "
                f"they began in this one: {_names(self._begun) or 'none began'}"
            )
        if self._at < len(self._visits):
            number = f"Place {self._at + 1} of {len(self._visits)} on the path"
            before = f" after {_spell(self._visits[self._at - 1])}" if self._at else ""
            yield f"{number}, {_spell(self._visits[self._at])}, was not visited{before}"
        others = ", ".join(filter(None, map(_spell, self._other_failures[:_MOST_SHOWN])))
        for text in self._to_fail:
            yield f"{text} was to fail, and did not; what failed: {others or 'nothing'}"


def _names(stages: Sequence[Stage]) -> str:
    return ", ".join(stage.value for stage in stages)


def _spell(place: Place) -> str:
    return "/".join(part.value for part in place if part is not None)


def _split(data: bytes | bytearray) -> list[str]:
    """Return the lines of what was printed, without those that are empty."""
    lines = bytes(data).decode("utf-8", "backslashreplace").split("\n")
    return [line for line in lines if line]


def _other(lost: dict[str, int]) -> list[tuple[str, int]]:
    return [(what, count) for what, count in lost.items() if what not in _SPARED and count]
