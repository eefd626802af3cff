"""A ring of captured packets that the kernel fills, see packet(7): AF_PACKET with PACKET_RX_RING.

A ring, and not a socket that is read packet by packet, because one write of the server may send
more than a socket's buffer holds, and because the kernel notes the time of each packet in it.
"""

import contextlib
import ctypes
import mmap
import socket
import struct
from typing import NamedTuple

from walkthrough.model.events import PacketCapture

INTERFACE = "lo"
SNAP_LENGTH = 1600
"""How many bytes of a packet are kept: all headers that there are, and what a lesson sends."""
_LINKTYPE_ETHERNET = 1

_FRAME = 2048
"""Bytes for a packet in the ring, its description (82 at most) included."""
_FRAMES = 4096
"""Packets that may wait for us: one act of a client, or one call of the server, sends far fewer."""
_BLOCK = 1 << 16

# linux/if_packet.h
_SOL_PACKET = 263
_PACKET_RX_RING, _PACKET_STATISTICS, _PACKET_VERSION = 5, 6, 10
_TPACKET_V2 = 1
_RING = struct.Struct("@4I")  # struct tpacket_req
_STATISTICS = struct.Struct("@2I")  # struct tpacket_stats: packets, drops
# struct tpacket2_hdr: status, length, captured, where the frame is, its network header, s, ns
_DESCRIPTION = struct.Struct("@IIIHHII")
_STATUS = struct.Struct("@I")
_KERNEL, _USER = 0, 1
# linux/if_ether.h: what is handed to us is every protocol, or else nothing that is sent
_ETH_P_ALL = 3
# linux/filter.h: of each packet, which passes here on its way out and in, only the former
_SO_ATTACH_FILTER = 26
_STEP = struct.Struct("@HBBI")
_LOAD_HALF, _JUMP_IF_EQUAL, _RETURN = 0x28, 0x15, 0x06
_PACKET_TYPE = 0xFFFFF000 + 4  # SKF_AD_OFF + SKF_AD_PKTTYPE
_PACKET_OUTGOING = 4
_OUTGOING_ALONE = (
    (_LOAD_HALF, 0, 0, _PACKET_TYPE),
    (_JUMP_IF_EQUAL, 0, 1, _PACKET_OUTGOING),
    (_RETURN, 0, 0, SNAP_LENGTH),
    (_RETURN, 0, 0, 0),
)


class CapturedFrame(NamedTuple):
    """A frame as it left.

    Attributes:
        time_ns: When, by the wall clock (CLOCK_REALTIME).
        data: Its first `SNAP_LENGTH` bytes, from the link layer on.
        length: How many bytes it has.
    """

    time_ns: int
    data: bytes
    length: int


class PacketRing:
    """The packets that leave through the loopback interface of this network namespace.

    Needs CAP_NET_RAW in it, when it is made and not afterwards.

    Raises:
        OSError: The kernel does not allow it, or there is no memory for the ring.
    """

    def __init__(self) -> None:
        self._socket = socket.socket(
            socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0
        )  # of no protocol, so that nothing comes before the filter is there
        try:
            steps = b"".join(_STEP.pack(*step) for step in _OUTGOING_ALONE)
            program = ctypes.create_string_buffer(steps)
            self._socket.setsockopt(
                socket.SOL_SOCKET,
                _SO_ATTACH_FILTER,
                struct.pack("@HP", len(_OUTGOING_ALONE), ctypes.addressof(program)),
            )
            self._socket.setsockopt(_SOL_PACKET, _PACKET_VERSION, _TPACKET_V2)
            size = _FRAME * _FRAMES
            self._socket.setsockopt(
                _SOL_PACKET, _PACKET_RX_RING, _RING.pack(_BLOCK, size // _BLOCK, _FRAME, _FRAMES)
            )
            self._memory = mmap.mmap(
                self._socket.fileno(), size, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE
            )
            self._socket.bind((INTERFACE, _ETH_P_ALL))
        except BaseException:
            self._socket.close()
            raise
        self._next = 0
        self._dropped = 0

    @property
    def description(self) -> PacketCapture:
        """What a recording's header says of it."""
        return PacketCapture(INTERFACE, _LINKTYPE_ETHERNET, SNAP_LENGTH)

    def fileno(self) -> int:
        """Return a descriptor that is readable while there are frames."""
        return self._socket.fileno()

    def frames(self) -> list[CapturedFrame]:
        """Return, without blocking, the frames since the last call, in order."""
        found: list[CapturedFrame] = []
        while True:
            at = self._next * _FRAME
            status, length, kept, start, _, seconds, ns = _DESCRIPTION.unpack_from(self._memory, at)
            if not status & _USER:
                return found
            data = self._memory[at + start : at + start + kept]
            found.append(CapturedFrame(seconds * 1_000_000_000 + ns, data, length))
            _STATUS.pack_into(self._memory, at, _KERNEL)
            self._next = (self._next + 1) % _FRAMES

    def dropped(self) -> int:
        """Return how many packets there was no room for so far."""
        with contextlib.suppress(OSError):
            said = self._socket.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, _STATISTICS.size)
            self._dropped += _STATISTICS.unpack(said)[1]  # the kernel forgets what it has told
        return self._dropped

    def close(self) -> None:
        """Stop capturing. Idempotent."""
        self._memory.close()
        self._socket.close()
