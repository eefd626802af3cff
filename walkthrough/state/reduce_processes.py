"""Folds how processes begin and end, and what the kernel's view of each of them shows."""

from msgspec.structs import replace

from walkthrough.model.events import (
    Event,
    ProcessExited,
    ProcessStarted,
    ThreadExited,
    ThreadStarted,
)
from walkthrough.model.kernel_state import KernelState
from walkthrough.state.builder import WorldBuilder
from walkthrough.state.reduce_clients import fold_clients_seen
from walkthrough.state.world import MOST_PROCESSES, PROCESS_SHIFT, ProcessView, World

_REPLACING = ("execve", "execveat")
"""The call that is under way while another program takes the place of the one that makes it."""


def turn_to(builder: WorldBuilder, event: Event) -> None:
    """Note whose event it is; what the kernel holds is then that process's."""
    process = event.process or 0
    if process != builder.process:
        builder.process = process
        seen = view_of(builder, process)
        if seen is not None:
            builder.kernel = seen


def turned_to(world: World, event: Event) -> World:
    """Return a world as the process sees it whose event comes next: with what it holds."""
    of_nobody = event.process is None and event.thread is None
    if not world.kernels or of_nobody or world.process == (event.process or 0):
        return world
    seen = world.kernel_of(event.process or world.first)
    return replace(world, kernel=seen) if seen is not None else world


def view_of(builder: WorldBuilder, process: int) -> KernelState | None:
    """Return the last view of a process of several; 0 is the first, which a log names as well."""
    seen = builder.kernels.get(process)
    return builder.kernels.get(builder.first) if seen is None and not process else seen


def fold_start(builder: WorldBuilder, event: ProcessStarted) -> None:
    """Fold that a process has begun, or another program in it."""
    pid = event.pid
    if not builder.processes:
        builder.first = pid
    threads = frozenset() if pid == builder.first else frozenset({pid})
    before = builder.processes.get(pid)
    if before is not None and event.origin == "exec":
        _leave_program(builder, before, kept=_REPLACING)
        builder.threads = (builder.threads - _threads_of(builder, before)) | {pid}
        begun = replace(
            before, origin="exec", command=event.command or before.command, threads=threads
        )
        builder.processes = {**builder.processes, pid: begun}
        return
    maker = builder.processes.get(event.parent_pid or 0)
    command = event.command or (maker.command if maker is not None else ())
    begun = ProcessView(pid, event.parent_pid or 0, event.origin, command, threads=threads)
    builder.threads |= {pid}
    if event.origin == "fork" and maker is not None:
        _inherit_options(builder, maker.pid, pid)
    others = {each: view for each, view in builder.processes.items() if each != pid}
    if len(others) >= MOST_PROCESSES:
        gone = next((each for each, view in others.items() if not view.alive), next(iter(others)))
        del others[gone]
    builder.processes = {**others, pid: begun}


def fold_exit(builder: WorldBuilder, event: ProcessExited) -> bool:
    """Fold that a process has ended; return whether others go on."""
    view = builder.processes.get(event.pid)
    if view is None:
        return any(each.alive for each in builder.processes.values()) and builder.first != event.pid
    ended = replace(view, alive=False, code=event.code, signal=event.signal, threads=frozenset())
    builder.processes = {**builder.processes, event.pid: ended}
    if not any(each.alive for each in builder.processes.values()):
        return False
    _leave_program(builder, view)
    builder.threads = builder.threads - _threads_of(builder, view)
    return True


def fold_thread(builder: WorldBuilder, event: ThreadStarted | ThreadExited) -> None:
    """Fold that a thread has begun, or has ended."""
    thread = event.thread
    if thread is None:
        return
    begins = isinstance(event, ThreadStarted)
    builder.threads = builder.threads | {thread} if begins else builder.threads - {thread}
    view = builder.processes.get(event.process) if event.process is not None else None
    if view is not None and view.pid != builder.first:
        threads = view.threads | {thread} if begins else view.threads - {thread}
        builder.processes = {**builder.processes, view.pid: replace(view, threads=threads)}


def fold_view(builder: WorldBuilder, state: KernelState) -> None:
    """Fold a view of the kernel: of the only process, or of one of several."""
    builder.changed_kernel = True
    process = state.process
    if not (process or builder.kernels):
        fold_clients_seen(builder, builder.kernel, state)
        builder.kernel = state
        return
    known = builder.kernels
    if not known and builder.kernel is not None:
        known = {builder.kernel.process: builder.kernel}
    fold_clients_seen(builder, known.get(process), state)
    shown = builder.kernel.process if builder.kernel is not None else process
    kept = {
        each: seen
        for each, seen in known.items()
        if each != process and (each == shown or _is_alive(builder, each))
    }
    if len(kept) >= MOST_PROCESSES:
        del kept[next(each for each in kept if each != shown)]
    builder.kernels = kept | {process: state}
    # Of another process than the one that the event before is of, it is only kept.
    shown_now = view_of(builder, builder.process)
    if shown_now is None or shown_now is state:
        builder.kernel = state


def _is_alive(builder: WorldBuilder, process: int) -> bool:
    view = builder.processes.get(process or builder.first)
    return view is None or view.alive


def _threads_of(builder: WorldBuilder, view: ProcessView) -> frozenset[int]:
    if view.pid != builder.first:
        return view.threads
    others = (each.threads for each in builder.processes.values() if each.pid != view.pid)
    return frozenset(builder.threads).difference(*others)


def _leave_program(builder: WorldBuilder, view: ProcessView, *, kept: tuple[str, ...] = ()) -> None:
    """Forget the open spans of a process, but for calls named in ``kept``: its program is gone."""
    process = 0 if view.pid == builder.first else view.pid
    threads = _threads_of(builder, view)
    theirs = [
        key
        for key in builder.spans
        if (key > 0 and key >> PROCESS_SHIFT == process) or (key < 0 and -key in threads)
    ]
    for key in theirs:
        spans = builder.mutable_spans()
        left = tuple(each for each in spans[key] if each.call and each.name in kept)
        if left:
            spans[key] = left
        else:
            del spans[key]
        if key in builder.parked:
            builder.mutable_parked().discard(key)


def _inherit_options(builder: WorldBuilder, maker: int, pid: int) -> None:
    """Note that a forked process has its parent's descriptors, and their options with them."""
    above = 0 if maker == builder.first else maker
    inherited = {
        key - (above << PROCESS_SHIFT) + (pid << PROCESS_SHIFT): options
        for key, options in builder.options.items()
        if key >> PROCESS_SHIFT == above
    }
    if inherited:
        builder.mutable_options().update(inherited)
