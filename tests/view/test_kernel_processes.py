"""What the panes say of several processes: whose a step is, who has what, and who shares it."""

from collections.abc import Callable

import pytest

from tests.support.process_logs import NGINX, WORKERS, history_of_log
from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.events import AnyEvent, CallReturned, Header, ProcessExited, ProcessStarted
from walkthrough.model.kernel_state import Descriptor, EpollState, KernelState, SocketState
from walkthrough.model.values import SocketAddress
from walkthrough.state.change import ChangeElsewhere, DescriptorOpened, QueueChanged
from walkthrough.state.diff import changes, comparable
from walkthrough.state.history import History
from walkthrough.state.world import ProcessView, World
from walkthrough.view.calls import CallRows
from walkthrough.view.event_text import sentence, who
from walkthrough.view.kernel import kernel_entries
from walkthrough.view.kernel_changes import change_rows
from walkthrough.view.kernel_pane import kernel_rows
from walkthrough.view.path import PathRow, path_rows
from walkthrough.view.step import StepContext, step_at
from walkthrough.view.step_text import step_text
from walkthrough.view.text import Row

EN, ZH = catalogue("en"), catalogue("zh")
HISTORY = history_of_log("nginx")
FIRST, SECOND = WORKERS


def step_of(wanted: Callable[[AnyEvent], bool], number: int = 0) -> StepContext:
    found = [index for index in range(len(HISTORY)) if wanted(HISTORY.event(index))]
    return step_at(HISTORY, HISTORY.step_end(found[number]), None, EN)


def accepts(number: int = 0) -> StepContext:
    return step_of(
        lambda event: isinstance(event, CallReturned) and event.call == "accept4", number
    )


def text(rows: list[Row]) -> list[str]:
    return ["".join(piece.text for piece in row) for row in rows]


def test_the_kernel_pane_begins_with_whose_step_it_is() -> None:
    for number, mine in ((0, SECOND), (1, FIRST)):
        shown = text(kernel_rows(accepts(number), 80).rows)
        headings = [row for row in shown if row.startswith("nginx ")]
        others = [pid for pid in (NGINX, *WORKERS) if pid != mine]
        assert headings == [f"nginx {pid}" for pid in (mine, *others)]
        assert shown.index(headings[0]) < shown.index("Listener")
        # The listener is everybody's, the epoll and what was accepted are not.
        (listener,) = (row for row in shown if "fd 3 LISTEN" in row and shown.index(row) < 8)
        assert listener.endswith(f"also in {others[0]}, {others[1]}")
        assert not any("also in" in row for row in shown if "ESTABLISHED" in row or "epoll" in row)
        assert any("epoll watches" in row for row in shown[shown.index(headings[2]) :])


def test_a_single_process_is_not_named() -> None:
    step = step_of(lambda event: isinstance(event, CallReturned) and event.call == "bind")
    assert not step.world.several
    assert not any("nginx" in row for row in text(kernel_rows(step, 80).rows))
    assert not any(str(NGINX) in row for row in text([each.row for each in paths(step)]))
    assert who(step.event, EN, step.world) == f"thread {NGINX}"  # type: ignore[arg-type]


def paths(step: StepContext) -> list[PathRow]:
    return path_rows(step.world, {}, EN, 40)


def test_calls_and_visits_are_said_to_be_whose() -> None:
    step = accepts(1)
    rows = CallRows(step, 60)
    newest = "".join(piece.text for piece in rows.row(len(rows) - 2))
    shown = [newest, *("".join(piece.text for piece in rows.row(at)) for at in range(len(rows)))]
    assert any(f"{FIRST} accept4(3" in row for row in shown)
    assert any(f"{NGINX} bind(3" in row for row in shown)
    visits = ["".join(p.text for p in row.row) for row in path_rows(step.world, {}, EN, 40)]
    assert any(f"bind {NGINX}" in row for row in visits)
    assert any(f"round 1 {SECOND}" in row for row in visits)
    assert any(f"round 2 {FIRST}" in row for row in visits)
    assert step.event is not None
    assert who(step.event, EN, step.world) == f"nginx {FIRST}"
    assert step_text(step.event, EN, NGINX).text.startswith(f"[{FIRST}] accept4(3, ")
    assert not step_text(step.event, EN).text.startswith("[")


@pytest.mark.parametrize(
    ("event", "said", "said_zh"),
    [
        (
            ProcessStarted(seq=0, time_ns=0, process=8, pid=8, parent_pid=7, origin="fork"),
            "process 7 has made process 8",
            "进程 7 产生了进程 8",
        ),
        (
            ProcessStarted(
                seq=0, time_ns=0, process=8, pid=8, origin="exec", command=("/bin/\x1bsh", "-c")
            ),
            r"process 8 runs another program: \x1bsh 8",
            r"进程 8 运行另一个程序：\x1bsh 8",
        ),
        (
            ProcessStarted(seq=0, time_ns=0, process=8, pid=8, origin="attached"),
            "process 8 was running already, and is watched from here on",
            "进程 8 已经在运行，从这里开始观察",
        ),
        (
            ProcessExited(seq=0, time_ns=0, process=8, pid=8, code=3),
            "process 8 has exited with status 3",
            "进程 8 已退出，状态码 3",
        ),
    ],
)
def test_what_becomes_of_a_process(event: AnyEvent, said: str, said_zh: str) -> None:
    assert sentence(event, EN, several=True) == said
    assert sentence(event, ZH, several=True) == said_zh


LISTENER = SocketState(
    owner="server",
    family="AF_INET",
    type="SOCK_STREAM",
    protocol="TCP",
    state="LISTEN",
    local=SocketAddress("AF_INET", "127.0.0.1", 80),
    inode=90,
    fd=3,
    accept_queue=0,
    backlog=8,
)


def view(process: int, *more: Descriptor, waiting: int = 0, table: int = 0) -> KernelState:
    listener = SocketState(
        **{name: getattr(LISTENER, name) for name in LISTENER.__struct_fields__}
        | {"accept_queue": waiting}
    )
    held = (Descriptor(3, "socket", "socket:[90]", 90), *more)
    epolls = tuple(EpollState(each.fd, ()) for each in more if each.kind == "epoll")
    return KernelState(held, (listener,), epolls, process=process, table=table)


def world_of(*views: KernelState, process: int = 0) -> World:
    kernels = {each.process: each for each in views}
    processes = {pid: ProcessView(pid, command=("server",)) for pid in (7, 8, 9)}
    return World(
        kernel=kernels[process], kernels=kernels, processes=processes, first=7, process=process
    )


def entries(world: World, language: str = "en") -> list[str]:
    return text([each.row for each in kernel_entries(world, catalogue(language))])


def test_an_epoll_that_processes_share_is_marked_in_each() -> None:
    shared, own = Descriptor(4, "epoll", "x", file=1), Descriptor(4, "epoll", "x", file=2)
    shown = entries(world_of(view(0, shared), view(8, shared), view(9, own)))
    assert "epoll fd 4 watches also in 8" in shown
    assert "fd 4 epoll watches nothing also in 7" in shown
    assert "fd 4 epoll watches nothing" in shown
    assert "fd 4 epoll 监视：无 7 也有" in entries(
        world_of(view(0, shared), view(8, shared), view(9, own)), "zh"
    )


def test_who_shares_the_whole_table_is_said() -> None:
    shown = entries(world_of(view(0, table=7), view(8, table=7)))
    assert "server 8, shares all descriptors with 7" in shown
    assert "server 7" in shown


def test_of_many_processes_a_part_is_named() -> None:
    pids = range(8, 30)
    processes = {pid: ProcessView(pid, command=("server",)) for pid in (7, *pids)}
    kernels = {pid: view(pid) for pid in pids} | {0: view(0)}
    world = World(kernel=kernels[0], kernels=kernels, processes=processes, first=7)
    shown = entries(world)
    assert any(row.endswith("also in 8, 9, 10, … 19 more") for row in shown)
    assert "… 10 more processes" in shown


def test_what_a_step_changes_elsewhere_is_told_once() -> None:
    before = world_of(view(0), view(8), view(9))
    taken = Descriptor(5, "socket", "socket:[91]", 91)
    now = world_of(view(0, waiting=1), view(8, taken, waiting=1), view(9, waiting=1))
    found = changes(before, now)
    assert [type(each) for each in found] == [QueueChanged, ChangeElsewhere]
    assert isinstance(found[1], ChangeElsewhere)
    assert isinstance(found[1].change, DescriptorOpened)
    assert text(change_rows(found, EN)) == ["→ fd 3 accept queue 0 → 1", "+ 8 fd 5 socket"]


def test_a_step_of_another_process_is_compared_with_its_own_view() -> None:
    history = History.of(Header(server="go", pid=7), [])
    before = world_of(view(0), view(8), process=0)
    more = Descriptor(5, "socket", "socket:[91]", 91)
    now = world_of(view(0), view(8, more), process=8)
    assert [type(each) for each in changes(comparable(history, before, now), now)] == [
        DescriptorOpened
    ]
