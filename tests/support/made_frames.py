"""Frames as the loopback interface has them, made from their parts."""

import socket
import struct

from walkthrough.capture.packets.ring import CapturedFrame

BITS = {
    name: 1 << bit
    for bit, name in enumerate(["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"])
}


def tcp(
    ports: tuple[int, int],
    flags: str,
    sequence: int = 0,
    acknowledgment: int = 0,
    data: bytes = b"",
    *,
    options: bytes = b"",
    window: int = 64,
    hosts: tuple[str, str] = ("127.0.0.1", "127.0.0.1"),
    time_ns: int = 0,
    kept: int | None = None,
) -> CapturedFrame:
    """Make a frame of TCP; ``flags`` are its names, with a space between them."""
    options += bytes(-len(options) % 4)
    bits = sum(BITS[name] for name in flags.split())
    header = struct.pack(
        "!HHIIBBHHH",
        *ports,
        sequence % 2**32,
        acknowledgment % 2**32,
        (20 + len(options)) // 4 << 4,
        bits,
        window,
        0,
        0,
    )
    return _frame(6, header + options + data, hosts, time_ns, kept)


def udp(
    ports: tuple[int, int], data: bytes, hosts: tuple[str, str] = ("127.0.0.1", "127.0.0.1")
) -> CapturedFrame:
    """Make a frame of UDP."""
    return _frame(17, struct.pack("!HHHH", *ports, 8 + len(data), 0) + data, hosts, 0, None)


def other(protocol: int, data: bytes, hosts: tuple[str, str]) -> CapturedFrame:
    """Make a frame of another protocol."""
    return _frame(protocol, data, hosts, 0, None)


def _frame(
    protocol: int, inner: bytes, hosts: tuple[str, str], time_ns: int, kept: int | None
) -> CapturedFrame:
    if ":" in hosts[0]:
        ends = b"".join(socket.inet_pton(socket.AF_INET6, host) for host in hosts)
        packet = struct.pack("!IHBB", 6 << 28, len(inner), protocol, 64) + ends + inner
    else:
        ends = b"".join(socket.inet_aton(host) for host in hosts)
        size = 20 + len(inner)
        packet = struct.pack("!BBHHHBBH", 0x45, 0, size, 0, 0, 64, protocol, 0) + ends + inner
    whole = bytes(12) + (b"\x86\xdd" if ":" in hosts[0] else b"\x08\x00") + packet
    return CapturedFrame(time_ns, whole[:kept], len(whole))
