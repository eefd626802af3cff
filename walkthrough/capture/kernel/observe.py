"""Joins /proc, netlink and duplicated descriptors into the kernel's view of one server.

A server may be several processes: then there is a view of each, and one look at all of them.

Decides which sockets are queried and which are listed. What cannot be read is not an
exception here: it becomes a sentence in ``unavailable``.
"""

import errno
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Self

import msgspec

from walkthrough.capture.kernel import proc
from walkthrough.capture.kernel.borrow import BorrowedSocket, SocketBorrower
from walkthrough.capture.kernel.found_sockets import (
    FoundSocket,
    SocketHolders,
    choose,
    inodes,
    room,
)
from walkthrough.capture.kernel.netlink import LISTENING, NOT_LISTENING, InetSocket, SockDiag
from walkthrough.capture.kernel.open_files import OpenFiles, table_of
from walkthrough.capture.kernel.owners import BoundAddresses, SocketOwners, TimeWaitLeftovers
from walkthrough.capture.kernel.states import (
    PROTOCOLS,
    borrowed_state,
    in_order,
    inet_state,
)
from walkthrough.capture.kernel.unix_ends import unix_sockets
from walkthrough.i18n.messages import Message, message
from walkthrough.i18n.system_errors import system_error_text
from walkthrough.model.kernel_state import (
    Beyond,
    Descriptor,
    EpollState,
    KernelState,
    NeighbourState,
    SocketState,
    unavailable,
)

_FAMILIES = (socket.AF_INET, socket.AF_INET6)
_MOST_ASKED = 256


_AT_ONCE = 16
"""Up to this many processes are looked at each time; of more, these many in turn."""


class KernelObserver:
    """Reads the kernel's view of process ``pid`` again and again. Belongs to one thread.

    Where the server has several processes, `watch` and `forget` say which, and `observe_each` takes
    the place of `observe`.

    Args:
        pid: The process; of several the first.
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
        self._borrowers = {pid: SocketBorrower(pid)}
        self._where: dict[int, tuple[int, int]] = {}  # of sockets of others: process, descriptor
        self._tables: dict[int, proc.ProcessDescriptors] = {}
        self._shared: dict[int, int] = {}  # of processes that share a table: who stands for it
        self._turn = 0
        self._holders = SocketHolders()
        self._files = OpenFiles()
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
        self._several = False
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
        for borrower in self._borrowers.values():
            borrower.close()
        if self._diag is not None:
            self._diag.close()
            self._diag = None

    # processes

    @property
    def several(self) -> bool:
        """Whether there has been more than one process."""
        return self._several

    def watch(self, pid: int) -> None:
        """Note that a process belongs to the server, or that another program begins in it."""
        if pid not in self._borrowers:
            self._borrowers[pid] = SocketBorrower(pid)
            self._several = True
        self._find_shared()

    def forget(self, pid: int) -> None:
        """Note that a process has ended."""
        if (borrower := self._borrowers.pop(pid, None)) is not None:
            borrower.close()
        self._tables.pop(pid, None)
        self._find_shared()

    def _find_shared(self) -> None:
        """Ask which processes share one descriptor table: a fork does not, a clone may."""
        pids = [*self._borrowers]
        self._shared = {pid: table for pid in pids if (table := table_of(pid, pids))}

    def observe_each(self, last: int) -> list[KernelState]:
        """Return a view of each process, that of ``last`` at the end; see `observe`.

        Of very many processes a part is looked at: that one, and others in turn.
        """
        self._missing = []
        sharing = self._sharing() if self._sharing is not None else None
        self._theirs_now = _theirs(self._neighbour, sharing)
        pids = self._in_turn(last)
        for pid in pids:
            try:
                self._tables[pid] = proc.read_descriptors(pid, self._private)
            except OSError:
                self._tables.pop(pid, None)  # gone; its end will be reported
        holders = [(pid, fd) for pid, table in self._tables.items() for fd in table.epolls]
        files = self._files.number(holders)
        self._where = {
            inode: (pid, fd)
            for pid, table in reversed(self._tables.items())
            for inode, fd in table.sockets.items()
        }
        owned = {inode: fd for inode, (_, fd) in self._where.items()}
        found, asked = self._gather(owned)
        shares = self._holders.share(found, self._tables)
        missing = self._missing
        views = []
        for pid in pids:
            table = self._tables.get(pid)
            if table is None:
                continue
            self._missing = [*missing]
            mine = [
                msgspec.structs.replace(each, fd=table.sockets[each.inode])
                if each.inode in table.sockets
                else each
                for inode, states in asked.items()
                if inode in table.sockets
                for each in states
            ]
            epolls = [self._epoll(pid, fd) for fd in table.epolls]
            listed = self._listed(shares[pid], mine, table.sockets)
            view = self._view(pid, table, epolls, *listed, files, sharing)
            views.append(
                msgspec.structs.replace(
                    view,
                    process=0 if pid == self._pid else pid,
                    table=self._shared.get(pid, 0),
                )
            )
        self._where = {}
        return views

    def _in_turn(self, last: int) -> list[int]:
        """Return the processes to be looked at now, ``last`` at the end."""
        pids = [pid for pid in self._borrowers if pid != last]
        if len(pids) >= _AT_ONCE:
            self._turn = (self._turn + _AT_ONCE - 1) % len(pids)
            unseen = [pid for pid in pids if pid not in self._tables]
            pids = [*dict.fromkeys((*unseen, *(pids * 2)[self._turn :][: _AT_ONCE - 1]))]
        return [*pids, last] if last in self._borrowers else pids

    # one process

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
        epolls = [self._epoll(self._pid, fd) for fd in table.epolls]
        sockets, more = self._sockets(table.sockets)
        return self._view(self._pid, table, epolls, sockets, more, {}, sharing)

    def _view(
        self,
        pid: int,
        table: proc.ProcessDescriptors,
        epolls: Sequence[tuple[EpollState, int] | None],
        sockets: tuple[SocketState, ...],
        more: dict[str, int],
        files: Mapping[tuple[int, int], int],
        sharing: NeighbourState | None,
    ) -> KernelState:
        """Return the view of a process of which all but the flags of its descriptors is known."""
        descriptors = tuple(
            _with_file(proc.with_flags(pid, each), files.get((pid, each.fd), 0))
            for each in table.listed[: room(table.total)]
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

    def _epoll(self, pid: int, fd: int) -> tuple[EpollState, int] | None:
        """Return what an epoll instance watches, as far as it is listed, and how much it is."""
        try:
            lines = proc.read_interests(pid, fd)
        except OSError as error:
            self._missing.append(
                message("Interest list of epoll {fd}: {why}", fd=fd, why=system_error_text(error))
            )
            return None
        listed = lines[: room(len(lines))]
        return EpollState(fd, tuple(proc.parse_interests("".join(listed)))), len(lines)

    # sockets

    def _sockets(self, owned: dict[int, int]) -> tuple[tuple[SocketState, ...], dict[str, int]]:
        """Return the sockets to be listed, and how many more there are by owner and state."""
        found, asked = self._gather(owned)
        return self._listed(found, [each for states in asked.values() for each in states], owned)

    def _gather(
        self, owned: dict[int, int]
    ) -> tuple[list[FoundSocket], dict[int, list[SocketState]]]:
        """Return the sockets of the kernel's lists; by inode those that were asked one by one."""
        if not (owned or self._served or self._datagrams or self._neighbour):
            return [], {}
        self._protocols = {n: self._protocols[n] for n in owned if n in self._protocols}
        found = self._tcp(owned)
        known = inodes(found)
        silent = [(inode, fd) for inode, fd in owned.items() if inode not in known]
        asked = {inode: self._ask(inode, fd, owned) for inode, fd in silent[:_MOST_ASKED]}
        if len(silent) > _MOST_ASKED:
            self._missing.append(
                message(
                    "{number} sockets more: too many to ask each",
                    number=len(silent) - _MOST_ASKED,
                )
            )
        datagrams = any(each.protocol == "UDP" for states in asked.values() for each in states)
        if datagrams or self._datagrams:
            listed = self._udp(owned)
            known = inodes(listed)
            asked = {
                inode: [each for each in states if each.inode not in known]
                for inode, states in asked.items()
            }
            found += listed
        return found, asked

    def _listed(
        self, found: list[FoundSocket], asked: list[SocketState], owned: dict[int, int]
    ) -> tuple[tuple[SocketState, ...], dict[str, int]]:
        """Return the sockets to be listed, and how many more there are by owner and state."""
        chosen, more = choose(found, owned)
        states = [self._state(each, owned.get(each.row.inode)) for each in chosen]
        return tuple(sorted((*states, *asked), key=in_order)), more

    def _tcp(self, owned: dict[int, int]) -> list[FoundSocket]:
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
            FoundSocket(owner, row, "TCP")
            for row in listening
            if (owner := owners.of(row)) is not None
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

    def _udp(self, owned: dict[int, int]) -> list[FoundSocket]:
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
        return [
            FoundSocket(owner, row, "UDP") for row in rows if (owner := owners.of(row)) is not None
        ]

    def _state(self, found: FoundSocket, fd: int | None) -> SocketState:
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
                self._protocols[inode] = self._borrow(inode, fd).protocol
            except OSError:
                self._protocols[inode] = socket.IPPROTO_TCP
        return self._protocols[inode]

    def _with_backlog(self, row: InetSocket, fd: int) -> InetSocket:
        try:
            borrowed = self._borrow(row.inode, fd)
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

    def _borrow(self, inode: int, fd: int) -> BorrowedSocket:
        """Ask a socket what it says of itself, by a descriptor of whichever process has it.

        Raises:
            OSError: See `SocketBorrower.ask`.
        """
        pid, fd = self._where.get(inode, (self._pid, fd))
        borrower = self._borrowers.get(pid)
        if borrower is None:
            raise OSError(errno.ESRCH, os.strerror(errno.ESRCH))
        return borrower.ask(fd)

    def _ask(self, inode: int, fd: int, owned: dict[int, int]) -> list[SocketState]:
        """Query a socket of the server that is not in TCP's lists; and find its far ends."""
        try:
            borrowed = self._borrow(inode, fd)
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


def _with_file(descriptor: Descriptor, number: int) -> Descriptor:
    return msgspec.structs.replace(descriptor, file=number) if number else descriptor


def _theirs(neighbour: int, sharing: NeighbourState | None) -> frozenset[int]:
    """Return the inodes of the neighbour's sockets."""
    sockets = [each.inode for each in sharing.descriptors] if sharing is not None else []
    return frozenset(filter(None, (neighbour, *sockets)))
