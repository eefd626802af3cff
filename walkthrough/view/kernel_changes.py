"""Rows for what a step changed: ``+`` what has come, ``-`` what has gone, ``→`` what is otherwise.

Pure: `walkthrough.state.diff` in, rows out.
"""

from collections.abc import Iterable, Sequence

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
from walkthrough.view.kernel_words import KernelWords
from walkthrough.view.text import Piece, Row, safe

MOST = 40
"""So many changes are told; a row says how many more there are."""
_COME, _GONE, _TURNED = Piece("+ ", "done"), Piece("- ", "failed"), Piece("→ ", "changed")
# A FIN takes a sequence number, and so it stands in a queue like a byte (tcp(7)).
_WITH_FIN = ("CLOSE_WAIT", "FIN_WAIT1", "LAST_ACK", "CLOSING")
_SHOWN = 120
"""Characters of what was printed."""


def change_rows(changes: Sequence[Change], words: KernelWords) -> list[Row]:
    """Write each change on a row."""
    rows = [tuple(_row(change, words)) for change in changes[:MOST]]
    if len(changes) > MOST:
        rows.append((Piece(words.more.format(count=len(changes) - MOST), "dim"),))
    return rows


def _row(change: Change, words: KernelWords) -> Iterable[Piece]:
    match change:
        case DescriptorOpened():
            yield from (_COME, _fd(change.fd))
            yield from _opened(change, words)
        case DescriptorClosed():
            yield from (_GONE, _fd(change.fd), Piece(_kind(change.kind, words) + " "))
            yield Piece(words.closed, "result")
        case StateChanged():
            yield from (_TURNED, *_who(change.socket, words))
            yield from _turn(safe(change.before), safe(change.socket.state))
            if change.socket.fd is None:
                yield Piece(f" {endpoint(change.socket.local)}")
        case AddressBound():
            yield from (_TURNED, *_who(change.socket, words), Piece(words.bound + " "))
            yield Piece(endpoint(change.socket.local), "strong")
        case SocketAppeared():
            yield from (_COME, *_who(change.socket, words))
            yield Piece(f"{safe(change.socket.state)} ", "result")
            yield Piece(endpoint(change.socket.local))
        case SocketGone():
            yield from (_GONE, *_who(change.socket, words))
            yield Piece(endpoint(change.socket.remote if change.socket.owner == "queue" else None))
            yield Piece(endpoint(change.socket.local if change.socket.owner != "queue" else None))
        case QueueChanged():
            yield from (_TURNED, *_who(change.socket, words), Piece(words.queue + " "))
            yield from _turn(str(change.before), str(change.socket.accept_queue or 0))
            for address in change.joined:
                yield Piece(" + ", "done")
                yield Piece(endpoint(address))
        case BacklogChanged():
            yield from (_TURNED, *_who(change.socket, words), Piece(words.backlog + " "))
            yield from _turn(str(change.before), str(change.socket.backlog or 0))
        case BytesChanged():
            yield from (_TURNED, *_who(change.socket, words))
            yield Piece(words.bytes["received" if change.received else "sent"] + " ")
            yield from _turn(str(change.before), str(change.now))
            if change.now and change.socket.state in _WITH_FIN:
                yield Piece(" " + words.fin, "dim")
        case InterestAdded():
            yield from (_COME, Piece(words.watches.format(epoll=change.epoll) + " "))
            yield from (_fd(change.fd), Piece(_mask(change.events), "result"))
        case InterestRemoved():
            yield from (_GONE, Piece(words.no_longer.format(epoll=change.epoll) + " "))
            yield Piece(f"fd {change.fd}", "key")
        case InterestChanged():
            yield from (_TURNED, Piece(words.watches.format(epoll=change.epoll) + " "))
            yield _fd(change.fd)
            yield from _turn(_mask(change.before), _mask(change.events))
        case OptionSetNow():
            yield from (_COME, _fd(change.option.fd), Piece(words.option + " "))
            yield Piece(safe(change.option.name))
            yield Piece(f" = {safe(value_of(change.option))}", "result")
        case _:
            yield from _other(change, words)


def _other(change: Change, words: KernelWords) -> Iterable[Piece]:
    """Write what is not the kernel's: clients, counts, memory, output."""
    match change:
        case ClientChanged():
            states = words.client_states
            now = states.get(change.client.state, safe(change.client.state))
            yield _TURNED if change.before else _COME
            yield Piece(words.client.format(number=change.client.client) + " ", "key")
            if change.before:
                yield from _turn(states.get(change.before, safe(change.before)), now)
            else:
                yield Piece(now, "result")
        case ClientsChanged():
            now = words.client_states.get(change.state, safe(change.state))
            yield _TURNED if change.before else _COME
            numbers = f"{change.first}–{change.last}"
            yield Piece(words.client.format(number=numbers) + " ", "key")
            yield Piece(now, "result")
        case ClientTransferred():
            yield from (_TURNED, Piece(words.client.format(number=change.client) + " ", "key"))
            counts = ((words.sent, change.sent), (words.received, change.received))
            yield Piece(" ".join(text.format(count=count) for text, count in counts if count))
        case CountChanged():
            yield from (_TURNED, Piece(words.counted.get(change.what, safe(change.what)) + " "))
            if change.state:
                yield Piece(f"{safe(change.state)} ", "result")
            yield from _turn(str(change.before), str(change.now))
        case MemoryChanged():
            yield from (_TURNED, Piece(words.memory + " "))
            yield from _turn(
                _kib(change.before.resident if change.before is not None else None),
                _kib(change.now.resident),
            )
        case OutputPrinted(data=Data(length=length)):
            yield from (_COME, Piece(words.printed + " "))
            yield Piece(words.left_out.format(count=length), "dim")
        case OutputPrinted(data=bytes(data)):
            line = data[: 4 * _SHOWN].decode("utf-8", "replace").partition("\n")[0]
            yield from (_COME, Piece(words.printed + " "), Piece(safe(line)[:_SHOWN], "string"))


def _opened(change: DescriptorOpened, words: KernelWords) -> Iterable[Piece]:
    socket = change.socket
    if change.from_queue and socket is not None:
        yield Piece(words.from_queue)
        yield Piece(endpoint(socket.remote), "strong")
        return
    protocol = f"{safe(socket.protocol)} " if socket is not None and socket.protocol else ""
    yield Piece(protocol + _kind(change.kind, words))
    if socket is not None:
        yield Piece(f" {safe(socket.state)}", "result")


def _who(socket: SocketState, words: KernelWords) -> Iterable[Piece]:
    if socket.fd is not None:
        yield _fd(socket.fd)
    else:
        yield Piece(words.owners.get(socket.owner, safe(socket.owner)) + " ", "dim")


def _turn(before: str, now: str) -> Iterable[Piece]:
    yield Piece(before, "dim")
    yield Piece(" → ", "changed")
    yield Piece(now, "strong")


def _fd(fd: int) -> Piece:
    return Piece(f"fd {fd} ", "key")


def _kind(kind: str, words: KernelWords) -> str:
    return words.kinds.get(kind, safe(kind))


def _mask(events: Flags) -> str:
    """Name what is asked for; what the kernel adds to every interest is no news."""
    names = [name.removeprefix("EPOLL") for name in events.names if name not in ADDED]
    rest = [f"{events.rest:#x}"] if events.rest else []
    return " ".join(safe(name) for name in names + rest)


def _kib(size: int | None) -> str:
    return "?" if size is None else str(size // 1024)
