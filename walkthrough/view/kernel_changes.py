"""Rows for what a step changed: ``+`` what has come, ``-`` what has gone, ``→`` what was modified.

Pure: `walkthrough.state.diff` in, rows out.
"""

from collections.abc import Iterable, Sequence

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import message
from walkthrough.model.kernel_state import QueueMeasure, SocketState
from walkthrough.model.values import Data, Flags
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
from walkthrough.view.kernel import ADDED, endpoint, flags_of, value_of
from walkthrough.view.kernel_terms import (
    CLIENT_STATES,
    KINDS,
    NEIGHBOUR_DOES,
    OWNERS,
    state_of,
    term,
)
from walkthrough.view.styled_message import styled
from walkthrough.view.text import Piece, Row, safe

_LENGTHS = {
    (True, QueueMeasure.BYTES): message("{socket} bytes to read {change}"),
    (False, QueueMeasure.BYTES): message("{socket} bytes on their way {change}"),
    (True, QueueMeasure.MEMORY): message("{socket} memory of waiting datagrams {change}"),
    (False, QueueMeasure.MEMORY): message("{socket} memory of what was sent and waits {change}"),
    (True, QueueMeasure.NEXT): message("{socket} bytes of the next datagram {change}"),
}
_WITH_A_FIN = message("{socket} bytes to read {change} (a FIN counts as one)")
_SENT_WITH_A_FIN = message("{socket} bytes on their way {change} (a FIN counts as one)")
_COUNTED = {
    "descriptors": message("descriptors {change}"),
    "interests": message("epoll interest list {change}"),
    "server": message("server sockets, {state} {change}"),
    "queue": message("in the queue, {state} {change}"),
    "client": message("at the clients' end, {state} {change}"),
    "kernel": message("kept by the kernel alone, {state} {change}"),
}


MOST = 40
"""How many changes are told; a row says how many more there are."""
_COME, _GONE, _TURNED = Piece("+ ", "done"), Piece("- ", "failed"), Piece("→ ", "changed")
# A FIN takes a sequence number, and so it stands in a queue like a byte (tcp(7)).
_WITH_FIN = ("CLOSE_WAIT", "FIN_WAIT1", "LAST_ACK", "CLOSING")
_SHOWN = 120
"""Characters of what was printed."""


def change_rows(changes: Sequence[Change], tr: Catalogue) -> list[Row]:
    """Write each change on a row."""
    rows = [tuple(_row(change, tr)) for change in changes[:MOST]]
    if len(changes) > MOST:
        rows.append(
            (
                Piece(
                    tr.plural(
                        "… {count} more change", "… {count} more changes", len(changes) - MOST
                    ),
                    "dim",
                ),
            )
        )
    return rows


def _row(change: Change, tr: Catalogue) -> Iterable[Piece]:
    match change:
        case DescriptorOpened():
            yield from (_COME, *_opened(change, tr))
        case DescriptorClosed():
            yield _GONE
            kind = Piece(term(KINDS, change.kind, tr))
            yield from styled(
                tr, message("{socket} {kind} closed"), socket=_fd(change.fd), kind=kind
            )
        case FlagsChanged():
            turned = _turn(flags_of(change.before, tr), flags_of(change.flags, tr))
            yield _TURNED
            yield from styled(
                tr, message("{socket} flags {change}"), socket=_fd(change.fd), change=turned
            )
        case StateChanged():
            socket = change.socket
            turned = _turn(state_of(socket, change.before), state_of(socket))
            there = Piece(f" {endpoint(socket.local)}") if socket.fd is None else Piece("")
            yield from (_TURNED, _who(socket, tr), Piece(" "), *turned, there)
        case AddressBound():
            bound = Piece(endpoint(change.socket.local), "strong")
            yield _TURNED
            yield from styled(
                tr,
                message("{socket} is now {address}"),
                socket=_who(change.socket, tr),
                address=bound,
            )
        case SocketAppeared():
            yield from (_COME, _who(change.socket, tr))
            yield Piece(f" {state_of(change.socket)} ", "result")
            yield Piece(endpoint(change.socket.local))
        case SocketGone():
            queued = change.socket.owner == "queue"
            there = Piece(endpoint(change.socket.remote if queued else change.socket.local))
            yield from (_GONE, _who(change.socket, tr), Piece(" "), there)
        case QueueChanged():
            turned = _turn(str(change.before), str(change.socket.accept_queue or 0))
            yield _TURNED
            yield from styled(
                tr,
                message("{socket} accept queue {change}"),
                socket=_who(change.socket, tr),
                change=turned,
            )
            for address in change.joined:
                yield from (Piece(" + ", "done"), Piece(endpoint(address)))
        case BacklogChanged():
            turned = _turn(str(change.before), str(change.socket.backlog or 0))
            yield _TURNED
            yield from styled(
                tr,
                message("{socket} backlog {change}"),
                socket=_who(change.socket, tr),
                change=turned,
            )
        case BytesChanged():
            yield from (_TURNED, *_length(change, tr))
        case _:
            yield from _of_epoll(change, tr)


def _length(change: BytesChanged, tr: Catalogue) -> tuple[Piece, ...]:
    """Write how the length of a queue changed, and what it is a number of."""
    socket = change.socket
    measure = socket.measures(received=change.received)
    said = _LENGTHS[change.received, measure]
    counted = change.now or change.received  # what is sent and acknowledged says so by its state
    if counted and socket.state in _WITH_FIN and measure is QueueMeasure.BYTES:
        said = _WITH_A_FIN if change.received else _SENT_WITH_A_FIN
    turned = _turn(str(change.before), str(change.now))
    return styled(tr, said, socket=_who(socket, tr), change=turned)


def _of_epoll(change: Change, tr: Catalogue) -> Iterable[Piece]:
    """Write what is about epoll's interests, or an option."""
    match change:
        case InterestAdded():
            yield _COME
            yield from styled(
                tr,
                message("epoll {epoll} watches {socket} {events}"),
                epoll=Piece(str(change.epoll)),
                socket=_fd(change.fd),
                events=Piece(_mask(change.events), "result"),
            )
        case InterestRemoved():
            yield _GONE
            yield from styled(
                tr,
                message("epoll {epoll} no longer watches {socket}"),
                epoll=Piece(str(change.epoll)),
                socket=_fd(change.fd),
            )
        case InterestChanged():
            yield _TURNED
            yield from styled(
                tr,
                message("epoll {epoll} watches {socket} {events}"),
                epoll=Piece(str(change.epoll)),
                socket=_fd(change.fd),
                events=_turn(_mask(change.before), _mask(change.events)),
            )
        case OptionSetNow():
            yield _COME
            yield from styled(
                tr,
                message("{socket} set {option} = {value}"),
                socket=_fd(change.option.fd),
                option=Piece(safe(change.option.name)),
                value=Piece(safe(value_of(change.option)), "result"),
            )
        case _:
            yield from _other(change, tr)


def _other(change: Change, tr: Catalogue) -> Iterable[Piece]:
    """Write what is not about the kernel: clients, counts, memory, output."""
    match change:
        case ClientChanged():
            now = term(CLIENT_STATES, change.client.state, tr)
            yield _TURNED if change.before else _COME
            yield from (_client(change.client.client, tr), Piece(" "))
            if change.before:
                yield from _turn(term(CLIENT_STATES, change.before, tr), now)
            else:
                yield Piece(now, "result")
            if change.client.error:
                yield Piece(f": {safe(change.client.error)}", "failed")
        case ClientsChanged():
            yield _TURNED if change.before else _COME
            yield from (_client(f"{change.first}–{change.last}", tr), Piece(" "))
            yield Piece(term(CLIENT_STATES, change.state, tr), "result")
        case ClientTransferred():
            yield from (_TURNED, _client(change.client, tr), Piece(" "))
            counts = (
                (message("sent {count} B"), change.sent),
                (message("received {count} B"), change.received),
            )
            yield Piece(" ".join(tr(text, count=count) for text, count in counts if count))
        case CountChanged():
            yield _TURNED
            turned = _turn(str(change.before), str(change.now))
            what = _COUNTED.get(change.what)
            if what is None:
                yield from (Piece(f"{safe(change.what)} {safe(change.state)} "), *turned)
            else:
                state = Piece(safe(change.state), "result")
                yield from styled(tr, what, state=state, change=turned)
        case NeighbourChanged():
            turned = _turn(
                term(NEIGHBOUR_DOES, change.before, tr), term(NEIGHBOUR_DOES, change.now, tr)
            )
            yield from (_TURNED, Piece(f"{term(OWNERS, 'neighbour', tr)} ", "dim"), *turned)
        case ChangeElsewhere():
            sign, *rest = _row(change.change, tr)
            yield from (sign, Piece(f"{change.process} ", "dim"), *rest)
        case MemoryChanged():
            before = _kib(change.before.resident if change.before is not None else None)
            yield _TURNED
            yield from styled(
                tr,
                message("server in RAM, KiB, {change}"),
                change=_turn(before, _kib(change.now.resident)),
            )
        case OutputPrinted(data=Data(length=length)):
            left_out = tr.plural("left out, {count} byte", "left out, {count} bytes", length)
            yield _COME
            yield from styled(tr, message("printed {line}"), line=Piece(left_out, "dim"))
        case OutputPrinted(data=bytes(data)):
            line = data[: 4 * _SHOWN].decode("utf-8", "replace").partition("\n")[0]
            shown = Piece(safe(line)[:_SHOWN], "string")
            yield _COME
            yield from styled(tr, message("printed {line}"), line=shown)


def _opened(change: DescriptorOpened, tr: Catalogue) -> Iterable[Piece]:
    socket = change.socket
    if change.from_queue and socket is not None:
        remote = Piece(endpoint(socket.remote), "strong")
        yield from styled(
            tr,
            message("{socket} out of the queue: {address}"),
            socket=_fd(change.fd),
            address=remote,
        )
        return
    protocol = f"{safe(socket.protocol)} " if socket is not None and socket.protocol else ""
    yield from (_fd(change.fd), Piece(f" {protocol}{term(KINDS, change.kind, tr)}"))
    if socket is not None:
        yield Piece(f" {state_of(socket)}", "result")


def _who(socket: SocketState, tr: Catalogue) -> Piece:
    if socket.fd is not None:
        return _fd(socket.fd)
    return Piece(term(OWNERS, socket.owner, tr), "dim")


def _client(number: int | str, tr: Catalogue) -> Piece:
    return Piece(tr("client {number}", number=number), "key")


def _turn(before: str, now: str) -> tuple[Piece, ...]:
    return (Piece(before, "dim"), Piece(" → ", "changed"), Piece(now, "strong"))


def _fd(fd: int) -> Piece:
    return Piece(f"fd {fd}", "key")


def _mask(events: Flags) -> str:
    """Name what is asked for; what the kernel adds to every interest is left out."""
    names = [name.removeprefix("EPOLL") for name in events.names if name not in ADDED]
    rest = [f"{events.rest:#x}"] if events.rest else []
    return " ".join(safe(name) for name in names + rest)


def _kib(size: int | None) -> str:
    return "?" if size is None else str(size // 1024)
