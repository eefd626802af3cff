"""Folds what a client does, and what a view of the kernel shows of it, into its view."""

from collections.abc import Iterator

from msgspec.structs import replace

from walkthrough.model.events import ClientActed
from walkthrough.model.kernel_state import KernelState
from walkthrough.model.outcomes import NO_FAILURES
from walkthrough.model.values import SocketAddress
from walkthrough.state.builder import WorldBuilder
from walkthrough.state.world import MOST_CLIENTS, ClientView

CONNECTING = "connecting"
RESET = "reset"
_UNDER_WAY = ("EINPROGRESS", "EALREADY")
_CLIENT_STATES = {
    "connect": "connected",
    "accept": "connected",
    "send": "connected",
    "half-close": "half-closed",
    "close": "closed",
    "reset": "closed",
}


_OPEN = ("connected", "half-closed")
_STREAMS = ("ESTABLISHED", "CLOSE_WAIT", "FIN_WAIT1", "FIN_WAIT2")
_FEW = 64
"""Clients, and sockets, up to which resets by the server's end are looked for."""


def fold_client(builder: WorldBuilder, event: ClientActed) -> None:
    """Fold the action of a client, or of several at once, into `World.clients`."""
    builder.changed_kernel = False
    if event.action == "accept" and event.error is not None and event.error.name in NO_FAILURES:
        return  # nobody has connected yet: there is no such client
    clients = builder.mutable_clients()
    last = max(event.client, event.client + event.clients - 1)
    for number in range(max(event.client, last - MOST_CLIENTS + 1), last + 1):
        before = clients.get(number) or ClientView(number, "")
        clients[number] = _client_after(before, event)
    for number in [*clients][: max(0, len(clients) - MOST_CLIENTS)]:
        del clients[number]


def _client_after(before: ClientView, event: ClientActed) -> ClientView:
    own = event.clients == 1  # the addresses and data of a batch are those of its first
    done = event.error is None
    state = _state_after(before, event)
    return ClientView(
        client=before.client,
        state=state,
        local=(event.local if own else None) or before.local,
        remote=event.remote or before.remote,
        sent=before.sent + event.length * (event.action == "send"),
        received=before.received + event.length * (done and event.action == "receive"),
        error=event.error.name if event.error is not None and state == "failed" else "",
    )


def _state_after(before: ClientView, event: ClientActed) -> str:
    if event.action == "allow-replies":
        return before.state or CONNECTING
    if event.error is None:
        return _CLIENT_STATES.get(event.action, before.state or "connected")
    error = event.error.name
    if event.action == "connect" and error in _UNDER_WAY:
        return CONNECTING
    waits = event.action != "connect" and error in NO_FAILURES
    if waits or error == "EISCONN" or before.state == "closed":
        return before.state or "connected"  # its connection is as it was
    return "failed"


def fold_clients_seen(builder: WorldBuilder, before: KernelState | None, now: KernelState) -> None:
    """Fold what has become of connections, as far as only the kernel's view shows it."""
    _fold_under_way(builder, before, now)
    if before is None or now.partial or now.beyond is not None or len(builder.clients) > _FEW:
        return
    if len(before.sockets) <= _FEW:
        _fold_resets(builder, before, now)


def _fold_under_way(builder: WorldBuilder, before: KernelState | None, now: KernelState) -> None:
    """Fold how connections ended whose connect had returned before the handshake did."""
    under_way = [each for each in builder.clients.values() if each.state == CONNECTING]
    if not under_way:
        return
    were, are = dict(_client_states(before)), dict(_client_states(now))
    for client in under_way:
        here = _key(client.local)
        was, state = were.get(here, ""), are.get(here, "")
        if state and state != "SYN_SENT":
            became = "failed" if state == "CLOSE" else "connected"
        elif was and not state and now.beyond is None:
            became = "failed"  # its SYN was given up, or refused after all
        else:
            continue
        builder.mutable_clients()[client.client] = replace(client, state=became)


def _fold_resets(builder: WorldBuilder, before: KernelState, now: KernelState) -> None:
    """Fold which connections are gone though their client did nothing: an RST has come.

    A connection that ends by FIN stays in view, as TIME_WAIT at least.
    """
    open_ones = [each for each in builder.clients.values() if each.state in _OPEN]
    if not open_ones:
        return
    streams = {
        _key(each.local)
        for each in before.sockets
        if each.owner == "client" and each.state in _STREAMS and each.type == "SOCK_STREAM"
    }
    gone = streams - {_key(each.local) for each in now.sockets} - {("", 0)}
    for client in open_ones if gone else ():
        if _key(client.local) in gone:
            builder.mutable_clients()[client.client] = replace(client, state=RESET)


def _client_states(state: KernelState | None) -> Iterator[tuple[tuple[str, int], str]]:
    for socket in state.sockets if state is not None else ():
        if socket.owner == "client":
            yield _key(socket.local), socket.state


def _key(address: SocketAddress | None) -> tuple[str, int]:
    return (address.host, address.port) if address is not None else ("", 0)
