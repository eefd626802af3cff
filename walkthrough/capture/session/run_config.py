"""What one run does: a scenario with its placeholders filled in and its faults chosen.

Both targets get a `RunConfig`, so that they need not know the format of scenarios.
"""

import errno
import socket
from typing import NamedTuple

from walkthrough.capture.environment.exposure import Exposure, refuse_unarranged
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.session.fixtures import Fixtures
from walkthrough.i18n.messages import message
from walkthrough.scenario.schema import Fault, Limits, Program, Scenario, ServerOptions
from walkthrough.scenario.validation.address_rules import is_loopback


class RunConfig(NamedTuple):
    """One run of the server.

    Attributes:
        scenario: The scenario's name.
        network: Handed to net.Listen, net.ListenPacket or net.Dial.
        addresses: Where it listens (or what it dials), then ``ServerOptions.also``, in which
            ``same`` stays as it is.
        options: What the server does in addition.
        limits: Limits on it.
        faults: The faults that apply here.
        exposure: Who can connect.
        inherited: Listening sockets that the server gets as its descriptors from 3 on.
    """

    scenario: str
    network: str
    addresses: tuple[str, ...]
    options: ServerOptions = ServerOptions()
    limits: Limits = Limits()
    faults: tuple[Fault, ...] = ()
    exposure: Exposure = Exposure()
    inherited: tuple[int, ...] = ()


def configure_run(scenario: Scenario, fixtures: Fixtures) -> RunConfig:
    """Return the configuration for a run of ``scenario`` within ``fixtures``.

    Raises:
        CaptureError: The server would dial somewhere else than to this machine itself, or let
            others connect without anybody having allowed it.
    """
    named = (scenario.address, *scenario.server.also)
    addresses = tuple(fixtures.fill(each) for each in named)
    if scenario.server.program is Program.DIAL and scenario.network != "unix":
        _refuse_to_leave(addresses[0])
    refuse_unarranged(scenario, fixtures.exposure)
    refused = may_not_bind(addresses[0])
    return RunConfig(
        scenario.name,
        scenario.network,
        addresses,
        scenario.server,
        scenario.limits,
        tuple(each for each in scenario.fault if not (each.only == "privileged" and refused)),
        fixtures.exposure,
        fixtures.handed_over,
    )


def _refuse_to_leave(address: str) -> None:
    if not is_loopback(address.rpartition(":")[0]):
        raise CaptureError(
            message(
                "The server may dial a loopback address only, and was to dial {address}: give the "
                "scenario another address, such as '{{neighbour}}'.",
                address=ascii(address),
            )
        )


def may_not_bind(address: str) -> bool:
    """Return whether the kernel refuses this user the port of ``address``.

    It is tried, because the answer depends on ``ip_unprivileged_port_start`` (ip(7)), capabilities,
    user namespaces and security modules; permission is checked before the port is.
    """
    _, _, port = address.rpartition(":")
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 1 << 16):
        return False
    with socket.socket() as asking:
        try:
            asking.bind(("127.0.0.1", int(port)))
        except OSError as error:
            return error.errno == errno.EACCES
    return False
