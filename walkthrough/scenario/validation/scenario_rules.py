"""What can be wrong with a scenario besides its keys and their types: that it makes no sense."""

import re
from collections.abc import Iterator

from walkthrough.i18n.messages import plural
from walkthrough.scenario.schema import (
    CALLS,
    NETWORKS,
    OPTIONS,
    Neighbour,
    Program,
    Scenario,
    ServerOptions,
)
from walkthrough.scenario.validation.address_rules import address_mistakes
from walkthrough.scenario.validation.errors import Keys, Mistake, instead, mistake
from walkthrough.scenario.validation.expect_rules import expect_mistakes
from walkthrough.scenario.validation.goal_rules import goal_mistakes
from walkthrough.scenario.validation.reachability import never_at
from walkthrough.scenario.validation.script_rules import ERRORS, script_mistakes
from walkthrough.scenario.validation.syscalls_by_stage import calls_made_at, may_be_made
from walkthrough.state.triggers import PointError, parse_place

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_GO = re.compile(r"1\.[1-9]\d{0,2}(\.\d{1,3})?")
_NETWORKS_OF: dict[Program, tuple[str, ...]] = {
    Program.ACCEPT: ("tcp", "tcp4", "tcp6", "unix"),
    Program.PACKET: ("udp", "udp4", "udp6"),
    Program.DIAL: ("tcp", "tcp4", "tcp6", "unix"),
}
_TAKEN_BY: dict[Program, tuple[str, ...]] = {
    Program.PACKET: ("program", "go", "reply"),
    Program.DIAL: ("program", "go", "reply"),
}


def scenario_mistakes(scenario: Scenario, name: str, own_program: bool) -> Iterator[Mistake]:
    """Yield what is wrong with a scenario, in an order that a reader can follow.

    Args:
        scenario: The scenario; its keys and types are right.
        name: Its folder's name.
        own_program: Whether a ``main.go`` lies in its folder.
    """
    yield from _name(scenario, name)
    yield from _after(scenario)
    yield from _network(scenario, own_program)
    yield from address_mistakes(scenario, own_program)
    yield from _server(scenario, own_program)
    yield from _faults(scenario, own_program)
    yield from script_mistakes(scenario, own_program)
    yield from expect_mistakes(scenario, own_program)
    yield from goal_mistakes(scenario, own_program)


def _name(scenario: Scenario, name: str) -> Iterator[Mistake]:
    if not _NAME.fullmatch(name):
        yield mistake(
            ("name",),
            "the folder's name is {found}; allowed are small letters, digits and hyphens.",
            found=ascii(name),
        )
    if scenario.name != name:
        yield mistake(
            ("name",),
            "name is {found}; it has to be the folder's name, {folder}.",
            found=ascii(scenario.name),
            folder=ascii(name),
        )


def _after(scenario: Scenario) -> Iterator[Mistake]:
    """Yield what is wrong with ``after`` by itself; see also `prerequisite_mistakes`."""
    for at, wanted in enumerate(scenario.after):
        keys = ("after", at)
        if not _NAME.fullmatch(wanted):
            yield mistake(
                keys,
                "after has {found}, which cannot be the name of a scenario; it has small letters, "
                "digits and hyphens.",
                found=ascii(wanted),
            )
        if wanted in scenario.after[:at]:
            yield mistake(keys, "after has {found} twice; name it once.", found=ascii(wanted))


def _network(scenario: Scenario, own_program: bool) -> Iterator[Mistake]:
    network, program = scenario.network, scenario.server.program
    if network not in NETWORKS:
        yield mistake(
            ("network",),
            "network is {found}; {instead}",
            found=ascii(network),
            instead=instead(network, NETWORKS),
        )
    allowed = _NETWORKS_OF[program]
    if network not in allowed and not own_program:
        fitting = next((each for each, some in _NETWORKS_OF.items() if network in some), program)
        yield mistake(
            ("network",),
            "network is {found}, and the program {program} takes {networks}: set "
            'program = "{fitting}" in [server], or another network.',
            found=ascii(network),
            program=ascii(program.value),
            networks=list(allowed),
            fitting=fitting.value,
        )


def _server(scenario: Scenario, own_program: bool) -> Iterator[Mistake]:
    options = scenario.server
    if not scenario.servers:
        yield mistake(("servers",), 'servers is empty; allowed are "go", "python" or both.')
    if options.go and not _GO.fullmatch(options.go):
        yield mistake(
            ("server", "go"),
            'go is {found}; it has to be a version of Go, such as "1.24".',
            found=ascii(options.go),
        )
    yield from _options(options.control, ("server", "control"))
    if scenario.neighbour is not None:
        yield from _options(scenario.neighbour.control, ("neighbour", "control"))
        if scenario.neighbour.hands_over and not own_program:
            yield mistake(
                ("neighbour", "hands_over"),
                "hands_over is for a program that takes a listener over: put a main.go beside "
                "the scenario.toml.",
            )
        yield from _sharing(scenario.neighbour, scenario.network)
    taken = _TAKEN_BY.get(options.program)
    if taken is None or own_program:
        return
    plain = ServerOptions()
    for key in ServerOptions.__struct_fields__:
        if key not in taken and getattr(options, key) != getattr(plain, key):
            yield mistake(
                ("server", key),
                "{key} means nothing to the program {program}; leave it out.",
                key=key,
                program=ascii(options.program.value),
            )


def _sharing(neighbour: Neighbour, network: str) -> Iterator[Mistake]:
    """Yield what is wrong with a neighbour that is a process and watches what it hands over."""
    if not neighbour.watches:
        return
    keys = ("neighbour", "watches")
    sockets = 1 + len(neighbour.also)
    if not neighbour.hands_over:
        yield mistake(
            keys, "watches is about sockets that the server gets, too: set hands_over = true."
        )
    if network not in ("tcp", "tcp4", "tcp6"):
        yield mistake(
            keys, "watches is for network tcp, not for {network}.", network=ascii(network)
        )
    if len(neighbour.watches) != sockets:
        yield Mistake(
            keys,
            plural(
                "watches has {found}; there is {count} socket, and each needs a word.",
                "watches has {found}; there are {count} sockets, and each needs a word.",
                sockets,
                found=len(neighbour.watches),
            ),
        )


def _options(names: tuple[str, ...], keys: Keys) -> Iterator[Mistake]:
    for at, name in enumerate(names):
        if name not in OPTIONS:
            yield mistake(
                (*keys, at),
                "control has the socket option {found}; {instead}",
                found=ascii(name),
                instead=instead(name, OPTIONS),
            )


def _faults(scenario: Scenario, own_program: bool) -> Iterator[Mistake]:
    for at, fault in enumerate(scenario.fault):
        keys = ("fault", at)
        if not fault.at and not fault.call:
            yield mistake(keys, "a fault needs 'at' (a place), 'call' (a system call) or both.")
        if fault.errno not in ERRORS:
            yield mistake(
                (*keys, "errno"),
                "errno is {found}, which is no error of errno(3); {instead}",
                found=ascii(fault.errno),
                instead=instead(fault.errno, ERRORS),
            )
        if fault.call and fault.call not in CALLS:
            yield mistake(
                (*keys, "call"),
                "call is {found}, which is no system call that is traced; {instead}",
                found=ascii(fault.call),
                instead=instead(fault.call, CALLS),
            )
        if not fault.at:
            continue
        try:
            place = parse_place(fault.at)
        except PointError as error:
            yield mistake((*keys, "at"), "{key}: {why}", key="at", why=error.message)
        else:
            if not own_program and (why := never_at(place, scenario)):
                yield mistake(
                    (*keys, "at"), "at is {place}, and {why}.", place=ascii(fault.at), why=why
                )
            if fault.call and not may_be_made(fault.call, place):
                yield mistake(
                    (*keys, "call"),
                    "call is {call}, which is never made at {place}; what may be made there: "
                    "{calls}.",
                    call=ascii(fault.call),
                    place=ascii(fault.at),
                    calls=[*sorted(calls_made_at(place) or ())],
                )
