"""Joins what /proc, netlink and borrowed descriptors tell into the kernel's view of one server.

Decides which sockets concern the server and whose each is. Nothing that cannot be read is an
exception here: it becomes a sentence in ``unavailable``.
"""

import socket
from typing import NamedTuple, Self

from walkthrough.capture.addresses import socket_address
from walkthrough.capture.kernel import proc
from walkthrough.capture.kernel.borrow import BorrowedSocket, Borrower
from walkthrough.capture.kernel.netlink import (
    LISTEN,
    LISTENING,
    NOT_LISTENING,
    Diag,
    InetSocket,
    UnixSocket,
)
from walkthrough.model.constants import AF, SOCK_TYPE, TCP_STATE
from walkthrough.model.kernel import EpollState, KernelState, SocketState
from walkthrough.model.values import SocketAddress

_FAMILIES = (socket.AF_INET, socket.AF_INET6)
_OWNERS = ("server", "queue", "client", "kernel")
_PROTOCOLS = {socket.IPPROTO_TCP: "TCP", socket.IPPROTO_UDP: "UDP", 262: "MPTCP"}
# A connection that the server has not accepted, or that its peer has already half-closed. In
# every other state a socket without a process is one that somebody has let go of.
_COMPLETE = (1, 8)  # ESTABLISHED, CLOSE_WAIT
_MAPPED = b"\0" * 10 + b"\xff" * 2  # ::ffff:0:0/96, RFC 4291 2.5.5.2
_PORTS_REMEMBERED = 64


class _Listener(NamedTuple):
    host: bytes
    port: int

    def covers(self, host: bytes, port: int) -> bool:
        return port == self.port and (not any(self.host) or host == self.host)


class Observer:
    """Reads the kernel's view of process ``pid`` again and again. Belongs to one thread.

    Args:
        pid: The process.
        private: Link targets of descriptors that are none of the server's doing, left out.
    """

    def __init__(self, pid: int, private: frozenset[str] = frozenset()) -> None:
        self._pid = pid
        self._private = private
        self._borrower = Borrower(pid)
        self._diag: Diag | None = None
        self._no_diag = ""
        self._protocols: dict[int, int] = {}
        # Addresses the server has listened on, newest last: closing does not end what is left.
        self._listeners: dict[_Listener, None] = {}
        self._missing: list[str] = []
        if not proc.same_network(pid):
            self._no_diag = "it is in another network namespace"
        else:
            try:
                self._diag = Diag()
            except OSError as error:
                self._no_diag = error.strerror or "refused"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back what is kept open. Idempotent."""
        self._borrower.close()
        if self._diag is not None:
            self._diag.close()
            self._diag = None

    def observe(self) -> KernelState:
        """Return the kernel's view of the process now; the same state gives the same value.

        Never raises: what cannot be read is named in ``unavailable``.
        """
        self._missing = []
        try:
            descriptors = tuple(
                each
                for each in proc.read_descriptors(self._pid)
                if each.target not in self._private
            )
        except OSError as error:
            reason = f"Descriptors of process {self._pid}: {error.strerror}"
            return KernelState(unavailable=(reason,))
        epolls = [self._epoll(each.fd) for each in descriptors if each.kind == "epoll"]
        owned: dict[int, int] = {}
        for each in descriptors:
            if each.kind == "socket":
                owned.setdefault(each.inode, each.fd)
        return KernelState(
            descriptors=descriptors,
            sockets=self._sockets(owned),
            epolls=tuple(epoll for epoll in epolls if epoll is not None),
            unavailable=tuple(dict.fromkeys(self._missing)),
        )

    def _epoll(self, fd: int) -> EpollState | None:
        try:
            return proc.read_epoll(self._pid, fd)
        except OSError as error:
            self._missing.append(f"Interest list of epoll {fd}: {error.strerror}")
            return None

    def _sockets(self, owned: dict[int, int]) -> tuple[SocketState, ...]:
        if not owned and not self._listeners:
            return ()
        self._learn_protocols(owned)
        found: list[SocketState] = []
        rows = self._tcp(LISTENING, frozenset())
        listening = [row for row in rows if row.inode in owned]
        live = [_Listener(_plain(row.local), row.local_port) for row in listening]
        for listener in live:
            self._listeners.pop(listener, None)
            self._listeners[listener] = None
        while len(self._listeners) > _PORTS_REMEMBERED:
            del self._listeners[next(iter(self._listeners))]
        ports = frozenset(listener.port for listener in self._listeners)
        connections = self._tcp(NOT_LISTENING, ports) if ports else []
        for row in (*listening, *connections):
            owner = self._owner(row, owned, live)
            if owner:
                found.append(self._inet_state(row, owner, owned.get(row.inode)))
        seen = {each.inode for each in found}
        for inode, fd in owned.items():
            if inode not in seen:
                found.extend(self._unlisted(inode, fd, owned))
        return tuple(sorted(found, key=_order))

    def _learn_protocols(self, owned: dict[int, int]) -> None:
        # TCP's list also has the sockets that an MPTCP socket is made of, under its inode.
        for inode, fd in owned.items():
            if inode not in self._protocols:
                try:
                    self._protocols[inode] = self._borrower.ask(fd).protocol
                except OSError:
                    self._protocols[inode] = socket.IPPROTO_TCP
        self._protocols = {n: self._protocols[n] for n in owned}

    def _tcp(self, states: int, ports: frozenset[int]) -> list[InetSocket]:
        rows: list[InetSocket] = []
        for family in _FAMILIES:
            rows.extend(self._tcp_family(family, states, ports))
        return rows

    def _tcp_family(self, family: int, states: int, ports: frozenset[int]) -> list[InetSocket]:
        if self._diag is not None:
            try:
                rows = self._diag.tcp(family, states, ports)
            except OSError as error:
                self._no_diag = error.strerror or "refused"
                self._diag.close()
                self._diag = None
            else:
                return [r for r in rows if not ports or ports & {r.local_port, r.remote_port}]
        try:
            rows = proc.read_tcp_table(self._pid, family)
        except OSError as error:
            if family == socket.AF_INET:  # without IPv6 there is no tcp6, and nothing is missing
                self._missing.append(
                    f"TCP sockets: no sock_diag ({self._no_diag}), no table ({error.strerror})"
                )
            return []
        return [
            row
            for row in rows
            if states >> row.state & 1 and (not ports or ports & {row.local_port, row.remote_port})
        ]

    def _owner(self, row: InetSocket, owned: dict[int, int], live: list[_Listener]) -> str | None:
        """Return whose socket it is, None if the server has nothing to do with it."""
        if row.inode in owned:
            return "server"
        here, there = _plain(row.local), _plain(row.remote)
        if any(each.covers(there, row.remote_port) for each in self._listeners):
            return "client" if row.inode else "kernel"
        if row.inode:
            return None  # another process's, on the same port: SO_REUSEPORT, or a fork
        if row.state in _COMPLETE and any(each.covers(here, row.local_port) for each in live):
            return "queue"
        if any(each.covers(here, row.local_port) for each in self._listeners):
            return "kernel"
        return None

    def _inet_state(self, row: InetSocket, owner: str, fd: int | None) -> SocketState:
        listener = row.state == LISTEN
        accept_queue, backlog = row.receive_queue, row.send_queue
        if listener and backlog < 0 and fd is not None:
            accept_queue, backlog = self._listener_queue(fd, accept_queue)
        return SocketState(
            owner=owner,
            family=AF[row.family],
            type="SOCK_STREAM",
            protocol=_PROTOCOLS.get(self._protocols.get(row.inode, 0), "TCP"),
            state=TCP_STATE.get(row.state, str(row.state)),
            local=_inet_address(row.family, row.local, row.local_port),
            remote=_inet_address(row.family, row.remote, row.remote_port)
            if row.remote_port
            else None,
            inode=row.inode,
            fd=fd,
            accept_queue=accept_queue if listener else None,
            backlog=backlog if listener and backlog >= 0 else None,
            receive_queue=None if listener else row.receive_queue,
            send_queue=None if listener else row.send_queue,
        )

    def _listener_queue(self, fd: int, known: int) -> tuple[int, int]:
        try:
            told = self._borrower.ask(fd)
        except OSError as error:
            self._missing.append(
                f"Backlog of {fd}: no sock_diag ({self._no_diag}), no pidfd_getfd "
                f"({error.strerror})"
            )
            return known, -1
        return told.receive_queue, told.send_queue

    def _unlisted(self, inode: int, fd: int, owned: dict[int, int]) -> list[SocketState]:
        """Return a socket of the server that TCP's lists do not have, and those at its far end."""
        try:
            told = self._borrower.ask(fd)
        except OSError as error:
            self._missing.append(
                f"Socket {fd}: in no list, and pidfd_getfd failed ({error.strerror})"
            )
            return []
        if told.family not in (*_FAMILIES, socket.AF_UNIX):
            return []
        state = _borrowed_state(told, inode, fd)
        if told.family == socket.AF_UNIX and self._diag is not None:
            try:
                return self._unix(state, self._diag, owned)
            except OSError as error:
                self._missing.append(f"Far end of unix socket {fd}: {error.strerror}")
        return [state]

    def _unix(self, state: SocketState, diag: Diag, owned: dict[int, int]) -> list[SocketState]:
        there = diag.unix(state.inode)
        if there is None:
            return [state]
        listener = there.state == LISTEN
        found = [
            SocketState(
                owner=state.owner,
                family=state.family,
                type=state.type,
                protocol=state.protocol,
                state=TCP_STATE.get(there.state, str(there.state)),
                local=state.local,
                remote=state.remote,
                inode=state.inode,
                fd=state.fd,
                accept_queue=there.receive_queue if listener else None,
                backlog=there.send_queue if listener else None,
                receive_queue=None if listener else state.receive_queue,
                send_queue=None if listener else state.send_queue,
            )
        ]
        for inode in (*there.waiting, there.peer):
            far = diag.unix(inode) if inode and inode not in owned else None
            if far is not None:
                found.append(_unix_client(far, state.local))
        return found


def _plain(host: bytes) -> bytes:
    """Return an address in its shortest form, so that both ends of a connection compare equal."""
    return host[12:] if len(host) == 16 and host.startswith(_MAPPED) else host


def _inet_address(family: int, host: bytes, port: int) -> SocketAddress:
    return SocketAddress(AF[family], host=socket.inet_ntop(family, host), port=port)


def _borrowed_state(told: BorrowedSocket, inode: int, fd: int) -> SocketState:
    listener = told.state == LISTEN
    return SocketState(
        owner="server",
        family=AF[told.family],
        type=SOCK_TYPE.get(told.type, str(told.type)),
        protocol=_PROTOCOLS.get(told.protocol, ""),
        state=TCP_STATE.get(told.state, str(told.state)),
        local=socket_address(told.family, told.local),
        remote=None if told.remote is None else socket_address(told.family, told.remote),
        inode=inode,
        fd=fd,
        accept_queue=told.receive_queue if listener and told.receive_queue >= 0 else None,
        backlog=told.send_queue if listener and told.send_queue >= 0 else None,
        receive_queue=None if listener or told.receive_queue < 0 else told.receive_queue,
        send_queue=None if listener or told.send_queue < 0 else told.send_queue,
    )


def _unix_client(far: UnixSocket, remote: SocketAddress) -> SocketState:
    return SocketState(
        owner="client",
        family="AF_UNIX",
        type=SOCK_TYPE.get(far.type, str(far.type)),
        protocol="",
        state=TCP_STATE.get(far.state, str(far.state)),
        local=SocketAddress("AF_UNIX", path=far.name.rstrip(b"\0").decode("utf-8", "replace")),
        remote=remote,
        inode=far.inode,
        receive_queue=far.receive_queue,
        send_queue=far.send_queue,
    )


def _order(each: SocketState) -> tuple[object, ...]:
    remote = each.remote
    return (
        _OWNERS.index(each.owner),
        -1 if each.fd is None else each.fd,
        each.local.port,
        remote.port if remote else 0,
        each.local.host,
        each.inode,
    )
