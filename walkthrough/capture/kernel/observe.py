"""Joins /proc, netlink and duplicated descriptors into the kernel's view of one server.

Decides which sockets are queried and which are listed. What cannot be read is not an
exception here: it becomes a sentence in ``unavailable``.
"""

import heapq
import os
import socket
from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple, Self

from walkthrough.capture.kernel import proc
from walkthrough.capture.kernel.borrow import SocketBorrower
from walkthrough.capture.kernel.netlink import LISTENING, NOT_LISTENING, InetSocket, SockDiag
from walkthrough.capture.kernel.owners import BoundAddresses, SocketOwners, TimeWaitLeftovers
from walkthrough.capture.kernel.states import (
    PROTOCOLS,
    borrowed_state,
    in_order,
    inet_state,
    state_name,
)
from walkthrough.capture.kernel.unix_ends import unix_sockets
from walkthrough.i18n.messages import Message, message
from walkthrough.i18n.system_errors import system_error_text
from walkthrough.model.kernel_state import (
    Beyond,
    EpollState,
    KernelState,
    NeighbourState,
    SocketState,
    unavailable,
)
from walkthrough.model.linux.constants import TCP_STATE

LISTED = 64
"""Up to this many descriptors, interests and sockets of each owner are all listed."""
EXAMPLES = 16
"""Of more than that, this many are listed, and the rest are counted."""
_FAMILIES = (socket.AF_INET, socket.AF_INET6)
_ESTABLISHED = next(number for number, name in TCP_STATE.items() if name == "ESTABLISHED")
_MOST_ASKED = 256


class _Found(NamedTuple):
    """A socket of a list, and its owner."""

    owner: str
    row: InetSocket
    protocol: str


class KernelObserver:
    """Reads the kernel's view of process ``pid`` again and again. Belongs to one thread.

    Args:
        pid: The process.
        private: Link targets of descriptors that are not the server's own, to be left out.
        neighbour: A socket of ours that counts as the neighbour's.
        sharing: Returns what another process does and has that shares the server's listeners.
    """

    def __init__(
        self,
        pid: int,
        private: frozenset[str] = frozenset(),
        neighbour: socket.socket | None = None,
        sharing: Callable[[], NeighbourState] | None = None,
    ) -> None:
        self._pid = pid
        self._private = private
        self._borrower = SocketBorrower(pid)
        self._diag: SockDiag | None = None
        self._no_diag: Message | str = ""
        self._protocols: dict[int, int] = {}
        self._served = BoundAddresses()
        self._datagrams = BoundAddresses()
        self._theirs = BoundAddresses()
        self._fresh = BoundAddresses()
        self._leftovers = TimeWaitLeftovers()
        self._neighbour = 0
        self._sharing = sharing
        self._theirs_now: frozenset[int] = frozenset()
        if neighbour is not None:
            self._neighbour = os.fstat(neighbour.fileno()).st_ino
            if neighbour.family in _FAMILIES:
                host, port = neighbour.getsockname()[:2]
                for addresses in (self._theirs, self._fresh):
                    addresses.add(socket.inet_pton(neighbour.family, host), port)
        self._missing: list[Message] = []
        if not proc.same_network(pid):
            self._no_diag = message("it is in another network namespace")
        else:
            try:
                self._diag = SockDiag()
            except OSError as error:
                self._no_diag = system_error_text(error)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close what is kept open. Idempotent."""
        self._borrower.close()
        if self._diag is not None:
            self._diag.close()
            self._diag = None

    def observe(self) -> KernelState:
        """Return the kernel's view of the process now; the same state gives the same value.

        Never raises: what cannot be read is named in ``unavailable``.
        """
        self._missing = []
        sharing = self._sharing() if self._sharing is not None else None
        self._theirs_now = _theirs(self._neighbour, sharing)
        try:
            table = proc.read_descriptors(self._pid, self._private)
        except OSError as error:
            self._missing.append(
                message(
                    "Descriptors of process {process}: {why}",
                    process=self._pid,
                    why=system_error_text(error),
                )
            )
            texts, reasons = unavailable(self._missing)
            return KernelState(unavailable=texts, unavailable_reasons=reasons, neighbour=sharing)
        epolls = [self._epoll(fd) for fd in table.epolls]
        sockets, more = self._sockets(table.sockets)
        descriptors = tuple(
            proc.with_flags(self._pid, each) for each in table.listed[: _room(table.total)]
        )
        watched = 0
        shown = []
        for epoll, interests in filter(None, epolls):
            shown.append(epoll)
            watched += interests - len(epoll.interests)
        beyond = Beyond(table.total - len(descriptors), watched, more)
        texts, reasons = unavailable(self._missing)
        return KernelState(
            descriptors=descriptors,
            sockets=sockets,
            epolls=tuple(shown),
            unavailable=texts,
            unavailable_reasons=reasons,
            beyond=beyond if beyond != Beyond() else None,
            neighbour=sharing,
        )

    def buffers(self) -> int | None:
        """Return the bytes in buffers of the TCP connections to the server, at both ends."""
        if self._diag is None or not self._served:
            return None
        try:
            return sum(n for _, n in self._diag.tcp_memory(self._served.ports))
        except OSError:
            return None

    def _epoll(self, fd: int) -> tuple[EpollState, int] | None:
        """Return what an epoll instance watches, as far as it is listed, and how much it is."""
        try:
            lines = proc.read_interests(self._pid, fd)
        except OSError as error:
            self._missing.append(
                message("Interest list of epoll {fd}: {why}", fd=fd, why=system_error_text(error))
            )
            return None
        listed = lines[: _room(len(lines))]
        return EpollState(fd, tuple(proc.parse_interests("".join(listed)))), len(lines)

    # sockets

    def _sockets(self, owned: dict[int, int]) -> tuple[tuple[SocketState, ...], dict[str, int]]:
        """Return the sockets to be listed, and how many more there are by owner and state."""
        if not (owned or self._served or self._datagrams or self._neighbour):
            return (), {}
        self._protocols = {n: self._protocols[n] for n in owned if n in self._protocols}
        found = self._tcp(owned)
        known = _inodes(found)
        silent = [(inode, fd) for inode, fd in owned.items() if inode not in known]
        asked = [
            state for inode, fd in silent[:_MOST_ASKED] for state in self._ask(inode, fd, owned)
        ]
        if len(silent) > _MOST_ASKED:
            self._missing.append(
                message(
                    "{number} sockets more: too many to ask each",
                    number=len(silent) - _MOST_ASKED,
                )
            )
        if any(state.protocol == "UDP" for state in asked) or self._datagrams:
            datagrams = self._udp(owned)
            known = _inodes(datagrams)
            asked = [state for state in asked if state.inode not in known]
            found += datagrams
        chosen, more = _chosen(found, owned)
        states = [self._state(each, owned.get(each.row.inode)) for each in chosen]
        return tuple(sorted((*states, *asked), key=in_order)), more

    def _tcp(self, owned: dict[int, int]) -> list[_Found]:
        """Return the TCP sockets that concern the server."""
        rows = self._tcp_rows(LISTENING, frozenset())
        ours = {*owned, *self._theirs_now}
        listening = [row for row in rows if row.inode in ours]
        live = BoundAddresses()
        for row in listening:
            if row.inode in owned:
                live.add(row.local, row.local_port)
                if not self._served.cover(row.local, row.local_port):
                    self._fresh.add(row.local, row.local_port)
                self._served.add(row.local, row.local_port)
        ports = self._served.ports | self._theirs.ports
        if ports:
            others = self._tcp_rows(NOT_LISTENING, ports)
            listening += self._leftovers.sift(others, self._fresh)
            self._fresh = BoundAddresses()
        owners = SocketOwners(owned, self._served, live, self._theirs_now, self._theirs)
        owners.weigh(listening)
        return [
            _Found(owner, row, "TCP") for row in listening if (owner := owners.of(row)) is not None
        ]

    def _tcp_rows(self, states: int, ports: frozenset[int]) -> list[InetSocket]:
        if self._diag is not None:
            try:
                rows = self._diag.tcp(states, ports)
            except OSError as error:
                self._no_diag = system_error_text(error)
                self._diag.close()
                self._diag = None
            else:
                return [r for r in rows if not ports or {r.local_port, r.remote_port} & ports]
        return [row for family in _FAMILIES for row in self._table(family, states, ports)]

    def _table(self, family: int, states: int, ports: frozenset[int]) -> list[InetSocket]:
        """Return what /proc lists, where the kernel cannot be queried."""
        try:
            rows = proc.read_tcp_table(self._pid, family)
        except OSError as error:
            if family == socket.AF_INET:  # without IPv6 there is no tcp6, and nothing is missing
                self._missing.append(
                    message(
                        "TCP sockets: no sock_diag ({why}), no table ({error})",
                        why=self._no_diag,
                        error=system_error_text(error),
                    )
                )
            return []
        return [
            row
            for row in rows
            if states >> row.state & 1 and (not ports or {row.local_port, row.remote_port} & ports)
        ]

    def _udp(self, owned: dict[int, int]) -> list[_Found]:
        """Return the UDP sockets of the server and those that talk to them; none if unknown."""
        rows: list[InetSocket] = []
        if self._diag is not None:
            try:
                for family in _FAMILIES:
                    rows.extend(self._diag.udp(family))
            except OSError:
                return []  # then each socket of the server is queried by itself
        for row in rows:
            if row.inode in owned and row.local_port:
                self._datagrams.add(row.local, row.local_port)
        owners = SocketOwners(owned, self._datagrams, BoundAddresses(), self._theirs_now)
        return [_Found(owner, row, "UDP") for row in rows if (owner := owners.of(row)) is not None]

    def _state(self, found: _Found, fd: int | None) -> SocketState:
        row, protocol = found.row, found.protocol
        if protocol == "TCP" and fd is not None:
            # TCP's list also has the sockets that an MPTCP socket is made of, under its inode.
            protocol = PROTOCOLS.get(self._protocol(row.inode, fd), "TCP")
        if LISTENING >> row.state & 1 and row.send_queue < 0 and fd is not None:
            row = self._with_backlog(row, fd)
        return inet_state(row, found.owner, fd, protocol)

    def _protocol(self, inode: int, fd: int) -> int:
        if inode not in self._protocols:
            try:
                self._protocols[inode] = self._borrower.ask(fd).protocol
            except OSError:
                self._protocols[inode] = socket.IPPROTO_TCP
        return self._protocols[inode]

    def _with_backlog(self, row: InetSocket, fd: int) -> InetSocket:
        try:
            borrowed = self._borrower.ask(fd)
        except OSError as error:
            self._missing.append(
                message(
                    "Backlog of {fd}: no sock_diag ({why}), no pidfd_getfd ({error})",
                    fd=fd,
                    why=self._no_diag,
                    error=system_error_text(error),
                )
            )
            return row
        return row._replace(receive_queue=borrowed.receive_queue, send_queue=borrowed.send_queue)

    def _ask(self, inode: int, fd: int, owned: dict[int, int]) -> list[SocketState]:
        """Query a socket of the server that is not in TCP's lists; and find its far ends."""
        try:
            borrowed = self._borrower.ask(fd)
        except OSError as error:
            self._missing.append(
                message(
                    "Socket {fd}: in no list, and pidfd_getfd failed ({why})",
                    fd=fd,
                    why=system_error_text(error),
                )
            )
            return []
        if borrowed.family not in (*_FAMILIES, socket.AF_UNIX):
            return []
        state = borrowed_state(borrowed, inode, fd)
        if borrowed.family == socket.AF_UNIX and self._diag is not None:
            try:
                return unix_sockets(state, self._diag, owned, self._neighbour)
            except OSError as error:
                self._missing.append(
                    message(
                        "Far end of unix socket {fd}: {why}",
                        fd=fd,
                        why=system_error_text(error),
                    )
                )
        return [state]


def _theirs(neighbour: int, sharing: NeighbourState | None) -> frozenset[int]:
    """Return the inodes of the neighbour's sockets."""
    sockets = [each.inode for each in sharing.descriptors] if sharing is not None else []
    return frozenset(filter(None, (neighbour, *sockets)))


def _room(count: int) -> int:
    """Return how many of ``count`` are listed."""
    return count if count <= LISTED else EXAMPLES


def _inodes(found: Iterable[_Found]) -> frozenset[int]:
    return frozenset(each.row.inode for each in found)


def _chosen(found: list[_Found], owned: dict[int, int]) -> tuple[list[_Found], dict[str, int]]:
    """Choose which to list of each owner: of many, the noteworthy ones first."""
    by_owner: dict[str, list[_Found]] = {}
    for each in found:
        by_owner.setdefault(each.owner, []).append(each)
    chosen: list[_Found] = []
    more: Counter[str] = Counter()
    for owner, ones in by_owner.items():
        room = _room(len(ones))
        if room == len(ones):
            chosen += ones
            continue
        taken = heapq.nsmallest(room, ones, key=lambda each: _rank(each.row, owned))
        chosen += taken
        states = Counter(each.row.state for each in ones)
        states.subtract(each.row.state for each in taken)
        more.update({f"{owner} {state_name(n)}": count for n, count in states.items() if count})
    return chosen, dict(sorted(more.items()))


def _rank(row: InetSocket, owned: dict[int, int]) -> tuple[int, int, int, int]:
    quiet = row.state == _ESTABLISHED and not row.receive_queue and not row.send_queue
    return (int(quiet), owned.get(row.inode, 0), row.local_port, row.remote_port)
