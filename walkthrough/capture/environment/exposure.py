"""Who can connect to the server of a run: decided before it starts.

What listens on loopback runs unchanged. Everything else runs in its own network namespace, where
only our clients can reach it; without one only if the user allows it.
"""

import contextlib
import socket
from collections.abc import Iterator
from typing import NamedTuple

from walkthrough.capture.environment.go_build import has_own_program
from walkthrough.capture.environment.network_namespace import new_namespace, try_namespace
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.packets.ring import PacketRing
from walkthrough.i18n.messages import Message, message
from walkthrough.scenario.exposure import beyond_loopback, host_of, is_wildcard
from walkthrough.scenario.schema import Scenario

OWN, HOST = "own", "host"
"""The network namespace that a server runs in: one made for it, or the machine's."""


class Exposure(NamedTuple):
    """From where the server of one run can be reached.

    Attributes:
        namespace: `OWN` or `HOST`.
        exposed: The addresses on which others on the network can reach it, as the scenario has
            them.
        guarded: Whether the server is to be ended before it listens where others could reach it:
            its program is the scenario's own, and might listen anywhere.
        changed: Kernel settings that differ between the namespace and the machine.
        ring: The packets of the namespace, None if they are not captured.
        no_packets: Why they are not, though that was wanted; None if it was not, or they are.
    """

    namespace: str = HOST
    exposed: tuple[str, ...] = ()
    guarded: bool = False
    changed: tuple[str, ...] = ()
    ring: PacketRing | None = None
    no_packets: Message | None = None

    def packet_remarks(self) -> tuple[Message, ...]:
        """Return that packets are not captured, though they were to be; nothing else."""
        if self.no_packets is None:
            return ()
        return (
            message(
                "Its packets are not captured, for it cannot get a network namespace of its own "
                "in which they could be ({why}): the sequence diagram infers them.",
                why=self.no_packets,
            ),
        )

    def remarks(self) -> tuple[Message, ...]:
        """Return what a reader should know about it, in sentences; nothing for loopback."""
        if self.exposed:
            return (
                message(
                    "It listens on {addresses}: others on your network can connect to it.",
                    addresses=listing(self.exposed),
                ),
                *self.packet_remarks(),
            )
        if self.namespace != OWN:
            return self.packet_remarks()
        said = [message("It runs in its own network namespace: nobody else can connect to it.")]
        if self.changed:
            said.append(
                message(
                    "In it these kernel settings are not the machine's own: {settings}.",
                    settings=[f"net.{name.replace('/', '.')}" for name in self.changed],
                )
            )
        return (*said, *self.packet_remarks())


def wants_namespace(scenario: Scenario) -> bool:
    """Return whether the scenario needs its own network namespace."""
    return bool(beyond_loopback(scenario)) or has_own_program(scenario)


def exposed(scenario: Scenario) -> tuple[str, ...]:
    """Return the addresses on which others could reach the scenario's server on this machine.

    An address that the machine does not have, such as 192.0.2.1, does not count: it cannot be
    bound.
    """
    return tuple(
        each
        for each in beyond_loopback(scenario)
        if is_wildcard(host_of(each)) or _is_local_address(host_of(each))
    )


@contextlib.contextmanager
def isolated(
    scenario: Scenario, *, expose: bool = False, warned: bool = False, packets: bool = False
) -> Iterator[Exposure]:
    """Put this process where ``scenario`` can be run, and return from where it can be reached.

    Everything that belongs to the run has to be opened inside the block.

    Args:
        scenario: What is to be run.
        expose: Run it on the machine's own interfaces: others may connect.
        warned: Do so where no network namespace is available: the user is told, and is in
            control.
        packets: Capture its packets, in a network namespace whatever it listens on. Where there is
            none it is run without.

    Raises:
        CaptureError: Others could connect, and that has not been allowed.
    """
    lacking = try_namespace(packets=True).refusal if packets else None
    no_packets = lacking.why if lacking is not None else None
    captures = packets and lacking is None
    if not wants_namespace(scenario) and not captures:
        yield Exposure(no_packets=no_packets)
        return
    open_to_others = exposed(scenario)
    if expose:
        yield Exposure(exposed=open_to_others)
        return
    trial = try_namespace(packets=captures)
    if trial.refusal is None:
        hosts = (host_of(each) for each in open_to_others)
        inside = [host for host in hosts if not is_wildcard(host)]
        with new_namespace(inside, packets=captures) as ring:
            yield Exposure(OWN, changed=trial.changed, ring=ring, no_packets=no_packets)
        return
    if not warned and (sentence := refusal(scenario)):
        raise CaptureError(sentence)
    yield Exposure(
        exposed=open_to_others,
        guarded=not open_to_others and has_own_program(scenario),
        no_packets=no_packets,
    )


def refusal(scenario: Scenario) -> Message | None:
    """Return why ``scenario`` is not run unattended unless the user says so; None if it is."""
    lacking = try_namespace().refusal if beyond_loopback(scenario) else None
    if lacking is None or not (open_to_others := exposed(scenario)):
        return None
    return message(
        "{scenario} listens on {addresses}, where others on your network can connect, and it "
        "cannot get its own network namespace here ({why}): use --expose to run it anyway.",
        scenario=scenario.name,
        addresses=listing(open_to_others),
        why=lacking.why,
    )


def refuse_unarranged(scenario: Scenario, exposure: Exposure) -> None:
    """Refuse a run that others could connect to without anybody having allowed it.

    Raises:
        CaptureError: It is one.
    """
    if exposure.namespace == OWN or exposure.exposed or not (unforeseen := exposed(scenario)):
        return
    raise CaptureError(
        message(
            "{scenario} listens on {addresses}, where others on your network can connect, and "
            "nobody has allowed that.",
            scenario=scenario.name,
            addresses=listing(unforeseen),
        )
    )


def listing(addresses: tuple[str, ...]) -> Message | str:
    """Format addresses, and say which of them mean every interface."""
    wild = [each for each in addresses if is_wildcard(host_of(each))]
    other = [each for each in addresses if each not in wild]
    every = message("every interface of this machine ({addresses})", addresses=[*wild])
    named: list[str | Message] = [*([every] if wild else []), *other]
    if len(named) == 1:
        return named[0]
    return message("{addresses} and {last}", addresses=[*named[:-1]], last=named[-1])


def _is_local_address(host: str) -> bool:
    """Return whether the machine has the address, or at least lets it be bound."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as asking:
            asking.bind((host, 0))
    except OSError:
        return False
    return True
