"""What the headers of a frame say; what is broken is no packet, and no error."""

import random

import pytest

from tests.support.made_frames import other, tcp, udp
from walkthrough.capture.packets.frames import decode
from walkthrough.capture.packets.ring import CapturedFrame
from walkthrough.model.values import Argument, Data, Several, SocketAddress

SYN_OPTIONS = bytes.fromhex("0204ffd7 0402 080a 00000007 00000009 01 030307")


def test_a_syn_with_its_options() -> None:
    found = decode(tcp((50000, 80), "SYN", 4294967295, options=SYN_OPTIONS, window=65495))
    assert found is not None
    assert found.sender == SocketAddress("AF_INET", "127.0.0.1", 50000)
    assert found.receiver == SocketAddress("AF_INET", "127.0.0.1", 80)
    assert (found.protocol, found.flags, found.length) == ("TCP", ("SYN",), 0)
    assert (found.sequence, found.window) == (4294967295, 65495)
    assert found.options == (
        Argument("mss", 65495),
        Argument("sack_permitted", True),
        Argument("timestamp", Several((7, 9))),
        Argument("window_scale", 7),
    )


def test_what_opens_and_ends_a_connection_is_named_first() -> None:
    every = decode(tcp((1, 2), "CWR ECE URG ACK PSH RST SYN FIN"))
    assert every is not None
    assert every.flags == ("SYN", "FIN", "RST", "PSH", "ACK", "URG", "ECE", "CWR")


def test_ipv6_and_the_length_of_what_was_cut_off() -> None:
    found = decode(tcp((1, 2), "PSH ACK", data=bytes(5000), hosts=("::1", "::2"), kept=1600))
    assert found is not None
    assert found.sender == SocketAddress("AF_INET6", "::1", 1)
    assert found.receiver == SocketAddress("AF_INET6", "::2", 2)
    assert found.length == 5000


def test_an_extension_header_is_passed_by() -> None:
    segment = tcp((1, 2), "ACK", data=b"xyz", hosts=("::1", "::1")).data[54:]
    found = decode(other(0, b"\x06\x00" + bytes(6) + segment, ("::1", "::1")))
    assert found is not None
    assert (found.protocol, found.flags, found.length) == ("TCP", ("ACK",), 3)


@pytest.mark.parametrize(
    ("protocol", "hosts", "name", "length"),
    [
        (1, ("127.0.0.1", "127.0.0.1"), "ICMP", 12),
        (58, ("::1", "::1"), "ICMPv6", 12),
        (132, ("::1", "::1"), "132", 20),
    ],
)
def test_other_protocols(protocol: int, hosts: tuple[str, str], name: str, length: int) -> None:
    found = decode(other(protocol, bytes(20), hosts))
    assert found is not None
    assert (found.protocol, found.length, found.sender.port) == (name, length, 0)


def test_a_datagram() -> None:
    found = decode(udp((5, 6), b"hello"))
    assert found is not None
    assert (found.protocol, found.length) == ("UDP", 5)
    assert (found.sender.port, found.receiver.port) == (5, 6)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (b"\x05\x0a" + bytes(4) + b"\0\0\0\x09", [Argument("sack", Several((0, 9)))]),
        (b"\x1e\x04\x01\x02", [Argument("mptcp", Data(b"\x01\x02", 2))]),
        (b"\x22\x02", [Argument("fast_open", Data(b"", 0))]),
        (b"\x02\x03\x01", [Argument("option 2", Data(b"\x01", 1))]),
        (b"\x01\x01\xfd\x02", [Argument("option 253", Data(b"", 0))]),
        (b"\x02\x00", []),  # shorter than itself
        (b"\x08\xff\x01\x02", []),  # longer than the header
        (b"\x00\x02\x04\x00", []),  # after the end
    ],
)
def test_options_of_every_kind_and_broken_ones(options: bytes, told: list[Argument]) -> None:
    found = decode(tcp((1, 2), "ACK", options=options))
    assert found is not None
    assert list(found.options) == told


def test_whatever_is_cut_or_changed_raises_nothing() -> None:
    chance = random.Random(18)
    for whole in (
        tcp((1, 2), "SYN", options=SYN_OPTIONS, data=b"x" * 9),
        tcp((1, 2), "SYN", options=SYN_OPTIONS, hosts=("::1", "::1")),
        udp((1, 2), b"x"),
    ):
        headers = len(whole.data)
        for cut in range(headers):
            found = decode(whole._replace(data=whole.data[:cut]))
            assert found is None or cut >= 34
        for _ in range(500):
            mixed = bytearray(whole.data)
            for _ in range(chance.randint(1, 6)):
                mixed[chance.randrange(headers)] = chance.randrange(256)
            decode(whole._replace(data=bytes(mixed)))
    assert decode(CapturedFrame(0, bytes(60), 60)) is None  # no IP
