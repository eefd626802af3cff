"""Prepares the target of a program that somebody wants traced."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from walkthrough.capture.environment import program_file
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.ptrace.architecture.selection import architecture_of
from walkthrough.capture.session.target import Target
from walkthrough.capture.session.trace_request import TraceRequest
from walkthrough.formatting.escaping import printable
from walkthrough.i18n.messages import Message, message
from walkthrough.i18n.system_errors import system_error_text


class PreparedTrace(NamedTuple):
    """A target that has not started yet.

    Attributes:
        target: The program.
        why: What will be seen of it, in a sentence.
        remarks: What a reader should know besides, in sentences.
        complaints: Once it has started: what of it turned out not to be possible, in sentences.
    """

    target: Target
    why: Message
    remarks: tuple[Message | str, ...] = ()
    complaints: Callable[[], list[Message | str]] = list


def refuse_untraceable() -> None:
    """Refuse where nothing can be traced.

    Raises:
        CaptureError: This machine, or what it is run in, does not allow it.
    """
    from walkthrough.capture.environment.doctor import why_no_trace

    if (refusal := why_no_trace()) is not None:
        raise CaptureError(refusal)


def refuse_unknown(request: TraceRequest) -> None:
    """Refuse a program that is not there or cannot be run here; nothing is started or attached.

    Raises:
        CaptureError: It is one.
    """
    _refuse_attaching(request)
    if not request.attaches:
        architecture_of(program_file.find(os.fsdecode(request.arguments[0])).binary)


def prepare_trace(request: TraceRequest, stdin: int | None = None) -> PreparedTrace:
    """Find the program, and return it ready to be started.

    Args:
        request: What is traced, and how.
        stdin: The descriptor that a launched program reads from; None for an empty one.

    Raises:
        CaptureError: There is no such program, or it cannot be traced; the sentence says what to
            do.
    """
    from walkthrough.capture.ptrace.attaching import untraceable
    from walkthrough.capture.ptrace.program_target import (
        AttachedProgram,
        KnownPrograms,
        LaunchedProgram,
        ProgramTarget,
    )

    _refuse_attaching(request)
    programs = KnownPrograms()
    target: ProgramTarget
    remarks: tuple[Message | str, ...] = ()
    what: list[Message] = []  # of each that is named; read now, while nothing stands and waits
    if request.attaches:
        for pid in request.pids:
            executable = Path(f"/proc/{pid}/exe")
            try:
                name = printable(program_file.name_of_process(pid))
                named = message("{program} ({pid})", program=name, pid=pid)
                what.append(_what_is_seen(named, programs.of(executable)))
            except OSError as error:
                raise untraceable(pid, error) from error
        remarks = (*what[1:], *_remarks(request))
        target = AttachedProgram(request, programs)
    else:
        found = program_file.find(os.fsdecode(request.arguments[0]))
        shown = printable(str(found.path))
        try:
            what.append(_what_is_seen(shown, programs.of(found.binary)))
        except OSError as error:
            raise CaptureError(
                message(
                    "{program} cannot be read ({why}): trace it as its user, or as root (sudo).",
                    program=shown,
                    why=system_error_text(error),
                )
            ) from error
        remarks = found.remarks
        target = LaunchedProgram(request, found, programs, stdin)
    said = [*remarks, *programs.remarks]

    def complaints() -> list[Message | str]:
        new: list[Message | str] = []
        for each in (*programs.remarks, *target.complaints()):
            if each not in said:
                said.append(each)
                new.append(each)
        return new

    return PreparedTrace(target, what[0], tuple(said), complaints)


def _what_is_seen(program: Message | str, known: object | None) -> Message:
    """Say what will be seen of a program; ``known`` is what is known of its functions."""
    if known is not None:
        return message(
            "{program} is a Go program: its functions, goroutines and system calls are traced.",
            program=program,
        )
    return message(
        "{program} is traced by its system calls: only a Go program's functions are known.",
        program=program,
    )


def _refuse_attaching(request: TraceRequest) -> None:
    machine = os.uname().machine
    if request.attaches and machine != "x86_64":
        raise CaptureError(
            message(
                "Attaching to a process that runs is not there yet on {machine}: let walkthrough "
                "start the program (`walkthrough trace -- PROGRAM`).",
                machine=machine,
            )
        )
    if request.attaches:
        from walkthrough.capture.ptrace import attach_checks

        for pid in request.pids:
            attach_checks.look(pid)


def _remarks(request: TraceRequest) -> list[Message]:
    """Return what should be known of the processes that are attached to."""
    from walkthrough.capture.ptrace import attach_checks

    own = attach_checks.own_facts()
    looked_at = (attach_checks.look(pid) for pid in request.pids)
    return [remark for facts in looked_at for remark in attach_checks.remarks(facts, own)]
