"""What is said of a packet, in one line and in a sentence; hostile names are escaped."""

import pytest

from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.events import PacketCaptured
from walkthrough.model.values import Argument, Data, Several, SocketAddress
from walkthrough.view.packet_text import packet_options, packet_sentence, packet_summary
from walkthrough.view.step_text import step_text

ENDS = SocketAddress("AF_INET", "127.0.0.1", 9), SocketAddress("AF_INET6", "::1", 80)
EN, ZH = catalogue("en"), catalogue("zh")


def packet(*flags: str, protocol: str = "TCP", **more: int | None) -> PacketCaptured:
    numbers = {"sequence": 1, "window": 512, **more} if protocol == "TCP" else more
    return PacketCaptured(
        seq=7,
        time_ns=0,
        sender=ENDS[0],
        receiver=ENDS[1],
        protocol=protocol,
        flags=flags,
        **numbers,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (packet("SYN", sequence=0), "SYN seq 0 win 512 len 0"),
        (packet("PSH", "ACK", acknowledgment=4, length=9), "PSH, ACK seq 1 ack 4 win 512 len 9"),
        (packet(protocol="UDP", length=3), "UDP len 3"),
        (packet("\x1b[2J"), "\\x1b[2J seq 1 win 512 len 0"),
    ],
)
def test_a_summary(event: PacketCaptured, said: str) -> None:
    assert packet_summary(event) == said


@pytest.mark.parametrize(
    ("event", "who"),
    [
        (packet("SYN", cause=3), "sent by event 3"),
        (packet("SYN", "ACK"), "by the kernel alone"),
        (packet("ACK"), "by the kernel alone"),
        (packet("SYN", retransmits=2), "retransmission of event 2"),
        (packet("FIN", "ACK", retransmits=2), "retransmission of event 2"),
        (packet("FIN", "ACK"), "by a program whose calls are not recorded"),
        (packet("PSH", "ACK", length=1), "by a program whose calls are not recorded"),
        (packet("RST"), "by the kernel alone"),
    ],
)
def test_a_sentence_says_what_sent_it(event: PacketCaptured, who: str) -> None:
    said = packet_sentence(event, EN)
    assert said == f"packet 127.0.0.1:9 → [::1]:80: {packet_summary(event)}; {who}"
    assert packet_sentence(event, ZH).startswith("报文 127.0.0.1:9 → [::1]:80：")


def test_options_are_found_by_search_as_tcpdump_spells_them() -> None:
    options = (
        Argument("mss", 1460),
        Argument("sack_permitted", True),
        Argument("timestamp", Several((7, 9))),
        Argument("window_scale", 10),
        Argument("mptcp", Data(b"\x01", 1)),
        Argument("option \x1b", None),
    )
    said = packet_options(options)
    assert said.startswith("mss 1460, sackOK, TS val 7 ecr 9, wscale 10, mptcp ")
    assert "\x1b" not in said
    event = PacketCaptured(
        seq=7, time_ns=0, sender=ENDS[0], receiver=ENDS[1], protocol="TCP", options=options
    )
    assert "sackOK" in step_text(event, EN).text
