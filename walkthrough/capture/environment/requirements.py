"""Checks whether a scenario can be run here under a server, and if not, what is missing.

A scenario that cannot be run is not a failure: it counts as not run.
"""

import errno
import ipaddress
import socket
from enum import StrEnum
from typing import NamedTuple

from walkthrough.capture.clients.client import allowed_clients
from walkthrough.capture.environment.go_build import has_own_program
from walkthrough.capture.environment.server_kind import ServerKind
from walkthrough.capture.errors import CaptureError
from walkthrough.i18n.messages import Message, message
from walkthrough.scenario.schema import ActionKind, Need, Scenario

LEAST = 1000
"""A scenario with more clients is worth running with this many, too."""
_MPTCP = 262  # uapi/linux/in.h IPPROTO_MPTCP
_WILDCARDS = {4: "0.0.0.0", 6: "::"}


class RequirementKind(StrEnum):
    """What kind of thing keeps a scenario from being run here under a server."""

    SERVER = "server"
    """It is for the other server."""
    PROGRAM = "program"
    """It has a Go program of its own."""
    IPV6 = "ipv6"
    MPTCP = "mptcp"
    PORT = "port"
    """Another program listens on its port."""
    DESCRIPTORS = "descriptors"
    """Its clients would need more descriptors than this process may have."""
    VERSION = "version"
    """It needs a newer Go."""
    MACHINE = "machine"
    """The server itself cannot run here."""


class MissingRequirement(NamedTuple):
    """What keeps a scenario from being run here.

    Attributes:
        lack: The kind.
        why: A sentence.
    """

    lack: RequirementKind
    why: Message | str


def why_not_runnable(scenario: Scenario, server: ServerKind) -> Message | str | None:
    """Return None if ``scenario`` can be run here under ``server``, else one sentence why not.

    Args:
        scenario: What to run.
        server: ``GO`` or ``PYTHON``; whether that server itself can run here is not checked.
    """
    lacking = missing_requirement(scenario, server)
    return lacking.why if lacking is not None else None


def missing_requirement(
    scenario: Scenario, server: ServerKind, *, alone: bool = False
) -> MissingRequirement | None:
    """Return what keeps ``scenario`` from being run here under ``server``, None if nothing does.

    Args:
        scenario: As for `why_not_runnable`.
        server: As for `why_not_runnable`.
        alone: Whether it will be run in its own network namespace, where its port is free.
    """
    if lacking := _unsuitable(scenario, server):
        return lacking
    for need in scenario.needs:
        if need is Need.PORT and alone:
            continue
        if lacking := _missing_need(need, scenario):
            return lacking
    if lacking := _too_few_descriptors(scenario):
        return lacking
    return _newer_go_needed(scenario) if server is ServerKind.GO else None


def _unsuitable(scenario: Scenario, server: ServerKind) -> MissingRequirement | None:
    if server.value not in scenario.servers:
        # It is for one server, since there are only two.
        return MissingRequirement(
            RequirementKind.SERVER,
            message("It runs under --server {server} only.", server=[*scenario.servers]),
        )
    if server is ServerKind.PYTHON and has_own_program(scenario):
        return MissingRequirement(
            RequirementKind.PROGRAM,
            message("It has its own Go program, which only --server go runs."),
        )
    return None


def refuse_unsuitable(scenario: Scenario, server: ServerKind) -> None:
    """Refuse to run ``scenario`` under a server that would not run what it means.

    Raises:
        CaptureError: It is not for ``server``.
    """
    if lacking := _unsuitable(scenario, server):
        raise CaptureError(
            message("{scenario} cannot be run here: {why}", scenario=scenario.name, why=lacking.why)
        )


def _missing_need(need: Need, scenario: Scenario) -> MissingRequirement | None:
    match need:
        case Need.IPV6:
            there = has_ipv6()
            why = message("It needs IPv6, and this machine's loopback has none.")
        case Need.MPTCP:
            there = has_mptcp()
            why = message("It needs a kernel with Multipath TCP switched on.")
        case Need.PORT:
            there = _is_free(scenario)
            why = message(
                "It needs {address}, where another program listens.", address=scenario.address
            )
    return None if there else MissingRequirement(RequirementKind(need.value), why)


def has_ipv6() -> bool:
    """Return whether ``::1`` can be bound."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as there:
            there.bind(("::1", 0))
    except OSError:
        return False
    return True


def has_mptcp() -> bool:
    """Return whether a Multipath TCP socket can be made (``net.mptcp.enabled``)."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM, _MPTCP):
            return True
    except OSError:
        return False


def _is_free(scenario: Scenario) -> bool:
    """Return whether a listener may have the scenario's port; other errors belong to the lesson."""
    host, _, port = scenario.address.rpartition(":")
    if not port.isdecimal():
        return True
    address = host.removeprefix("[").removesuffix("]")
    version = 4 if scenario.network.endswith("4") or not has_ipv6() else 6
    try:
        version = ipaddress.ip_address(address).version
    except ValueError:
        address = _WILDCARDS[version]
    family = socket.AF_INET6 if version == 6 else socket.AF_INET
    kind = socket.SOCK_DGRAM if scenario.network.startswith("udp") else socket.SOCK_STREAM
    try:
        with socket.socket(family, kind) as there:
            if kind is socket.SOCK_STREAM:
                # As the server does: a connection in TIME_WAIT is not an obstacle, a listener is.
                there.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            there.bind((address, int(port)))  # and no listen(2): others could connect
    except OSError as error:
        return error.errno != errno.EADDRINUSE
    return True


def _too_few_descriptors(scenario: Scenario) -> MissingRequirement | None:
    """Return what is missing for the clients; of very many, `LEAST` are enough."""
    begins = (ActionKind.CONNECT, ActionKind.ACCEPT)
    wanted = sum(action.clients for action in scenario.script if action.do in begins)
    least, allowed = min(wanted, LEAST), allowed_clients()
    if least <= allowed:
        return None
    return MissingRequirement(
        RequirementKind.DESCRIPTORS,
        message(
            "It needs {least} clients at least, and RLIMIT_NOFILE allows {allowed} here: raise the "
            "hard limit (ulimit -Hn).",
            least=least,
            allowed=allowed,
        ),
    )


def _newer_go_needed(scenario: Scenario) -> MissingRequirement | None:
    wanted = scenario.server.go
    if not wanted:
        return None
    from walkthrough.capture.environment.go_toolchain import find_go, number

    version = find_go().version
    if number(f"go{wanted}") <= number(version):
        return None
    return MissingRequirement(
        RequirementKind.VERSION,
        message(
            "It needs Go {wanted} or newer, and the toolchain here is {version}.",
            wanted=wanted,
            version=version,
        ),
    )
