"""What corresponds in the other program: by hand for every stage of a real recording."""

from pathlib import Path

import pytest

import walkthrough
from walkthrough.lesson.lesson import Lesson, lesson_for
from walkthrough.model.events import AnyEvent, FunctionEntered, FunctionReturned, Header
from walkthrough.model.stages import Stage, Step
from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios
from walkthrough.source.counterparts import AbsenceReason, Counterpart, Counterparts, NoCounterpart
from walkthrough.source.library import SourceLibrary
from walkthrough.source.line_mapping import MatchPrecision
from walkthrough.source.notes import Notes
from walkthrough.state.history import History

# Looked up by hand: a place on the path; a line of Go that is executed there; the line of Python.
STAGES = [
    (Stage.RESOLVE_ADDR_LIST, None, "func (r *Resolver) resolveAddrList", "def resolve_addr_list("),
    (
        Stage.RESOLVE_ADDR_LIST,
        None,
        "addrs, err := DefaultResolver.resolveAddrList",
        'addrs = resolve_addr_list("listen"',
    ),
    (Stage.SYS_SOCKET, None, "func sysSocket(", "def sys_socket("),
    (
        Stage.SYS_SOCKET,
        None,
        "s, err := socketFunc(",
        "return syscall.socket(",
    ),
    (Stage.SYS_SOCKET, None, "s, err := sysSocket(", "s = sys_socket(family"),
    (Stage.SET_DEFAULT_SOCKOPTS, None, "func setDefaultSockopts(", "def set_default_sockopts("),
    (Stage.SET_DEFAULT_SOCKOPTS, None, "if err = setDefaultSockopts(", "set_default_sockopts(s, "),
    (Stage.POLL_SERVER_INIT, None, "func poll_runtime_pollServerInit", "def poll_server_init("),
    (Stage.POLL_SERVER_INIT, None, "netpollinit()", "epoll.netpollinit()"),
    (Stage.POLL_SERVER_INIT, None, "epfd, errno = linux.EpollCreate1(", "epfd = _essential("),
    (Stage.POLL_SERVER_INIT, None, "efd, errno := linux.Eventfd(", "_eventfd = _essential("),
    (
        Stage.POLL_SERVER_INIT,
        None,
        "errno = linux.EpollCtl(epfd, linux.EPOLL_CTL_ADD",
        '_essential("epollctl", "epollctl", "epoll_ctl"',
    ),
    (None, Step.LISTENER_BACKLOG, "func listenerBacklog(", "def listener_backlog("),
    (None, Step.LISTENER_BACKLOG, "fd, err := open(", "file = parse.open_("),
    (
        None,
        Step.SET_DEFAULT_LISTENER_SOCKOPTS,
        'return os.NewSyscallError("setsockopt", syscall.SetsockoptInt(s, syscall.SOL_SOCKET, '
        "syscall.SO_REUSEADDR",
        "syscall.setsockopt_int(s, syscall.SOL_SOCKET, syscall.SO_REUSEADDR",
    ),
    (Stage.BIND, None, "func Bind(", "def bind("),
    (Stage.BIND, None, "return bind(fd", 'trap("bind"'),
    (Stage.BIND, None, "if err = syscall.Bind(", "syscall.bind(fd.pfd.sysfd, lsa)"),
    (Stage.LISTEN, None, "func Listen(s", "def listen(s"),
    (Stage.LISTEN, None, "_, _, e1 := Syscall(SYS_LISTEN", 'trap("listen"'),
    (Stage.LISTEN, None, "if err = listenFunc(", "syscall.listen(fd.pfd.sysfd, backlog)"),
    (Stage.POLL_OPEN, None, "func poll_runtime_pollOpen(", "def poll_open("),
    (Stage.POLL_OPEN, None, "return linux.EpollCtl(", 'trap("epoll_ctl"'),
    (Stage.POLL_OPEN, None, "errno := netpollopen(", "errno = epoll.netpollopen("),
    (Stage.POLL_OPEN, None, "ctx, errno := runtime_pollOpen(", "ctx, errno = runtime.poll_open("),
    (None, Step.GETSOCKNAME, "lsa, _ = syscall.Getsockname(", "bound = syscall.getsockname("),
    (Stage.ACCEPT, None, "func (l *TCPListener) Accept(", "async def accept(self) -> TCPConn"),
    (Stage.ACCEPT, Step.ACCEPT4, "ns, sa, err := Accept4Func(", "return syscall.accept4("),
    (Stage.ACCEPT, Step.ACCEPT4, "s, rsa, errcall, err := accept(", "return accept(self.sysfd)"),
    (Stage.ACCEPT, Step.POLL_WAIT, "for !netpollblock(", "while not await netpollblock("),
    (Stage.ACCEPT, Step.POLL_WAIT, "gopark(netpollblockcommit", "await gopark("),
    (None, Step.POLL_READY, "n, errno := linux.EpollWait(", "n = _epoll_wait("),
    (None, Step.POLL_READY, "delta += netpollready(", "generic.netpollready("),
    (
        Stage.ACCEPT,
        None,
        "d, rsa, errcall, err := fd.pfd.Accept()",
        "d, rsa = await self.pfd.accept",
    ),
    (Stage.ACCEPT, None, "c, err := l.accept()", "return await tcpsock_posix.accept(self)"),
    (None, Step.READ, "n, err := ignoringEINTRIO(syscall.Read", "n = syscall.read("),
    (None, Step.WRITE, "n, err := ignoringEINTRIO(syscall.Write", "nn += syscall.write("),
    (None, Step.CLOSE, "err := fd.decref()", "self._decref()"),
]


@pytest.fixture(scope="module")
def recorded() -> tuple[Lesson, list[AnyEvent]]:
    history = History.load(load(scenarios.find("first-connection") / scenarios.RECORDING))
    lesson = lesson_for(history.header)
    if lesson.sources.go_version != history.header.go_version:
        pytest.skip(f"{history.header.go_version}'s source is not here: pip install '.[go]'")
    return lesson, [history.event(index) for index in range(len(history))]


@pytest.mark.parametrize(("stage", "step", "go", "python"), STAGES)
def test_every_stage_of_a_recording(
    recorded: tuple[Lesson, list[AnyEvent]],
    stage: Stage | None,
    step: Step | None,
    go: str,
    python: str,
) -> None:
    lesson, events = recorded
    sources = lesson.sources
    found = set()
    for event in events:
        place = event.source
        if place is None or (stage, step) not in ((event.stage, event.step), (None, event.step)):
            continue
        if sources.lines(place.file)[place.line - 1].strip().startswith(go):
            there = sources.counterpart(place.file, place.line)
            assert isinstance(there, Counterpart)
            text = sources.lines(there.file)[there.line - 1].strip().removeprefix("async ")
            found.add((text.startswith(python.removeprefix("async ")), there.how))
            # And back: from there it is this line again.
            back = sources.counterpart(there.file, there.line)
            assert isinstance(back, Counterpart)
            assert (back.file, back.line) == (place.file, place.line)
    assert found == {(True, MatchPrecision.LINE)}


def test_all_stages_are_there(recorded: tuple[Lesson, list[AnyEvent]]) -> None:
    assert {stage for stage, *_ in STAGES} - {None} == set(Stage)


def test_every_function_of_the_recording_has_its_counterpart(
    recorded: tuple[Lesson, list[AnyEvent]],
) -> None:
    lesson, events = recorded
    without = set()
    for event in events:
        if not isinstance(event, FunctionEntered | FunctionReturned) or event.source is None:
            continue
        there = lesson.sources.counterpart(event.source.file, event.source.line)
        if isinstance(there, NoCounterpart):
            without.add(there.function)
        elif isinstance(event, FunctionEntered):
            assert there.how is MatchPrecision.LINE, event.function
    assert without == set()


def a_library(folder: Path) -> SourceLibrary:
    (folder / "go/src/net").mkdir(parents=True)
    (folder / "go/VERSION").write_text("go1.99.0\n")
    (folder / "go/src/net/a_posix.go").write_text(
        "package net\n\nfunc lonely() {\n\tx()\n}\n\nfunc (c *Conn) SetAll(v int) {\n\ty(v)\n}\n"
    )
    inside = folder / "capture/instrumented/net"
    inside.mkdir(parents=True)
    (inside / "a_posix.py").write_text("def set_all(c, v):\n    y(v)\n\ndef own():\n    pass\n")
    return SourceLibrary(folder / "go", None, folder / "capture")


@pytest.mark.parametrize(
    ("file", "line", "expected"),
    [
        ("net/a_posix.go", 1, NoCounterpart("", AbsenceReason.NO_FUNCTION)),
        ("net/a_posix.go", 4, NoCounterpart("net.lonely", AbsenceReason.NOT_WRITTEN)),
        ("net/nowhere.go", 4, NoCounterpart("", AbsenceReason.NO_FUNCTION)),
        # A method may be a plain function there.
        (
            "net/a_posix.go",
            8,
            Counterpart(
                "instrumented/net/a_posix.py", 2, "net.(*Conn).SetAll", MatchPrecision.LINE
            ),
        ),
        ("instrumented/net/a_posix.py", 5, NoCounterpart("own", AbsenceReason.NOT_WRITTEN)),
        (
            "instrumented/net/a_posix.py",
            2,
            Counterpart("net/a_posix.go", 8, "net.(*Conn).SetAll", MatchPrecision.LINE),
        ),
    ],
)
def test_what_has_none(
    tmp_path: Path, file: str, line: int, expected: Counterpart | NoCounterpart
) -> None:
    assert Counterparts(a_library(tmp_path), Notes([])).of(file, line) == expected


def test_without_gos_source_it_says_so(tmp_path: Path) -> None:
    a_library(tmp_path)
    library = SourceLibrary(None, None, tmp_path / "capture")
    found = Counterparts(library, Notes([])).of("instrumented/net/a_posix.py", 2)
    assert found == NoCounterpart("set_all", AbsenceReason.NO_GO)


def test_a_python_server_gets_whatever_go_there_is() -> None:
    lesson = lesson_for(Header(server="python", scenario="first-connection"))
    if not lesson.sources.go_version:
        pytest.skip("there is no Go here: pip install '.[go]'")
    there = lesson.sources.counterpart("instrumented/net/sock_posix.py", 22)
    assert isinstance(there, Counterpart)
    assert (there.file, there.function) == ("net/sock_posix.go", "net.socket")


def test_no_other_recording_gets_the_source_of_another_go() -> None:
    for server, version in (("go", ""), ("strace", ""), ("go", "go1.0")):
        sources = lesson_for(Header(server=server, go_version=version)).sources
        assert sources.go_version == ""
        assert sources.lines("net/dial.go") == ()


def test_with_a_second_way_below_the_first_one_corresponds(tmp_path: Path) -> None:
    """Go up to 1.22 asks again without the flags; the instrumented server asks once, with them."""
    first = (
        "\ts, err := socketFunc(family, sotype|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, proto)"
    )
    go = [
        "package net",
        "",
        "func sysSocket(family, sotype, proto int) (int, error) {",
        first,
        "\tif err == nil {",
        "\t\treturn s, nil",
        "\t}",
        "\ts, err = socketFunc(family, sotype, proto)",
        "\treturn s, err",
        "}",
    ]
    (tmp_path / "src/net").mkdir(parents=True)
    (tmp_path / "VERSION").write_text("go1.99.0\n")
    (tmp_path / "src/net/sock_cloexec.go").write_text("\n".join(go) + "\n")
    library = SourceLibrary(tmp_path, None, Path(walkthrough.__file__).parent / "capture")
    file = "instrumented/net/sock_cloexec.py"
    lines = library.lines(file) or ()
    line = next(n for n, text in enumerate(lines, 1) if "syscall.socket(" in text)
    found = Counterparts(library, Notes([])).of(file, line)
    assert found == Counterpart("net/sock_cloexec.go", 4, "net.sysSocket", MatchPrecision.LINE)
