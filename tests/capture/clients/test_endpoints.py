"""Where the server can be reached, from one kernel's view after another."""

from walkthrough.capture.clients.endpoints import DATAGRAM, STREAM, Endpoint, Endpoints
from walkthrough.model.kernel_state import KernelState, SocketState
from walkthrough.model.values import SocketAddress


def address(port: int) -> SocketAddress:
    return SocketAddress("AF_INET", host="127.0.0.1", port=port)


def socket(
    port: int, inode: int, state: str = "LISTEN", kind: str = STREAM, owner: str = "server"
) -> SocketState:
    return SocketState(owner, "AF_INET", kind, "TCP", state, address(port), inode=inode)


def seen(*views: tuple[SocketState, ...]) -> Endpoints:
    endpoints = Endpoints()
    for sockets in views:
        endpoints.see(KernelState(sockets=sockets))
    return endpoints


def test_nothing_is_anywhere_before_it_has_a_port() -> None:
    endpoints = seen((socket(0, 1, "CLOSE"),))
    assert endpoints.find() is None
    assert seen().find() is None


def test_a_bound_port_counts_before_it_is_listened_on() -> None:
    assert seen((socket(80, 1, "CLOSE"),)).find() == Endpoint(address(80))


def test_a_socket_that_was_bound_and_is_gone_does_not() -> None:
    # as Go's own probes are, before a wildcard socket
    assert seen((socket(80, 1, "CLOSE"),), ()).find() is None


def test_listeners_count_in_the_order_in_which_they_were_opened() -> None:
    first, second = socket(81, 9), socket(80, 2)
    endpoints = seen((first,), (second, first))
    assert endpoints.find(1) == Endpoint(address(81))
    assert endpoints.find(2) == Endpoint(address(80))
    assert endpoints.find(3) is None
    assert endpoints.find(0) is None


def test_a_closed_listener_is_remembered() -> None:
    assert seen((socket(80, 1),), ()).find() == Endpoint(address(80))


def test_datagram_sockets_need_not_listen() -> None:
    assert seen((socket(53, 1, "CLOSE", DATAGRAM),)).find() == Endpoint(address(53), DATAGRAM)


def test_nobody_elses_sockets_count() -> None:
    assert seen((socket(80, 1, owner="neighbour"),)).find() is None
