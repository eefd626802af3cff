"""What can be wrong with a scenario besides its keys and their types: that it makes no sense."""

import re
from collections.abc import Iterator

from walkthrough.scenario.schema import CALLS, NETWORKS, OPTIONS, Program, Scenario, ServerOptions
from walkthrough.scenario.validation.address_rules import address_mistakes
from walkthrough.scenario.validation.errors import Keys, Mistake, instead
from walkthrough.scenario.validation.expect_rules import expect_mistakes
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
        scenario: The scenario, its keys and types being right.
        name: Its folder's name.
        own_program: Whether a ``main.go`` lies in its folder.
    """
    yield from _name(scenario, name)
    yield from _words(scenario)
    yield from _network(scenario, own_program)
    yield from address_mistakes(scenario, own_program)
    yield from _server(scenario, own_program)
    yield from _faults(scenario, own_program)
    yield from script_mistakes(scenario, own_program)
    yield from expect_mistakes(scenario, own_program)


def _name(scenario: Scenario, name: str) -> Iterator[Mistake]:
    if not _NAME.fullmatch(name):
        found = f"the folder's name is {name!a}"
        yield Mistake(("name",), f"{found}; allowed are small letters, digits and hyphens")
    if scenario.name != name:
        found = f"name is {scenario.name!a}"
        yield Mistake(("name",), f"{found}; it has to be the folder's name, {name!a}")


def _words(scenario: Scenario) -> Iterator[Mistake]:
    for key, words in (("title", scenario.title), ("summary", scenario.summary)):
        for language in ("en", "zh"):
            if not words.says(language):
                yield Mistake((key, language), f"{language} is empty; it has to say something")


def _network(scenario: Scenario, own_program: bool) -> Iterator[Mistake]:
    network, program = scenario.network, scenario.server.program
    if network not in NETWORKS:
        yield Mistake(("network",), f"network is {network!a}; {instead(network, NETWORKS)}")
    allowed = _NETWORKS_OF[program]
    if network not in allowed and not own_program:
        fitting = next((each for each, some in _NETWORKS_OF.items() if network in some), program)
        yield Mistake(
            ("network",),
            f"network is {network!a}, and the program {program.value!a} takes "
            f'{", ".join(allowed)}: set program = "{fitting.value}" in [server], or another '
            f"network",
        )


def _server(scenario: Scenario, own_program: bool) -> Iterator[Mistake]:
    options = scenario.server
    if not scenario.servers:
        yield Mistake(("servers",), 'servers is empty; allowed are "go", "python" or both')
    if options.go and not _GO.fullmatch(options.go):
        found = f"go is {options.go!a}"
        yield Mistake(("server", "go"), f'{found}; it has to be a version of Go, such as "1.24"')
    yield from _options(options.control, ("server", "control"))
    if scenario.neighbour is not None:
        yield from _options(scenario.neighbour.control, ("neighbour", "control"))
    taken = _TAKEN_BY.get(options.program)
    if taken is None or own_program:
        return
    plain = ServerOptions()
    for key in ServerOptions.__struct_fields__:
        if key not in taken and getattr(options, key) != getattr(plain, key):
            program = f"the program {options.program.value!a}"
            yield Mistake(("server", key), f"{key} means nothing to {program}; leave it out")


def _options(names: tuple[str, ...], keys: Keys) -> Iterator[Mistake]:
    for at, name in enumerate(names):
        if name not in OPTIONS:
            found = f"control has the socket option {name!a}"
            yield Mistake((*keys, at), f"{found}; {instead(name, OPTIONS)}")


def _faults(scenario: Scenario, own_program: bool) -> Iterator[Mistake]:
    for at, fault in enumerate(scenario.fault):
        keys = ("fault", at)
        if not fault.at and not fault.call:
            yield Mistake(keys, "a fault needs 'at' (a place), 'call' (a system call) or both")
        if fault.errno not in ERRORS:
            found = f"errno is {fault.errno!a}, which is no error of errno(3)"
            yield Mistake((*keys, "errno"), f"{found}; {instead(fault.errno, ERRORS)}")
        if fault.call and fault.call not in CALLS:
            found = f"call is {fault.call!a}, which is no system call that is traced"
            yield Mistake((*keys, "call"), f"{found}; {instead(fault.call, CALLS)}")
        if not fault.at:
            continue
        try:
            place = parse_place(fault.at)
        except PointError as error:
            yield Mistake((*keys, "at"), f"at: {error}")
        else:
            if not own_program and (why := never_at(place, scenario)):
                yield Mistake((*keys, "at"), f"at is {fault.at!a}, and {why}")
            if fault.call and not may_be_made(fault.call, place):
                made = ", ".join(sorted(calls_made_at(place) or ()))
                found = f"call is {fault.call!a}, which is never made at {fault.at!a}"
                yield Mistake((*keys, "call"), f"{found}; what may be made there: {made}")
