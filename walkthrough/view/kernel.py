"""The kernel pane's rows from a world: listener and accept queue, clients, epoll, options.

Pure: worlds in, entries out. An entry has a key, so that two moments can be compared.
"""

from collections.abc import Iterable
from typing import NamedTuple

from walkthrough.formatting.addresses import go_address
from walkthrough.formatting.go_values import text
from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import Message, message
from walkthrough.model.events import MemoryMeasured
from walkthrough.model.kernel_state import (
    Descriptor,
    EpollInterest,
    EpollState,
    KernelState,
    NeighbourDoing,
    NeighbourState,
    QueueMeasure,
    SocketState,
)
from walkthrough.model.linux.constants import O_ACCESS
from walkthrough.model.values import Data, Flags, Reference, SocketAddress
from walkthrough.state.world import OptionSet, World
from walkthrough.view.kernel_processes import (
    MOST_LISTED,
    SharedFiles,
    also_in,
    heading_of,
    other_processes,
    pid_of,
)
from walkthrough.view.kernel_terms import (
    CLIENT_STATES,
    KINDS,
    NEIGHBOUR_DOES,
    OWNERS,
    state_of,
    term,
)
from walkthrough.view.recorded_text import recorded_text
from walkthrough.view.styled_message import styled
from walkthrough.view.text import Piece, Row, safe, width_of

_MEMORY_OF = {
    "resident": message("server, in RAM"),
    "private": message("of it, its own"),
    "threads": message("its threads"),
    "buffers": message("socket buffers, both ends"),
    "slab": message("kernel objects (slab), whole machine"),
    "tcp_socket": message("one TCP socket in the kernel, bytes"),
}

_QUEUES = {
    (True, QueueMeasure.BYTES): message("recv-q {count}"),
    (False, QueueMeasure.BYTES): message("send-q {count}"),
    (True, QueueMeasure.MEMORY): message("recv-q {count} (memory)"),
    (False, QueueMeasure.MEMORY): message("send-q {count} (memory)"),
    (True, QueueMeasure.NEXT): message("recv-q {count} (the next datagram)"),
}
_SENT_WITH = message("send-q {count} (with {sign})")
COUNTED_WITH_DATA = {
    True: ("CLOSE_WAIT", "CLOSING"),
    False: ("SYN_SENT", "FIN_WAIT1", "LAST_ACK", "CLOSING"),
}
"""States in which a SYN or FIN may stand in a queue, as it takes a sequence number (tcp(7))."""
BAR = 10
"""Cells of the accept queue's bar."""
_LEAST_BAR = 3
"""With fewer cells the bar of a long queue would say nothing."""
WIDE = 1000
"""Cells that are enough for any entry."""
MOST = 100
"""How many entries are listed in one section; a row says how many more there are."""
_FAR = ("client", "neighbour", "kernel")
_OUTPUT_LINES = 8
_MOST_WATCHED = 6
"""How many descriptors are named that an epoll of another process watches."""
_STUCK = "\N{NO-BREAK SPACE}"
"""A space at which no line is broken."""
ADDED = ("EPOLLERR", "EPOLLHUP")
"""The kernel adds these two to every interest (fs/eventpoll.c do_epoll_ctl())."""


class KernelEntry(NamedTuple):
    """One entry of the pane.

    Attributes:
        key: What it is about; the same in another world means the same thing.
        row: What is drawn.
        heading: It begins a section.
    """

    key: str
    row: Row
    heading: bool = False


def kernel_entries(world: World, tr: Catalogue, width: int = WIDE) -> list[KernelEntry]:
    """List what is known of the kernel, the clients and the output at a step.

    Args:
        world: The moment.
        tr: The catalogue of the language to say it in.
        width: Cells of an entry; where there are few, the queue's bar is shorter.
    """
    state = world.kernel
    shared = _Sharing(world, tr)
    if state is None:
        entries = [
            KernelEntry(
                "none", (Piece(tr("The kernel's state has not been observed yet."), "dim"),)
            )
        ]
    else:
        entries = [*_process(state, world, tr), *_listeners(state, tr, width, shared)]
    entries += _clients(world, tr)
    if state is not None:
        entries += _connections(state, tr, shared)
        entries += _epolls(state, tr, shared)
        entries += _others(state, world, tr, shared)
        entries += _neighbour(state.neighbour, tr)
    if world.memory is not None:
        entries += _memory(world.memory, tr)
    entries += _options(world, tr)
    if state is not None and state.descriptors:
        entries += _descriptors(state, tr)
    entries += _output(world, tr)
    if state is not None:
        entries += [
            KernelEntry(f"unavailable {why}", (Piece(_unavailable(why, tr), "dim"),))
            for why in state.reasons()
        ]
    return entries


def endpoint(address: SocketAddress | None) -> str:
    """Write an address as Go does; "" for none."""
    return safe(go_address(address)) if address is not None else ""


def queue_bar(waiting: int, backlog: int, cells: int = BAR) -> str:
    """Draw the accept queue in at most ``cells`` cells: one for each connection that fits into it.

    That is one more than the backlog says, and the bar is full when the queue is. Where more fit
    than there are cells, an ellipsis stands for the rest.
    """
    room = max(0, backlog) + 1
    if waiting >= room or room <= cells:
        cells = min(cells, room)
        return "[" + "#" * min(waiting, cells) + " " * max(cells - waiting, 0) + "]"
    shown = cells - 1
    return "[" + "#" * min(waiting, shown) + " " * max(shown - waiting, 0) + "…]"


def _queue_row(waiting: int, backlog: int, tr: Catalogue, width: int) -> Row:
    """Write the queue's length on one row; without its bar where there is no room for one."""
    count = Piece(f"{waiting}/{backlog}", "strong")
    without = styled(tr, message("accept queue {count}"), count=count)
    cells = min(BAR, width - width_of(without) - len(" []"))
    if cells < min(_LEAST_BAR, max(0, backlog) + 1):
        return without
    bar = Piece(queue_bar(waiting, backlog, cells), "bar")
    return styled(tr, message("accept queue {bar} {count}"), bar=bar, count=count)


def _unavailable(why: Message | str, tr: Catalogue) -> str:
    return tr("not readable: {what}", what=safe(recorded_text(why, tr)))


def _heading(key: str, title: str) -> KernelEntry:
    return KernelEntry(key, (Piece(title, "heading"),), True)


def _capped(
    entries: list[KernelEntry], key: str, tr: Catalogue, beyond: int = 0
) -> list[KernelEntry]:
    """List at most `MOST` entries, and say how many more there are, ``beyond`` included."""
    left = max(0, len(entries) - MOST) + beyond
    if not left:
        return entries
    more = tr("… {count} more", count=left)
    return [*entries[:MOST], KernelEntry(f"{key} more", (Piece(more, "dim"),))]


class _Sharing:
    """Says of a descriptor of a process which others have what it stands for."""

    def __init__(self, world: World, tr: Catalogue) -> None:
        self._world, self._tr = world, tr
        self._files = SharedFiles(world) if world.kernels else None
        self._by_fd: dict[int, dict[int, Descriptor]] = {}

    def mark(self, state: KernelState, fd: int | None) -> tuple[Piece, ...]:
        """Return the pieces for descriptor ``fd`` in a view; none if nobody shares it."""
        if self._files is None or fd is None:
            return ()
        held = self._by_fd.get(id(state))
        if held is None:
            held = self._by_fd[id(state)] = {each.fd: each for each in state.descriptors}
        pids = self._files.others(pid_of(state, self._world), held.get(fd))
        return also_in(pids, self._tr)


def _process(state: KernelState, world: World, tr: Catalogue) -> Iterable[KernelEntry]:
    """Say whose view it is, if there are several processes."""
    if world.several:
        pid = pid_of(state, world)
        yield KernelEntry(f"process {pid}", heading_of(pid, state, world, tr), True)


def _others(
    state: KernelState, world: World, tr: Catalogue, shared: _Sharing
) -> Iterable[KernelEntry]:
    """List what the other processes hold: their sockets and epolls."""
    others = [*other_processes(state, world)] if world.kernels else []
    for pid, seen in others[:MOST_LISTED]:
        yield KernelEntry(f"process {pid}", heading_of(pid, seen, world, tr), True)
        entries = [
            _socket_entry(f"{pid} socket", socket, seen, tr, shared)
            for socket in seen.sockets
            if socket.fd is not None
        ]
        entries += [
            KernelEntry(f"{pid} epoll {epoll.fd}", (*_watches(epoll, tr), *marks))
            for epoll in seen.epolls
            for marks in (shared.mark(seen, epoll.fd),)
        ]
        rest = seen.count_descriptors() - len(entries)
        if rest > 0:
            said = (
                tr.plural("and {count} other descriptor", "and {count} other descriptors", rest)
                if entries
                else tr.plural("{count} descriptor", "{count} descriptors", rest)
            )
            entries.append(KernelEntry(f"{pid} rest", (Piece(said, "dim"),)))
        yield from _capped(entries, f"process {pid}", tr)
    if (left := len(others) - MOST_LISTED) > 0:
        more = tr.plural("… {count} more process", "… {count} more processes", left)
        yield KernelEntry("processes more", (Piece(more, "dim"),))


def _watches(epoll: EpollState, tr: Catalogue) -> Row:
    """Say in one row what an epoll of another process watches."""
    fds = [f"fd {each.fd}" for each in epoll.interests[:_MOST_WATCHED]]
    if len(epoll.interests) > _MOST_WATCHED:
        fds.append("…")
    watched = tr.listed(fds) or tr("nothing")
    return styled(
        tr,
        message("{epoll} epoll watches {descriptors}"),
        epoll=Piece(f"fd {epoll.fd}", "key"),
        descriptors=Piece(watched),
    )


def _listeners(
    state: KernelState, tr: Catalogue, width: int, shared: _Sharing
) -> Iterable[KernelEntry]:
    listeners = [socket for socket in state.sockets if socket.state == "LISTEN"]
    yield _heading("listeners", tr("Listener"))
    if not listeners:
        known = tr("no socket is known to listen") if state.partial else tr("no socket listens")
        yield KernelEntry("no listener", (Piece(known, "dim"),))
    for socket in listeners:
        row = (*_socket_row(socket, tr), *shared.mark(state, socket.fd))
        yield KernelEntry(f"listener {socket.fd} {socket.inode}", row)
        if socket.accept_queue is not None:
            backlog = socket.backlog or 0
            yield KernelEntry(
                f"queue {socket.fd} {socket.inode}",
                _queue_row(socket.accept_queue, backlog, tr, width),
            )
    waiting = [socket for socket in state.sockets if socket.owner == "queue"]
    if waiting:
        entries = [
            KernelEntry(
                f"waiting {endpoint(socket.remote)}",
                (
                    Piece("+ ", "bar"),
                    Piece(endpoint(socket.remote), "strong"),
                    Piece(f" {safe(socket.state)} ", "result"),
                    Piece(tr("waiting in the accept queue; nobody has accepted it"), "note"),
                ),
            )
            for socket in waiting
        ]
        yield from _capped(entries, "waiting", tr, _beyond(state, ("queue",)))


def _connections(state: KernelState, tr: Catalogue, shared: _Sharing) -> Iterable[KernelEntry]:
    for owners, title in ((("server",), tr("Sockets")), (_FAR, tr("Other ends"))):
        owner = owners[0]
        entries = [
            _socket_entry(f"socket {socket.owner}", socket, state, tr, shared)
            for socket in state.sockets
            if socket.state != "LISTEN"
            and socket.owner != "queue"
            and (socket.owner == "server") == (owner == "server")
        ]
        beyond = _beyond(state, owners)
        if entries:
            yield _heading(f"sockets {owner}", title)
            yield from _capped(entries, f"sockets {owner}", tr, beyond)


def _beyond(state: KernelState, owners: tuple[str, ...]) -> int:
    """Count the sockets of these owners that the kernel's view does not list."""
    counts = state.beyond.sockets if state.beyond is not None else {}
    return sum(count for key, count in counts.items() if key.partition(" ")[0] in owners)


def _socket_entry(
    key: str, socket: SocketState, state: KernelState, tr: Catalogue, shared: _Sharing
) -> KernelEntry:
    """Return the entry of a socket in a view; ``key`` begins what it is known by."""
    ends = f"{endpoint(socket.local)} {endpoint(socket.remote)}"
    row = (*_socket_row(socket, tr), *shared.mark(state, socket.fd))
    return KernelEntry(f"{key} {socket.fd} {socket.inode} {ends}", row)


def _socket_row(socket: SocketState, tr: Catalogue) -> Row:
    owner = term(OWNERS, socket.owner, tr)
    who = f"fd {socket.fd} " if socket.fd is not None else f"{owner} "
    kind = f"{socket.protocol} " if socket.protocol not in ("", "TCP") else ""
    local = endpoint(socket.local)
    remote = f" -{_STUCK}{endpoint(socket.remote)}" if socket.remote is not None else ""
    if socket.family == "AF_UNIX" and not f"{local}{remote}".strip(f" -{_STUCK}"):
        local, remote = socket.family, ""  # of a pair neither end has a name
    # Only what a log tells may leave these open: the kernel itself names both.
    state = Piece(safe(kind) + (state_of(socket) or tr("state unknown")), "result")
    states = (
        styled(tr, message("{state} likely"), "dim", state=state) if socket.likely else (state,)
    )
    if lacks_address(socket):
        local = "" if socket.state == "CLOSE" else tr("address unknown")
        if local and socket.family:
            local = f"{safe(socket.family)}, {local}"
    # Of a socket that was never connected MPTCP reports 1, though there is nothing to be read.
    unconnected = socket.protocol == "MPTCP" and socket.state == "CLOSE" and socket.remote is None
    queues = "".join(
        " " + tr(_queue_name(socket, received=received), count=count)
        for received, count in ((True, socket.receive_queue), (False, socket.send_queue))
        if count and not unconnected
    )
    return (
        Piece(who, "key" if socket.fd is not None else "dim"),
        *states,
        Piece(f" {local}{remote}"),
        Piece(queues, "strong"),
    )


def _queue_name(socket: SocketState, *, received: bool) -> Message:
    """Return how a queue of a socket is called: with what is counted beside the data."""
    measure = socket.measures(received=received)
    if measure is QueueMeasure.BYTES and socket.state in COUNTED_WITH_DATA[received]:
        sign = "SYN" if socket.state == "SYN_SENT" else "FIN"
        said = message("recv-q {count} (with {sign})") if received else _SENT_WITH
        return said.with_fields(sign=sign)
    return _QUEUES[received, measure]


def lacks_address(socket: SocketState) -> bool:
    """Return whether a socket's own address is unknown: it has none yet, or a log lacks it."""
    local = socket.local
    if local.host or local.port or local.path:
        return False
    if local.family == "AF_UNIX":  # one without a name is nothing special, but cannot listen
        return socket.state == "LISTEN" or not socket.state
    return not socket.inode


def _epolls(state: KernelState, tr: Catalogue, shared: _Sharing) -> Iterable[KernelEntry]:
    beyond = state.beyond.interests if state.beyond is not None else 0
    for epoll in state.epolls:
        # Nearly always there is one; of several, the one with most interests was cut short.
        most = max(state.epolls, key=lambda each: len(each.interests))
        marks = shared.mark(state, epoll.fd)
        yield from _epoll(epoll, tr, beyond if epoll is most else 0, marks)


def _epoll(
    epoll: EpollState, tr: Catalogue, beyond: int, marks: tuple[Piece, ...]
) -> Iterable[KernelEntry]:
    heading = _heading(f"epoll {epoll.fd}", tr("epoll fd {fd} watches", fd=epoll.fd))
    yield heading._replace(row=(*heading.row, *marks))
    entries = []
    for interest in epoll.interests:
        entries.append(KernelEntry(f"interest {epoll.fd} {interest.fd}", _interest(interest)))
    if epoll.partial:
        entries.append(
            KernelEntry(
                f"epoll {epoll.fd} partial",
                (Piece(tr("what it watched before the log: unknown"), "dim"),),
            )
        )
    elif not entries:
        yield KernelEntry(f"epoll {epoll.fd} empty", (Piece(tr("nothing"), "dim"),))
    yield from _capped(entries, f"epoll {epoll.fd}", tr, beyond)


def _interest(interest: EpollInterest) -> Row:
    asked = [name.removeprefix("EPOLL") for name in interest.events.names if name not in ADDED]
    added = [name.removeprefix("EPOLL") for name in interest.events.names if name in ADDED]
    rest = f" {interest.events.rest:#x}" if interest.events.rest else ""
    return (
        Piece(f"fd {interest.fd} ", "key"),
        Piece(" ".join(asked) + rest),
        Piece(f" (+{' '.join(added)})" if added else "", "dim"),
    )


def _neighbour(state: NeighbourState | None, tr: Catalogue) -> Iterable[KernelEntry]:
    """List what another process that shares the listeners does: /proc and its own report."""
    if state is None:
        return
    yield _heading("neighbour", tr("Neighbour, process {pid}: not traced", pid=state.pid))
    does = Piece(term(NEIGHBOUR_DOES, state.doing, tr), "result")
    if state.doing is NeighbourDoing.WOKEN:
        doing = styled(tr, message("{does}: accepts when the server goes on"), does=does)
    elif state.call:
        call = Piece(safe(state.call))
        doing = styled(tr, message("{does}, in {call}"), does=does, call=call)
    else:
        doing = (does,)
    yield KernelEntry("neighbour does", doing)
    counts = dict(enumerate(zip(state.woken, state.accepted, strict=False)))
    watched = [each for epoll in state.epolls for each in epoll.interests]
    for number, interest in enumerate(watched):
        woken, accepted = counts.get(number, (0, 0))
        said = tr("woken {woken}, accepted {accepted}", woken=woken, accepted=accepted)
        yield KernelEntry(
            f"neighbour watches {interest.fd}",
            (*_interest(interest), Piece(" " + said.replace(" ", _STUCK), "strong")),
        )


def _memory(measured: MemoryMeasured, tr: Catalogue) -> Iterable[KernelEntry]:
    yield _heading(
        "memory",
        tr.plural(
            "Memory, with {count} connection",
            "Memory, with {count} connections",
            measured.connections,
        ),
    )
    sizes = ("resident", "private", "buffers", "slab")
    values: list[tuple[str, str]] = []
    for name, title in _MEMORY_OF.items():
        value = getattr(measured, name)
        if value is not None:
            values.append((tr(title), f"{value // 1024} KiB" if name in sizes else str(value)))
    values += [(safe(name), str(value)) for name, value in measured.reported.items()]
    entries = [
        KernelEntry(f"memory {title}", (Piece(f"{title} "), Piece(value, "strong")))
        for title, value in values
    ]
    yield from _capped(entries, "memory", tr)


def _options(world: World, tr: Catalogue) -> Iterable[KernelEntry]:
    entries = [
        KernelEntry(
            f"option {fd} {option.level} {option.name}",
            (
                Piece(f"fd {fd} ", "key"),
                Piece(safe(option.name)),
                Piece(f" = {safe(value_of(option))}", "result"),
            ),
        )
        for fd, options in sorted(world.options_of().items())
        for option in options
    ]
    if entries:
        yield _heading("options", tr("Socket options set"))
        yield from _capped(entries, "options", tr)


def value_of(option: OptionSet) -> str:
    """Return an option's value as text; the kernel is handed a pointer to it."""
    value = option.value.value
    return text(value.value if isinstance(value, Reference) else value)


def _descriptors(state: KernelState, tr: Catalogue) -> Iterable[KernelEntry]:
    yield _heading("descriptors", tr("Descriptors"))
    entries = [
        KernelEntry(
            f"descriptor {one.fd} {one.target}",
            (
                Piece(f"{one.fd} ", "key"),
                Piece(term(KINDS, one.kind, tr)),
                Piece(_target(one), "dim"),
                Piece(f" {flags_of(one.flags, tr)}" if one.flags is not None else ""),
            ),
        )
        for one in state.descriptors
    ]
    beyond = state.beyond.descriptors if state.beyond is not None else 0
    yield from _capped(entries, "descriptors", tr, beyond)


def flags_of(flags: Flags, tr: Catalogue) -> str:
    """Name the flags of a descriptor, without its access mode; and that calls block, if they do."""
    names = [safe(name) for name in flags.names if name not in O_ACCESS.values()]
    if "O_NONBLOCK" not in names:
        names.insert(0, tr.in_context("of a descriptor", "blocking"))
    return " ".join(names)


def _target(descriptor: Descriptor) -> str:
    """Return what a descriptor's link adds to its kind: an inode, a path, or nothing."""
    target = descriptor.target.removeprefix(f"{descriptor.kind}:")
    return "" if target.startswith("anon_inode:") else f" {safe(target)}"


def _clients(world: World, tr: Catalogue) -> Iterable[KernelEntry]:
    entries = []
    for number, client in world.clients.items():
        counts = "".join(
            " " + tr(said, count=count).replace(" ", _STUCK)
            for said, count in (
                (message("sent {count} B"), client.sent),
                (message("received {count} B"), client.received),
            )
            if count
        )
        entries.append(
            KernelEntry(
                f"client {number}",
                (
                    Piece(f"{number} ", "key"),
                    Piece(
                        term(CLIENT_STATES, client.state, tr),
                        "failed" if client.state in ("failed", "reset") else "result",
                    ),
                    Piece(f": {safe(client.error)}" if client.error else "", "failed"),
                    Piece(f" {endpoint(client.local)}"),
                    Piece(counts, "strong"),
                ),
            )
        )
    if entries:
        yield _heading("clients", tr("Clients"))
        yield from _capped(entries[::-1], "clients", tr)


def _output(world: World, tr: Catalogue) -> Iterable[KernelEntry]:
    if not world.output:
        return
    yield _heading("output", tr("Server printed"))
    lines: list[tuple[int, str]] = []
    for stream, data in world.output[-_OUTPUT_LINES:]:
        if isinstance(data, Data):
            lines.append(
                (
                    stream,
                    tr.plural("left out, {count} byte", "left out, {count} bytes", data.length),
                )
            )
            continue
        written = data[-4096:].decode("utf-8", "replace")
        lines += [(stream, safe(line)) for line in written.splitlines() if line]
    for stream, line in lines[-_OUTPUT_LINES:]:
        mark = "2 " if stream == 2 else "| "
        yield KernelEntry(f"output {line}", (Piece(mark, "dim"), Piece(line[:2000])))
