"""Folds what a client does into its view."""

from walkthrough.model.events import ClientActed
from walkthrough.model.values import Constant
from walkthrough.state.builder import WorldBuilder
from walkthrough.state.world import MOST_CLIENTS, ClientView

_NOT_YET = Constant("EAGAIN", 11)  # nothing has come yet: no failure
_WAITS = ("receive", "accept")
_CLIENT_STATES = {
    "connect": "connected",
    "accept": "connected",
    "half-close": "half-closed",
    "close": "closed",
    "reset": "closed",
}


def fold_client(builder: WorldBuilder, event: ClientActed) -> None:
    """Fold the action of a client, or of several at once, into `World.clients`."""
    clients = builder.mutable_clients()
    last = max(event.client, event.client + event.clients - 1)
    for number in range(max(event.client, last - MOST_CLIENTS + 1), last + 1):
        before = clients.get(number) or ClientView(number, "connected")
        clients[number] = _client_after(before, event)
    for number in [*clients][: max(0, len(clients) - MOST_CLIENTS)]:
        del clients[number]
    builder.changed_kernel = False


def _client_after(before: ClientView, event: ClientActed) -> ClientView:
    own = event.clients == 1  # the addresses and data of a batch are those of its first
    done = event.error is None
    if done:
        state = _CLIENT_STATES.get(event.action, before.state)
    elif before.state == "closed" or (event.action in _WAITS and event.error == _NOT_YET):
        state = before.state
    else:
        state = "failed"
    return ClientView(
        client=before.client,
        state=state,
        local=(event.local if own else None) or before.local,
        remote=event.remote or before.remote,
        sent=before.sent + event.length * (done and event.action == "send"),
        received=before.received + event.length * (done and event.action == "receive"),
    )
