"""What can be wrong with what a scenario promises: above all, promises that cannot be kept."""

import re
from collections.abc import Iterator

from walkthrough.i18n.messages import message
from walkthrough.model.linux.constants import TCP_STATE
from walkthrough.scenario.schema import (
    CALLS,
    ActionKind,
    CallsSeen,
    Expect,
    KernelConditions,
    KernelSeen,
    Scenario,
)
from walkthrough.scenario.validation.address_rules import placeholder_mistakes
from walkthrough.scenario.validation.errors import Keys, Mistake, instead, mistake
from walkthrough.scenario.validation.reachability import never_at
from walkthrough.scenario.validation.script_rules import ERRORS, point_mistakes
from walkthrough.source.notes import NoteError, check_versions
from walkthrough.state.triggers import PointError, PointKind, parse_place

STATES = tuple(TCP_STATE.values())
_CALLED = re.compile(r"(\w+)\(")
_BARE_ERROR = re.compile(r"= -1 (E[A-Z0-9]+)$")
_ERROR = re.compile(r"= -1 (E[A-Z0-9]+)\b")


def expect_mistakes(scenario: Scenario, own_program: bool) -> Iterator[Mistake]:
    """Yield what is wrong with the table ``[expect]``."""
    expect = scenario.expect
    yield from _places(expect, scenario, own_program)
    for at, pattern in enumerate(expect.printed):
        keys: Keys = ("expect", "printed", at)
        if not pattern or "\n" in pattern:
            yield mistake(
                keys,
                "printed {number} is {found}; it has to be one line.",
                number=at + 1,
                found=ascii(pattern),
            )
        yield from placeholder_mistakes(pattern, keys, scenario)
    for at, group in enumerate(expect.calls):
        yield from _group(group, ("expect", "calls", at), scenario)
    for at, pattern in enumerate(expect.never):
        yield from call_mistakes(pattern, ("expect", "never", at), scenario)
    for at, row in enumerate(expect.in_a_row):
        row_keys: Keys = ("expect", "in_a_row", at)
        yield from call_mistakes(row.call, (*row_keys, "call"), scenario)
        if not row.until:
            yield mistake(
                (*row_keys, "until"), "until is empty; it has to have a pattern at least."
            )
        for number, pattern in enumerate(row.until):
            yield from call_mistakes(pattern, (*row_keys, "until", number), scenario)
    for at, seen in enumerate(expect.kernel):
        yield from _kernel(seen, ("expect", "kernel", at), scenario, own_program)
    yield from _unseen(scenario)
    yield from _exit(scenario)


def _unseen(scenario: Scenario) -> Iterator[Mistake]:
    """Yield promises that calls are absent, where calls are not captured to the end."""
    if all(action.do is not ActionKind.LET_GO for action in scenario.script):
        return
    untold = message(
        "{key} cannot be checked, since no system call is captured after 'let-go': leave it out."
    )
    if scenario.expect.never:
        yield Mistake(("expect", "never", 0), untold.with_fields(key="never"))
    if scenario.expect.in_a_row:
        yield Mistake(("expect", "in_a_row", 0), untold.with_fields(key="in_a_row"))
    for at, group in enumerate(scenario.expect.calls):
        if group.without:
            yield Mistake(("expect", "calls", at, "without", 0), untold.with_fields(key="without"))


def _places(expect: Expect, scenario: Scenario, own_program: bool) -> Iterator[Mistake]:
    for at, stage in enumerate(expect.stages):
        if stage in expect.stages[:at]:
            yield mistake(
                ("expect", "stages", at),
                "stages has {stage} twice; it is the order in which each first began "
                "('path' may have repeats).",
                stage=ascii(stage.value),
            )
    stages = [stage.value for stage in expect.stages]
    for key, names in (("stages", stages), ("path", expect.path), ("failed", expect.failed)):
        for at, name in enumerate(names):
            keys = ("expect", key, at)
            try:
                place = parse_place(name)
            except PointError as error:
                yield mistake(keys, "{key}: {why}", key=key, why=error.message)
            else:
                if not own_program and (why := never_at(place, scenario)):
                    yield mistake(
                        keys, "{key} has {found}, and {why}.", key=key, found=ascii(name), why=why
                    )


def _group(group: CallsSeen, keys: Keys, scenario: Scenario) -> Iterator[Mistake]:
    if not group.seen:
        yield mistake((*keys, "seen"), "seen is empty; it has to have a pattern at least.")
    if group.without and len(group.seen) < 2:
        yield mistake(
            (*keys, "without"), "without is about what comes between two calls of 'seen'."
        )
    for key, patterns in (("seen", group.seen), ("without", group.without)):
        for at, pattern in enumerate(patterns):
            yield from call_mistakes(pattern, (*keys, key, at), scenario)
    yield from _holds(group, keys, scenario)


def call_mistakes(pattern: str, keys: Keys, scenario: Scenario) -> Iterator[Mistake]:
    """Yield why a pattern can match no system call."""
    yield from placeholder_mistakes(pattern, keys, scenario)
    called = _CALLED.match(pattern)
    if called is None and not pattern.startswith("*"):
        yield mistake(
            keys,
            "{pattern} is no system call in strace's notation, such as 'listen(3, *) = 0'.",
            pattern=ascii(pattern),
        )
    elif called is not None and called[1] not in CALLS:
        yield mistake(
            keys,
            "{found} is no system call that is traced; {instead}",
            found=ascii(called[1]),
            instead=instead(called[1], CALLS),
        )
    for error in _ERROR.findall(pattern):
        if error not in ERRORS:
            yield mistake(
                keys,
                "{found} is no error of errno(3); {instead}",
                found=ascii(error),
                instead=instead(error, ERRORS),
            )
    if _BARE_ERROR.search(pattern):
        yield mistake(
            keys,
            "{pattern} matches no line, since strace's notation continues with the error's "
            "text; add a '*' to it.",
            pattern=ascii(pattern),
        )


def _kernel(
    seen: KernelSeen, keys: Keys, scenario: Scenario, own_program: bool
) -> Iterator[Mistake]:
    yield from point_mistakes(seen.when, (*keys, "when"), None if own_program else scenario)
    if not seen.asked():
        yield mistake(
            keys, "nothing is looked at; give one of: {keys}.", keys=list(KernelSeen.CONDITIONS)
        )
    yield from condition_mistakes(seen, keys, scenario)


def condition_mistakes(seen: KernelConditions, keys: Keys, scenario: Scenario) -> Iterator[Mistake]:
    """Yield what is wrong with what is asked of the kernel, and with when it holds."""
    shared = _shared(scenario)
    if not shared and (seen.neighbour is not None or seen.neighbour_accepted is not None):
        yield mistake(
            keys, "what a neighbour does is asked for: that needs 'watches' in [neighbour]."
        )
    counted = (
        ("sockets", seen.sockets, STATES),
        ("clients", seen.clients, STATES),
        ("neighbour_accepted", seen.neighbour_accepted if shared else None, shared),
    )
    for key, counts, names in counted:
        for state, count in (counts or {}).items():
            if names is not STATES and state not in names:
                yield mistake(
                    (*keys, key, state),
                    "{found} is no socket that the neighbour watches; {instead}",
                    found=ascii(state),
                    instead=instead(state, names),
                )
            elif state not in names:
                yield mistake(
                    (*keys, key, state),
                    "{found} is no state of a socket; {instead}",
                    found=ascii(state),
                    instead=instead(state, STATES),
                )
            if count < 0:
                yield mistake(
                    (*keys, key, state),
                    "{key} is {found}; allowed is at least 0.",
                    key=state,
                    found=count,
                )
    yield from _holds(seen, keys, scenario)


def _shared(scenario: Scenario) -> tuple[str, ...]:
    """Return the numbers of the sockets that a neighbour watches."""
    watched = scenario.neighbour.watches if scenario.neighbour is not None else ()
    return tuple(str(number) for number in range(1, len(watched) + 1))


def _holds(
    promised: CallsSeen | KernelConditions, keys: Keys, scenario: Scenario
) -> Iterator[Mistake]:
    """Yield what is wrong with the conditions under which something is promised."""
    try:
        check_versions(promised.versions)
    except NoteError as error:
        yield Mistake((*keys, "versions"), error.message)
    server = promised.server
    if server and server not in scenario.servers:
        yield mistake(
            (*keys, "server"),
            "server is {server}, and the scenario runs under {servers} alone.",
            server=ascii(server),
            servers=list(scenario.servers),
        )


def _exit(scenario: Scenario) -> Iterator[Mistake]:
    """Yield that the end and the promised exit status do not go together."""
    waits = scenario.end.point.kind is PointKind.EXITED
    code = scenario.expect.exit_code
    if code is not None and not waits:
        yield mistake(
            ("expect", "exit_code"),
            'exit_code is {code}, so [end] has to wait for it: when = "server exited".',
            code=code,
        )
    if code is None and waits:
        yield mistake(
            ("end", "when"), "when is 'server exited', so [expect] has to have an 'exit_code'."
        )
