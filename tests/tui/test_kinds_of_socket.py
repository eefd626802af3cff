"""What the screen says where no client of TCP is let in: datagrams, paths, dialling."""

import pytest

from walkthrough.model.events import ClientActed
from walkthrough.model.kernel import KernelState, SocketState
from walkthrough.model.values import Constant, SocketAddress
from walkthrough.replay.world import World
from walkthrough.tui.bars import mode_of
from walkthrough.tui.sentence import sentence
from walkthrough.tui.standing import Mode, Standing
from walkthrough.tui.words import EN, ZH, Words

HERE = SocketAddress("AF_INET", host="127.0.0.1", port=7099)
PARKED = Standing(Mode.WAITING, 4, 4)


def socket(owner: str, state: str, kind: str = "SOCK_STREAM") -> SocketState:
    return SocketState(
        owner=owner, family="AF_INET", type=kind, protocol="", state=state, local=HERE
    )


def connected(local: SocketAddress | None) -> ClientActed:
    return ClientActed(seq=1, time_ns=1, client=1, action="connect", local=local)


@pytest.mark.parametrize("words", [EN, ZH])
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
    local: SocketAddress | None, kernel: KernelState | None, key: str, words: Words
) -> None:
    said = sentence(connected(local), words, kernel=kernel)
    assert said == words.client_did[key].format(client=1)


@pytest.mark.parametrize("words", [EN, ZH])
@pytest.mark.parametrize(
    ("sockets", "dialled"),
    [
        ((), False),
        ((socket("server", "LISTEN"),), False),
        ((socket("server", "LISTEN"), socket("neighbour", "LISTEN")), False),
        ((socket("server", "ESTABLISHED"), socket("neighbour", "LISTEN")), True),
    ],
)
def test_who_has_dialled_waits_for_no_client(
    sockets: tuple[SocketState, ...], dialled: bool, words: Words
) -> None:
    said = mode_of(PARKED, words, World(kernel=KernelState(sockets=sockets)))
    expected = words.waiting_dialled if dialled else words.waiting
    assert said == words.live.format(doing=expected)


def test_before_the_kernel_was_looked_at_a_client_is_what_is_waited_for() -> None:
    assert mode_of(PARKED, EN, World()) == mode_of(PARKED, EN)


@pytest.mark.parametrize("words", [EN, ZH])
def test_a_client_with_nowhere_to_connect_to_is_said_so(words: Words) -> None:
    error = Constant("EDESTADDRREQ", 89)
    early = ClientActed(seq=0, time_ns=0, client=2, action="connect", error=error)
    assert sentence(early, words) == words.client_nowhere.format(client=2)
