"""What can be wrong with an address or a placeholder in a scenario."""

import ipaddress
import re
from collections.abc import Iterator

from walkthrough.lesson.format import Program, Scenario
from walkthrough.lesson.mistakes.mistake import Keys, Mistake, instead

NEIGHBOUR = "{neighbour}"
FOLDER = "{dir}"
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_LONGEST_PATH = 107
"""Bytes in sun_path, unix(7), without the NUL behind them."""


def address_mistakes(scenario: Scenario, own_program: bool) -> Iterator[Mistake]:
    """Yield what is wrong with the addresses of server, neighbour and clients."""
    has_neighbour = scenario.neighbour is not None
    yield from _address(scenario.address, ("address",), scenario.network, has_neighbour)
    for at, address in enumerate(scenario.server.also):
        if address != "same":
            also: Keys = ("server", "also", at)
            yield from _address(address, also, scenario.network, has_neighbour)
    if scenario.neighbour is not None:
        keys = ("neighbour", "address")
        yield from _address(scenario.neighbour.address, keys, scenario.network, False)
        if not _is_loopback(scenario.neighbour.address, scenario.network):
            yield _not_loopback(keys, scenario.neighbour.address)
    dials = scenario.server.program is Program.DIAL and not own_program
    if dials and not _is_loopback(scenario.address, scenario.network):
        yield _not_loopback(("address",), scenario.address)
    for at, action in enumerate(scenario.script):
        if action.to and not _is_loopback(f"{action.to}:0", "tcp"):
            yield _not_loopback(("script", at, "to"), action.to)


def neighbour_mistakes(text: str, keys: Keys, scenario: Scenario) -> Iterator[Mistake]:
    """Yield that a pattern speaks of a neighbour who is not there."""
    if NEIGHBOUR in text and scenario.neighbour is None:
        yield _no_neighbour(keys)


def _address(text: str, keys: Keys, network: str, neighbour: bool) -> Iterator[Mistake]:
    name = _name(keys)
    known = (NEIGHBOUR, FOLDER) if neighbour else (FOLDER,)
    for placeholder in _PLACEHOLDER.findall(text):
        if placeholder == NEIGHBOUR and not neighbour:
            yield _no_neighbour(keys)
        elif placeholder not in known:
            yield Mistake(keys, f"{name} has {placeholder!a}; {instead(placeholder, known)}")
    wrong = _unix_wrong(text) if network == "unix" else _host_wrong(text)
    if wrong and text != NEIGHBOUR:
        yield Mistake(keys, f"{name} is {text!a}; {wrong}")


def _name(keys: Keys) -> str:
    return f"{keys[-2]} {keys[-1] + 1}" if isinstance(keys[-1], int) else str(keys[-1])


def _no_neighbour(keys: Keys) -> Mistake:
    return Mistake(keys, f"{_name(keys)} has {NEIGHBOUR!a}, and there is no table [neighbour]")


def _not_loopback(keys: Keys, found: str) -> Mistake:
    return Mistake(
        keys, f"{_name(keys)} is {found!a}; it has to be a loopback address, such as 127.0.0.1"
    )


def _unix_wrong(text: str) -> str:
    allowed = "over 'unix' it is a path: '{dir}/' and a name, or an absolute one"
    if not text.startswith((f"{FOLDER}/", "/")) or text.endswith("/") or "\0" in text:
        return allowed
    if len(text.encode("utf-8")) > _LONGEST_PATH:
        return f"a socket's path has at most {_LONGEST_PATH} bytes, unix(7)"
    return ""


def _host_wrong(text: str) -> str:
    """Say what keeps ``text`` from being ``host:port``; hosts that have to be looked up do, too."""
    if FOLDER in text:
        return f"{FOLDER!a} is for 'unix' sockets"
    host, colon, port = text.rpartition(":")
    if not colon or not (port.isascii() and port.isdigit()):
        return "it has to be 'host:port', and port 0 lets the kernel choose"
    bracketed = host.startswith("[") and host.endswith("]")
    if ":" in host and not bracketed:
        return "an IPv6 host stands in brackets: '[::1]:0'"
    bare = host[1:-1] if bracketed else host
    if bare in ("", "localhost"):
        return ""
    try:
        ipaddress.ip_address(bare)
    except ValueError:
        return "the host has to be an IP address or nothing, so that nobody has to be asked for it"
    return ""


def _is_loopback(text: str, network: str) -> bool:
    if network == "unix" or text == NEIGHBOUR or _PLACEHOLDER.search(text):
        return True
    host = text.rpartition(":")[0].removeprefix("[").removesuffix("]")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
