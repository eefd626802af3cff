"""What logs of all kinds of servers are told as: stages, roles of descriptors, the kernel's view.

Each log is a small one of our own, for a kind that logs of real servers have shown.
"""

import pytest

from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.events import CallEntered, CallReturned, KernelObserved, OutputWritten
from walkthrough.model.kernel_state import KernelState
from walkthrough.model.stages import NOWHERE, Place, Stage, Step
from walkthrough.model.values import SocketAddress
from walkthrough.state.change import DescriptorClosed, DescriptorOpened, StateChanged
from walkthrough.state.diff import changes, comparable
from walkthrough.state.history import History
from walkthrough.state.sequence.diagram import SequenceDiagram
from walkthrough.state.sequence.model import ListenerSeen
from walkthrough.state.world import VisitProgress
from walkthrough.strace_log.events import to_events
from walkthrough.strace_log.fd_roles import FileRoles
from walkthrough.strace_log.log import parse
from walkthrough.strace_log.model import LogCall
from walkthrough.strace_log.roles import FileRole
from walkthrough.strace_log.sharing import doubts
from walkthrough.strace_log.stages import place_of_calls
from walkthrough.view.kernel import kernel_entries
from walkthrough.view.translation import in_chinese
from walkthrough.view.words import words_of

READ, WRITE, CLOSE = (Place(None, step) for step in (Step.READ, Step.WRITE, Step.CLOSE))
READY, CONNECT = Place(None, Step.POLL_READY), Place(None, Step.CONNECT)
ACCEPT = Place(Stage.ACCEPT, Step.ACCEPT4)
POLLER = Place(Stage.POLL_SERVER_INIT)
PEER = '{sa_family=AF_INET, sin_port=htons(%d), sin_addr=inet_addr("127.0.0.1")}, [16]'
AT = '{sa_family=AF_INET, sin_port=htons(%d), sin_addr=inet_addr("%s")}, 16'
READY_EVENT = "[{events=EPOLLIN, data={u32=%d, u64=%d}}]"


def calls_of(text: str) -> list[LogCall]:
    return parse([line + "\n" for line in text.strip().splitlines()]).calls


def places(text: str) -> list[Place]:
    return place_of_calls(calls_of(text))


def stages(text: str) -> set[Stage]:
    return {place.stage for place in places(text) if place.stage is not None}


def history_of(text: str) -> History:
    return History.of(*to_events(parse([line + "\n" for line in text.strip().splitlines()])))


def after(history: History, call: str, number: int = 0) -> int:
    """Return where one lands when a call has returned, the ``number``-th of its name."""
    ends = [
        index
        for index in range(len(history))
        if isinstance(event := history.event(index), CallReturned) and event.call == call
    ]
    return history.step_end(ends[number])


def kernel_at(history: History, index: int) -> KernelState:
    state = history.world(index).kernel
    assert state is not None
    return state


def view_after(text: str, call: str, number: int = 0) -> KernelState:
    history = history_of(text)
    return kernel_at(history, after(history, call, number))


def rows(history: History, index: int, language: str = "en") -> list[str]:
    entries = kernel_entries(history.world(index), words_of(language))
    return ["".join(piece.text for piece in entry.row) for entry in entries]


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
    "dialled": f"""\
socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_IP) = 7
connect(7, {AT % (5432, "192.0.2.7")}) = -1 EINPROGRESS (Operation now in progress)
poll([{{fd=7, events=POLLOUT}}], 1, -1) = 1 ([{{fd=7, revents=POLLOUT}}])
getsockopt(7, SOL_SOCKET, SO_ERROR, [0], [4]) = 0
setsockopt(7, SOL_TCP, TCP_NODELAY, [1], 4) = 0
sendto(7, "q", 1, 0, NULL, 0) = 1
recvfrom(7, "r", 9, 0, NULL, NULL) = 1
close(7) = 0""",
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
SERVER = f"""\
socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
bind(3, {AT % (8080, "127.0.0.1")}) = 0
listen(3, 64) = 0
accept(3, NULL, NULL) = 4"""
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
    (told,) = changes(before, history.world(index))
    assert isinstance(told, StateChanged)
    assert (told.before, told.socket.state) == ("SYN_SENT", "ESTABLISHED")
    assert not any(":0" in row for row in rows(history, index))


@pytest.mark.parametrize(
    "told",
    ["-1 EINTR (Interrupted system call)", "? ERESTARTSYS (To be restarted if SA_RESTART is set)"],
)
def test_a_connect_that_was_interrupted_goes_on(told: str) -> None:
    text = f"""\
socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 7
connect(7, {AT % (80, "192.0.2.7")}) = {told}
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
    purposes = FileRoles(calls_of(text))
    assert not purposes.is_likely(-1)
    (connection,) = view_after(text, "accept4").sockets
    assert (connection.fd, connection.family, connection.state) == (7, "AF_INET", "ESTABLISHED")
    (dialled,) = view_after(text, "connect").sockets
    assert (dialled.family, dialled.state) == ("AF_INET", "ESTABLISHED")


# What was open before


@pytest.mark.parametrize(
    ("result", "likely"),
    [
        ("5", False),
        ("-1 EAGAIN (Resource temporarily unavailable)", False),
        ("-1 ECONNABORTED (Software caused connection abort)", False),
        ("? ERESTARTSYS (To be restarted if SA_RESTART is set)", False),
        ("-1 EMFILE (Too many open files)", True),
        ("-1 ENFILE (Too many open files in system)", True),
    ],
)
def test_accept_tells_a_listener(result: str, likely: bool) -> None:
    text = f"accept4(9, NULL, NULL, SOCK_CLOEXEC) = {result}"
    purposes = FileRoles(calls_of(text))
    file = purposes.about[0]
    assert (purposes.of(file), purposes.is_likely(file)) == (FileRole.LISTENER, likely)
    history = history_of(f"{text}\nclose(0) = 0")
    held = kernel_at(history, after(history, "accept4")).sockets
    (socket,) = [each for each in held if each.fd == 9]
    assert (socket.state, socket.likely) == ("LISTEN", likely)
    assert (socket.family, socket.local) == ("", SocketAddress(""))
    for language, words in (("en", ("likely", "address unknown")), ("zh", ("很可能", "地址未知"))):
        (row,) = [
            row for row in rows(history, after(history, "accept4"), language) if "fd 9" in row
        ]
        assert (words[0] in row) == likely
        assert words[1] in row
        assert ":0" not in row


@pytest.mark.parametrize("why", ["EINVAL (Invalid argument)", "ENOTSOCK (Not a socket)"])
def test_accept_tells_that_it_is_none(why: str) -> None:
    text = f"accept(9, NULL, NULL) = -1 {why}"
    purposes = FileRoles(calls_of(text))
    assert purposes.of(purposes.about[0]) is not FileRole.LISTENER
    history = history_of(f"{text}\nsocket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 5")
    states = [socket.state for socket in kernel_at(history, len(history) - 1).sockets]
    assert "LISTEN" not in states


@pytest.mark.parametrize("first", ["EMFILE (Too many open files)", "EINVAL (Invalid argument)"])
def test_what_was_likely_is_taken_back(first: str) -> None:
    text = f"""\
accept(9, NULL, NULL) = -1 {first}
accept(9, NULL, NULL) = -1 EINVAL (Invalid argument)
accept(9, NULL, NULL) = -1 ENFILE (Too many open files in system)"""
    purposes = FileRoles(calls_of(text))
    file = purposes.about[0]
    assert (purposes.of(file), purposes.is_likely(file)) == (FileRole.SOCKET, False)
    assert [socket.state for socket in view_after(text, "accept").sockets] == [""]
    purposes = FileRoles(calls_of(f"{text}\nlisten(9, 8) = 0"))
    assert purposes.of(purposes.about[0]) is FileRole.LISTENER


def test_a_listener_that_was_shut_down_listens_no_longer() -> None:
    text = SERVER.replace("accept(3", "shutdown(3, SHUT_RDWR) = 0\naccept(3")
    text = text[: text.index("accept(3")] + "accept(3, NULL, NULL) = -1 EINVAL (Invalid argument)"
    assert view_after(text, "listen").sockets[0].state == "LISTEN"
    (socket,) = view_after(text, "shutdown").sockets
    assert (socket.state, socket.backlog) == ("CLOSE", None)
    assert Place(Stage.LISTEN) in places(text)


@pytest.mark.parametrize("waits", ["epoll_wait(5, ", "epoll_pwait(5, [], 64, 500, NULL, 8) = 0"])
def test_a_poller_in_which_a_server_hangs(waits: str) -> None:
    text = "accept4(9, NULL, NULL, 0) = -1 EAGAIN (Resource temporarily unavailable)\n" + waits
    purposes = FileRoles(parse([line + "\n" for line in text.split("\n")]).calls)
    poller = purposes.about[1]
    assert (purposes.of(poller), purposes.is_likely(poller)) == (FileRole.POLLER, True)


def test_a_thread_that_serves_nobody_waits_for_something_else() -> None:
    text = """\
7 accept4(9, NULL, NULL, 0) = -1 EAGAIN (Resource temporarily unavailable)
7 epoll_wait(5, [], 64, 500) = 0
8 epoll_wait(6, [], 64, 500) = 0
9 accept4(9, NULL, NULL, 0) = -1 EAGAIN (Resource temporarily unavailable)
9 epoll_wait(7, [], 64, 500) = 0
9 epoll_wait(8, [], 64, 500) = 0"""
    assert places(text) == [ACCEPT, READY, NOWHERE, ACCEPT, NOWHERE, NOWHERE]


@pytest.mark.parametrize(
    "text",
    [
        f"epoll_wait(12, {READY_EVENT % (20, 20)}, 32, -1) = 1\n"
        'read(20, "get x", 99) = 5\nwrite(20, "x", 1) = 1',
        'read(7<TCP:[127.0.0.1:80->127.0.0.1:999]>, "get x", 99) = 5',
        'write(7<UNIX-STREAM:[12->13]>, "x", 1) = 1\npoll([{fd=7<UNIX-STREAM:[12->13]>, '
        'events=POLLIN}], 1, -1) = 1 ([{fd=7}])\nread(7<UNIX-STREAM:[12->13]>, "y", 9) = 1',
    ],
)
def test_a_log_of_connections_that_are_only_read_and_written_is_read(text: str) -> None:
    sockets = view_after(text, "read").sockets
    assert [socket.state for socket in sockets] == ["ESTABLISHED"]
    assert READ in places(text)


def test_a_socket_of_which_only_the_end_is_seen_has_no_place() -> None:
    text = "close(7<socket:[12]>) = 0\nlisten(9, 8) = 0\nclose(8<UNIX-STREAM:[12->13]>) = 0"
    assert places(text) == [NOWHERE, Place(Stage.LISTEN), NOWHERE]


def test_what_a_service_prints_goes_to_a_socket_of_the_systems_log() -> None:
    text = 'listen(9, 8) = 0\nwrite(1<UNIX-STREAM:[8->9]>, "up", 2) = 2\nwrite(9, "x", 1) = 1'
    history = history_of(text)
    events = [history.event(at) for at in range(len(history))]
    assert [event.data for event in events if isinstance(event, OutputWritten)] == [b"up"]


def test_a_poller_from_before_is_known_by_what_it_reports() -> None:
    text = f"""\
epoll_wait(5, {READY_EVENT % (9, 9)}, 64, -1) = 1
accept4(9, NULL, NULL, SOCK_CLOEXEC) = -1 EMFILE (Too many open files)
epoll_wait(5, [], 64, 100) = 0"""
    assert places(text) == [READY, ACCEPT, READY]
    view = view_after(text, "accept4")
    assert [(epoll.fd, epoll.partial) for epoll in view.epolls] == [(5, True)]
    history = history_of(text)
    assert "nothing" not in rows(history, len(history) - 1)
    assert "what it watched before the log: unknown" in rows(history, len(history) - 1)


@pytest.mark.parametrize(
    ("result", "follows", "place"),
    [
        ("1", "accept(9, NULL, NULL) = 10", READY),
        ("0", "accept(9, NULL, NULL) = 10", NOWHERE),
        ("1", "read(9, NULL, 0) = 0", NOWHERE),
    ],
)
def test_a_wait_that_attaching_has_interrupted(result: str, follows: str, place: Place) -> None:
    text = f"""\
7 restart_syscall(<... resuming interrupted read ...>) = {result}
8 getpid() = 8
7 {follows}
7 accept(9, NULL, NULL) = 11"""
    assert places(text)[0] == place


def test_a_poller_from_before_is_known_by_what_follows() -> None:
    text = """\
epoll_wait(5, [{events=EPOLLIN, data={u32=2863311530, u64=140737488355328}}], 64, -1) = 1
accept4(9, NULL, NULL, SOCK_CLOEXEC) = 12
epoll_wait(7, [{events=EPOLLIN, data={u32=9, u64=99999999999}}], 64, -1) = 1
read(30, "x", 8) = 8"""
    assert places(text) == [READY, ACCEPT, NOWHERE, NOWHERE]


def test_workers_that_watch_connections_are_pollers_too() -> None:
    flags = "flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_THREAD"
    text = f"""\
50 epoll_create1(0) = 3
50 epoll_create1(0) = 4
50 epoll_create1(0) = 5
50 clone(child_stack=0x7f00, {flags}) = 51
50 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 6
50 bind(6, {AT % (11211, "127.0.0.1")}) = 0
50 listen(6, 128) = 0
50 epoll_ctl(3, EPOLL_CTL_ADD, 6, {{events=EPOLLIN, data={{u32=6, u64=6}}}}) = 0
50 epoll_wait(3, {READY_EVENT % (6, 6)}, 32, -1) = 1
50 accept4(6, NULL, NULL, SOCK_NONBLOCK) = 7
51 epoll_ctl(4, EPOLL_CTL_ADD, 7, {{events=EPOLLIN, data={{u32=7, u64=7}}}}) = 0
51 epoll_wait(4, {READY_EVENT % (7, 7)}, 32, -1) = 1
51 read(7, "get x", 99) = 5"""
    told = places(text)
    assert told[:3] == [POLLER, POLLER, NOWHERE]
    assert told[10:] == [Place(Stage.ACCEPT, Step.POLL_OPEN), READY, READ]


def test_throw_away_pollers_and_pipes_have_no_place() -> None:
    text = f"""\
epoll_create1(EPOLL_CLOEXEC) = 3
close(3) = 0
pipe2([3, 4], O_CLOEXEC) = 0
{SERVER.replace("(3", "(5").replace("= 3", "= 5").replace("= 4", "= 6")}
epoll_create1(EPOLL_CLOEXEC) = 7
eventfd2(0, EFD_CLOEXEC) = 8
epoll_ctl(7, EPOLL_CTL_ADD, 5, {{events=EPOLLIN, data={{u32=5, u64=5}}}}) = 0"""
    told = places(text)
    assert told[:3] == [NOWHERE, NOWHERE, NOWHERE]
    assert told[-3:] == [POLLER, NOWHERE, Place(Stage.POLL_OPEN)]


@pytest.mark.parametrize("then", ["eventfd2(0, EFD_CLOEXEC) = 4", "pipe2([4, 5], 0) = 0"])
def test_a_poller_that_is_closed_unused_is_thrown_away(then: str) -> None:
    text = f"""\
epoll_create1(EPOLL_CLOEXEC) = 3
{then}
epoll_ctl(3, EPOLL_CTL_ADD, 4, {{events=EPOLLIN, data={{u32=4, u64=4}}}}) = 0
close(4) = 0
close(3) = 0
{SERVER}"""
    assert places(text)[:5] == [NOWHERE] * 5
    kept = text.replace("close(3) = 0", "epoll_wait(3, [], 8, 0) = 0")
    assert places(kept)[0] == POLLER


def test_a_poller_of_another_process_is_not_the_servers() -> None:
    text = f"""\
60 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 6
60 bind(6, {AT % (5432, "127.0.0.1")}) = 0
60 listen(6, 200) = 0
60 clone(child_stack=NULL, flags=SIGCHLD) = 61
61 epoll_create1(EPOLL_CLOEXEC) = 10
61 epoll_ctl(10, EPOLL_CTL_ADD, 7, {{events=EPOLLIN, data={{u32=1, u64=1}}}}) = 0
61 epoll_wait(10, [], 1, 500) = 0
60 poll([{{fd=6, events=POLLIN}}], 1, -1) = 1 ([{{fd=6, revents=POLLIN}}])
60 accept(6, NULL, NULL) = 7
60 clone(child_stack=NULL, flags=SIGCHLD) = 62
62 epoll_create1(EPOLL_CLOEXEC) = 8
62 epoll_ctl(8, EPOLL_CTL_ADD, 7, {{events=EPOLLIN, data={{u32=1, u64=1}}}}) = 0
62 epoll_wait(8, [{{events=EPOLLIN, data={{u32=1, u64=1}}}}], 1, -1) = 1
62 recvfrom(7, "x", 1, 0, NULL, NULL) = 1"""
    told = places(text)
    assert told[4:8] == [NOWHERE, NOWHERE, NOWHERE, READY]
    assert told[10:] == [POLLER, Place(Stage.ACCEPT, Step.POLL_OPEN), READY, READ]


def test_what_is_read_and_written_from_before_is_most_likely_a_connection() -> None:
    text = f"""\
epoll_wait(5, {READY_EVENT % (8, 8)}, 64, -1) = 1
read(8, "PING\\r\\n", 16384) = 6
write(8, "+PONG\\r\\n", 7) = 7
read(11, "\\1\\0\\0\\0\\0\\0\\0\\0", 8) = 8
write(11, "\\1\\0\\0\\0\\0\\0\\0\\0", 8) = 8
accept(6, NULL, NULL) = -1 EAGAIN (Resource temporarily unavailable)"""
    assert places(text) == [READY, READ, WRITE, NOWHERE, NOWHERE, ACCEPT]
    history = history_of(text)
    told = {socket.fd: socket for socket in kernel_at(history, len(history) - 1).sockets}
    assert (told[8].state, told[8].likely) == ("ESTABLISHED", True)


# Inherited listeners: what is unknown is said to be


@pytest.mark.parametrize(
    ("peer", "family", "row"),
    [
        ("{sa_family=AF_UNIX}, [112 => 2]", "AF_UNIX", "LISTEN AF_UNIX, address unknown"),
        (PEER % 999, "AF_INET", "LISTEN AF_INET, address unknown"),
        ("NULL, NULL", "", "LISTEN address unknown"),
    ],
)
def test_a_listener_from_before(peer: str, family: str, row: str) -> None:
    history = history_of(f"accept4(9, {peer}, SOCK_CLOEXEC) = 10\nclose(10) = 0")
    index = after(history, "accept4")
    listener, connection = kernel_at(history, index).sockets
    assert (listener.state, listener.family, listener.local) == (
        "LISTEN",
        family,
        SocketAddress(family),
    )
    assert connection.family == family
    assert any(row in each for each in rows(history, index))
    assert not any(":0" in each for each in rows(history, index))


def test_the_address_that_getsockname_has_told_is_kept() -> None:
    text = f"getsockname(9, {PEER % 7070}) = 0\naccept(9, {PEER % 999}) = 10"
    listener, connection = view_after(text, "accept").sockets
    assert listener.local == connection.local == SocketAddress("AF_INET", "127.0.0.1", 7070)
    assert view_after(text, "getsockname").sockets[0].state == "LISTEN"


@pytest.mark.parametrize(
    ("label", "local", "protocol"),
    [
        ("TCP:[127.0.0.1:7070]", SocketAddress("AF_INET", "127.0.0.1", 7070), "TCP"),
        ("TCPv6:[[::1]:7070]", SocketAddress("AF_INET6", "::1", 7070), "TCP"),
        ('UNIX-STREAM:[4711, "/run/a.sock"]', SocketAddress("AF_UNIX", path="/run/a.sock"), ""),
        ('UNIX-STREAM:[4711, @"a"]', SocketAddress("AF_UNIX", path="\0a"), ""),
        ("UNIX-STREAM:[4711]", SocketAddress("AF_UNIX"), ""),
    ],
)
def test_the_address_in_a_label_is_kept(label: str, local: SocketAddress, protocol: str) -> None:
    (listener,) = view_after(
        f"accept(9<{label}>, NULL, NULL) = -1 EAGAIN (Resource temporarily unavailable)", "accept"
    ).sockets
    assert (listener.local, listener.family, listener.protocol) == (local, local.family, protocol)


def test_a_label_tells_both_ends_of_a_connection() -> None:
    text = 'recvfrom(9<TCP:[127.0.0.1:80->127.0.0.1:999]>, "x", 9, 0, NULL, NULL) = 1'
    (socket,) = view_after(text, "recvfrom").sockets
    assert (socket.state, socket.likely) == ("ESTABLISHED", True)
    assert socket.local == SocketAddress("AF_INET", "127.0.0.1", 80)
    assert socket.remote == SocketAddress("AF_INET", "127.0.0.1", 999)


def test_a_connection_has_not_the_wildcard_for_its_address() -> None:
    text = SERVER.replace("127.0.0.1", "0.0.0.0").replace("NULL, NULL", PEER % 999)
    listener, connection = view_after(text, "accept").sockets
    assert listener.local.host == "0.0.0.0"
    assert connection.local == SocketAddress("AF_INET", port=8080)


def test_bytes_to_a_client_are_not_printed() -> None:
    text = f'{SERVER}\ndup2(4, 1) = 1\nwrite(1, "HTTP/1.1 200", 12) = 12\n'
    assert places(text)[-1] == WRITE
    assert not [1 for line in history_of(text).between(0, 99) if isinstance(line, OutputWritten)]
    printed = history_of(SERVER + '\nwrite(1, "ready", 5) = 5')
    assert [e.data for e in printed.between(0, 99) if isinstance(e, OutputWritten)] == [b"ready"]


def test_a_program_that_inetd_has_started_prints_nothing() -> None:
    text = f"""\
getpeername(0, {PEER % 999}) = 0
read(0, "x", 9) = 1
write(1, "y", 1) = 1"""
    assert places(text)[1:] == [READ, WRITE]
    assert not [1 for each in history_of(text).between(0, 99) if isinstance(each, OutputWritten)]


def test_what_goes_into_a_pipe_of_the_programs_own_is_not_printed() -> None:
    text = f'{SERVER}\npipe2([6, 7], 0) = 0\ndup2(7, 1) = 1\nwrite(1, "x", 1) = 1'
    assert places(text)[-1] == NOWHERE
    assert not [1 for each in history_of(text).between(0, 99) if isinstance(each, OutputWritten)]


# Whose descriptors


ATTACHED = f"""\
100 accept(9, {PEER % 1001}) = 10
200 accept(9, {PEER % 2002}) = 10
100 close(10) = 0
200 write(10, "x", 1) = 1
200 close(10) = 0"""


def test_two_processes_that_were_attached_to_have_a_table_each() -> None:
    assert places(ATTACHED)[2:] == [CLOSE, WRITE, CLOSE]
    view = view_after(ATTACHED, "write")
    assert view.process == 200
    (connection,) = [socket for socket in view.sockets if socket.fd == 10]
    assert connection.remote == SocketAddress("AF_INET", "127.0.0.1", 2002)
    assert any("how process 200 came to be is not in the log" in why for why in view.unavailable)


def test_a_fork_that_was_not_traced() -> None:
    text = f"""\
70 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 5
70 listen(5, 9) = 0
70 accept(5, {PEER % 999}) = 6
71 close(5) = 0
71 dup(6) = 5
71 read(5, "S", 1) = 1
70 close(6) = 0
70 accept(5, NULL, NULL) = 6
70 close(5) = 0
71 write(5, "x", 1) = 1"""
    purposes = FileRoles(calls_of(text))
    assert purposes.of(purposes.about[5]) is FileRole.CONNECTION
    assert purposes.of(purposes.about[7]) is FileRole.LISTENER
    told = places(text)
    assert (told[5], told[7], told[9]) == (READ, ACCEPT, WRITE)
    history = history_of(text)
    read = kernel_at(history, after(history, "read"))
    (socket,) = [each for each in read.sockets if each.fd == 5]
    assert (read.process, socket.state) == (71, "ESTABLISHED")


THREADS = f"""\
80 accept4(9, {PEER % 1001}, SOCK_CLOEXEC) = 10
81 read(10, "a", 99) = 1
81 close(10) = 0
80 accept4(9, {PEER % 1002}, SOCK_CLOEXEC) = 10
82 write(10, "b", 1) = 1
82 close(10) = 0
81 accept4(9, {PEER % 1003}, SOCK_CLOEXEC) = 10"""


def test_threads_that_were_attached_to_share_one_table() -> None:
    purposes = FileRoles(calls_of(THREADS))
    assert {purposes.sharing.of(thread) for thread in (80, 81, 82)} == {80}
    view = view_after(THREADS, "write")
    assert view.process == 0 or view.process == 80
    assert [socket.fd for socket in view.sockets] == [9, 10]


def test_threads_whose_making_was_not_traced_say_so() -> None:
    other = "90 accept(9, NULL, NULL) = 10\n90 accept(9, NULL, NULL) = 11"
    views = [
        event.state
        for event in history_of(f"{THREADS}\n{other}").between(0, 999)
        if isinstance(event, KernelObserved)
    ]
    assert {view.process for view in views} == {80, 90}
    assert any("which threads belong to process 80" in " ".join(v.unavailable) for v in views)


def test_descriptors_that_are_passed_on() -> None:
    message = '{msg_name=NULL, msg_iov=[{iov_base="x", iov_len=1}], msg_iovlen=1, msg_control=[%s]}'
    rights = "{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[%s]}"
    text = f"""\
30 socketpair(AF_UNIX, SOCK_STREAM, 0, [4, 5]) = 0
30 clone(child_stack=NULL, flags=SIGCHLD) = 31
30 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 6
30 listen(6, 9) = 0
30 accept(6, {PEER % 999}) = 7
30 sendmsg(4, {message % (rights % "7<TCP:[127.0.0.1:80->127.0.0.1:999]>")}, 0) = 1
30 close(7) = 0
31 recvmsg(5, {message % (rights % "6")}, MSG_CMSG_CLOEXEC) = 1
31 read(6, "GET", 99) = 3
31 write(6, "OK", 2) = 2
31 close(6) = 0"""
    assert places(text)[8:] == [READ, WRITE, CLOSE]
    view = view_after(text, "read")
    (socket,) = [socket for socket in view.sockets if socket.fd == 6]
    assert (socket.state, socket.remote) == (
        "ESTABLISHED",
        SocketAddress("AF_INET", "127.0.0.1", 999),
    )


RIGHTS = (
    '{msg_name=NULL, msg_iov=[{iov_base="x", iov_len=1}], msg_iovlen=1, '
    "msg_control=[{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[%d]}]}"
)


def test_who_was_attached_to_takes_what_others_send() -> None:
    text = f"""\
31 recvmsg(5, {RIGHTS % 6}, MSG_CMSG_CLOEXEC) = 1
31 read(6, "GET", 99) = 3
31 write(5, "taken", 5) = 5
31 write(6, "OK", 2) = 2
31 close(6) = 0"""
    assert places(text) == [NOWHERE, READ, NOWHERE, WRITE, CLOSE]
    channel, connection = view_after(text, "write").sockets
    assert (channel.fd, channel.family, channel.state) == (5, "AF_UNIX", "")
    assert (connection.fd, connection.state, connection.likely) == (6, "ESTABLISHED", True)


@pytest.mark.parametrize("text", [SERVER, ATTACHED, THREADS + "\n90 accept(9, NULL, NULL) = 10"])
def test_what_a_view_lacks_is_said_in_both_languages(text: str) -> None:
    for event in history_of(text).between(0, 999):
        if isinstance(event, KernelObserved):
            for why in event.state.unavailable:
                assert (chinese := in_chinese(why)) is not None
                assert ("%process" in why) == ("%process" in chinese)


@pytest.mark.parametrize(
    ("text", "said"),
    [(SERVER, ""), (ATTACHED, "how 1 thread came to be"), (THREADS, "how 2 threads came to be")],
)
def test_who_opens_a_log_is_told_what_it_lacks(text: str, said: str) -> None:
    found = doubts(calls_of(text))
    assert len(found) == bool(said)
    for remark in found:
        assert str(remark).startswith(said)
        assert "%process" in str(remark)
        chinese = catalogue("zh")(remark)
        assert "个线程" in chinese


# A view is never old, and a look at another process is no change


def test_the_view_is_of_now_however_much_is_open() -> None:
    opened = "\n".join(f'openat(AT_FDCWD, "/f{fd}", O_RDONLY) = {fd}' for fd in range(3, 900))
    text = f"""\
{opened}
socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 900
bind(900, {AT % (5432, "127.0.0.1")}) = 0
listen(900, 244) = 0
accept(900, {PEER % 999}) = 901"""
    history = history_of(text)
    for call, state in (("socket", "CLOSE"), ("bind", "CLOSE"), ("listen", "LISTEN")):
        index = after(history, call)
        view = kernel_at(history, index)
        assert [(s.fd, s.state) for s in view.sockets] == [(900, state)], call
        assert changes(history.world(history.previous_step(index)), history.world(index)), call
    view = kernel_at(history, after(history, "accept"))
    assert [(s.fd, s.state) for s in view.sockets] == [(900, "LISTEN"), (901, "ESTABLISHED")]
    assert view.count_descriptors() == 899
    assert view.beyond is not None
    assert view.beyond.descriptors == 899 - len(view.descriptors)


def test_counts_hold_when_much_comes_and_goes() -> None:
    lines = [f"7 {line}" for line in SERVER.splitlines()[:-1]]
    lines += [f"7 accept(3, {PEER % (1000 + fd)}) = {fd}" for fd in range(4, 204)]
    lines += [f"7 close({fd}) = 0" for fd in range(4, 204, 2)]
    history = history_of("\n".join(lines))
    view = kernel_at(history, len(history) - 1)
    assert view.count_descriptors() == 101
    assert view.count_sockets("server") == {"LISTEN": 1, "ESTABLISHED": 100}
    assert (3, "LISTEN") in [(socket.fd, socket.state) for socket in view.sockets]


PREFORK = f"""\
1 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 8
1 bind(8, {AT % (8080, "127.0.0.1")}) = 0
1 listen(8, 511) = 0
1 clone(child_stack=NULL, flags=SIGCHLD) = 2
1 clone(child_stack=NULL, flags=SIGCHLD) = 3
2 accept(8, {PEER % 222}) = 9
3 accept(8, {PEER % 333}) = 9
2 read(9, "a", 10) = 1
3 read(9, "b", 10) = 1
1 accept(8, {PEER % 111}) = 9
2 close(8) = 0
3 write(9, "b", 1) = 1
2 close(9) = 0
3 close(9) = 0"""


def test_a_look_at_another_process_is_no_change() -> None:
    history = history_of(PREFORK)
    told: dict[tuple[int | None, str, bool], list[object]] = {}
    index = history.beginning()
    while True:
        event = history.event(history.step_start(index))
        before, now = history.world(history.previous_step(index)), history.world(index)
        found = changes(comparable(history, before, now), now)
        if isinstance(event, CallEntered | CallReturned):
            key = (event.thread, event.call, isinstance(event, CallReturned))
            told.setdefault(key, []).extend(found)
        if (after_it := history.next_step(index)) == index:
            break
        index = after_it
    for (_, call, ended), every in told.items():
        if not ended or call in ("read", "write"):
            assert not every, (call, every)
    for process in (1, 2, 3):
        (opened,) = told[process, "accept", True]
        assert isinstance(opened, DescriptorOpened)
        assert opened.fd == 9
    closed = [each.fd for each in told[2, "close", True] if isinstance(each, DescriptorClosed)]
    assert closed == [8, 9]


def test_a_look_at_another_process_makes_no_rung() -> None:
    history = history_of(PREFORK)
    ladder = SequenceDiagram(history)
    ladder.extend(len(history) - 1, len(history))
    rungs = [ladder.row(number) for number in range(ladder.count(len(history) - 1))]
    listens = [rung for rung in rungs if isinstance(rung.fact, ListenerSeen)]
    assert [rung.call.name for rung in listens if rung.call is not None] == ["listen"]
    assert len(listens) == 1
    drawn = [rung.call.name for rung in rungs if rung.call is not None]
    assert drawn == [
        line.split(" ", 1)[1].partition("(")[0]
        for line in PREFORK.splitlines()
        if "clone" not in line
    ]


def test_a_listener_that_was_there_before_is_no_news_on_the_ladder() -> None:
    history = history_of("accept(9, NULL, NULL) = 10")
    ladder = SequenceDiagram(history)
    ladder.extend(len(history) - 1, len(history))
    rungs = [ladder.row(number) for number in range(ladder.count(len(history) - 1))]
    assert not any(isinstance(rung.fact, ListenerSeen) for rung in rungs)


def test_a_number_that_two_use_for_different_things_is_not_shared() -> None:
    text = f"""\
20 epoll_wait(7, [], 1, 200) = 0
10 accept(5, {PEER % 999}) = 6
10 close(6) = 0
30 signalfd4(-1, [URG], 8, SFD_CLOEXEC) = 7
20 epoll_wait(7, [], 1, 200) = 0
30 recvfrom(6, "x", 9, 0, NULL, NULL) = 1"""
    purposes = FileRoles(calls_of(text))
    assert purposes.sharing.unseen == {10, 20, 30}
    assert places(text)[-1] == READ


def test_a_child_has_what_fits_its_use_of_all_that_others_had() -> None:
    """The parent has closed the connection by then; another child has a file of the same number."""
    text = f"""\
10 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 5
10 bind(5, {AT % (5432, "127.0.0.1")}) = 0
10 listen(5, 200) = 0
11 close(5) = 0
11 openat(AT_FDCWD, "/table", O_RDWR) = 6
10 accept(5, {PEER % 999}) = 6
10 close(6) = 0
12 close(5) = 0
12 epoll_create1(EPOLL_CLOEXEC) = 5
12 epoll_ctl(5, EPOLL_CTL_ADD, 6, {{events=EPOLLIN, data={{u32=1, u64=140737000000}}}}) = 0
12 epoll_wait(5, [{{events=EPOLLIN, data={{u32=1, u64=140737000000}}}}], 1, -1) = 1
12 recvfrom(6, "x", 9, 0, NULL, NULL) = 1"""
    assert places(text)[8:] == [POLLER, Place(Stage.ACCEPT, Step.POLL_OPEN), READY, READ]
    view = view_after(text, "recvfrom")
    assert (6, "ESTABLISHED") in [(socket.fd, socket.state) for socket in view.sockets]


def test_a_child_does_not_read_from_a_listener() -> None:
    message = '{msg_iov=[{iov_base="x", iov_len=1}], msg_iovlen=1, msg_control=[]}'
    text = f"""\
10 socketpair(AF_UNIX, SOCK_STREAM, 0, [3, 4]) = 0
10 close(4) = 0
10 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 4
10 listen(4, 5) = 0
11 recvmsg(4, {message}, 0) = 1"""
    assert places(text)[-1] == NOWHERE


def test_options_are_those_of_the_process_that_is_shown() -> None:
    text = PREFORK.replace(
        '2 read(9, "a", 10) = 1', "2 setsockopt(9, SOL_TCP, TCP_NODELAY, [1], 4) = 0"
    )
    history = history_of(text)
    set_by = history.world(after(history, "setsockopt"))
    assert [option.name for option in set_by.options_of()[9]] == ["TCP_NODELAY"]
    assert any("TCP_NODELAY" in row for row in rows(history, after(history, "setsockopt")))
    # Process 3 has a connection of the same number, on which nothing was set.
    assert history.world(after(history, "read")).options_of() == {}
    assert not any("TCP_NODELAY" in row for row in rows(history, after(history, "read")))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_that_nobody_listens_is_said_only_where_it_is_known(language: str) -> None:
    words = words_of(language)
    began = 'execve("./server", ["./server"], 0x7ffc /* 9 vars */) = 0'
    made = "socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3"
    for text, whole in ((f"{began}\n{made}", True), (made, False), (f"{made}\n{began}", False)):
        history = history_of(text)
        shown = rows(history, after(history, "socket"), language)
        assert (words.no_listener in shown) == whole
        assert (words.no_known_listener in shown) == (not whole)
    forked = f"7 {began}\n7 clone(child_stack=NULL, flags=SIGCHLD) = 8\n8 {made}"
    assert words.no_listener in rows(history_of(forked), len(history_of(forked)) - 1, language)


def test_a_call_without_arguments_after_one_that_breaks_off() -> None:
    assert [call.name for call in calls_of("7 accept(3, \n7 getpid() = 7")] == ["accept", "getpid"]


def test_what_is_met_is_not_opened() -> None:
    """A forked process, whose making was not traced, copies what it has inherited."""
    text = f"""\
1 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 4
1 listen(4, 9) = 0
1 accept(4, {PEER % 999}) = 5
2 close(4) = 0
2 dup(5) = 4"""
    history = history_of(text)
    index = history.step_end(after(history, "close"))
    now = history.world(index)
    before = comparable(history, history.world(history.previous_step(index)), now)
    told = changes(before, now)
    assert not any(isinstance(each, DescriptorOpened) and each.fd == 5 for each in told)
    assert not any(isinstance(each, StateChanged) for each in told)
    assert now.kernel is not None
    assert [(each.fd, each.earlier) for each in now.kernel.descriptors] == [(4, False), (5, True)]
