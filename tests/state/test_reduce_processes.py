"""Several processes in one world: whose spans, threads, options and views of the kernel."""

from tests.support.process_logs import CHILDREN, NGINX, WORKERS, all_histories, history_of_log
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    CaptureEnded,
    FunctionEntered,
    KernelObserved,
    ProcessExited,
    ProcessStarted,
    ThreadExited,
    ThreadStarted,
)
from walkthrough.model.kernel_state import Descriptor, KernelState
from walkthrough.model.stages import Stage, Step
from walkthrough.model.values import Argument, Constant, Spelled
from walkthrough.state.history import History
from walkthrough.state.reduce_processes import turned_to
from walkthrough.state.reducer import advance
from walkthrough.state.world import MOST_PROCESSES, PROCESS_SHIFT, World


def fold(*events: AnyEvent) -> World:
    world = World()
    for event in events:
        world = advance(world, event)
    return world


def begun(pid: int, parent: int | None = None, origin: str = "") -> ProcessStarted:
    process = pid if parent is not None else None
    command = ("server", "-p") if parent is None else ()
    return ProcessStarted(
        seq=0,
        time_ns=0,
        process=process,
        thread=pid,
        pid=pid,
        parent_pid=parent,
        origin=origin,
        command=command,
    )


def view(process: int, *fds: int) -> KernelObserved:
    held = tuple(Descriptor(fd, "socket", f"socket:[{fd}]", fd) for fd in fds)
    return KernelObserved(seq=0, time_ns=0, state=KernelState(held, process=process))


def enters(goroutine: int, span: int, process: int | None = None) -> FunctionEntered:
    return FunctionEntered(
        seq=0,
        time_ns=0,
        thread=process or 7,
        process=process,
        goroutine=goroutine,
        span=span,
        function="net.Listen",
        mark="accept",
        stage=Stage.ACCEPT,
    )


def test_goroutines_of_two_processes_with_one_number_are_two() -> None:
    world = fold(begun(7), begun(8, 7, "fork"), enters(1, 10), enters(1, 20, 8))
    theirs = 1 + (8 << PROCESS_SHIFT)
    assert {key: [one.span for one in spans] for key, spans in world.spans.items()} == {
        1: [10],
        theirs: [20],
    }
    assert world.focus == theirs
    assert [(visit.goroutine, visit.process) for visit in world.visits] == [(1, 0), (theirs, 8)]


def test_a_forked_process_runs_its_parents_program_until_it_executes_its_own() -> None:
    fork = (begun(7), begun(8, 7, "fork"))
    assert fold(*fork).processes[8].command == ("server", "-p")
    executed = ProcessStarted(
        seq=0, time_ns=0, process=8, thread=8, pid=8, origin="exec", command=("sh",)
    )
    call = CallEntered(seq=0, time_ns=0, process=8, thread=8, span=30, call="execve")
    world = fold(*fork, enters(1, 20, 8), call, executed)
    assert world.processes[8].command == ("sh",)
    assert world.processes[8].parent == 7
    # Of what was open there only the call that brings the new program goes on.
    assert [[one.name for one in spans] for spans in world.spans.values()] == [["execve"]]
    assert fold(*fork).several
    assert not fold(begun(7)).several


def test_one_process_ends_and_the_others_go_on() -> None:
    started = ThreadStarted(seq=0, time_ns=0, thread=81, process=8)
    of_first = ThreadStarted(seq=0, time_ns=0, thread=71)
    ended = ProcessExited(seq=0, time_ns=0, process=8, pid=8, code=3)
    two = (begun(7), begun(8, 7, "fork"), started, of_first, enters(1, 10), enters(1, 20, 8))
    assert fold(*two).threads == {7, 71, 8, 81}
    world = fold(*two, ended)
    assert world.threads == {7, 71}
    assert [*world.spans] == [1]
    assert world.exit_code is None
    assert (world.processes[8].alive, world.processes[8].code) == (False, 3)
    assert world.processes[7].alive
    last = fold(*two, ended, ProcessExited(seq=0, time_ns=0, pid=7, code=0))
    assert last.exit_code == 0
    assert last.threads == frozenset()
    # The first may end before those that it has made.
    daemon = fold(*two, ProcessExited(seq=0, time_ns=0, pid=7, code=0))
    assert daemon.exit_code is None
    assert daemon.threads == {8, 81}
    assert [*daemon.spans] == [1 + (8 << PROCESS_SHIFT)]
    gone = ThreadExited(seq=0, time_ns=0, thread=81, process=8)
    assert advance(daemon, gone).threads == {8}


def test_the_kernels_view_is_that_of_whose_event_it_is() -> None:
    two = (begun(7), view(0, 3), begun(8, 7, "fork"), view(8, 3, 4))
    call = CallReturned(seq=0, time_ns=0, process=8, thread=8, call="close")
    mine = CallReturned(seq=0, time_ns=0, thread=7, call="close")
    world = fold(*two, mine)
    assert world.kernel is not None
    assert [one.fd for one in world.kernel.descriptors] == [3]
    assert sorted(world.kernels) == [0, 8]
    # A view of another process leaves it where it is, and is kept for later.
    world = advance(world, view(8, 3))
    assert world.kernel is world.kernels[0]
    assert world.changed_kernel
    world = advance(world, call)
    assert world.kernel is world.kernels[8] is world.kernel_of(8)
    assert world.kernel_of(7) is world.kernels[0]
    # A process that has ended holds nothing; its last view goes once others are seen.
    over = advance(world, ProcessExited(seq=0, time_ns=0, process=8, pid=8, code=0))
    over = advance(advance(over, mine), view(0, 3))
    assert [*over.kernels] == [0]


def test_of_one_process_there_is_one_view() -> None:
    world = fold(begun(7), view(0, 3), view(0, 3, 4))
    assert world.kernels == {}
    assert world.kernel is not None
    assert [one.fd for one in world.kernel.descriptors] == [3, 4]


def test_a_fork_has_the_options_of_its_parents_sockets() -> None:
    option = CallReturned(
        seq=0,
        time_ns=0,
        thread=7,
        call="setsockopt",
        arguments=(
            Argument("sockfd", 3),
            Argument("level", Constant("SOL_SOCKET", 1)),
            Argument("optname", Spelled("SO_REUSEADDR")),
            Argument("optval", 1),
        ),
    )
    closed = CallReturned(
        seq=0, time_ns=0, process=8, thread=8, call="close", arguments=(Argument("fd", 3),)
    )
    two = (begun(7), view(0, 3), option, begun(8, 7, "fork"), view(8, 3))
    world = fold(*two, closed)
    assert world.options_of() == {}
    mine = advance(world, CallReturned(seq=0, time_ns=0, thread=7, call="read", step=Step.READ))
    assert [each.name for each in mine.options_of()[3]] == ["SO_REUSEADDR"]


def test_processes_that_have_ended_are_forgotten_before_those_that_live() -> None:
    events: list[AnyEvent] = [begun(7)]
    for pid in range(8, 8 + 2 * MOST_PROCESSES):
        events += [begun(pid, 7, "fork"), ProcessExited(seq=0, time_ns=0, process=pid, pid=pid)]
    world = fold(*events)
    assert len(world.processes) <= MOST_PROCESSES
    assert world.processes[7].alive
    assert 7 + 2 * MOST_PROCESSES in world.processes


def test_worlds_of_processes_are_those_that_folding_everything_gives() -> None:
    for name, history in all_histories().items():
        world = World()
        after = []
        for index in range(len(history)):
            world = advance(world, history.event(index))
            after.append(world)
        fresh = History.of(history.header, (history.event(at) for at in range(len(history))))
        for index in [*range(len(history) - 1, -1, -7), *range(0, len(history), 11)]:
            assert fresh.world(index) == after[index], (name, index)


def test_recorded_servers() -> None:
    known = {"log of nginx": WORKERS, "log of prefork": CHILDREN}
    for name, history in all_histories().items():
        first = history.header.pid
        world = history.world(len(history) - 1)
        others = [pid for pid in world.processes if pid != first]
        assert next(iter(world.processes)) == first
        assert others == [*known.get(name, others)]
        assert [world.processes[pid].parent for pid in others] == [first, first]
        assert not any(each.alive for each in world.processes.values())
        assert world.exit_code == 0
        steps = history.of_processes
        assert steps.several
        for index in history.steps():
            lead = history.step_start(index)
            event = history.event(lead)
            assert steps.has(event.process or 0, lead)
            other = others[0] if event.process != others[0] else others[1]
            assert steps.has(other, lead) == isinstance(event, CaptureEnded)


def test_what_two_processes_share_is_known_by_the_open_file() -> None:
    history = history_of_log("nginx")
    accepts = next(
        index
        for index in range(len(history))
        if isinstance(event := history.event(index), CallReturned)
        and event.call == "accept4"
        and event.process == WORKERS[1]
    )
    world = history.world(history.step_end(accepts))
    held = {
        pid: {one.fd: one.shared_as for one in state.descriptors if one.kind == "socket"}
        for pid in (NGINX, *WORKERS)
        if (state := world.kernel_of(pid)) is not None
    }
    listener = held[NGINX][3]
    assert listener is not None
    assert held[WORKERS[0]][3] == held[WORKERS[1]][3] == listener
    others = {*held[NGINX].values(), *held[WORKERS[0]].values()}
    assert [fd for fd, each in held[WORKERS[1]].items() if each not in others] == [5]  # accepted


def test_a_world_is_seen_by_the_process_whose_event_comes_next() -> None:
    world = fold(begun(7), view(0, 3), begun(8, 7, "fork"), view(8, 4))
    mine = CallReturned(seq=0, time_ns=0, thread=7, call="close")
    theirs = CallReturned(seq=0, time_ns=0, process=8, thread=8, call="close")
    assert turned_to(world, mine).kernel is world.kernels[0]
    assert turned_to(world, theirs) is turned_to(world, view(0, 3)) is world
    alone = fold(begun(7), view(0, 3))
    assert turned_to(alone, mine) is alone
