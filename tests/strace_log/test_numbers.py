"""A number of a log may have thousands of digits: of more than 4,300 Python makes none."""

import re

import pytest

from walkthrough.compare.align import compare
from walkthrough.compare.inputs import of_log
from walkthrough.source.notes import holds_for
from walkthrough.state.history import History
from walkthrough.strace_log.events import to_events
from walkthrough.strace_log.log import parse

LINES = [
    "7 12:00:00.000001 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3",
    "7 12:00:00.000002 bind(3, {sa_family=AF_INET, sin_port=htons(80), "
    'sin_addr=inet_addr("127.0.0.1")}, 16) = 0',
    "7 12:00:00.000003 bind(3, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(5), "
    'inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=7}, 28) = 0',
    "7 12:00:00.000004 listen(3, 5) = 0",
    "7 12:00:00.000005 epoll_create1(EPOLL_CLOEXEC) = 4",
    "7 12:00:00.000006 epoll_ctl(4, EPOLL_CTL_ADD, 3, {events=EPOLLIN, data={u32=3, u64=3}}) = 0",
    "7 12:00:00.000007 epoll_wait(4, [{events=EPOLLIN, data={u32=3, u64=3}}], 128, -1) = 1",
    "7 12:00:00.000008 accept4(3, {sa_family=AF_INET, sin_port=htons(81), "
    'sin_addr=inet_addr("127.0.0.1")}, [16], 0) = 5',
    "7 12:00:00.000009 clone3({flags=CLONE_VM, exit_signal=SIGCHLD} => {parent_tid=[9]}, 88) = 9",
    "9 12:00:00.000010 close(5) = 0 <0.000003>",
    "7 12:00:00.000011 +++ exited with 0 +++",
]


@pytest.mark.parametrize("at", range(len(LINES)))
def test_any_number_may_be_absurdly_long(at: int) -> None:
    whole = parse([f"{line}\n".encode() for line in LINES])
    for number in re.finditer(r"\d+", LINES[at]):
        for digits in ("9" * 5000, "\u00b2"):
            lines = list(LINES)
            lines[at] = LINES[at][: number.start()] + digits + LINES[at][number.end() :]
            log = parse([f"{line}\n".encode() for line in lines])
            history = History.of(*to_events(log))
            history.world(len(history) - 1)
            compare(of_log(log, "a"), of_log(whole, "b"))


def test_a_version_of_go_may_be_absurdly_long() -> None:
    assert holds_for(">=1.21", f"go1.{'9' * 5000}"), "an unknown one has all"
