"""Rows for what a step changed: ``+`` what has come, ``-`` what has gone, ``→`` what was modified.

Pure: `walkthrough.state.diff` in, rows out.
"""

from collections.abc import Iterable, Sequence

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import message
from walkthrough.model.kernel_state import SocketState
from walkthrough.model.values import Data, Flags
from walkthrough.state.change import (
    AddressBound,
    BacklogChanged,
    BytesChanged,
    Change,
    ClientChanged,
    ClientsChanged,
    ClientTransferred,
    CountChanged,
    DescriptorClosed,
    DescriptorOpened,
    InterestAdded,
    InterestChanged,
    InterestRemoved,
    MemoryChanged,
    OptionSetNow,
    OutputPrinted,
    QueueChanged,
    SocketAppeared,
    SocketGone,
    StateChanged,
)
from walkthrough.view.kernel import ADDED, endpoint, value_of
from walkthrough.view.kernel_terms import CLIENT_STATES, KINDS, OWNERS, term
from walkthrough.view.text import Piece, Row, safe

_BYTES = {
    "received": message("bytes to read"),
    "sent": message("bytes on their way"),
}
_COUNTED = {
    "descriptors": message("descriptors"),
    "interests": message("interests of epoll"),
    "server": message("sockets of the server's,"),
    "queue": message("in the queue,"),
    "client": message("at the clients' end,"),
    "kernel": message("kept by the kernel alone,"),
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
            yield from (_COME, _fd(change.fd))
            yield from _opened(change, tr)
        case DescriptorClosed():
            yield from (_GONE, _fd(change.fd), Piece(term(KINDS, change.kind, tr) + " "))
            yield Piece(tr("closed"), "result")
        case StateChanged():
            yield from (_TURNED, *_who(change.socket, tr))
            yield from _turn(safe(change.before), safe(change.socket.state))
            if change.socket.fd is None:
                yield Piece(f" {endpoint(change.socket.local)}")
        case AddressBound():
            yield from (_TURNED, *_who(change.socket, tr), Piece(tr("is now") + " "))
            yield Piece(endpoint(change.socket.local), "strong")
        case SocketAppeared():
            yield from (_COME, *_who(change.socket, tr))
            yield Piece(f"{safe(change.socket.state)} ", "result")
            yield Piece(endpoint(change.socket.local))
        case SocketGone():
            yield from (_GONE, *_who(change.socket, tr))
            yield Piece(endpoint(change.socket.remote if change.socket.owner == "queue" else None))
            yield Piece(endpoint(change.socket.local if change.socket.owner != "queue" else None))
        case QueueChanged():
            yield from (_TURNED, *_who(change.socket, tr), Piece(tr("accept queue") + " "))
            yield from _turn(str(change.before), str(change.socket.accept_queue or 0))
            for address in change.joined:
                yield Piece(" + ", "done")
                yield Piece(endpoint(address))
        case BacklogChanged():
            yield from (_TURNED, *_who(change.socket, tr), Piece(tr("backlog") + " "))
            yield from _turn(str(change.before), str(change.socket.backlog or 0))
        case BytesChanged():
            yield from (_TURNED, *_who(change.socket, tr))
            yield Piece(tr(_BYTES["received" if change.received else "sent"]) + " ")
            yield from _turn(str(change.before), str(change.now))
            if change.now and change.socket.state in _WITH_FIN:
                yield Piece(" " + tr("(a FIN counts as one)"), "dim")
        case InterestAdded():
            yield from (_COME, Piece(tr("epoll {epoll} watches", epoll=change.epoll) + " "))
            yield from (_fd(change.fd), Piece(_mask(change.events), "result"))
        case InterestRemoved():
            yield from (
                _GONE,
                Piece(tr("epoll {epoll} no longer watches", epoll=change.epoll) + " "),
            )
            yield Piece(f"fd {change.fd}", "key")
        case InterestChanged():
            yield from (_TURNED, Piece(tr("epoll {epoll} watches", epoll=change.epoll) + " "))
            yield _fd(change.fd)
            yield from _turn(_mask(change.before), _mask(change.events))
        case OptionSetNow():
            yield from (_COME, _fd(change.option.fd), Piece(tr("set") + " "))
            yield Piece(safe(change.option.name))
            yield Piece(f" = {safe(value_of(change.option))}", "result")
        case _:
            yield from _other(change, tr)


def _other(change: Change, tr: Catalogue) -> Iterable[Piece]:
    """Write what is not about the kernel: clients, counts, memory, output."""
    match change:
        case ClientChanged():
            now = term(CLIENT_STATES, change.client.state, tr)
            yield _TURNED if change.before else _COME
            yield Piece(tr("client {number}", number=change.client.client) + " ", "key")
            if change.before:
                yield from _turn(term(CLIENT_STATES, change.before, tr), now)
            else:
                yield Piece(now, "result")
        case ClientsChanged():
            now = term(CLIENT_STATES, change.state, tr)
            yield _TURNED if change.before else _COME
            numbers = f"{change.first}–{change.last}"
            yield Piece(tr("client {number}", number=numbers) + " ", "key")
            yield Piece(now, "result")
        case ClientTransferred():
            yield from (_TURNED, Piece(tr("client {number}", number=change.client) + " ", "key"))
            counts = (
                (message("sent {count} B"), change.sent),
                (message("received {count} B"), change.received),
            )
            yield Piece(" ".join(tr(text, count=count) for text, count in counts if count))
        case CountChanged():
            yield from (
                _TURNED,
                Piece(tr.text(_COUNTED.get(change.what, safe(change.what))) + " "),
            )
            if change.state:
                yield Piece(f"{safe(change.state)} ", "result")
            yield from _turn(str(change.before), str(change.now))
        case MemoryChanged():
            yield from (_TURNED, Piece(tr("server in RAM, KiB,") + " "))
            yield from _turn(
                _kib(change.before.resident if change.before is not None else None),
                _kib(change.now.resident),
            )
        case OutputPrinted(data=Data(length=length)):
            yield from (_COME, Piece(tr("printed") + " "))
            yield Piece(
                tr.plural("left out, {count} byte", "left out, {count} bytes", length), "dim"
            )
        case OutputPrinted(data=bytes(data)):
            line = data[: 4 * _SHOWN].decode("utf-8", "replace").partition("\n")[0]
            yield from (_COME, Piece(tr("printed") + " "), Piece(safe(line)[:_SHOWN], "string"))


def _opened(change: DescriptorOpened, tr: Catalogue) -> Iterable[Piece]:
    socket = change.socket
    if change.from_queue and socket is not None:
        yield Piece(tr("out of the queue: "))
        yield Piece(endpoint(socket.remote), "strong")
        return
    protocol = f"{safe(socket.protocol)} " if socket is not None and socket.protocol else ""
    yield Piece(protocol + term(KINDS, change.kind, tr))
    if socket is not None:
        yield Piece(f" {safe(socket.state)}", "result")


def _who(socket: SocketState, tr: Catalogue) -> Iterable[Piece]:
    if socket.fd is not None:
        yield _fd(socket.fd)
    else:
        yield Piece(term(OWNERS, socket.owner, tr) + " ", "dim")


def _turn(before: str, now: str) -> Iterable[Piece]:
    yield Piece(before, "dim")
    yield Piece(" → ", "changed")
    yield Piece(now, "strong")


def _fd(fd: int) -> Piece:
    return Piece(f"fd {fd} ", "key")


def _mask(events: Flags) -> str:
    """Name what is asked for; what the kernel adds to every interest is left out."""
    names = [name.removeprefix("EPOLL") for name in events.names if name not in ADDED]
    rest = [f"{events.rest:#x}"] if events.rest else []
    return " ".join(safe(name) for name in names + rest)


def _kib(size: int | None) -> str:
    return "?" if size is None else str(size // 1024)
