"""Stages told while a program runs: at once as far as they are known, and right in the end.

Every log that any test reads is replayed beside that (`tests.support.replayed_calls`).
"""

from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.replayed_calls import begun, spelled, told_at_once, told_live
from tests.support.server_logs import AT, OUTBOUND_CONNECTION, PEER, READY_EVENT, SERVER, calls_of
from walkthrough.call_stages import stages as stages_module
from walkthrough.call_stages.descriptor_sharing import DescriptorSharing
from walkthrough.call_stages.event_calls import call_begun, call_ended
from walkthrough.call_stages.fd_roles import FileRoles
from walkthrough.call_stages.stages import CallStages, ToldPlace
from walkthrough.model.events import CallEntered, CallReturned
from walkthrough.model.stages import NOWHERE, Place, Stage, Step
from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios
from walkthrough.strace_log.model import LogCall
from walkthrough.strace_log.told_stages import roles_of_files

ACCEPTING = Place(Stage.ACCEPT)
POLLER = ToldPlace(Place(Stage.POLL_SERVER_INIT), "pollServerInit")


def told_step_by_step(text: str) -> Iterator[tuple[str, Place, list[tuple[int, Place]]]]:
    """Yield each call's name, its place as told at once, and what its end has revised."""
    stages = CallStages()
    for number, call in enumerate(calls_of(text)):
        assert stages.begins(begun(call)) == number
        told = stages.told(number).place
        revised = stages.revised()
        stages.ends(number, call)
        revised += stages.revised()
        yield call.name, told, [(which, place.place) for which, place in revised]


def test_a_server_is_told_at_once() -> None:
    steps = [*told_step_by_step(SERVER)]
    assert [told for _, told, _ in steps] == [
        Place(Stage.SYS_SOCKET),
        Place(Stage.BIND),
        Place(Stage.LISTEN),
        ACCEPTING,
    ]
    assert all(not revised for _, _, revised in steps)


def test_a_socket_that_connects_was_not_made_to_listen() -> None:
    text = f"""\
socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 7
setsockopt(7, SOL_TCP, TCP_NODELAY, [1], 4) = 0
connect(7, {AT % (5432, "192.0.2.7")}) = 0"""
    steps = [*told_step_by_step(text)]
    assert steps[0][1] == Place(Stage.SYS_SOCKET)
    assert steps[2] == ("connect", Place(None, Step.CONNECT), [(0, Place(None, Step.CONNECT))])


def test_a_poller_is_one_from_when_it_watches_a_listener() -> None:
    text = f"""\
{SERVER}
epoll_create1(EPOLL_CLOEXEC) = 8
eventfd2(0, EFD_CLOEXEC) = 9
epoll_ctl(8, EPOLL_CTL_ADD, 4, {{events=EPOLLIN, data={{u32=4, u64=4}}}}) = 0
epoll_ctl(8, EPOLL_CTL_ADD, 9, {{events=EPOLLIN, data={{u32=9, u64=9}}}}) = 0"""
    steps = [*told_step_by_step(text)]
    assert [told for _, told, _ in steps[4:]] == [
        NOWHERE,
        Place(Stage.POLL_SERVER_INIT),  # it is made for the poller before it, as far as is known
        Place(Stage.ACCEPT, Step.POLL_OPEN),
        POLLER.place,
    ]
    assert steps[5][2] == [(4, POLLER.place), (5, POLLER.place)]  # whose visit is the first's now
    assert (5, NOWHERE) in steps[6][2]
    assert steps[7][2] == [(5, POLLER.place)]
    assert told_live(calls_of(text))[4] == POLLER


def test_whom_a_blocked_accept_waits_for_is_told_while_it_waits() -> None:
    """A server to which one attaches sleeps in accept(2): nothing else of its socket is seen."""
    stages = CallStages()
    (call,) = calls_of(f"accept(9, {PEER % 999}) = 10")
    stages.begins(begun(call))
    assert stages.told(0).place == ACCEPTING
    assert stages.roles.is_likely(stages.roles.about[0])
    stages.ends(0, call)
    assert stages.revised() == []
    assert not stages.roles.is_likely(stages.roles.about[0])


def test_what_a_child_has_from_its_parent_is_known_before_the_parent_returns() -> None:
    stages = CallStages()
    numbers = {}
    for at, call in enumerate(calls_of(SERVER.replace("socket", "7 socket", 1))):
        numbers[at] = stages.begins(begun(call))
        stages.ends(numbers[at], call)
    stages.made(None, 8, shares=False)
    (reads, closes) = calls_of('8 read(4, "x", 9) = 1\n8 close(4) = 0')
    for call in (reads, closes):
        number = stages.begins(begun(call))
        stages.ends(number, call)
    (still,) = calls_of('write(4, "x", 1) = 1')
    number = stages.begins(begun(still))
    assert stages.told(number - 2).place == Place(None, Step.READ)
    assert stages.told(number).place == Place(None, Step.WRITE)


def test_execve_closes_what_it_is_told_to() -> None:
    text = SERVER.replace("accept(3, NULL, NULL)", "accept4(3, NULL, NULL, SOCK_CLOEXEC)")
    stages = CallStages()
    for call in calls_of(text):
        stages.ends(stages.begins(begun(call)), call)
    stages.executed(None)
    for call, place in zip(
        calls_of('write(4, "x", 1) = -1 EBADF (Bad file descriptor)\naccept(3, NULL, NULL) = 4'),
        (NOWHERE, ACCEPTING),
        strict=True,
    ):
        number = stages.begins(begun(call))
        stages.ends(number, call)
        assert stages.told(number).place == place


def test_a_mark_follows_the_place_of_the_visit_before() -> None:
    text = f"""\
socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 7
socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 8
connect(7, {AT % (5432, "192.0.2.7")}) = 0"""
    socket = Place(Stage.SYS_SOCKET)
    stages = CallStages()
    calls = calls_of(text)
    for number, call in enumerate(calls[:2]):
        stages.begins(begun(call))
        stages.ends(number, call)
    assert [stages.told(each) for each in (0, 1)] == [
        ToldPlace(socket, "sysSocket"),
        ToldPlace(socket, None),
    ]
    stages.begins(begun(calls[2]))
    connect = Place(None, Step.CONNECT)
    assert stages.revised() == [(0, ToldPlace(connect, None)), (1, ToldPlace(socket, "sysSocket"))]


# Any calls, in any order

_FDS = st.integers(0, 8)
_RESULTS = st.sampled_from(
    ["0", "0", "1", "1", "8", "-1 EAGAIN (x)", "-1 EINVAL (x)", "-1 EMFILE (x)", "-1 ENOTSOCK (x)"]
)
_ANY = "127.0.0.1"
_RIGHTS = (
    '{msg_name=NULL, msg_iov=[{iov_base="x", iov_len=1}], msg_iovlen=1, '
    "msg_control=[{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[OTHER]}]}"
)
# FD and OTHER are descriptors; what begins with = is a descriptor that is made.
_CALLS = [
    "socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = FD",
    "socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP) = FD",
    "socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP) = -1 EAFNOSUPPORT (x)",
    "socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = FD",
    "socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) = FD",
    f"bind(FD, {AT % (80, _ANY)}) = RESULT",
    f"bind(FD, {AT % (0, _ANY)}) = RESULT",
    "listen(FD, 5) = RESULT",
    "accept(FD, NULL, NULL) = RESULT",
    f"accept4(FD, {PEER % 999}, SOCK_CLOEXEC) = OTHER",
    f"connect(FD, {AT % (80, _ANY)}) = RESULT",
    f"connect(FD, {AT % (53, _ANY)}) = RESULT",
    'connect(FD, {sa_family=AF_UNIX, sun_path="/dev/log"}, 110) = RESULT',
    "epoll_create1(EPOLL_CLOEXEC) = FD",
    "epoll_create1(EPOLL_CLOEXEC) = -1 EMFILE (x)",
    "epoll_ctl(FD, EPOLL_CTL_ADD, OTHER, {events=EPOLLIN, data={u32=1, u64=OTHER}}) = 0",
    "epoll_ctl(FD, EPOLL_CTL_ADD, OTHER, {events=EPOLLIN, data={u32=1, u64=99999999999}}) = 0",
    "epoll_ctl(FD, EPOLL_CTL_DEL, OTHER, 0x7ffc) = 0",
    f"epoll_wait(FD, {READY_EVENT.replace('%d', 'OTHER')}, 8, -1) = 1",
    f"epoll_wait(FD, {READY_EVENT % (1, 99999999999)}, 8, -1) = 1",
    "epoll_wait(FD, [], 8, 0) = 0",
    "eventfd2(0, EFD_CLOEXEC) = FD",
    "pipe2([FD, OTHER], O_CLOEXEC) = 0",
    'read(FD, "x", 9) = RESULT',
    'read(FD<TCP:[1.1.1.1:80->1.1.1.1:9]>, "x", 9) = RESULT',
    'write(FD, "x", 9) = RESULT',
    'recvfrom(FD, "x", 9, 0, NULL, NULL) = RESULT',
    f'sendto(FD, "x", 1, 0, {AT % (8125, _ANY)}) = 1',
    f'sendto(FD, "x", 1, 0, {AT % (53, _ANY)}) = 1',
    "close(FD) = 0",
    "close(OTHER) = 0",
    "setsockopt(FD, SOL_TCP, TCP_NODELAY, [1], 4) = RESULT",
    "setsockopt(FD, SOL_SOCKET, SO_REUSEADDR, [1], 4) = RESULT",
    f"getsockname(FD, {PEER % 80}) = 0",
    "getsockopt(FD, SOL_SOCKET, SO_ERROR, [0], [4]) = 0",
    "getsockopt(FD, SOL_SOCKET, SO_ACCEPTCONN, [1], [4]) = 0",
    "poll([{fd=FD, events=POLLIN}, {fd=OTHER, events=POLLIN}], 2, -1) = 1",
    'openat(AT_FDCWD, "/etc/hosts", O_RDONLY) = FD',
    'openat(AT_FDCWD, "/proc/sys/net/core/somaxconn", O_RDONLY) = FD',
    "dup2(FD, OTHER) = OTHER",
    "shutdown(FD, SHUT_RDWR) = RESULT",
    "restart_syscall(<... resuming interrupted read ...>) = 1",
    f"sendmsg(FD, {_RIGHTS}, 0) = RESULT",
    f"recvmsg(FD, {_RIGHTS}, 0) = RESULT",
    "close_range(FD, 8, 0) = 0",
    'execve("/x", ["x"], NULL) = 0',
]


@st.composite
def logs(draw: st.DrawFn) -> list[LogCall]:
    """Calls that make no sense together, of up to three threads, that overlap."""
    threads = draw(st.sampled_from([[10], [10, 11], [10, 11, 12]]))
    flags = draw(st.sampled_from(["CLONE_FILES|CLONE_THREAD", "SIGCHLD", ""]))
    calls: list[LogCall] = []
    busy = dict.fromkeys(threads, 0)  # until which line
    if flags:
        for child in threads[1:]:
            line = len(calls) + 1
            calls.append(LogCall(line, line, 10, "clone", f"flags={flags}", str(child)))
    for _ in range(draw(st.integers(1, 40))):
        line = 3 * len(calls) + 10
        thread = draw(st.sampled_from(threads))
        if busy[thread] >= line:
            continue
        text = draw(st.sampled_from(_CALLS)).replace("RESULT", draw(_RESULTS))
        text = text.replace("FD", str(draw(_FDS))).replace("OTHER", str(draw(_FDS)))
        name, _, rest = text.partition("(")
        arguments, _, result = rest.rpartition(") = ")
        busy[thread] = end = line + draw(st.sampled_from([0, 0, 0, 4, 10, 40]))
        calls.append(LogCall(line, end, thread, name, arguments, result))
    return calls


@settings(max_examples=60, deadline=None)
@given(logs())
@example(calls_of(OUTBOUND_CONNECTION))
def test_any_calls_are_told_live_as_from_a_log(calls: list[LogCall]) -> None:
    assert told_live(calls) == told_at_once(calls, roles_of_files(calls))


def test_a_role_that_nobody_is_told_of_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What compares the two ways would find it if one did not revise."""
    monkeypatch.setattr(CallStages, "_touch", lambda *_: None)
    calls = calls_of(OUTBOUND_CONNECTION)
    assert told_live(calls) != told_at_once(calls, roles_of_files(calls))


# Captures

RECORDED = scenarios.names()


@pytest.mark.parametrize("name", RECORDED)
def test_events_are_told_as_a_log_of_the_same_calls_is(name: str) -> None:
    events = [event for _, event in load(scenarios.find(name) / scenarios.RECORDING)]
    ends = {event.span: event for event in events if isinstance(event, CallReturned)}
    entered = [event for event in events if isinstance(event, CallEntered)]
    whole = [spelled(event, ends.get(event.span)) for event in entered]
    pid = entered[0].thread
    threads = dict.fromkeys(event.thread for event in entered)
    roles = FileRoles(DescriptorSharing(dict.fromkeys(threads, pid), frozenset(), frozenset()))
    stages = CallStages()
    for thread in threads:
        stages.made(pid, thread, shares=True)
    told: list[ToldPlace] = []
    for number, (event, call) in enumerate(zip(entered, whole, strict=True)):
        begins = call_begun(event)
        assert stages.begins(begins) == number
        roles.begins(number, call)
        told.append(stages.told(number))
        end = ends.get(event.span)
        stages.ends(number, call_ended(begins, end) if end is not None else begins)
        roles.ends(number, call)
        for which, place in stages.revised():
            told[which] = place
    roles.settle()
    assert told == told_at_once(whole, roles)
    assert {each.place for each in told} > {NOWHERE, Place(None, Step.WRITE)}


def test_roles_do_not_depend_on_who_asks_meanwhile() -> None:
    calls = calls_of(OUTBOUND_CONNECTION)
    asked, not_asked = FileRoles(), FileRoles()
    for number, call in enumerate(calls):
        for roles in (asked, not_asked):
            roles.begins(number, call)
            roles.ends(number, call)
        asked.settle()
    not_asked.settle()
    files = {*asked.about, *range(len(calls))}
    assert [asked.of(file) for file in files] == [not_asked.of(file) for file in files]


def busy(connections: int) -> str:
    """A server's log: its connections come one after the other, with numbers that come again."""
    lines = [
        SERVER.rpartition("\n")[0],
        "epoll_create1(EPOLL_CLOEXEC) = 5",
        "epoll_ctl(5, EPOLL_CTL_ADD, 3, {events=EPOLLIN, data={u32=3, u64=3}}) = 0",
    ]
    for number in range(connections):
        fd = 6 + number % 7
        lines += [
            f"epoll_wait(5, {READY_EVENT % (3, 3)}, 8, -1) = 1",
            f"accept4(3, {PEER % (1000 + number)}, SOCK_CLOEXEC) = {fd}",
            f"epoll_ctl(5, EPOLL_CTL_ADD, {fd}, {{events=EPOLLIN, data={{u32=1, u64={fd}}}}}) = 0",
            f'read({fd}, "x", 9) = 1',
            f"epoll_ctl(5, EPOLL_CTL_DEL, {fd}, NULL) = 0",
            f"close({fd}) = 0",
            "socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 20",
            f"connect(20, {AT % (80, _ANY)}) = 0",
            "close(20) = 0",
        ]
    return "\n".join(lines)


def test_what_was_called_long_ago_is_forgotten_and_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = calls_of(busy(200))
    roles = roles_of_files(calls)
    monkeypatch.setattr(stages_module, "REVISABLE", 40)
    stages = CallStages()
    told: list[ToldPlace] = []
    for call in calls:
        number = stages.begins(begun(call))
        told.append(stages.told(number))
        stages.ends(number, call)
        for which, place in stages.revised():
            told[which] = place
    assert told == told_at_once(calls, roles)
    assert len(stages._calls) == 40
    assert len(stages._told) <= 41
    kept = stages.roles
    for known in (kept._role, kept._own, kept._is, kept._settled, kept._users, kept._sockets):
        assert len(known) < 60
    for files in (kept._likely, kept._idle, kept._asked, kept._closing, kept.watched):
        assert len(files) < 60
    assert len(kept.tables.holders) < 60
    assert len(kept._pollers._watched_by) < 60
    assert sum(map(len, stages._depending.values())) < 400
    assert sum(map(len, kept._look_ups._used.values())) < 60
