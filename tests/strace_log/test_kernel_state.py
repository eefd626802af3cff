"""The kernel's view is of now, and a look at another process is no change."""

import pytest

from tests.support.process_logs import history_of_log
from tests.support.server_logs import (
    AT,
    PEER,
    POLLER,
    READ,
    READY,
    SERVER,
    after,
    calls_of,
    history_of,
    kernel_at,
    places,
    rows,
    view_after,
)
from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.events import CallEntered, CallReturned
from walkthrough.model.stages import NOWHERE, Place, Stage, Step
from walkthrough.state.change import DescriptorClosed, DescriptorOpened, StateChanged
from walkthrough.state.diff import changes, comparable
from walkthrough.state.sequence.diagram import SequenceDiagram
from walkthrough.state.sequence.model import LifecycleEvent, LifecycleKind, ListenerSeen
from walkthrough.strace_log.told_stages import roles_of_files


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
    result: dict[tuple[int | None, str, bool], list[object]] = {}
    index = history.beginning()
    while True:
        event = history.event(history.step_start(index))
        before, now = history.world(history.previous_step(index)), history.world(index)
        found = changes(comparable(history, before, now), now)
        if isinstance(event, CallEntered | CallReturned):
            key = (event.thread, event.call, isinstance(event, CallReturned))
            result.setdefault(key, []).extend(found)
        if (after_it := history.next_step(index)) == index:
            break
        index = after_it
    for (_, call, ended), every in result.items():
        if not ended or call in ("read", "write"):
            assert not every, (call, every)
    for process in (1, 2, 3):
        (opened,) = result[process, "accept", True]
        assert isinstance(opened, DescriptorOpened)
        assert opened.fd == 9
    closed = [each.fd for each in result[2, "close", True] if isinstance(each, DescriptorClosed)]
    assert closed == [8, 9]


def test_a_look_at_another_process_makes_no_row() -> None:
    history = history_of(PREFORK)
    diagram = SequenceDiagram(history)
    diagram.extend(len(history) - 1, len(history))
    diagram_rows = [diagram.row(number) for number in range(diagram.count(len(history) - 1))]
    listens = [row for row in diagram_rows if isinstance(row.fact, ListenerSeen)]
    assert [row.call.name for row in listens if row.call is not None] == ["listen"]
    assert len(listens) == 1
    drawn = [row.call.name for row in diagram_rows if row.call is not None]
    assert drawn == [
        line.split(" ", 1)[1].partition("(")[0]
        for line in PREFORK.splitlines()
        if "clone" not in line
    ]


def test_a_listener_that_was_there_before_is_no_news_in_the_diagram() -> None:
    history = history_of("accept(9, NULL, NULL) = 10")
    diagram = SequenceDiagram(history)
    diagram.extend(len(history) - 1, len(history))
    diagram_rows = [diagram.row(number) for number in range(diagram.count(len(history) - 1))]
    assert not any(isinstance(row.fact, ListenerSeen) for row in diagram_rows)


def test_a_number_that_two_use_for_different_things_is_not_shared() -> None:
    text = f"""\
20 epoll_wait(7, [], 1, 200) = 0
10 accept(5, {PEER % 999}) = 6
10 close(6) = 0
30 signalfd4(-1, [URG], 8, SFD_CLOEXEC) = 7
20 epoll_wait(7, [], 1, 200) = 0
30 recvfrom(6, "x", 9, 0, NULL, NULL) = 1"""
    purposes = roles_of_files(calls_of(text))
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
    tr = catalogue(language)
    began = 'execve("./server", ["./server"], 0x7ffc /* 9 vars */) = 0'
    made = "socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3"
    for text, whole in ((f"{began}\n{made}", True), (made, False), (f"{made}\n{began}", False)):
        history = history_of(text)
        shown = rows(history, after(history, "socket"), language)
        assert (tr("no socket listens") in shown) == whole
        assert (tr("no socket is known to listen") in shown) == (not whole)
    forked = f"7 {began}\n7 clone(child_stack=NULL, flags=SIGCHLD) = 8\n8 {made}"
    assert tr("no socket listens") in rows(
        history_of(forked), len(history_of(forked)) - 1, language
    )


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
    found = changes(before, now)
    assert not any(isinstance(each, DescriptorOpened) and each.fd == 5 for each in found)
    assert not any(isinstance(each, StateChanged) for each in found)
    assert now.kernel is not None
    assert [(each.fd, each.earlier) for each in now.kernel.descriptors] == [(4, False), (5, True)]


@pytest.mark.parametrize("name", ["nginx", "prefork"])
def test_the_diagram_says_whose_each_call_is(name: str) -> None:
    history = history_of_log(name)
    diagram = SequenceDiagram(history)
    diagram.extend(len(history) - 1, len(history))
    drawn = [diagram.row(number) for number in range(diagram.count(len(history) - 1))]
    for row in drawn:
        event = history.event(row.index)
        if row.call is not None:
            assert row.process == (event.process or 0)
    made = [
        (row.process, row.note.process)
        for row in drawn
        if isinstance(row.note, LifecycleEvent) and row.note.life is LifecycleKind.FORKED
    ]
    _, *others = history.world(len(history) - 1).processes
    assert made == [(0, each) for each in others]
    # It has ended once all have; before, each end is said of its process.
    ends = [row for row in drawn if getattr(row.note, "life", "") == LifecycleKind.EXITED]
    assert {row.process for row in ends} == {0, *others}
    assert diagram.ended(len(history) - 1) == ends[-1].index
    listens = [row for row in drawn if isinstance(row.fact, ListenerSeen)]
    assert {row.process for row in listens} == {0}
