"""Whose a socket is, from rows as the kernel gives them."""

import socket

import pytest

from walkthrough.capture.kernel.netlink import LISTEN, InetSocket
from walkthrough.capture.kernel.owners import BoundAddresses, SocketOwners

ESTABLISHED, TIME_WAIT, CLOSE_WAIT = 1, 6, 8
HERE, ANY, OTHER = b"\x7f\0\0\1", b"\0\0\0\0", b"\x7f\0\0\2"
MAPPED = b"\0" * 10 + b"\xff\xff" + HERE
OWNED = {100: 3, 101: 4}
NEIGHBOUR = 900


def row(
    local: int,
    remote: int = 0,
    state: int = ESTABLISHED,
    inode: int = 0,
    waiting: int = 0,
    host: bytes = HERE,
) -> InetSocket:
    """A socket between two ports of ``host``."""
    return InetSocket(socket.AF_INET, state, host, local, host, remote, waiting, 0, inode)


def at(*ports: int, host: bytes = HERE) -> BoundAddresses:
    addresses = BoundAddresses()
    for port in ports:
        addresses.add(host, port)
    return addresses


@pytest.mark.parametrize(
    ("one", "owner"),
    [
        (row(80, state=LISTEN, inode=100), "server"),
        (row(80, 5000, inode=101), "server"),
        (row(80, 5000), "queue"),
        (row(80, 5000, CLOSE_WAIT), "queue"),
        (row(80, 5000, TIME_WAIT), "kernel"),
        (row(5000, 80, inode=7), "client"),
        (row(5000, 80, TIME_WAIT), "kernel"),
        (row(80, 5000, inode=7), None),  # another process on the same port
        (row(80, state=LISTEN, inode=7), None),
        (row(81, 5000), None),
        (row(90, state=LISTEN, inode=NEIGHBOUR), "neighbour"),
        (row(90, 5000), "neighbour"),  # waiting in its queue
        (row(90, 5000, inode=7), "client"),  # taken from its queue
        (row(90, 5000, TIME_WAIT), "kernel"),
        (row(5000, 90, inode=100), "server"),
        (row(5000, 90, inode=7), None),
        (row(5000, 90, TIME_WAIT), "kernel"),
    ],
)
def test_owners(one: InetSocket, owner: str | None) -> None:
    assert SocketOwners(OWNED, at(80), at(80), [NEIGHBOUR], at(90)).of(one) == owner


def test_a_connection_that_a_neighbour_has_accepted_from_a_shared_listener_is_its_own() -> None:
    shared = next(inode for inode in OWNED)
    owners = SocketOwners(OWNED, at(80), at(80), [shared, 77])
    assert owners.of(row(80, 5000, inode=77)) == "neighbour"
    assert owners.of(row(80, 5000, inode=78)) is None
    assert owners.of(row(80, state=LISTEN, inode=shared)) == "server"


def test_a_listener_that_is_closed_leaves_its_connections_to_the_kernel() -> None:
    owners = SocketOwners({}, at(80), at())
    assert owners.of(row(80, 5000)) == "kernel"
    assert owners.of(row(5000, 80, inode=7)) == "client"


@pytest.mark.parametrize(
    ("ours", "theirs", "owner"),
    [(2, 0, "queue"), (0, 2, "neighbour"), (1, 1, "queue"), (0, 0, "queue")],
)
def test_who_waits_where_server_and_neighbour_share_a_port(
    ours: int, theirs: int, owner: str
) -> None:
    owners = SocketOwners(OWNED, at(80), at(80), [NEIGHBOUR], at(80))
    owners.weigh(
        [
            row(80, state=LISTEN, inode=100, waiting=ours),
            row(80, state=LISTEN, inode=NEIGHBOUR, waiting=theirs),
        ]
    )
    assert owners.of(row(80, 5000)) == owner


def test_addresses_cover_wildcards_and_both_spellings() -> None:
    assert at(80).cover(MAPPED, 80)
    assert not at(80).cover(OTHER, 80)
    assert at(80, host=ANY).cover(OTHER, 80)
    assert at(80, host=b"\0" * 16).cover(HERE, 80)
    assert not at(80, host=ANY).cover(HERE, 81)


def test_only_so_many_addresses_are_remembered() -> None:
    addresses = at(*range(1, 100))
    assert len(addresses.ports) == 64
    assert addresses.cover(HERE, 99)
    assert not addresses.cover(HERE, 1)
