"""Stopping all threads of processes that run, none of which is traced yet.

PTRACE_SEIZE takes one thread. Those that are made meanwhile are traced from their start on if their
maker was, and have to be found otherwise: in ``/proc/PID/task``, until a look finds no new one.
"""

import errno
import threading
import time
from collections.abc import Callable
from functools import partial

from walkthrough.capture.errors import CaptureError
from walkthrough.capture.kernel.thread_status import GONE, children_of, thread_status, threads_of
from walkthrough.capture.ptrace import attach_requests
from walkthrough.capture.ptrace import ptrace_api as pt
from walkthrough.capture.ptrace.attach_checks import facts_of, own_facts, refusal
from walkthrough.capture.ptrace.process_table import ProcessTable
from walkthrough.capture.ptrace.standstill import PATIENCE_S
from walkthrough.capture.ptrace.traced_process import TracedProcess, TracedThread
from walkthrough.capture.ptrace.zombie_reaper import ZombieReaper
from walkthrough.i18n.messages import message

_NAP_S = 0.0002


def stop_all(
    table: ProcessTable,
    reach: Callable[[bool], list[TracedThread]],
    options: int,
    open_process: Callable[[int, int], TracedProcess],
    with_children: bool,
) -> set[int]:
    """Seize and stop every thread of the processes of a table.

    Args:
        table: The processes; their threads are added to it.
        reach: Brings all threads that are known to a stop, and returns those that do not stop.
        options: Of ptrace(2).
        open_process: Begins a process by its pid and its parent's.
        with_children: Whether the processes that they have started are added, too.

    Returns:
        The threads that were seized; all others report that they begin.

    Raises:
        CaptureError: A thread is traced by somebody else, belongs to another user, or does not
            stop; or a process has ended.
        OSError: A child belongs to another user.
    """
    asked, seized = set(table.processes), set[int]()
    until = time.monotonic() + PATIENCE_S
    while True:
        processes = list(table.processes.values())
        with ZombieReaper(lambda: list(table.processes)) as reaper:
            seize = partial(_seize_threads, table, options, seized, reaper)
            new = sum([seize(process) for process in processes])
        for thread in reaper.ended:
            table.lost(thread)
        if with_children:
            new += sum([_add_children(table, process, open_process) for process in processes])
        if not new:
            break
        if late := reach(True):
            raise _does_not_stop(late[0])
        if time.monotonic() > until + PATIENCE_S:
            raise CaptureError(
                message(
                    "Process {pid} makes threads faster than they can be stopped: try again.",
                    pid=processes[0].pid,
                )
            )
    for pid in asked:
        process = table.processes.get(pid)
        if process is None or not process.threads:
            raise CaptureError(
                message("Process {pid} has ended: attach to one that runs.", pid=pid)
            )
    return seized


def _seize_threads(
    table: ProcessTable,
    options: int,
    seized: set[int],
    reaper: ZombieReaper,
    process: TracedProcess,
) -> int:
    """Seize the threads of a process that are not traced yet; return how many were new."""
    new = 0
    for thread in threads_of(process.pid):
        if thread in table.threads:
            continue
        try:
            reaper.seizing()
            attach_requests.seize(thread, options)
        except pt.PtraceError as error:
            status = thread_status(thread)
            if error.errno == errno.ESRCH or status.state in GONE:
                continue
            if status.tracer != threading.get_native_id():
                raise untraceable(process.pid, error) from error
            time.sleep(_NAP_S)  # its maker is ours: it is about to stop for the first time
        else:
            table.add_thread(thread, process)
            seized.add(thread)
        finally:
            reaper.seized()
        new += 1
    return new


def _add_children(
    table: ProcessTable,
    process: TracedProcess,
    open_process: Callable[[int, int], TracedProcess],
) -> int:
    new = 0
    for child in children_of(process.pid):
        if child in table.processes or thread_status(child).state in GONE:
            continue
        try:
            table.add(open_process(child, process.pid))
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has just ended
        new += 1
    return new


def _does_not_stop(thread: TracedThread) -> CaptureError:
    return CaptureError(
        message(
            "Process {pid} cannot be traced now: its thread {thread} waits in the kernel and does "
            "not stop; try again.",
            pid=thread.process.pid,
            thread=thread.id,
        )
    )


def untraceable(pid: int, error: Exception) -> CaptureError:
    """Return what is said when ptrace(2) or /proc refuses a process that runs."""
    number = getattr(error, "errno", None) or errno.EPERM
    facts = facts_of(pid)
    if facts is None:
        return CaptureError(message("Process {pid} has ended: attach to one that runs.", pid=pid))
    return CaptureError(refusal(facts, own_facts(), number))
