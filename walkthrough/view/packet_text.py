"""Says what a captured packet is, in the abbreviations that tcpdump and Wireshark share.

These are the same in every language: ``SYN, ACK seq 0 ack 1 win 65483 len 0``.
"""

from collections.abc import Sequence

from walkthrough.formatting.addresses import go_address
from walkthrough.formatting.go_values import text
from walkthrough.i18n.catalogue import Catalogue
from walkthrough.model.events import PacketCaptured
from walkthrough.model.values import Argument, Several
from walkthrough.view.text import safe


def packet_summary(event: PacketCaptured) -> str:
    """Return a packet's flags and numbers in one line, safe to draw."""
    if event.sequence is None:
        return safe(f"{event.protocol} len {event.length}")
    acknowledged = f" ack {event.acknowledgment}" if event.acknowledgment is not None else ""
    flags = ", ".join(event.flags)
    return safe(
        f"{flags} seq {event.sequence}{acknowledged} win {event.window} len {event.length}".strip()
    )


def packet_options(options: Sequence[Argument]) -> str:
    """Return the options of a packet's TCP header as tcpdump has them, safe to draw."""
    return safe(", ".join(map(_option, options)))


def _option(option: Argument) -> str:
    value = option.value
    match option.name, value:
        case "sack_permitted", True:
            return "sackOK"
        case "window_scale", int():
            return f"wscale {value}"
        case "timestamp", Several(items=(sent, echoed)):
            return f"TS val {text(sent)} ecr {text(echoed)}"
        case _:
            return f"{option.name} {text(value)}"


def packet_sentence(event: PacketCaptured, tr: Catalogue) -> str:
    """Say what a packet is, and what sent it."""
    said = tr(
        "packet {sender} → {receiver}: {what}",
        sender=go_address(event.sender),
        receiver=go_address(event.receiver),
        what=packet_summary(event),
    )
    if event.retransmits is not None:
        return tr("{packet}; retransmission of event {event}", packet=said, event=event.retransmits)
    if event.cause is None and event.is_by_program:
        return tr("{packet}; by a program whose calls are not recorded", packet=said)
    if event.cause is None:
        return tr("{packet}; by the kernel alone", packet=said)
    return tr("{packet}; sent by event {event}", packet=said, event=event.cause)
