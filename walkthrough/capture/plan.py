"""What one run does: a scenario with its placeholders filled in and its faults chosen.

Both targets are handed a plan, so that they need not know what a scenario's file may say besides.
"""

from pathlib import Path
from typing import NamedTuple

from walkthrough.capture.surroundings import Surroundings
from walkthrough.lesson.format import Fault, Limits, Scenario, ServerOptions

CAP_NET_BIND_SERVICE = 10  # capabilities(7)
_UNPRIVILEGED = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")


class Plan(NamedTuple):
    """One run of the server.

    Attributes:
        scenario: The scenario's name.
        network: Handed to net.Listen, net.ListenPacket or net.Dial.
        addresses: Where it listens (or what it dials), then ``ServerOptions.also``, in which
            ``same`` stays as it is.
        options: What the server does besides.
        limits: Limits on it.
        faults: The faults that apply here.
    """

    scenario: str
    network: str
    addresses: tuple[str, ...]
    options: ServerOptions = ServerOptions()
    limits: Limits = Limits()
    faults: tuple[Fault, ...] = ()


def plan(scenario: Scenario, surroundings: Surroundings) -> Plan:
    """Return the plan for a run of ``scenario`` within ``surroundings``."""
    told = (scenario.address, *scenario.server.also)
    addresses = tuple(surroundings.fill(each) for each in told)
    refused = may_not_bind(addresses[0])
    return Plan(
        scenario.name,
        scenario.network,
        addresses,
        scenario.server,
        scenario.limits,
        tuple(each for each in scenario.fault if not (each.only == "privileged" and refused)),
    )


def may_not_bind(address: str) -> bool:
    """Tell whether the kernel refuses this process the port of ``address``, see ip(7)."""
    _, _, port = address.rpartition(":")
    if not (port.isascii() and port.isdigit()):
        return False
    return 0 < int(port) < _first_unprivileged() and not _may_bind_any()


def _first_unprivileged() -> int:
    try:
        return int(_UNPRIVILEGED.read_text("ascii"))
    except (OSError, ValueError):
        return 1024  # what it is unless somebody has changed it


def _may_bind_any() -> bool:
    """Tell whether this process has CAP_NET_BIND_SERVICE in effect, see proc_pid_status(5)."""
    try:
        status = Path("/proc/self/status").read_text("utf-8", "replace")
    except OSError:
        return False
    effective = next((x for x in status.splitlines() if x.startswith("CapEff:")), "CapEff: 0")
    return bool(int(effective.split()[1], 16) >> CAP_NET_BIND_SERVICE & 1)
