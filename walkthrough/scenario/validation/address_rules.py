"""What can be wrong with an address or a placeholder in a scenario."""

import difflib
import ipaddress
import re
from collections.abc import Iterator

from walkthrough.i18n.messages import Message, message
from walkthrough.scenario.schema import Program, Scenario
from walkthrough.scenario.validation.errors import Keys, Mistake, instead, mistake

NEIGHBOUR = "{neighbour}"
FOLDER = "{dir}"
PLACEHOLDERS = (NEIGHBOUR, FOLDER)
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_WORD_IN_BRACES = re.compile(r"\{\w+\}")
_LONGEST_NAME = 40
"""Bytes of a socket's name in the folder made for it: sun_path has 108 in all, unix(7)."""


def address_mistakes(scenario: Scenario, own_program: bool) -> Iterator[Mistake]:
    """Yield what is wrong with the addresses of server, neighbour and clients."""
    has_neighbour = scenario.neighbour is not None
    yield from _address(scenario.address, ("address",), scenario.network, has_neighbour)
    for at, address in enumerate(scenario.server.also):
        if address != "same":
            also: Keys = ("server", "also", at)
            yield from _address(address, also, scenario.network, has_neighbour)
    if scenario.neighbour is not None:
        theirs: list[tuple[Keys, str]] = [(("neighbour", "address"), scenario.neighbour.address)]
        theirs += [
            (("neighbour", "also", at), each) for at, each in enumerate(scenario.neighbour.also)
        ]
        for keys, address in theirs:
            yield from _address(address, keys, scenario.network, False)
            if not _is_loopback(address, scenario.network):
                yield _not_loopback(keys, address)
    dials = scenario.server.program is Program.DIAL and not own_program
    if dials and not _is_loopback(scenario.address, scenario.network):
        yield _not_loopback(("address",), scenario.address)
    for at, action in enumerate(scenario.script):
        if action.to and not _is_loopback(f"{action.to}:0", "tcp"):
            yield _not_loopback(("script", at, "to"), action.to)


def placeholder_mistakes(text: str, keys: Keys, scenario: Scenario) -> Iterator[Mistake]:
    """Yield that a pattern names a neighbour that does not exist, or misspells a placeholder.

    strace's notation has braces, too: only what is almost a placeholder is a mistake.
    """
    if NEIGHBOUR in text and scenario.neighbour is None:
        yield _no_neighbour(keys)
    for word in _WORD_IN_BRACES.findall(text):
        near = difflib.get_close_matches(word.lower(), PLACEHOLDERS, 1, cutoff=0.75)
        if near and word not in PLACEHOLDERS:
            yield mistake(
                keys,
                "{key} has {found}; did you mean {near}?",
                key=_name(keys),
                found=ascii(word),
                near=ascii(near[0]),
            )


def _address(text: str, keys: Keys, network: str, neighbour: bool) -> Iterator[Mistake]:
    name = _name(keys)
    for placeholder in _PLACEHOLDER.findall(text):
        if placeholder == NEIGHBOUR and not neighbour:
            yield _no_neighbour(keys)
        elif placeholder not in PLACEHOLDERS:
            yield mistake(
                keys,
                "{key} has {found}; {instead}",
                key=name,
                found=ascii(placeholder),
                instead=instead(placeholder, PLACEHOLDERS),
            )
    if text == NEIGHBOUR and neighbour:
        return
    wrong = _unix_wrong(text) if network == "unix" else _host_wrong(text, network)
    if wrong:
        yield mistake(keys, "{key} is {found}; {wrong}.", key=name, found=ascii(text), wrong=wrong)


def _name(keys: Keys) -> str:
    return f"{keys[-2]} {keys[-1] + 1}" if isinstance(keys[-1], int) else str(keys[-1])


def _no_neighbour(keys: Keys) -> Mistake:
    return mistake(
        keys,
        "{key} has {found}, and there is no table [neighbour].",
        key=_name(keys),
        found=ascii(NEIGHBOUR),
    )


def _not_loopback(keys: Keys, found: str) -> Mistake:
    return mistake(
        keys,
        "{key} is {found}; it has to be a loopback address, such as 127.0.0.1.",
        key=_name(keys),
        found=ascii(found),
    )


def _unix_wrong(text: str) -> Message | None:
    path = text.removeprefix("@")  # an abstract name, unix(7): unique as the folder's path is
    name = path.removeprefix(f"{FOLDER}/")
    if name == path or not name or "/" in name or "\0" in name:
        return message(
            "over 'unix' it is '{folder}/' and a name, in a folder that is made for each run, or "
            "'@{folder}/' and a name for an abstract socket",
            folder=FOLDER,
        )
    if len(name.encode("utf-8")) > _LONGEST_NAME:
        return message(
            "the name may have at most {most} bytes, for a socket's path is short",
            most=_LONGEST_NAME,
        )
    return None


def _host_wrong(text: str, network: str) -> Message | None:
    """Say what keeps ``text`` from being ``host:port``; host names do, too."""
    if FOLDER in text:
        return message("{placeholder} is for 'unix' sockets", placeholder=ascii(FOLDER))
    if NEIGHBOUR in text:
        return message(
            "{placeholder} stands for a whole address, so it has to stand alone",
            placeholder=ascii(NEIGHBOUR),
        )
    host, colon, port = text.rpartition(":")
    if not colon or not (port.isascii() and port.isdigit()):
        return message("it has to be 'host:port', and port 0 lets the kernel choose")
    if len(port) > len("65535") or int(port) > 65535:
        return message("the port has to be a number from 0 to 65535")
    bracketed = host.startswith("[") and host.endswith("]")
    if ":" in host and not bracketed:
        return message("an IPv6 host stands in brackets: '[::1]:0'")
    bare = host[1:-1] if bracketed else host
    if not bare:
        return None
    if "%" in bare:
        return message("an address here has no zone: leave out the '%' and what follows it")
    try:
        version = ipaddress.ip_address(bare).version
    except ValueError:
        return message(
            "the host has to be an IP address or empty, so that no name has to be looked up"
        )
    if network.endswith(("4", "6")) and not network.endswith(str(version)):
        return message(
            "over {network} the host has to be an IPv{version} address",
            network=ascii(network),
            version=network[-1],
        )
    return None


def _is_loopback(text: str, network: str) -> bool:
    if network == "unix" or text == NEIGHBOUR:
        return True
    return is_loopback(text.rpartition(":")[0])


def is_loopback(host: str) -> bool:
    """Return whether ``host``, an IP address with or without brackets, never leaves the machine."""
    bare = host.removeprefix("[").removesuffix("]")
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        return address.scope_id is None and (address.ipv4_mapped or address).is_loopback
    return address.is_loopback
