"""What descriptors were opened for, before the log and in it."""

import pytest

from tests.support.server_logs import (
    ACCEPT,
    AT,
    POLLER,
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
from walkthrough.call_stages.roles import FileRole
from walkthrough.model.events import OutputWritten
from walkthrough.model.stages import NOWHERE, Place, Stage, Step
from walkthrough.model.values import SocketAddress
from walkthrough.strace_log.log import parse
from walkthrough.strace_log.told_stages import roles_of_files


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
    purposes = roles_of_files(calls_of(text))
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
    purposes = roles_of_files(calls_of(text))
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
    purposes = roles_of_files(calls_of(text))
    file = purposes.about[0]
    assert (purposes.of(file), purposes.is_likely(file)) == (FileRole.SOCKET, False)
    assert [socket.state for socket in view_after(text, "accept").sockets] == [""]
    purposes = roles_of_files(calls_of(f"{text}\nlisten(9, 8) = 0"))
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
    purposes = roles_of_files(parse([line + "\n" for line in text.split("\n")]).calls)
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
    found = places(text)
    assert found[:3] == [POLLER, POLLER, NOWHERE]
    assert found[10:] == [Place(Stage.ACCEPT, Step.POLL_OPEN), READY, READ]


def test_throw_away_pollers_and_pipes_have_no_place() -> None:
    text = f"""\
epoll_create1(EPOLL_CLOEXEC) = 3
close(3) = 0
pipe2([3, 4], O_CLOEXEC) = 0
{SERVER.replace("(3", "(5").replace("= 3", "= 5").replace("= 4", "= 6")}
epoll_create1(EPOLL_CLOEXEC) = 7
eventfd2(0, EFD_CLOEXEC) = 8
epoll_ctl(7, EPOLL_CTL_ADD, 5, {{events=EPOLLIN, data={{u32=5, u64=5}}}}) = 0"""
    found = places(text)
    assert found[:3] == [NOWHERE, NOWHERE, NOWHERE]
    assert found[-3:] == [POLLER, NOWHERE, Place(Stage.POLL_OPEN)]


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
    found = places(text)
    assert found[4:8] == [NOWHERE, NOWHERE, NOWHERE, READY]
    assert found[10:] == [POLLER, Place(Stage.ACCEPT, Step.POLL_OPEN), READY, READ]


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
    found = {socket.fd: socket for socket in kernel_at(history, len(history) - 1).sockets}
    assert (found[8].state, found[8].likely) == ("ESTABLISHED", True)
