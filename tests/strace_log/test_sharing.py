"""Whose descriptors: which threads share a table, and what becomes of it."""

import pytest

from tests.support.server_logs import (
    ACCEPT,
    CLOSE,
    PEER,
    READ,
    SERVER,
    WRITE,
    after,
    calls_of,
    history_of,
    kernel_at,
    places,
    view_after,
)
from walkthrough.call_stages.roles import FileRole
from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.events import KernelObserved
from walkthrough.model.stages import NOWHERE
from walkthrough.model.values import SocketAddress
from walkthrough.strace_log.sharing import doubts
from walkthrough.strace_log.told_stages import roles_of_files
from walkthrough.view.recorded_text import recorded_text

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
    purposes = roles_of_files(calls_of(text))
    assert purposes.of(purposes.about[5]) is FileRole.CONNECTION
    assert purposes.of(purposes.about[7]) is FileRole.LISTENER
    found = places(text)
    assert (found[5], found[7], found[9]) == (READ, ACCEPT, WRITE)
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
    purposes = roles_of_files(calls_of(THREADS))
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
            for text, why in zip(event.state.unavailable, event.state.reasons(), strict=True):
                chinese = recorded_text(why, catalogue("zh"))
                assert str(why) == text
                assert not chinese.startswith("（原文）")
                assert ("%process" in text) == ("%process" in chinese)


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
