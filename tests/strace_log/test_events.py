"""An strace log as events: nothing is lost on the way, and printing gives the original text."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.replayed_calls import spelled
from walkthrough.call_stages.fd_roles import FileRoles
from walkthrough.compare.align import compare
from walkthrough.compare.inputs import of_log
from walkthrough.compare.table import table
from walkthrough.formatting import strace_lines
from walkthrough.formatting.escaping import printable
from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    CaptureEnded,
    KernelObserved,
    OutputWritten,
    ProcessExited,
    ProcessStarted,
    SignalDelivered,
    ThreadStarted,
)
from walkthrough.model.kernel_state import KernelState
from walkthrough.model.stages import Place, Stage, Step
from walkthrough.model.values import Reference
from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios
from walkthrough.state.history import History
from walkthrough.state.world import VisitProgress
from walkthrough.strace_log import log as log_module
from walkthrough.strace_log import told_stages
from walkthrough.strace_log.events import to_events
from walkthrough.strace_log.log import Log, LogError, check_for_sockets, is_log, parse
from walkthrough.strace_log.model import LogCall
from walkthrough.strace_log.told_stages import place_of_calls
from walkthrough.strace_log.values import arguments_of, result_of

LOG = r"""7 execve("./server", ["./server", "tcp"], 0x7ffc /* 9 vars */) = 0
7 mmap(NULL, 4096, PROT_READ) = 0x7f1122334455
7 socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 3
7 openat(AT_FDCWD, "/proc/sys/net/core/somaxconn", O_RDONLY) = 4
7 read(4, "4096\n", 65536) = 5
7 close(4) = 0
7 epoll_create1(EPOLL_CLOEXEC) = 5
7 eventfd2(0, EFD_CLOEXEC) = 6
7 epoll_ctl(5, EPOLL_CTL_ADD, 6, {events=EPOLLIN, data={u32=0, u64=0}}) = 0
7 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
7 bind(3, LISTENER, 16) = 0
7 listen(3, 4096) = 0
7 epoll_ctl(5, EPOLL_CTL_ADD, 3, {events=EPOLLIN|EPOLLET, data={u32=9, u64=9}}) = 0
7 getsockname(3, LISTENER, [112 => 16]) = 0
7 write(1, "listening\n", 10) = 10
7 accept4(3, 0xc00, [112], SOCK_CLOEXEC) = -1 EAGAIN (Resource temporarily unavailable)
8 epoll_pwait(5,  <unfinished ...>
7 --- SIGURG {si_signo=SIGURG, si_code=SI_TKILL} ---
8 <... epoll_pwait resumed>[{events=EPOLLIN, data={u32=9, u64=9}}], 128, -1, NULL, 0) = 1
7 accept4(3, CLIENT, [112 => 16], SOCK_CLOEXEC) = 4
7 setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0
7 setsockopt(4, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0
what is this
7 close(4) = 0
7 exit_group(0) = ?
7 +++ exited with 0 +++
"""
ADDRESS = '{sa_family=AF_INET, sin_port=htons(%d), sin_addr=inet_addr("127.0.0.1")}'
LOG = LOG.replace("LISTENER", ADDRESS % 7099).replace("CLIENT", ADDRESS % 9)


def log_of(text: str) -> History:
    return History.of(*to_events(parse([line + "\n" for line in text.splitlines()])))


def events_of(history: History) -> list[AnyEvent]:
    return [history.event(index) for index in range(len(history))]


def test_what_happened_is_told_in_the_logs_order() -> None:
    history = log_of(LOG)
    assert (history.header.server, history.header.command) == ("strace", ("server", "tcp"))
    counted = Counter(type(event) for event in events_of(history))
    assert counted[CallEntered] == 22
    assert counted[CallReturned] == 21  # exit_group never returns
    assert (counted[SignalDelivered], counted[ThreadStarted], counted[ProcessStarted]) == (1, 1, 1)
    calls = [event.call for event in events_of(history) if isinstance(event, CallEntered)]
    assert calls[15:18] == ["accept4", "epoll_pwait", "accept4"]
    end = events_of(history)[-1]
    assert isinstance(end, CaptureEnded)
    assert end.lost == {"lines": 1}
    assert any(isinstance(event, ProcessExited) and event.code == 0 for event in events_of(history))
    assert [e.data for e in events_of(history) if isinstance(e, OutputWritten)] == [b"listening\n"]


def test_the_stages_light_up() -> None:
    history = log_of(LOG)
    world = history.world(len(history) - 1)
    assert world.order == (
        Stage.SYS_SOCKET,
        Stage.POLL_SERVER_INIT,
        Stage.BIND,
        Stage.LISTEN,
        Stage.POLL_OPEN,
        Stage.ACCEPT,
    )
    assert world.progress(Stage.BIND) is VisitProgress.DONE
    assert history.event(history.step_start(history.next_stage(0))).stage is Stage.SYS_SOCKET
    steps = [visit.place.step for visit in world.visits]
    assert Step.SET_NO_DELAY in steps
    assert Step.LISTENER_BACKLOG in steps


def test_a_stage_that_failed_is_shown_so() -> None:
    text = LOG.replace("listen(3, 4096) = 0", "listen(3, 4096) = -1 EADDRINUSE (Address in use)")
    history = log_of(text)
    assert history.world(len(history) - 1).progress(Stage.LISTEN) is VisitProgress.FAILED


def test_the_kernels_view_is_told_from_the_calls() -> None:
    history = log_of(LOG)
    states = [e.state for e in events_of(history) if isinstance(e, KernelObserved)]
    accepted = states[-3]
    assert [(s.fd, s.state, s.local.port) for s in accepted.sockets] == [
        (3, "LISTEN", 7099),
        (4, "ESTABLISHED", 7099),
    ]
    assert accepted.sockets[0].backlog == 4096
    assert accepted.sockets[0].accept_queue is None
    assert [(e.fd, [i.fd for i in e.interests]) for e in accepted.epolls] == [(5, [6, 3])]
    assert "told from the calls" in accepted.unavailable[0]
    assert states[-1].sockets == ()


FORKED = """\
7 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
7 bind(3, LISTENER, 16) = 0
7 listen(3, 128) = 0
7 clone(child_stack=NULL, flags=FLAGS, child_tidptr=0x7f00) = 8
8 close(3) = 0
8 openat(AT_FDCWD, "/dev/null", O_RDONLY) = 3
7 accept4(3, CLIENT, [112 => 16], SOCK_CLOEXEC) = 4
7 close(4) = 0
7 exit_group(0) = ?
7 +++ exited with 0 +++
"""
FORKED = FORKED.replace("LISTENER", ADDRESS % 7099).replace("CLIENT", ADDRESS % 9)


def states_of(text: str) -> list[KernelState]:
    return [e.state for e in events_of(log_of(text)) if isinstance(e, KernelObserved)]


def test_what_a_forked_process_closes_stays_open_in_the_other() -> None:
    states = states_of(FORKED.replace("FLAGS", "CLONE_CHILD_SETTID|SIGCHLD"))
    children = [state for state in states if "process 8" in state.unavailable[0]]
    assert [[s.fd for s in child.sockets] for child in children] == [[3], [], []]
    parents = [state for state in states if "process 7" in state.unavailable[0]]
    held = [[(s.fd, s.state) for s in parent.sockets] for parent in parents]
    assert held[-2:] == [[(3, "LISTEN"), (4, "ESTABLISHED")], [(3, "LISTEN")]]


def test_what_a_thread_closes_is_closed_for_all() -> None:
    states = states_of(FORKED.replace("FLAGS", "CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_THREAD"))
    assert [[(d.fd, d.kind) for d in state.descriptors] for state in states[:5]] == [
        [(3, "socket")],
        [(3, "socket")],
        [(3, "socket")],
        [],
        [(3, "file")],
    ]


def test_a_daemon_goes_on_when_its_first_process_has_ended() -> None:
    text = """\
7 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
7 bind(3, LISTENER, 16) = 0
7 listen(3, 128) = 0
7 clone(child_stack=NULL, flags=SIGCHLD) = 8
7 exit_group(0) = ?
7 +++ exited with 0 +++
8 accept4(3, CLIENT, [112 => 16], SOCK_CLOEXEC) = 4
8 exit_group(0) = ?
8 +++ exited with 3 +++
"""
    text = text.replace("LISTENER", ADDRESS % 7099).replace("CLIENT", ADDRESS % 9)
    history = log_of(text)
    events = events_of(history)
    ended = [at for at, event in enumerate(events) if isinstance(event, ProcessExited)]
    assert [(e.pid, e.code) for e in events if isinstance(e, ProcessExited)] == [(7, 0), (8, 3)]
    accepted = [at for at, e in enumerate(events) if isinstance(e, CallReturned) and e.result == 4]
    assert ended[0] < accepted[0] < ended[1]
    world = history.world(accepted[0] + 1)
    assert world.kernel is not None
    assert [(s.fd, s.state) for s in world.kernel.sockets] == [(3, "LISTEN"), (4, "ESTABLISHED")]
    assert world.progress(Stage.ACCEPT) is not VisitProgress.AHEAD


def test_a_listener_that_was_there_before_the_log_is_known_by_its_first_use() -> None:
    accept = f"7 accept4(6, {ADDRESS % 9}, [112 => 16], SOCK_CLOEXEC) = 9\n"
    (state,) = states_of(accept)
    assert [(s.fd, s.state, s.family) for s in state.sockets] == [
        (6, "LISTEN", "AF_INET"),
        (9, "ESTABLISHED", "AF_INET"),
    ]


def test_printing_gives_what_stood_in_the_log() -> None:
    history = log_of(LOG)
    events = events_of(history)
    ends = {event.span: event for event in events if isinstance(event, CallReturned)}
    lines = [
        strace_lines.line(event, ends.get(event.span))
        for event in events
        if isinstance(event, CallEntered) and event.thread == 7
    ]
    assert lines == [
        line[2:] for line in LOG.splitlines() if line.startswith("7 ") and line[2] not in "-+<"
    ]


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("0", (0, None)),
        ("3<socket:[9]>", (3, None)),
        ("0x7f00 (flags O_RDWR)", (0x7F00, None)),
        ("1 ([{fd=3}])", (1, None)),
        ("?", None),
        ("", None),
        ("nonsense", None),
    ],
)
def test_results(text: str, result: object) -> None:
    assert result_of(text) == result


def test_errors() -> None:
    for text, name, raw in (
        ("-1 EAGAIN (Resource temporarily unavailable)", "EAGAIN", 11),
        ("? ERESTARTSYS (To be restarted if SA_RESTART is set)", "ERESTARTSYS", 512),
        ("-1 ENOTHING (x)", "ENOTHING", 0),
    ):
        found = result_of(text)
        assert found is not None
        assert found[1] is not None
        assert (found[0], found[1].name, found[1].raw) == (-1, name, raw)


@given(st.sampled_from(["socket", "setsockopt", "close", "epoll_ctl", "mmap"]), st.text())
def test_no_text_raises(call: str, text: str) -> None:
    arguments_of(call, text)
    result_of(text)


@given(st.lists(st.sampled_from(LOG.splitlines()), max_size=30))
def test_any_order_of_lines_makes_a_history(lines: list[str]) -> None:
    try:
        history = log_of("\n".join(lines))
    except LogError:
        return
    history.world(len(history) - 1)


@pytest.mark.parametrize(
    "broken",
    [
        b"7 setsockopt(3, SOL_TC\xa1P, TCP_NODELAY, [1], 4) = 0\n",
        b'7 write(1, "a\xf3b", 3) = 3\n',
        b'7 write(1, "a\\8b\\9", 3) = 3\n',
        b"7 mmap(NULL, \xcc096) = 0x7f1122334455\n",
        b"\xff\xfe\n",
        b"7 epoll_ctl(4, EPOLL_CTL_ADD, 3, {events=EPOLLIN, data=007f}) = 0\n",
        b"7 ioctl(3, 0x1, {data=NULL}) = 0\n7 ioctl(3, 0x1, {data=0x}) = 0\n",
        b"7 accept(3, \n7 read() = 0\n",
        b"7 accept(3, \n7 read( <unfinished ...>\n",
    ],
)
def test_what_the_fuzz_run_found(broken: bytes) -> None:
    """Bytes that are no UTF-8 could not become events; \\8 is no octal number."""
    log = parse(
        [b"7 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3\n", *broken.splitlines(keepends=True)]
    )
    history = History.of(*to_events(log))
    history.world(len(history) - 1)
    sides = of_log(log, "one"), of_log(parse(broken.splitlines(keepends=True)), "other")
    for line in table(compare(*sides), 100, catalogue("en"), everything=True):
        assert printable(line.text) == line.text


def test_a_byte_that_is_no_text_is_shown_as_strace_would() -> None:
    log = parse([b"7 socket(AF_UNIX, SOCK_STREAM, 0) = 3\n", b'7 write(1, "a\xf3", 2) = 2\n'])
    history = History.of(*to_events(log))
    assert [e.data for e in events_of(history) if isinstance(e, OutputWritten)] == [b"a\xf3"]


def test_a_log_without_sockets_is_refused() -> None:
    with pytest.raises(LogError, match="holds 1 system call, none of them about a socket"):
        to_events(parse(["close(3) = 0\n"], "a.log"))


@pytest.mark.parametrize("use", [to_events, of_log])
def test_a_log_whose_calls_name_no_socket_is_analysed_once(
    use: Callable[[Log], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it has sockets is found out by what is done with its files, which is expensive."""
    analysed: list[int] = []
    real = told_stages.roles_of_files

    def counted(calls: Sequence[LogCall]) -> FileRoles:
        analysed.append(len(calls))
        return real(calls)

    for module in (log_module, told_stages):
        monkeypatch.setattr(module, "roles_of_files", counted)
    log = parse(
        [
            "7 epoll_ctl(4, EPOLL_CTL_ADD, 6, {events=EPOLLIN, data=6}) = 0\n",
            "7 epoll_wait(4, [{events=EPOLLIN, data=6}], 8, -1) = 1\n",
            '7 read(6, "hi", 64) = 2\n',
            '7 write(6, "hi", 2) = 2\n',
        ]
    )
    check_for_sockets(log)
    assert analysed == [4]
    use(log)
    assert analysed == [4]


# A listener that is closed within Accept, by another goroutine, no call tells from one outside.
UNTOLD = {("close-while-accepting", "close"), ("close-while-accepting", "epoll_ctl")}
UNTOLD |= {("unix-socket", "close"), ("unix-socket", "epoll_ctl")}
UNTOLD |= {("abstract-unix-socket", "close"), ("abstract-unix-socket", "epoll_ctl")}
# Who sleeps wakes the poller through its eventfd; of the pause itself there is no call.
UNTOLD |= {("emfile-recovers", "read"), ("emfile-recovers", "write")}
# An option that a hook sets, and that connections have as well; the end of a listener of several.
UNTOLD |= {("mptcp-refused-option", "setsockopt"), ("second-listener", "epoll_ctl")}
# Their own epolls and sockets look like those of package net: of whom a call is, it does not say.
BY_THEMSELVES = ("herd", "own-epoll", "inherited-listener", "restart-in-time-wait")
# A socket that connects to somebody else is no stage of a server, and neither is its poller.
DIALLING = {("dial", call) for call in ("socket", "epoll_ctl", "getsockopt")}
DIALLING |= {("dial", call) for call in ("epoll_create1", "eventfd2", "epoll_pwait")}


def test_the_places_told_from_calls_are_those_that_were_seen() -> None:
    found = agreed = 0
    for name in scenarios.names():
        if name in BY_THEMSELVES:
            continue
        events = [event for _, event in load(scenarios.find(name) / scenarios.RECORDING)]
        ends = {event.span: event for event in events if isinstance(event, CallReturned)}
        begins = [event for event in events if isinstance(event, CallEntered)]
        places = place_of_calls([spelled(event, ends.get(event.span)) for event in begins])
        for event, place in zip(begins, places, strict=True):
            if event.quiet:
                continue
            found += 1
            agreed += place == event.place
            if place != event.place:
                assert (name, event.call) in UNTOLD | DIALLING, (name, event, place)
                assert place.stage is None
    assert found - agreed <= 22


def test_a_probe_is_told_from_a_listener() -> None:
    text = """\
socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP) = 3
close(3) = 0
socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP) = 3
listen(3, 1) = 0"""
    calls = parse([line + "\n" for line in text.splitlines()]).calls
    assert place_of_calls(calls) == [
        Place(None, Step.PROBE),
        Place(None, Step.PROBE),
        Place(Stage.SYS_SOCKET),
        Place(Stage.LISTEN),
    ]


def test_a_file_of_lines_is_a_log(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_text(LOG)
    assert is_log(file)
    file.write_text("hello\n")
    assert not is_log(file)


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        ("SOL_SOCKET, SO_REUSEADDR, [1], 4", ("SOL_SOCKET", "SO_REUSEADDR", Reference(1))),
        ("SOL_TCP, TCP_NODELAY, [1], 4", ("SOL_TCP", "TCP_NODELAY", Reference(1))),
        ("0x1, 0x2, [1], 4", ("SOL_SOCKET", "SO_REUSEADDR", Reference(1))),
        ('SOL_SOCKET, SO_BINDTODEVICE, "lo\\0", 3', ("SOL_SOCKET", "SO_BINDTODEVICE", None)),
    ],
)
def test_options_that_were_set_are_named(call: str, shown: tuple[str, str, object]) -> None:
    history = log_of(
        f"7 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3\n7 setsockopt(3, {call}) = 0\n"
    )
    ((option,),) = history.world(len(history) - 1).options.values()
    assert (option.level, option.name) == shown[:2]
    assert shown[2] is None or option.value.value == shown[2]
