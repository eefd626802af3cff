"""What one step changed: two worlds compared, as small records. Pure, without text.

What is only counted (`KernelState.beyond`) is compared by its counts: which of many sockets are
listed says nothing about what has become of the others.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec.structs import replace

from walkthrough.model.events import CallEntered, KernelObserved
from walkthrough.model.kernel_state import (
    Descriptor,
    EpollState,
    KernelState,
    NeighbourState,
    SocketState,
)
from walkthrough.model.values import Data
from walkthrough.state.change import (
    AddressBound,
    BacklogChanged,
    BytesChanged,
    Change,
    ChangeElsewhere,
    ClientChanged,
    ClientsChanged,
    ClientTransferred,
    CountChanged,
    DescriptorClosed,
    DescriptorOpened,
    FlagsChanged,
    InterestAdded,
    InterestChanged,
    InterestRemoved,
    MemoryChanged,
    NeighbourChanged,
    OptionSetNow,
    OutputPrinted,
    QueueChanged,
    SocketAppeared,
    SocketGone,
    StateChanged,
)
from walkthrough.state.history import History
from walkthrough.state.world import PROCESS_SHIFT, ClientView, World

_LOG = "strace"  # `Header.server` of a log
FEW = 4
"""Up to this many clients that do the same are reported one by one."""


def comparable(history: History, before: World, now: World) -> World:
    """Return the world before a step as it can be compared with the one after it.

    An strace(1) log may cover several processes, and shows the descriptors of the one that
    made the call; it may also mention what was there before it began. Neither switching to another
    process nor mentioning something changes what there is. So the view with which a call begins
    stands for the one before, else the last one of the same process, or if there is none the view
    now. A capture of several processes has a view of each at every moment.
    """
    view = now.kernel
    if view is None or before.kernel is None:
        return before
    if history.header.server != _LOG:
        if view.process == before.kernel.process:
            return before
        return replace(before, kernel=before.kernels.get(view.process, view))
    lead = history.step_start(now.seq)
    if isinstance(history.event(lead), CallEntered) and lead < now.seq:
        met = history.event(lead + 1)
        if isinstance(met, KernelObserved) and met.state.process == view.process:
            return replace(before, kernel=met.state)
    if view.process == before.kernel.process:
        return before
    was = history.view_of(view.process, before.seq)
    return replace(before, kernel=was if was is not None else view)


def changes(before: World, now: World) -> tuple[Change, ...]:
    """Return what differs between ``before`` and ``now``, the most instructive changes first.

    Before the first view nothing is known of the kernel, so the first view changes nothing;
    neither does a view of another process (see `comparable`).
    """
    found: list[Change] = []
    was, view = before.kernel, now.kernel
    if was is not None and view is not None and view is not was and view.process == was.process:
        found += _of_several(_kernel(was, view), view, before, now)
        found += _neighbour(was.neighbour, view.neighbour)
    if now.kernels is not before.kernels and view is not None:
        found += _elsewhere(before, now, view)
    if now.options is not before.options:
        found += _options(before, now)
    if now.clients is not before.clients:
        found += _clients(before.clients, now.clients)
    if now.memory is not None and now.memory is not before.memory and now.memory != before.memory:
        found.append(MemoryChanged(now.memory, before.memory))
    if now.output is not before.output:
        found += _output(before.output, now.output)
    return tuple(found)


def _elsewhere(before: World, now: World, view: KernelState) -> Iterator[Change]:
    """Yield what changed in the views of other processes; of what they share, once."""
    told = {each.inode for each in view.sockets if each.inode}
    files = {each.shared_as for each in view.descriptors}
    for process, state in now.kernels.items():
        was = before.kernels.get(process)
        if process == view.process or was is None or was is state:
            continue
        for change in _of_several(_kernel(was, state), state, before, now):
            socket = getattr(change, "socket", None)
            if isinstance(change, SocketGone) and change.socket.owner == "queue":
                continue  # its listener's queue says it
            if isinstance(socket, SocketState) and socket.inode in told and socket.inode:
                continue
            if isinstance(change, FlagsChanged):
                held = (each.shared_as for each in state.descriptors if each.fd == change.fd)
                if next(held, None) in files - {None}:
                    continue  # they share the open file, and so its flags
            yield ChangeElsewhere(process or now.first, change)
        told |= {each.inode for each in state.sockets if each.inode}
        files |= {each.shared_as for each in state.descriptors}


def _of_several(
    found: Iterator[Change], view: KernelState, before: World, now: World
) -> Iterator[Change]:
    """Leave out ends of connections that only concern another process now, or did before."""
    if not now.kernels:
        yield from found
        return
    there, were = (
        {
            (each.local, each.remote)
            for process, state in world.kernels.items()
            if process != view.process
            for each in state.sockets
        }
        for world in (now, before)
    )
    for change in found:
        if isinstance(change, SocketGone | SocketAppeared) and change.socket.fd is None:
            ends = (change.socket.local, change.socket.remote)
            if ends in (there if isinstance(change, SocketGone) else were):
                continue
        yield change


def _neighbour(before: NeighbourState | None, now: NeighbourState | None) -> Iterator[Change]:
    if before is not None and now is not None and before.doing is not now.doing:
        yield NeighbourChanged(before.doing, now.doing)


def _kernel(before: KernelState, now: KernelState) -> Iterator[Change]:
    if before.beyond is not None or now.beyond is not None:
        yield from _counted(before, now)
        return
    sockets = _Sockets(before.sockets, now.sockets)
    yield from sockets.queues()
    yield from _descriptors(before, now, sockets)
    had = {each.fd for each in before.descriptors}
    has = {each.fd for each in now.descriptors}
    yield from sockets.states(has - had, has & had)
    yield from _interests(before.epolls, now.epolls)
    yield from sockets.bytes()


class _Sockets:
    """The sockets of two views, each of the first matched with its successor."""

    def __init__(self, before: Iterable[SocketState], now: Iterable[SocketState]) -> None:
        there = [*now]
        alike: dict[tuple[Any, ...], list[int]] = {}
        for at, each in enumerate(there):
            if each.inode:
                alike.setdefault(("inode", each.inode), []).append(at)
            alike.setdefault(_ends(each), []).append(at)
            if not each.inode and each.owner == "server" and each.fd is not None:
                alike.setdefault(("fd", each.fd, each.type), []).append(at)
        self.pairs: list[tuple[SocketState, SocketState]] = []
        self.gone: list[SocketState] = []
        met: set[int] = set()
        for each in before:
            # Sockets without addresses all look alike: each is matched once.
            keys = [("inode", each.inode), _ends(each)]
            if not each.inode and each.remote is None:
                keys.append(("fd", each.fd, each.type))  # it has got an address, or connects
            found = next(
                (
                    at
                    for key in keys
                    for at in alike.get(key, ())
                    if at not in met and not _is_other_socket(each, there[at])
                ),
                None,
            )
            if found is None:
                self.gone.append(each)
            else:
                met.add(found)
                self.pairs.append((each, there[found]))
        self.new = [each for at, each in enumerate(there) if at not in met]

    def was_queued(self, fd: int) -> bool:
        """Return whether the socket behind a descriptor has come from an accept queue."""
        return any(now.fd == fd and before.owner == "queue" for before, now in self.pairs)

    def queues(self) -> Iterator[Change]:
        """Yield the changes of listeners."""
        joined = tuple(
            each.remote for each in self.new if each.owner == "queue" and each.remote is not None
        )
        listeners = [(was, now) for was, now in self.pairs if was.state == now.state == "LISTEN"]
        for was, now in listeners:
            waited, waits = was.accept_queue or 0, now.accept_queue or 0
            if waited != waits:
                mine = joined if len(listeners) == 1 else ()
                yield QueueChanged(now, waited, mine if waits > waited else ())
            if was.backlog != now.backlog:
                yield BacklogChanged(now, was.backlog or 0)

    def states(self, opened: set[int], open_still: set[int]) -> Iterator[Change]:
        """Yield changed states and addresses, and ends that appeared or disappeared.

        Args:
            opened: Descriptors that are new; their sockets are reported with them.
            open_still: Descriptors that are in both.
        """
        for was, now in self.pairs:
            if was.state != now.state:
                kept = now.owner == "kernel" and was.owner != "kernel"
                yield StateChanged(now, was.state, kept)
            if was.local != now.local:
                yield AddressBound(now, was.local)
        for each in self.new:
            if each.owner != "queue" and each.fd not in opened:
                yield SocketAppeared(each)
        for each in self.gone:
            if each.fd is None or each.fd in open_still:
                yield SocketGone(each)

    def bytes(self) -> Iterator[Change]:
        """Yield changed lengths of the byte queues."""
        for was, now in self.pairs:
            for received, name in ((True, "receive_queue"), (False, "send_queue")):
                stood, stands = _data_in(was, name), _data_in(now, name)
                if stood is not None and stands is not None and stood != stands:
                    yield BytesChanged(now, received, stood, stands)


def _data_in(socket: SocketState, name: str) -> int | None:
    """Return the length of a byte queue without a SYN, which takes a sequence number (tcp(7))."""
    length: int | None = getattr(socket, name)
    return 0 if name == "send_queue" and socket.state == "SYN_SENT" and length == 1 else length


def _is_other_socket(was: SocketState, now: SocketState) -> bool:
    """Tell two sockets without an inode apart: one that listens has not been connected."""
    states = {was.state, now.state}
    return (
        not was.inode and not now.inode and len(states) == 2 and states >= {"LISTEN", "ESTABLISHED"}
    )


def _ends(socket: SocketState) -> tuple[Any, ...]:
    """Return the identity of a socket without an inode: both ends, and which of them it is."""
    if socket.remote is None:
        return (socket.owner, socket.fd, socket.local)
    return (socket.local, socket.remote, socket.family, socket.type)


def _descriptors(before: KernelState, now: KernelState, sockets: _Sockets) -> Iterator[Change]:
    had = {(each.fd, each.target): each for each in before.descriptors}
    has = {(each.fd, each.target): each for each in now.descriptors}
    behind = {each.fd: each for each in now.sockets if each.fd is not None}
    for key, each in had.items():
        if key not in has:
            yield DescriptorClosed(each.fd, each.kind)
    for key, each in has.items():
        was = had.get(key)
        if was is None:
            if not each.earlier:
                yield _opened(each, behind.get(each.fd), sockets)
        elif was.flags is not None and each.flags is not None and was.flags != each.flags:
            yield FlagsChanged(each.fd, was.flags, each.flags)


def _opened(
    descriptor: Descriptor, socket: SocketState | None, sockets: _Sockets
) -> DescriptorOpened:
    if descriptor.kind != "socket":
        return DescriptorOpened(descriptor.fd, descriptor.kind)
    return DescriptorOpened(
        descriptor.fd, descriptor.kind, socket, sockets.was_queued(descriptor.fd)
    )


def _interests(before: Iterable[EpollState], now: Iterable[EpollState]) -> Iterator[Change]:
    had = {(epoll.fd, one.fd): one.events for epoll in before for one in epoll.interests}
    has = {(epoll.fd, one.fd): one.events for epoll in now for one in epoll.interests}
    there = {epoll.fd for epoll in now}
    for (epoll, fd), events in has.items():
        asked = had.get((epoll, fd))
        if asked is None:
            yield InterestAdded(epoll, fd, events)
        elif asked != events:
            yield InterestChanged(epoll, fd, asked, events)
    for epoll, fd in had:
        if (epoll, fd) not in has and epoll in there:
            yield InterestRemoved(epoll, fd)


def _counted(before: KernelState, now: KernelState) -> Iterator[Change]:
    """Yield the changes of what is only counted."""
    found = list(_of_known_descriptors(before, now))
    yield from found
    listening = {each.fd: each for each in before.sockets if each.state == "LISTEN"}
    for each in now.sockets:
        was = listening.get(each.fd) if each.state == "LISTEN" else None
        if was is not None and (was.accept_queue or 0) != (each.accept_queue or 0):
            yield QueueChanged(each, was.accept_queue or 0)
    for owner in ("server", "queue", "client", "kernel"):
        counted, counts = before.count_sockets(owner), now.count_sockets(owner)
        if found and owner == "server" and sum(counted.values()) == sum(counts.values()):
            continue  # those were reported one by one
        for state in sorted(counted.keys() | counts.keys()):
            yield from _count(owner, counted.get(state, 0), counts.get(state, 0), state)
    yield from _count("descriptors", before.count_descriptors(), now.count_descriptors())
    yield from _count("interests", before.count_interests(), now.count_interests())


def _of_known_descriptors(before: KernelState, now: KernelState) -> Iterator[Change]:
    """Yield the changes of sockets that have no inode, but a descriptor in both views.

    This is the case in an strace(1) log: there few of very many may change unseen.
    """
    for was, each in _Sockets(before.sockets, now.sockets).pairs:
        if was.inode or was.fd is None or was.fd != each.fd:
            continue
        if was.state != each.state:
            yield StateChanged(each, was.state)
        if was.local != each.local:
            yield AddressBound(each, was.local)
        if was.backlog is not None and was.backlog != each.backlog:
            yield BacklogChanged(each, was.backlog)


def _count(what: str, before: int, now: int, state: str = "") -> Iterator[Change]:
    if before != now:
        yield CountChanged(what, before, now, state)


def _options(before: World, now: World) -> Iterator[Change]:
    """Yield options that were set; those of a closed descriptor are gone with it."""
    for key, options in now.options.items():
        had = before.options.get(key, ())
        process = key >> PROCESS_SHIFT
        if options is had or (process and now.several and process not in before.processes):
            continue  # or a fork has them from its parent
        yield from (OptionSetNow(each) for each in options if each not in had)


def _clients(before: dict[int, ClientView], now: dict[int, ClientView]) -> Iterator[Change]:
    """Yield what clients have done; very many that did the same are grouped."""
    changed = [client for number, client in now.items() if before.get(number) is not client]
    groups: dict[tuple[str, str], list[ClientView]] = {}
    newest = max(before, default=0)
    for client in changed:
        was = before.get(client.client)
        if was is None and client.client < newest:
            continue  # it was there before; a world keeps only the newest, and has it again
        if was is None or was.state != client.state:
            kind = (was.state if was is not None else "", client.state)
            groups.setdefault(kind, []).append(client)
    for (state, _), group in groups.items():
        if len(group) <= FEW:
            yield from (ClientChanged(client, state) for client in group)
        else:
            numbers = [client.client for client in group]
            first = min(numbers)
            if not state and before:  # of the new ones only the newest are kept
                first = min(first, newest + 1)
            yield ClientsChanged(first, max(numbers), group[0].state, state)
    for client in changed:
        was = before.get(client.client)
        sent = client.sent - (was.sent if was is not None else 0)
        received = client.received - (was.received if was is not None else 0)
        if sent > 0 or received > 0:
            yield ClientTransferred(client.client, max(sent, 0), max(received, 0))


def _output(
    before: tuple[tuple[int, bytes | Data], ...], now: tuple[tuple[int, bytes | Data], ...]
) -> Iterator[Change]:
    """Yield what was printed; some of the oldest may have been dropped meanwhile."""
    if before == now:
        return
    for more in range(1, len(now) + 1):
        kept = now[:-more]
        if not kept or before[len(before) - len(kept) :] == kept:
            yield from (OutputPrinted(stream, data) for stream, data in now[len(kept) :])
            return
