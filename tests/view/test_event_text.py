"""What the screen says where no client of TCP is let in: datagrams, paths, dialling."""

import pytest

from walkthrough.i18n.catalogue import Catalogue, catalogue
from walkthrough.model.events import ClientActed
from walkthrough.model.kernel_state import KernelState, SocketState
from walkthrough.model.protocol import ActionOffered
from walkthrough.model.values import Constant, SocketAddress
from walkthrough.state.world import ClientView, World
from walkthrough.tui.screens.status import (
    WAKERS,
    WakeSource,
    WalkMode,
    WalkStatus,
    repeated_packet,
    waker_of,
)
from walkthrough.tui.widgets.action import forward
from walkthrough.tui.widgets.bars import mode_of
from walkthrough.view.event_text import CLIENT_DID, sentence

EN = catalogue("en")
ZH = catalogue("zh")


HERE = SocketAddress("AF_INET", host="127.0.0.1", port=7099)


def socket(owner: str, state: str, kind: str = "SOCK_STREAM") -> SocketState:
    return SocketState(
        owner=owner, family="AF_INET", type=kind, protocol="", state=state, local=HERE
    )


def connected(local: SocketAddress | None) -> ClientActed:
    return ClientActed(seq=1, time_ns=1, client=1, action="connect", local=local)


@pytest.mark.parametrize("tr", [EN, ZH])
@pytest.mark.parametrize(
    ("local", "kernel", "key"),
    [
        (HERE, None, "connect"),
        (HERE, KernelState(sockets=(socket("server", "LISTEN"),)), "connect"),
        (HERE, KernelState(sockets=(socket("client", "ESTABLISHED", "SOCK_DGRAM"),)), "connect"),
        (
            HERE,
            KernelState(sockets=(socket("server", "UNCONN", "SOCK_DGRAM"),)),
            "connect for datagrams",
        ),
        (SocketAddress("AF_UNIX"), None, "connect by path"),
    ],
)
def test_only_a_client_of_tcp_has_shaken_hands(
    local: SocketAddress | None, kernel: KernelState | None, key: str, tr: Catalogue
) -> None:
    said = sentence(connected(local), tr, kernel=kernel)
    assert said == tr(CLIENT_DID[key], client=1)


LISTENER, NEIGHBOUR = socket("server", "LISTEN"), socket("neighbour", "LISTEN")
ACCEPTED = socket("server", "ESTABLISHED")
DATAGRAMS = socket("server", "UNCONN", "SOCK_DGRAM")


@pytest.mark.parametrize(
    ("sockets", "client", "keys"),
    [
        ((), "", "c"),
        ((LISTENER,), "", "c"),
        ((LISTENER,), "closed", "c"),
        ((LISTENER, ACCEPTED), "connected", "c or s"),
        ((LISTENER, NEIGHBOUR), "", "c"),
        ((ACCEPTED,), "connected", "s"),
        ((DATAGRAMS,), "", "c, then s"),
        ((DATAGRAMS,), "connected", "s"),
        ((ACCEPTED, NEIGHBOUR), "", "a, then s"),
        ((ACCEPTED, NEIGHBOUR), "connected", "s"),
    ],
)
def test_of_a_parked_server_the_keys_are_named_that_can_wake_it(
    sockets: tuple[SocketState, ...], client: str, keys: str
) -> None:
    clients = {1: ClientView(1, client)} if client else {}
    waker = waker_of(World(kernel=KernelState(sockets=sockets), clients=clients))
    parked = WalkStatus(WalkMode.WAITING, 4, 4, waker=waker)
    header, refusal = mode_of(parked, EN), forward(parked, EN) or ""
    assert f"({keys})" in header
    assert f"({keys})" in refusal
    for said in (header, refusal):
        assert ("the dialled side" in said) is (sockets == (ACCEPTED, NEIGHBOUR))
        assert ("a client" in said) is (sockets != (ACCEPTED, NEIGHBOUR))


@pytest.mark.parametrize("tr", [EN, ZH])
@pytest.mark.parametrize("waker", WakeSource)
def test_who_can_wake_it_is_said_in_both_languages(waker: WakeSource, tr: Catalogue) -> None:
    parked = WalkStatus(WalkMode.WAITING, 4, 4, waker=waker)
    for said in (mode_of(parked, tr), forward(parked, tr) or ""):
        assert tr(WAKERS[waker]) in said
        assert "{" not in said


@pytest.mark.parametrize("tr", [EN, ZH])
def test_a_syn_without_an_answer_is_named_as_what_can_wake_it_too(tr: Catalogue) -> None:
    world = World(kernel=KernelState(sockets=(LISTENER, socket("client", "SYN_SENT"))))
    half_open = (LISTENER, socket("client", "SYN_SENT"), socket("kernel", "SYN_RECV"))
    assert repeated_packet(world) == "SYN"
    assert repeated_packet(World(kernel=KernelState(sockets=half_open))) == "SYN-ACK"
    answered = socket("client", "ESTABLISHED")
    assert repeated_packet(World(kernel=KernelState(sockets=(LISTENER, answered)))) == ""
    parked = WalkStatus(WalkMode.WAITING, 4, 4, repeats="SYN-ACK")
    for said in (mode_of(parked, tr), forward(parked, tr) or ""):
        assert "SYN-ACK" in said
        assert tr(WAKERS[WakeSource.CONNECT]) in said
        assert "only" not in said
    assert tr(WAKERS[WakeSource.CONNECT]) in mode_of(parked, tr, short=True)
    due = ActionOffered(action="close", due=True, left=1)
    first = WalkStatus(WalkMode.WAITING, 4, 4, repeats="SYN-ACK", offered=due)
    assert "SYN" not in mode_of(first, tr), "what is due comes first"


def test_before_the_kernel_was_looked_at_a_client_is_what_is_waited_for() -> None:
    assert waker_of(World()) is WakeSource.CONNECT


@pytest.mark.parametrize(
    ("action", "error", "data", "said"),
    [
        ("connect", "EINPROGRESS", b"", "client 3 is connecting: its SYN has no answer yet"),
        ("connect", "ECONNREFUSED", b"", "client 3 could not connect: ECONNREFUSED"),
        ("receive", "EAGAIN", b"", "client 3 has received nothing yet (EAGAIN)"),
        ("accept", "EAGAIN", b"", "the server has not connected yet, so nothing is accepted"),
        ("send", "EAGAIN", b"", "client 3 cannot send yet (EAGAIN)"),
        ("send", "EAGAIN", b"ab", "client 3 has sent 2 bytes; there is no room for the rest yet"),
        ("send", "EPIPE", b"", "client 3 could not send: EPIPE"),
    ],
)
def test_what_is_under_way_or_waits_has_not_failed(
    action: str, error: str, data: bytes, said: str
) -> None:
    event = ClientActed(
        seq=0, time_ns=0, client=3, action=action, data=data, error=Constant(error, 1)
    )
    assert sentence(event, EN).startswith(said)
    assert error in sentence(event, ZH)
    assert ("could not" in said) == ("未能" in sentence(event, ZH))


def test_of_several_clients_that_did_the_same_all_is_said_in_one_sentence() -> None:
    event = ClientActed(seq=0, time_ns=0, client=2, clients=3, action="connect", local=HERE)
    assert sentence(event, EN) == (
        "client 2 is connected: its handshake is done (and so with the 2 clients that follow)"
    )


@pytest.mark.parametrize("tr", [EN, ZH])
def test_a_client_with_nowhere_to_connect_to_is_said_so(tr: Catalogue) -> None:
    error = Constant("EDESTADDRREQ", 89)
    early = ClientActed(seq=0, time_ns=0, client=2, action="connect", error=error)
    assert sentence(early, tr) == tr(
        "client {client} has nowhere to connect to: nothing is bound yet", client=2
    )
