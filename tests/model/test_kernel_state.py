"""Counting what a kernel's view lists and what it leaves out."""

from walkthrough.model.kernel_state import (
    Beyond,
    Descriptor,
    EpollInterest,
    EpollState,
    KernelState,
    SocketState,
)
from walkthrough.model.values import Flags, SocketAddress


def socket(owner: str, state: str) -> SocketState:
    local = SocketAddress("AF_INET", host="127.0.0.1", port=1)
    return SocketState(owner, "AF_INET", "SOCK_STREAM", "TCP", state, local)


LISTED = KernelState(
    descriptors=(Descriptor(3, "socket", "socket:[1]", 1), Descriptor(4, "epoll", "anon")),
    sockets=(socket("server", "LISTEN"), socket("client", "ESTABLISHED")),
    epolls=(EpollState(4, (EpollInterest(3, Flags((), 0), 0),)), EpollState(9, ())),
)


def test_what_is_listed_is_counted() -> None:
    assert (LISTED.count_descriptors(), LISTED.count_interests()) == (2, 1)
    assert LISTED.count_sockets("server") == {"LISTEN": 1}
    assert LISTED.count_sockets("client") == {"ESTABLISHED": 1}
    assert LISTED.count_sockets("queue") == {}


def test_so_is_what_is_not() -> None:
    more = {"server ESTABLISHED": 9000, "server LISTEN": 1, "client ESTABLISHED": 7}
    state = KernelState(
        LISTED.descriptors, LISTED.sockets, LISTED.epolls, (), Beyond(9001, 8000, more)
    )
    assert (state.count_descriptors(), state.count_interests()) == (9003, 8001)
    assert state.count_sockets("server") == {"LISTEN": 2, "ESTABLISHED": 9000}
    assert state.count_sockets("client") == {"ESTABLISHED": 8}
