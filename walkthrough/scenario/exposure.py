"""From where a scenario's server could be reached: derived from its addresses."""

import ipaddress

from walkthrough.scenario.schema import Program, Scenario
from walkthrough.scenario.validation.address_rules import is_loopback


def beyond_loopback(scenario: Scenario) -> tuple[str, ...]:
    """Return the addresses on which the server listens, or receives, that are not on loopback.

    Others on the network can connect to them, if the machine has them.
    """
    if scenario.network == "unix" or scenario.server.program is Program.DIAL:
        return ()
    addresses = (scenario.address, *scenario.server.also)
    hosts = (each for each in addresses if ":" in each)  # not: same, {neighbour}, a path
    return tuple(each for each in hosts if not is_loopback(host_of(each)))


def host_of(address: str) -> str:
    """Return the host of ``host:port``, without brackets; "" if there is none."""
    return address.rpartition(":")[0].removeprefix("[").removesuffix("]")


def is_wildcard(host: str) -> bool:
    """Return whether listening there means every interface: ``0.0.0.0``, ``::`` or nothing."""
    if not host:
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_unspecified
