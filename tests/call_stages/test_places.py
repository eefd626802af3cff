"""What calls of all kinds of servers are told as: stages, and what is no server's stage."""

import pytest

from tests.support.server_logs import (
    ACCEPT,
    AT,
    CLOSE,
    CONNECT,
    OUTBOUND_CONNECTION,
    PEER,
    READ,
    READY,
    READY_EVENT,
    SERVER,
    WRITE,
    after,
    calls_of,
    history_of,
    kernel_at,
    places,
    rows,
    view_after,
)
from walkthrough.model.stages import NOWHERE, Place, Stage, Step
from walkthrough.model.values import SocketAddress
from walkthrough.state.change import StateChanged
from walkthrough.state.diff import changes
from walkthrough.state.world import VisitProgress
from walkthrough.strace_log.told_stages import roles_of_files


def stages(text: str) -> set[Stage]:
    return {place.stage for place in places(text) if place.stage is not None}


# Stages


@pytest.mark.parametrize(
    ("line", "place"),
    [
        (f"bind(9, {AT % (443, '0.0.0.0')}) = -1 EACCES (Permission denied)", Place(Stage.BIND)),
        ("listen(9, 5) = -1 EADDRINUSE (Address already in use)", Place(Stage.LISTEN)),
        ("listen(-1, 5) = -1 EBADF (Bad file descriptor)", Place(Stage.LISTEN)),
        ("accept(9, NULL, NULL) = -1 EINVAL (Invalid argument)", ACCEPT),
        ("accept(9, NULL, NULL) = -1 ENOTSOCK (Socket operation on non-socket)", ACCEPT),
        (f"connect(9, {AT % (25, '192.0.2.1')}) = -1 EHOSTUNREACH (No route to host)", CONNECT),
        ('recv(9, "hi", 64, 0) = 2', READ),
        ('send(9, "hi", 2, 0) = 2', WRITE),
        ("shutdown(9, SHUT_RDWR) = 0", CLOSE),
        ("getsockname(9, {sa_family=AF_INET}, [16]) = 0", Place(None, Step.GETSOCKNAME)),
        ("setsockopt(9, SOL_SOCKET, SO_REUSEPORT, [1], 4) = 0", Place(None, Step.CONTROL)),
    ],
)
def test_a_call_that_only_sockets_have_has_its_place_all_alone(line: str, place: Place) -> None:
    assert places(line) == [place]


def test_a_lone_failed_bind_shows_as_failed() -> None:
    history = history_of(f"bind(9, {AT % (443, '0.0.0.0')}) = -1 EACCES (Permission denied)")
    assert history.world(len(history) - 1).progress(Stage.BIND) is VisitProgress.FAILED


@pytest.mark.parametrize(
    "waits",
    [
        "select(12, [9 11], NULL, NULL, NULL) = 1 (in [9])",
        "_newselect(12, [9 11], NULL, NULL, NULL) = 1 (in [9])",
        "pselect6_time64(12, [9 11], NULL, NULL, NULL, NULL) = 1 (in [9])",
        "poll([{fd=9, events=POLLIN}, {fd=11, events=POLLIN}], 2, -1) = 1 ([{fd=9}])",
        "ppoll_time64([{fd=9<socket:[77]>, events=POLLIN}], 1, NULL, NULL, 8) = 1",
    ],
)
def test_what_waits_for_the_listener_is_the_wake_up(waits: str) -> None:
    assert places(f"{waits}\naccept(9, NULL, NULL) = 10") == [READY, ACCEPT]
    assert places(f"{waits.replace('9', '8')}\naccept(9, NULL, NULL) = 10") == [NOWHERE, ACCEPT]


def test_the_inode_in_a_label_is_no_descriptor() -> None:
    text = "select(9, [8<socket:[31]>], NULL, NULL, NULL) = 1\naccept(31, NULL, NULL) = 32"
    assert places(text)[0] == NOWHERE


# What is no server's stage


OUTBOUND = {
    "dialled": OUTBOUND_CONNECTION,
    "its epoll": f"""\
epoll_create1(EPOLL_CLOEXEC) = 6
socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_IP) = 7
connect(7, {AT % (5432, "192.0.2.7")}) = -1 EINPROGRESS (Operation now in progress)
epoll_ctl(6, EPOLL_CTL_ADD, 7, {{events=EPOLLOUT, data={{u32=7, u64=7}}}}) = 0
epoll_wait(6, [{{events=EPOLLOUT, data={{u32=7, u64=7}}}}], 8, -1) = 1""",
    "syslog": """\
socket(AF_UNIX, SOCK_DGRAM|SOCK_CLOEXEC, 0) = 7
connect(7, {sa_family=AF_UNIX, sun_path="/dev/log"}, 110) = 0
sendto(7, "<30>x", 5, MSG_NOSIGNAL, NULL, 0) = 5
close(7) = 0""",
    "a datagram": f"""\
socket(AF_INET, SOCK_DGRAM|SOCK_CLOEXEC, IPPROTO_IP) = 7
sendto(7, "n:1|c", 5, 0, {AT % (8125, "127.0.0.1")}) = 5
close(7) = 0""",
    "closed at once": """\
socket(AF_INET6, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 7
close(7) = 0""",
    "is there IPv6": """\
socket(AF_INET6, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 7
bind(7, {sa_family=AF_INET6, sin6_port=htons(0), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, \
"::1", &sin6_addr), sin6_scope_id=0}, 28) = 0
close(7) = 0""",
    "netlink": """\
socket(AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC, NETLINK_ROUTE) = 7
bind(7, {sa_family=AF_NETLINK, nl_pid=0, nl_groups=00000000}, 12) = 0
close(7) = 0""",
}
QUERY = f"""\
socket(AF_INET, SOCK_DGRAM|SOCK_CLOEXEC, IPPROTO_IP) = 7
connect(7, {AT % (53, "192.0.2.53")}) = 0
sendto(7, "q", 1, MSG_NOSIGNAL, NULL, 0) = 1
recvfrom(7, "a", 512, 0, NULL, NULL) = 1
close(7) = 0"""


@pytest.mark.parametrize("outbound", OUTBOUND.values(), ids=OUTBOUND.keys())
def test_an_outbound_socket_lights_no_stage(outbound: str) -> None:
    assert stages(outbound) == set()
    alone = stages(SERVER)
    assert alone == {Stage.SYS_SOCKET, Stage.BIND, Stage.LISTEN, Stage.ACCEPT}
    assert stages(f"{outbound}\n{SERVER}") == alone
    assert stages(f"{SERVER}\n{outbound}") == alone
    history = history_of(f"{SERVER}\n{outbound}")
    assert set(history.world(len(history) - 1).order) == alone


def test_a_name_is_looked_up_for_whom_it_is_used() -> None:
    alone = stages(SERVER)
    assert stages(f"{QUERY}\n{SERVER}") == alone | {Stage.RESOLVE_ADDR_LIST}
    assert stages(f"{SERVER}\n{QUERY}") == alone
    assert stages(f"{QUERY}\n{OUTBOUND['dialled']}\n{SERVER}") == alone
    assert stages(QUERY) == {Stage.RESOLVE_ADDR_LIST}  # and no socket came of it


def test_a_server_whose_bind_fails_is_no_probe() -> None:
    text = f"""\
socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 7
bind(7, {AT % (0, "192.0.2.1")}) = -1 EADDRNOTAVAIL (Cannot assign requested address)
close(7) = 0"""
    assert stages(text) == {Stage.SYS_SOCKET, Stage.BIND}


def test_a_server_of_datagrams_waits_to_be_asked() -> None:
    text = f"""\
socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 7
bind(7, {AT % (0, "127.0.0.1")}) = 0
recvfrom(7, "q", 99, 0, {PEER % 5353}) = 1
sendto(7, "a", 1, 0, {AT % (5353, "127.0.0.1")}) = 1"""
    assert places(text) == [Place(Stage.SYS_SOCKET), Place(Stage.BIND), READ, WRITE]


def test_an_outbound_connection_reaches_its_state() -> None:
    history = history_of(OUTBOUND["dialled"].replace("close(7) = 0", ""))
    states = [
        kernel_at(history, after(history, call)).sockets[0]
        for call in ("socket", "connect", "getsockopt")
    ]
    assert [socket.state for socket in states] == ["CLOSE", "SYN_SENT", "ESTABLISHED"]
    assert states[-1].remote == SocketAddress("AF_INET", "192.0.2.7", 5432)
    index = after(history, "getsockopt")
    before = history.world(history.previous_step(index))
    (found,) = changes(before, history.world(index))
    assert isinstance(found, StateChanged)
    assert (found.before, found.socket.state) == ("SYN_SENT", "ESTABLISHED")
    assert not any(":0" in row for row in rows(history, index))


@pytest.mark.parametrize(
    "given",
    ["-1 EINTR (Interrupted system call)", "? ERESTARTSYS (To be restarted if SA_RESTART is set)"],
)
def test_a_connect_that_was_interrupted_goes_on(given: str) -> None:
    text = f"""\
socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 7
connect(7, {AT % (80, "192.0.2.7")}) = {given}
setsockopt(7, SOL_TCP, TCP_NODELAY, [1], 4) = 0
getpeername(7, {PEER.replace("127.0.0.1", "192.0.2.7") % 80}) = 0"""
    assert view_after(text, "connect").sockets[0].state == "SYN_SENT"
    (socket,) = view_after(text, "getpeername").sockets
    assert (socket.state, socket.remote) == (
        "ESTABLISHED",
        SocketAddress("AF_INET", "192.0.2.7", 80),
    )


def test_a_connection_that_is_refused_later_is_closed() -> None:
    text = OUTBOUND["dialled"].replace("SO_ERROR, [0]", "SO_ERROR, [ECONNREFUSED]")
    (socket,) = view_after(text, "getsockopt").sockets
    assert (socket.state, socket.remote) == ("CLOSE", None)


def test_what_is_sent_proves_a_connection() -> None:
    text = "\n".join(line for line in OUTBOUND["dialled"].splitlines() if "SO_ERROR" not in line)
    assert view_after(text, "sendto").sockets[0].state == "ESTABLISHED"


def test_calls_of_which_only_the_end_is_left() -> None:
    text = f"""\
41 <... epoll_wait resumed>, {READY_EVENT % (9, 9)}, 8, -1) = 1
42 <... accept4 resumed>, {PEER % 999}, SOCK_CLOEXEC) = 7
43 <... socket resumed>) = 8
43 connect(8, {AT % (80, "192.0.2.7")}) = 0
42 setsockopt(7, SOL_TCP, TCP_NODELAY, [1], 4) = 0
42 read(7, "x", 9) = 1
41 pipe2([3, 4], O_CLOEXEC) = 0
41 close(9) = 0"""
    no_delay = Place(Stage.ACCEPT, Step.SET_NO_DELAY)
    assert places(text) == [NOWHERE, ACCEPT, CONNECT, CONNECT, no_delay, READ, NOWHERE, NOWHERE]
    purposes = roles_of_files(calls_of(text))
    assert not purposes.is_likely(-1)
    (connection,) = view_after(text, "accept4").sockets
    assert (connection.fd, connection.family, connection.state) == (7, "AF_INET", "ESTABLISHED")
    (dialled,) = view_after(text, "connect").sockets
    assert (dialled.family, dialled.state) == ("AF_INET", "ESTABLISHED")
