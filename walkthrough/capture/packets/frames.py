"""Decodes a captured frame: Ethernet, IPv4 or IPv6, and the header of TCP, UDP or ICMP.

See RFC 791, 8200, 9293, 768 and 792. Whatever is too short is no packet, and no error.
"""

import socket
import struct
from typing import NamedTuple

from walkthrough.capture.packets.ring import CapturedFrame
from walkthrough.model.values import Argument, Data, Several, SocketAddress, Value

_ETHERNET = 14
_IPV4, _IPV6 = 0x0800, 0x86DD
_IPV6_HEADER = 40
_EXTENSIONS = (0, 43, 60)  # hop-by-hop options, routing, destination options: RFC 8200
_TCP, _UDP = 6, 17
_PROTOCOLS = {_TCP: "TCP", _UDP: "UDP", 1: "ICMP", 58: "ICMPv6"}
_PORTS = struct.Struct("!HH")
_TCP_HEADER = struct.Struct("!HHIIBBH")
_TCP_LEAST, _EIGHT = 20, 8
_FLAGS = ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR")
# Kinds of TCP options, by IANA's registry
_END, _PADDING = 0, 1


class DecodedPacket(NamedTuple):
    """What the headers of a frame say, numbers as they are in it.

    Attributes:
        sender: Where it comes from.
        receiver: Where it goes.
        protocol: As in `walkthrough.model.events.PacketCaptured`.
        length: Bytes after the last header.
        flags: TCP's, in the order in which they are usually said.
        sequence: TCP's sequence number;
        acknowledgment: the number that it acknowledges, of meaning with ACK;
        window: and window, unscaled.
        options: TCP's.
    """

    sender: SocketAddress
    receiver: SocketAddress
    protocol: str
    length: int
    flags: tuple[str, ...] = ()
    sequence: int = 0
    acknowledgment: int = 0
    window: int = 0
    options: tuple[Argument, ...] = ()


def decode(frame: CapturedFrame) -> DecodedPacket | None:
    """Return what a frame says; None if it holds no IP packet, or not its headers."""
    data = frame.data
    if len(data) < _ETHERNET:
        return None
    kind = int.from_bytes(data[12:14])
    if kind == _IPV4:
        return _ipv4(data, frame.length)
    if kind == _IPV6:
        return _ipv6(data, frame.length)
    return None


def _ipv4(data: bytes, size: int) -> DecodedPacket | None:
    at = _ETHERNET
    if len(data) < at + 20:
        return None
    header = (data[at] & 0xF) * 4
    ends = [socket.inet_ntop(socket.AF_INET, data[at + n : at + n + 4]) for n in (12, 16)]
    return _transport("AF_INET", ends, data[at + 9], data, at + header, size)


def _ipv6(data: bytes, size: int) -> DecodedPacket | None:
    at = _ETHERNET
    if len(data) < at + _IPV6_HEADER:
        return None
    ends = [socket.inet_ntop(socket.AF_INET6, data[at + n : at + n + 16]) for n in (8, 24)]
    protocol, at = data[at + 6], at + _IPV6_HEADER
    while protocol in _EXTENSIONS:
        if len(data) < at + _EIGHT:
            return None
        protocol, at = data[at], at + (data[at + 1] + 1) * 8
    return _transport("AF_INET6", ends, protocol, data, at, size)


def _transport(
    family: str, ends: list[str], protocol: int, data: bytes, at: int, size: int
) -> DecodedPacket | None:
    """Decode what begins at ``at`` of a frame that had ``size`` bytes."""
    name = _PROTOCOLS.get(protocol, str(protocol))
    if protocol == _TCP:
        return _tcp(family, ends, data, at, size)
    ports = (0, 0)
    if protocol == _UDP:
        if len(data) < at + _EIGHT:
            return None
        ports = _PORTS.unpack_from(data, at)
    sender, receiver = _addresses(family, ends, ports)
    header = _EIGHT if protocol in _PROTOCOLS else 0
    return DecodedPacket(sender, receiver, name, max(size - at - header, 0))


def _tcp(family: str, ends: list[str], data: bytes, at: int, size: int) -> DecodedPacket | None:
    if len(data) < at + _TCP_LEAST:
        return None
    source, target, sequence, acknowledgment, offset, bits, window = _TCP_HEADER.unpack_from(
        data, at
    )
    header = max((offset >> 4) * 4, _TCP_LEAST)
    sender, receiver = _addresses(family, ends, (source, target))
    return DecodedPacket(
        sender,
        receiver,
        "TCP",
        max(size - at - header, 0),
        _flags(bits),
        sequence,
        acknowledgment,
        window,
        _options(data[at + _TCP_LEAST : at + header]),
    )


def _addresses(
    family: str, ends: list[str], ports: tuple[int, ...]
) -> tuple[SocketAddress, SocketAddress]:
    return (
        SocketAddress(family, host=ends[0], port=ports[0]),
        SocketAddress(family, host=ends[1], port=ports[1]),
    )


def _flags(bits: int) -> tuple[str, ...]:
    """Name the flags: what opens or ends a connection first, then the rest."""
    names = {name for bit, name in enumerate(_FLAGS) if bits >> bit & 1}
    order = ("SYN", "FIN", "RST", "PSH", "ACK", "URG", "ECE", "CWR")
    return tuple(name for name in order if name in names)


def _options(data: bytes) -> tuple[Argument, ...]:
    found = []
    at = 0
    while at < len(data) and data[at] != _END:
        if data[at] == _PADDING:
            at += 1
            continue
        size = data[at + 1] if at + 1 < len(data) else 0
        if size < 2 or at + size > len(data):
            break  # broken, and so is whatever follows
        found.append(_option(data[at], data[at + 2 : at + size]))
        at += size
    return tuple(found)


def _option(kind: int, data: bytes) -> Argument:
    value: Value = Data(data, len(data))
    match kind, len(data):
        case 2, 2:
            return Argument("mss", int.from_bytes(data))
        case 3, 1:
            return Argument("window_scale", data[0])
        case 4, 0:
            return Argument("sack_permitted", True)
        case 5, size if size % 8 == 0:
            edges = tuple(int.from_bytes(data[n : n + 4]) for n in range(0, size, 4))
            return Argument("sack", Several(edges))
        case 8, 8:
            both = (int.from_bytes(data[:4]), int.from_bytes(data[4:]))
            return Argument("timestamp", Several(both))
        case 30, _:
            return Argument("mptcp", value)
        case 34, _:
            return Argument("fast_open", value)
    return Argument(f"option {kind}", value)
