"""Sockets that were found in the kernel's lists: whose each is, and which are listed."""

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from walkthrough.capture.kernel.netlink import LISTEN, InetSocket
from walkthrough.capture.kernel.owners import BoundAddresses, plain
from walkthrough.capture.kernel.proc import ProcessDescriptors
from walkthrough.capture.kernel.states import state_name
from walkthrough.model.linux.constants import TCP_STATE

LISTED = 64
"""Up to this many descriptors, interests and sockets of each owner are all listed."""
EXAMPLES = 16
"""Of more than that, this many are listed, and the rest are counted."""
_ESTABLISHED = next(number for number, name in TCP_STATE.items() if name == "ESTABLISHED")

_Ends = tuple[bytes, int, bytes, int]


class FoundSocket(NamedTuple):
    """A socket of a list, and its owner."""

    owner: str
    row: InetSocket
    protocol: str


def room(count: int) -> int:
    """Return how many of ``count`` are listed."""
    return count if count <= LISTED else EXAMPLES


def inodes(found: Iterable[FoundSocket]) -> frozenset[int]:
    """Return the inodes of some sockets."""
    return frozenset(each.row.inode for each in found)


def choose(
    found: Iterable[FoundSocket], owned: Mapping[int, int]
) -> tuple[list[FoundSocket], dict[str, int]]:
    """Choose which to list of each owner: of many, the noteworthy ones first.

    Returns:
        Those, and how many more there are by owner and state.
    """
    by_owner: dict[str, list[FoundSocket]] = {}
    for each in found:
        by_owner.setdefault(each.owner, []).append(each)
    chosen: list[FoundSocket] = []
    more: Counter[str] = Counter()
    for owner, ones in by_owner.items():
        most = room(len(ones))
        if most == len(ones):
            chosen += ones
            continue
        taken = heapq.nsmallest(most, ones, key=lambda each: _rank(each.row, owned))
        chosen += taken
        states = Counter(each.row.state for each in ones)
        states.subtract(each.row.state for each in taken)
        more.update({f"{owner} {state_name(n)}": count for n, count in states.items() if count})
    return chosen, dict(sorted(more.items()))


def _rank(row: InetSocket, owned: Mapping[int, int]) -> tuple[int, int, int, int]:
    quiet = row.state == _ESTABLISHED and not row.receive_queue and not row.send_queue
    return (int(quiet), owned.get(row.inode, 0), row.local_port, row.remote_port)


class SocketHolders:
    """Tells which of several processes a socket concerns, from one look to the next.

    A process holds a socket if it has a descriptor of it. What nobody holds (a connection in a
    queue, the far end of one) concerns who holds the near end, or held it last, or else whose
    listener it has come to.
    """

    def __init__(self) -> None:
        self._last: dict[_Ends, frozenset[int]] = {}

    def share(
        self, found: Iterable[FoundSocket], tables: Mapping[int, ProcessDescriptors]
    ) -> dict[int, list[FoundSocket]]:
        """Return the sockets that concern each process; one may concern several.

        Args:
            found: All of them.
            tables: What each process holds.
        """
        found = [*found]
        shares: dict[int, list[FoundSocket]] = {pid: [] for pid in tables}
        held: dict[_Ends, frozenset[int]] = {}
        bound = {pid: BoundAddresses() for pid in tables}
        for each in found:
            row = each.row
            pids = frozenset(pid for pid, table in tables.items() if row.inode in table.sockets)
            for pid in pids if row.inode else ():
                shares[pid].append(each)
                if row.remote_port:
                    held[_ends(row)] = pids
                if row.state == LISTEN or each.protocol == "UDP":
                    bound[pid].add(row.local, row.local_port)
        kept = dict(held)
        for each in found:
            row = each.row
            if row.inode and any(row.inode in table.sockets for table in tables.values()):
                continue
            near, far = _ends(row), _swapped(row)
            mine: frozenset[int] | None = None
            for ends in (far, near):
                mine = mine or held.get(ends) or self._last.get(ends)
                if mine is not None and ends not in kept:
                    kept[ends] = mine
            if mine is None:
                mine = frozenset(
                    pid
                    for pid, addresses in bound.items()
                    if addresses.cover(row.local, row.local_port)
                    or addresses.cover(row.remote, row.remote_port)
                )
            for pid in mine or tables:
                if pid in shares:
                    shares[pid].append(each)
        self._last = kept
        return shares


def _ends(row: InetSocket) -> _Ends:
    return plain(row.local), row.local_port, plain(row.remote), row.remote_port


def _swapped(row: InetSocket) -> _Ends:
    return plain(row.remote), row.remote_port, plain(row.local), row.local_port
