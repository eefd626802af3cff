"""Asks the kernel for sockets by netlink, see sock_diag(7) and uapi/linux/inet_diag.h.

Only bytes in and typed rows out: the owners of sockets are not known here.
"""

import errno
import os
import socket
import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol, Self

_NETLINK_SOCK_DIAG = 4
_TCPDIAG_GETSOCK, _SOCK_DIAG_BY_FAMILY = 18, 20
_NLMSG_ERROR = 2
_NLMSG_DONE = 3
_NLM_F_REQUEST = 0x1
_NLM_F_DUMP_INTR = 0x10
_NLM_F_DUMP = 0x300
_NO_COOKIE = b"\xff" * 8

_HEADER = struct.Struct("=IHHII")  # nlmsghdr: length, type, flags, seq, port
_ATTRIBUTE = struct.Struct("=HH")  # nlattr: length, type
_INET_REQUEST = struct.Struct("=BBBxI48x")  # inet_diag_req_v2: family, protocol, wanted, states
_TCP_REQUEST = struct.Struct("=3xB48xI4x")  # inet_diag_req: wanted, states
# inet_diag_msg: family, state; ports in network order; addresses; queues; inode
_INET_ROW = struct.Struct("=BB2x2s2s16s16s4x8x4xII4xI")
_UNIX_REQUEST = struct.Struct("=BBHIII8s")  # unix_diag_req
_UNIX_ROW = struct.Struct("=BBBxI8x")  # unix_diag_msg: family, type, state, inode
_PORT_TEST = struct.Struct("=BBHBBH")  # inet_diag_bc_op twice: the test, then its port in `no`
_JUMP = struct.Struct("=BBH")

_INET_DIAG_REQ_BYTECODE = 1
_INET_DIAG_SKMEMINFO, _INET_DIAG_SKV6ONLY = 7, 11
_WANT_MEMORY = 1 << (_INET_DIAG_SKMEMINFO - 1)
_MEMORY = struct.Struct("=9I")  # SK_MEMINFO_RMEM_ALLOC .. SK_MEMINFO_DROPS, uapi/linux/sock_diag.h
_BC_JMP, _BC_S_EQ, _BC_D_EQ = 1, 11, 12
_UDIAG_SHOW = 0x1 | 0x4 | 0x8 | 0x10  # name, peer, waiting connections, queue lengths
_UNIX_DIAG_NAME, _UNIX_DIAG_PEER, _UNIX_DIAG_ICONS, _UNIX_DIAG_RQLEN = 0, 2, 3, 4

CLOSE, LISTEN = 7, 10
LISTENING = 1 << LISTEN
ALL_STATES = 0x1FFE  # 1 to 12; 12 is what the kernel keeps SYN_RECV under
NOT_LISTENING = ALL_STATES & ~LISTENING
_ANSWER_BYTES = 1 << 16
_ATTEMPTS = 3


class InetSocket(NamedTuple):
    """One TCP or UDP socket, with its addresses as the kernel has them.

    Attributes:
        family: AF_INET or AF_INET6 as a number.
        state: Number of the TCP state.
        local: Packed local address, 4 or 16 bytes.
        local_port: Local port.
        remote: Packed remote address.
        remote_port: Remote port, 0 for none.
        receive_queue: Bytes waiting to be read, of UDP the memory they take up; of a listener
            the connections waiting.
        send_queue: Bytes not yet acknowledged; of a listener its backlog, -1 if unknown.
        inode: 0 if no process holds it.
        v6only: IPV6_V6ONLY of a listener or an unconnected socket; None if unknown.
    """

    family: int
    state: int
    local: bytes
    local_port: int
    remote: bytes
    remote_port: int
    receive_queue: int
    send_queue: int
    inode: int
    v6only: bool | None = None


class UnixSocket(NamedTuple):
    """One unix socket; ``peer`` is an inode, ``waiting`` the inodes of connected clients."""

    type: int
    state: int
    inode: int
    name: bytes
    peer: int
    waiting: tuple[int, ...]
    receive_queue: int
    send_queue: int


class NetlinkChannel(Protocol):
    """What `SockDiag` needs of a netlink socket; tests pass a fake."""

    def send(self, data: bytes, /) -> int:
        """Send one question."""

    def recv(self, size: int, /) -> bytes:
        """Return the next part of the answer."""

    def close(self) -> None:
        """Close it."""


def connect() -> NetlinkChannel:
    """Open a netlink socket to the kernel's sock_diag; raises OSError if that is refused."""
    channel = socket.socket(
        socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETLINK_SOCK_DIAG
    )
    # The kernel answers at once; the limit only keeps a fault from blocking everything.
    channel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("@ll", 1, 0))
    return channel


class SockDiag:
    """A netlink socket kept open for many queries. Belongs to one thread.

    Every method raises OSError if the kernel refuses or does not answer within a second.
    """

    def __init__(self, channel: NetlinkChannel | None = None) -> None:
        """Ask over ``channel``, else over a new netlink socket."""
        self._socket = connect() if channel is None else channel
        self._seq = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the socket. Idempotent."""
        self._socket.close()

    def tcp(self, states: int, ports: Iterable[int] = ()) -> list[InetSocket]:
        """List the TCP sockets, those of IPv4 first.

        Args:
            states: Bit n asks for state n.
            ports: If any, only sockets with one of them at either end: the kernel filters.
        """
        rows = [decode_inet(row) for row in self._tcp(states, ports)]
        return sorted(rows, key=lambda row: row.family)

    def udp(self, family: int) -> list[InetSocket]:
        """List the UDP sockets of one address family."""
        request = _INET_REQUEST.pack(family, socket.IPPROTO_UDP, 0, ALL_STATES)
        return [decode_inet(row) for row in self._ask(request, dump=True)]

    def tcp_memory(self, ports: Iterable[int]) -> list[tuple[InetSocket, int]]:
        """List the TCP sockets that `tcp` would, each with the bytes it holds in buffers."""
        rows = self._tcp(NOT_LISTENING, ports, _WANT_MEMORY)
        return [(decode_inet(row), decode_memory(row)) for row in rows]

    def _tcp(self, states: int, ports: Iterable[int], wanted: int = 0) -> list[bytes]:
        # The kernel goes through its whole table for each question, and that is most of what
        # observing costs. Only the older kind of question is about both address families.
        request = _TCP_REQUEST.pack(wanted, states)
        program = port_filter(ports)
        try:
            return self._ask(request + program, dump=True, kind=_TCPDIAG_GETSOCK)
        except OSError as error:
            if not program or error.errno != errno.EINVAL:
                raise
            # A kernel without the test for equality (before 4.16): take all.
            return self._ask(request, dump=True, kind=_TCPDIAG_GETSOCK)

    def unix(self, inode: int) -> UnixSocket | None:
        """Return the unix socket ``inode``, or None if there is no such (unix) socket."""
        request = _UNIX_REQUEST.pack(
            socket.AF_UNIX, 0, 0, 0xFFFFFFFF, inode, _UDIAG_SHOW, _NO_COOKIE
        )
        try:
            rows = self._ask(request, dump=False)
        except OSError as error:
            if error.errno == errno.ENOENT:
                return None
            raise
        return decode_unix(rows[0]) if rows else None

    def _ask(self, request: bytes, *, dump: bool, kind: int = _SOCK_DIAG_BY_FAMILY) -> list[bytes]:
        rows: list[bytes] = []
        for _ in range(_ATTEMPTS):
            self._seq += 1
            flags = _NLM_F_REQUEST | (_NLM_F_DUMP if dump else 0)
            head = _HEADER.pack(_HEADER.size + len(request), kind, flags, self._seq, 0)
            self._socket.send(head + request)
            rows, whole = self._answer(dump)
            if whole:
                break
        # Still changing after all attempts: a slightly mixed view is the best possible.
        return rows

    def _answer(self, dump: bool) -> tuple[list[bytes], bool]:
        rows: list[bytes] = []
        whole = True
        while True:
            for kind, flags, body in split(self._socket.recv(_ANSWER_BYTES), self._seq):
                if flags & _NLM_F_DUMP_INTR:
                    whole = False
                if kind in (_TCPDIAG_GETSOCK, _SOCK_DIAG_BY_FAMILY):
                    rows.append(body)
                    if not dump:
                        return rows, whole
                elif kind in (_NLMSG_DONE, _NLMSG_ERROR):
                    code = struct.unpack_from("=i", body)[0] if len(body) >= 4 else 0
                    if code < 0:
                        raise OSError(-code, os.strerror(-code))
                    return rows, whole


def split(answer: bytes, seq: int) -> Iterator[tuple[int, int, bytes]]:
    """Split an answer into messages (type, flags, body); those with another ``seq`` are old."""
    at = 0
    while at + _HEADER.size <= len(answer):
        length, kind, flags, number, _ = _HEADER.unpack_from(answer, at)
        if length < _HEADER.size or at + length > len(answer):
            return
        if number == seq:
            yield kind, flags, answer[at + _HEADER.size : at + length]
        at += (length + 3) & ~3


def decode_inet(row: bytes) -> InetSocket:
    """Decode a ``struct inet_diag_msg``; raises OSError if it is too short."""
    if len(row) < _INET_ROW.size:
        raise OSError(errno.EBADMSG, "a socket's description is too short")
    (family, state, local_port, remote_port, local, remote, receive, send, inode) = (
        _INET_ROW.unpack_from(row)
    )
    size = 4 if family == socket.AF_INET else 16
    v6only = None
    if size == 16 and state in (CLOSE, LISTEN):
        attribute = _attributes(row, _INET_ROW.size).get(_INET_DIAG_SKV6ONLY)
        v6only = any(attribute) if attribute else None
    return InetSocket(
        family,
        state,
        local[:size],
        int.from_bytes(local_port, "big"),
        remote[:size],
        int.from_bytes(remote_port, "big"),
        receive,
        send,
        inode,
        v6only,
    )


def decode_memory(row: bytes) -> int:
    """Return the bytes that a socket holds in buffers, 0 if that is unknown.

    Received bytes, bytes to be sent, and what is reserved for either.
    """
    attribute = _attributes(row, _INET_ROW.size).get(_INET_DIAG_SKMEMINFO, b"")
    if len(attribute) < _MEMORY.size:
        return 0
    received, _, _, _, set_aside, to_send, options, backlog, _ = _MEMORY.unpack_from(attribute)
    return int(received + set_aside + to_send + options + backlog)


def _attributes(row: bytes, at: int) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    while at + _ATTRIBUTE.size <= len(row):
        length, attribute = _ATTRIBUTE.unpack_from(row, at)
        if length < _ATTRIBUTE.size or at + length > len(row):
            break
        found[attribute] = row[at + _ATTRIBUTE.size : at + length]
        at += (length + 3) & ~3
    return found


def decode_unix(row: bytes) -> UnixSocket:
    """Decode a ``struct unix_diag_msg`` and its attributes; raises OSError if it is too short."""
    if len(row) < _UNIX_ROW.size:
        raise OSError(errno.EBADMSG, "a socket's description is too short")
    _, kind, state, inode = _UNIX_ROW.unpack_from(row)
    found = _attributes(row, _UNIX_ROW.size)
    peer = found.get(_UNIX_DIAG_PEER, b"")
    waiting = found.get(_UNIX_DIAG_ICONS, b"")
    queues = found.get(_UNIX_DIAG_RQLEN, b"").ljust(8, b"\0")
    receive, send = struct.unpack_from("=II", queues)
    return UnixSocket(
        type=kind,
        state=state,
        inode=inode,
        name=found.get(_UNIX_DIAG_NAME, b""),
        peer=struct.unpack("=I", peer)[0] if len(peer) == 4 else 0,
        waiting=tuple(n for (n,) in struct.iter_unpack("=I", waiting[: len(waiting) & ~3])),
        receive_queue=receive,
        send_queue=send,
    )


def port_filter(ports: Iterable[int]) -> bytes:
    """Encode "either end has one of these ports" as an attribute; b"" if there are none.

    The kernel runs the program on each socket: a jump to the program's end accepts it, a jump
    beyond rejects it (net/ipv4/inet_diag.c inet_diag_bc_run()).
    """
    tests = [(code, port) for port in sorted(set(ports)) for code in (_BC_S_EQ, _BC_D_EQ)]
    if not tests:
        return b""
    unit = _PORT_TEST.size + _JUMP.size
    length = len(tests) * unit + _JUMP.size
    if length > 0xF000:
        return b""
    program = bytearray()
    for code, port in tests:
        program += _PORT_TEST.pack(code, _PORT_TEST.size, unit, 0, 0, port)
        program += _JUMP.pack(_BC_JMP, _JUMP.size, length - len(program))
    program += _JUMP.pack(_BC_JMP, _JUMP.size, 2 * _JUMP.size)
    return _ATTRIBUTE.pack(_ATTRIBUTE.size + length, _INET_DIAG_REQ_BYTECODE) + bytes(program)
