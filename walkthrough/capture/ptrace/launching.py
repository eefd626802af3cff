"""Starting a program under ptrace: halted before its first instruction, ended with the tracer."""

import contextlib
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from walkthrough.capture import processes
from walkthrough.capture.environment.resource_limits import not_started
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.parent_death import die_with_parent
from walkthrough.capture.ptrace import attach_requests
from walkthrough.capture.ptrace import ptrace_api as pt
from walkthrough.i18n.messages import message


def launch(
    program: Path,
    arguments: Sequence[str | bytes],
    options: int,
    before_exec: Callable[[], None] | None = None,
    environment: Mapping[bytes, bytes] | None = None,
    last: Callable[[], None] | None = None,
) -> int:
    """Start a program, traced, in the stop of its execve(2).

    The new process stops itself and is seized then. Seized threads can be interrupted and left in
    their group-stops, which those that ask to be traced (PTRACE_TRACEME) cannot.

    Args:
        program: Path of the executable.
        arguments: Its argument vector, ``argv[0]`` first.
        options: Of ptrace(2); PTRACE_O_EXITKILL and PTRACE_O_TRACEEXEC are added.
        before_exec: Called in the new process: redirect, limit.
        environment: Its environment, byte for byte; by default `processes.environment`.
        last: Called in the new process after that; what follows is kill(2) and execve(2).

    Returns:
        Its process id.

    Raises:
        CaptureError: It cannot be started or traced.
    """
    tracer = os.getpid()
    try:
        pid = processes.fork_child()
    except OSError as error:
        raise not_started(message("The program {name}", name=program.name), error) from error
    if pid == 0:
        try:
            if before_exec is not None:
                before_exec()
            if not die_with_parent(tracer):  # EXITKILL is not set yet
                os._exit(126)
            if last is not None:
                last()
            os.kill(os.getpid(), signal.SIGSTOP)
            processes.exec_program(program, arguments, environment)
        except BaseException:
            os._exit(126)
    try:
        _, status = os.waitpid(pid, os.WUNTRACED)
        if os.WIFSTOPPED(status):
            attach_requests.seize(pid, options | pt.O_EXITKILL | pt.O_TRACEEXEC)
            os.kill(pid, signal.SIGCONT)
            status = _until_exec(pid)
    except (pt.PtraceError, OSError) as error:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, pt.WALL)
        raise untraceable(program.name, error) from error
    if not os.WIFSTOPPED(status):
        raise CaptureError(
            message(
                "{program} could not be started under ptrace; `walkthrough doctor` says why.",
                program=program.name,
            )
        )
    return pid


def _until_exec(pid: int) -> int:
    """Pass over the stops of SIGSTOP and SIGCONT; return the status of the exec, or of its end."""
    while True:
        _, status = os.waitpid(pid, pt.WALL)
        if not os.WIFSTOPPED(status) or status >> 16 == pt.EVENT_EXEC:
            return status
        number = status >> 8 & 0xFF
        passed = status >> 16 or number in (signal.SIGSTOP, signal.SIGCONT)
        pt.resume(pid, 0 if passed else number)


def untraceable(program: str, error: Exception) -> CaptureError:
    """Return what is said when ptrace(2) refuses a program that was just started."""
    return CaptureError(
        message(
            "{program} cannot be traced here ({why}); `walkthrough doctor` says why.",
            program=program,
            why=str(error),
        )
    )
