"""Converts what the kernel reports about a socket, in any form, to the model's `SocketState`."""

import socket

from walkthrough.capture.addresses import socket_address
from walkthrough.capture.kernel.borrow import BorrowedSocket
from walkthrough.capture.kernel.netlink import LISTEN, InetSocket, UnixSocket
from walkthrough.capture.kernel.owners import OWNERS
from walkthrough.model.kernel_state import SocketState
from walkthrough.model.linux.constants import AF, SOCK_TYPE, TCP_STATE
from walkthrough.model.values import SocketAddress

PROTOCOLS = {socket.IPPROTO_TCP: "TCP", socket.IPPROTO_UDP: "UDP", 262: "MPTCP"}


def inet_state(row: InetSocket, owner: str, fd: int | None, protocol: str) -> SocketState:
    """Convert a row of sock_diag or of ``/proc/net/tcp``; ``fd`` is the server's, if it has one."""
    listener = row.state == LISTEN
    return SocketState(
        owner=owner,
        family=AF[row.family],
        type="SOCK_DGRAM" if protocol == "UDP" else "SOCK_STREAM",
        protocol=protocol,
        state=state_name(row.state),
        local=_inet_address(row.family, row.local, row.local_port),
        remote=_inet_address(row.family, row.remote, row.remote_port) if row.remote_port else None,
        inode=row.inode,
        fd=fd,
        accept_queue=row.receive_queue if listener else None,
        backlog=row.send_queue if listener and row.send_queue >= 0 else None,
        receive_queue=None if listener else row.receive_queue,
        send_queue=None if listener else row.send_queue,
        v6only=row.v6only,
    )


def borrowed_state(answer: BorrowedSocket, inode: int, fd: int) -> SocketState:
    """Convert what a socket of the server said about itself."""
    listener = answer.state == LISTEN
    return SocketState(
        owner="server",
        family=AF[answer.family],
        type=SOCK_TYPE.get(answer.type, str(answer.type)),
        protocol=PROTOCOLS.get(answer.protocol, ""),
        state=state_name(answer.state),
        local=socket_address(answer.family, answer.local),
        remote=None if answer.remote is None else socket_address(answer.family, answer.remote),
        inode=inode,
        fd=fd,
        accept_queue=answer.receive_queue if listener and answer.receive_queue >= 0 else None,
        backlog=answer.send_queue if listener and answer.send_queue >= 0 else None,
        receive_queue=None if listener or answer.receive_queue < 0 else answer.receive_queue,
        send_queue=None if listener or answer.send_queue < 0 else answer.send_queue,
    )


def unix_state(there: UnixSocket, owner: str, local: SocketAddress | None = None) -> SocketState:
    """Convert a row of sock_diag about a unix socket; ``local`` if its address is known better."""
    listener = there.state == LISTEN
    return SocketState(
        owner=owner,
        family="AF_UNIX",
        type=SOCK_TYPE.get(there.type, str(there.type)),
        protocol="",
        state=state_name(there.state),
        local=local or socket_address(socket.AF_UNIX, there.name.rstrip(b"\0")),
        inode=there.inode,
        accept_queue=there.receive_queue if listener else None,
        backlog=there.send_queue if listener else None,
        receive_queue=None if listener else there.receive_queue,
        send_queue=None if listener else there.send_queue,
    )


def state_name(number: int) -> str:
    """Return the name of a TCP state, which unix and UDP sockets have as well."""
    return TCP_STATE.get(number, str(number))


def in_order(each: SocketState) -> tuple[object, ...]:
    """Sort key: the server's own sockets first, by descriptor; then by port."""
    remote = each.remote
    return (
        OWNERS.index(each.owner),
        -1 if each.fd is None else each.fd,
        each.local.port,
        remote.port if remote else 0,
        each.local.host,
        each.inode,
    )


def _inet_address(family: int, host: bytes, port: int) -> SocketAddress:
    return SocketAddress(AF[family], host=socket.inet_ntop(family, host), port=port)
