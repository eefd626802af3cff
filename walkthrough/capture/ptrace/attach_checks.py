"""What is looked at before a process is attached to, and why one was refused.

`look` raises what is certain in advance: a program that is not touched is not harmed. What only the
kernel knows is tried, and `refusal` says why it said no. `page_objection` is about a program whose
calls can be traced but not its functions, because nothing may be put into it.

What the kernel says is gathered first (`facts_of`, `own_facts`) and judged apart, so that machines
that are not here, such as one with Yama, can be judged by what they said.
"""

import contextlib
import errno
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from walkthrough.capture.errors import CaptureError
from walkthrough.capture.ptrace.architecture.selection import (
    HEADER_BYTES,
    architecture_in,
    native,
)
from walkthrough.formatting.escaping import printable
from walkthrough.i18n.messages import Message, message
from walkthrough.i18n.system_errors import error_number_text

_CAP_SYS_PTRACE = 1 << 19
_PF_KTHREAD = 0x00200000
_FLAGS, _START_TIME = 6, 19
"""Fields of /proc/PID/stat behind the name, proc_pid_stat(5)."""
_YAMA = "/proc/sys/kernel/yama/ptrace_scope"
_NAMESPACES = ("user", "pid", "net")
_STRICT, _FILTER = 1, 2  # Seccomp: in /proc/PID/status


class ProcessFacts(NamedTuple):
    """What /proc says of a process.

    Attributes:
        pid: The number that was asked about.
        status: The lines of ``/proc/PID/status``, by their names.
        flags: PF_* of its first thread, linux/sched.h.
        start_time: When it began, in clock ticks since the machine did.
        header: The first bytes of its program; empty if they cannot be read.
        program: What its program is called; empty likewise.
        unreadable: The error number with which its program cannot be read, 0 if it can.
        namespaces: Its namespaces by their kind, as /proc/PID/ns names them, if they can be read.
    """

    pid: int
    status: Mapping[str, str]
    flags: int = 0
    start_time: int = 0
    header: bytes = b""
    program: str = ""
    unreadable: int = 0
    namespaces: Mapping[str, str] = {}

    @property
    def name(self) -> str:
        """What it is called."""
        return self.status.get("Name", "?")

    @property
    def users(self) -> tuple[int, ...]:
        """Its real, effective and saved user ids."""
        return tuple(int(each) for each in self.status.get("Uid", "").split()[:3])

    def number(self, line: str, base: int = 10) -> int:
        """Return a number of its status, 0 if there is no such line."""
        words = self.status.get(line, "").split()
        return int(words[0], base) if words else 0


class OwnFacts(NamedTuple):
    """What decides what this process may do.

    Attributes:
        pid: Its process id.
        user: Its effective user id.
        capabilities: Its effective capabilities, a bit each.
        ancestors: Its parent, that one's parent, and so on.
        scope: kernel.yama.ptrace_scope; 0 where there is no Yama.
        namespaces: As of `ProcessFacts`.
    """

    pid: int
    user: int
    capabilities: int
    ancestors: tuple[int, ...]
    scope: int = 0
    namespaces: Mapping[str, str] = {}

    @property
    def may_trace_others(self) -> bool:
        """Whether it has CAP_SYS_PTRACE."""
        return bool(self.capabilities & _CAP_SYS_PTRACE)


def status_of(text: str) -> dict[str, str]:
    """Return the lines of ``/proc/PID/status`` by their names."""
    lines = (line.partition(":") for line in text.splitlines())
    return {name: value.strip() for name, _, value in lines}


def facts_of(pid: int) -> ProcessFacts | None:
    """Gather what /proc says of a process, or of the process whose thread it is; None: no such."""
    folder = f"/proc/{pid}"
    try:
        with open(f"{folder}/status", encoding="utf-8", errors="replace") as file:
            status = status_of(file.read())
        with open(f"{folder}/stat", "rb") as stat:
            fields = stat.read().rpartition(b")")[2].split()
    except (OSError, IndexError):
        return None
    header, program, unreadable = b"", "", 0
    try:
        program = os.readlink(f"{folder}/exe")
        with open(f"{folder}/exe", "rb") as file:
            header = file.read(HEADER_BYTES)
    except OSError as error:
        unreadable = error.errno or errno.EACCES
    return ProcessFacts(
        pid,
        status,
        int(fields[_FLAGS]),
        int(fields[_START_TIME]),
        header,
        program,
        unreadable,
        _namespaces(pid),
    )


def _namespaces(pid: int) -> dict[str, str]:
    found = {}
    for kind in _NAMESPACES:
        with contextlib.suppress(OSError):
            found[kind] = os.readlink(f"/proc/{pid}/ns/{kind}")
    return found


def own_facts() -> OwnFacts:
    """Gather what decides what this process may do."""
    pid = os.getpid()
    mine = facts_of(pid)
    assert mine is not None
    ancestors: list[int] = []
    parent = mine.number("PPid")
    while parent and parent not in ancestors:
        ancestors.append(parent)
        above = facts_of(parent)
        parent = above.number("PPid") if above is not None else 0
    scope = 0
    with contextlib.suppress(OSError, ValueError):
        scope = int(Path(_YAMA).read_text("ascii"))
    capabilities = mine.number("CapEff", 16)
    return OwnFacts(pid, os.geteuid(), capabilities, tuple(ancestors), scope, mine.namespaces)


def look(pid: int) -> ProcessFacts:
    """Look at a process that is to be attached to, without touching it.

    Raises:
        CaptureError: It cannot be, for a reason that is known in advance.
    """
    facts = facts_of(pid) if pid > 0 else None
    if facts is None:
        raise CaptureError(_absent(pid))
    found = objection(facts, own_facts())
    if found is not None:
        raise CaptureError(found)
    native()
    if facts.header:
        architecture_in(facts.header, Path(facts.program))
    return facts


def is_same(facts: ProcessFacts) -> bool:
    """Return whether a number still is that of the process that was looked at."""
    now = facts_of(facts.pid)
    return now is not None and now.start_time == facts.start_time


def reused(pid: int) -> Message:
    """Return what is said of a process that ended as it was attached to, if its number went on."""
    return message(
        "Process {pid} has ended, and another one has its number now: look again which one you "
        "mean.",
        pid=pid,
    )


def _absent(pid: int) -> Message:
    """Say that there is no such process, and which one has this number in its container."""
    for name in filter(str.isdecimal, os.listdir("/proc")):
        facts = facts_of(int(name))
        if facts is None:
            continue
        numbers = facts.status.get("NSpid", "").split()
        if len(numbers) > 1 and numbers[-1] == str(pid):
            return message(
                "There is no process {pid} here, but {outer} ({name}) has that number in its "
                "container: attach to {outer}.",
                pid=pid,
                outer=facts.pid,
                name=facts.name,
            )
    return message("There is no process {pid}: `pgrep -a NAME` finds one by name.", pid=pid)


def objection(facts: ProcessFacts, own: OwnFacts) -> Message | None:
    """Return why a process cannot be attached to, if that is certain in advance."""
    return _what_it_is(facts, own) or _who_traces_it(facts) or _permission(facts, own)


def _what_it_is(facts: ProcessFacts, own: OwnFacts) -> Message | None:
    pid, name, process = facts.pid, facts.name, facts.number("Tgid")
    if process == own.pid:
        return message("Process {pid} is walkthrough itself: attach to another one.", pid=pid)
    if process != pid:
        return message(
            "{pid} is a thread of process {process} ({name}): attach to {process}.",
            pid=pid,
            process=process,
            name=name,
        )
    if facts.flags & _PF_KTHREAD:
        return message(
            "{pid} ({name}) is a thread of the kernel: attach to a program.", pid=pid, name=name
        )
    has_ended = facts.status.get("State", "")[:1] in ("Z", "X")
    if has_ended and facts.number("Threads") <= 1:  # others may outlive the first one
        return message(
            "Process {pid} ({name}) has ended, and is only listed until its parent {parent} waits "
            "for it: attach to one that runs.",
            pid=pid,
            name=name,
            parent=facts.number("PPid"),
        )
    if pid in own.ancestors:
        return message(
            "walkthrough was started by process {pid} ({name}), and would halt with it: attach "
            "from a terminal that does not depend on it.",
            pid=pid,
            name=name,
        )
    return None


def _who_traces_it(facts: ProcessFacts) -> Message | None:
    tracer = facts.number("TracerPid")
    if not tracer:
        return None
    traced_by = facts_of(tracer)
    return message(
        "Process {pid} ({name}) is traced by {tracer} ({other}) already, and a program can have "
        "only one tracer: end that one first.",
        pid=facts.pid,
        name=facts.name,
        tracer=tracer,
        other=traced_by.name if traced_by is not None else "?",
    )


def _permission(facts: ProcessFacts, own: OwnFacts) -> Message | None:
    if own.scope >= 3:
        return message(
            "This machine lets nobody attach to a program (kernel.yama.ptrace_scope is 3): let "
            "walkthrough start it."
        )
    if own.may_trace_others:
        return None
    if own.scope == 2:
        return message(
            "This machine lets only root attach to a program (kernel.yama.ptrace_scope is 2): use "
            "sudo, or let walkthrough start it."
        )
    if any(user != own.user for user in facts.users):
        return _of_another(facts, own)
    return None


def _of_another(facts: ProcessFacts, own: OwnFacts) -> Message:
    if own.user == 0:
        return message(
            "Process {pid} ({name}) belongs to {owner}, and root may not trace it in here: start "
            "this container with --cap-add=SYS_PTRACE, or attach from outside.",
            pid=facts.pid,
            name=facts.name,
            owner=_owner(facts),
        )
    return message(
        "Process {pid} ({name}) belongs to {owner}: use sudo, or let walkthrough start the "
        "program.",
        pid=facts.pid,
        name=facts.name,
        owner=_owner(facts),
    )


def _owner(facts: ProcessFacts) -> str:
    """Return the name of its user, its number where there is no name."""
    import pwd

    user = facts.users[1] if len(facts.users) > 1 else 0
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def refusal(facts: ProcessFacts, own: OwnFacts, number: int) -> Message:
    """Return why the kernel refused to trace a process, as far as it shows.

    Args:
        facts: Of the process, as it is now.
        own: Of us.
        number: The error number of ptrace(2), or of opening its memory.
    """
    certain = objection(facts, own)
    if certain is not None:
        return certain
    pid, name = facts.pid, facts.name
    if number not in (errno.EPERM, errno.EACCES):
        return message(
            "Process {pid} ({name}) cannot be traced ({why}): try again, or let walkthrough start "
            "the program.",
            pid=pid,
            name=name,
            why=error_number_text(number),
        )
    its = facts.namespaces.get("user")
    if its != own.namespaces.get("user") and (its is not None or own.may_trace_others):
        return message(
            "Process {pid} ({name}) belongs to another user namespace: attach as root of the "
            "machine, or from inside its container.",
            pid=pid,
            name=name,
        )
    if facts.number("CapPrm", 16) & ~own.capabilities:
        return message(
            "Process {pid} ({name}) has privileges that you do not have (file capabilities): use "
            "sudo, or let walkthrough start the program.",
            pid=pid,
            name=name,
        )
    if facts.unreadable:
        return message(
            "Process {pid} ({name}) does not let itself be traced by its own user "
            "(PR_SET_DUMPABLE): use sudo, or let walkthrough start the program.",
            pid=pid,
            name=name,
        )
    if own.scope == 1 and not own.may_trace_others:
        return message(
            "This machine lets a program be traced only by what has started it "
            "(kernel.yama.ptrace_scope is 1): use sudo, or let walkthrough start it."
        )
    return message(
        "Linux does not let you attach to process {pid} ({name}, {why}); perhaps AppArmor, SELinux "
        "or Landlock forbids it: let walkthrough start the program.",
        pid=pid,
        name=name,
        why=error_number_text(number),
    )


# programs into which nothing can be put


def page_objection(pid: int) -> Message | None:
    """Return why no breakpoint is put into a process, though its calls can be traced."""
    facts = facts_of(pid)
    return seccomp_objection(facts) if facts is not None else None


def seccomp_objection(facts: ProcessFacts) -> Message | None:
    """Return what `page_objection` says of a process that restricts its own system calls."""
    if facts.number("Seccomp") not in (_STRICT, _FILTER):
        return None
    return message(
        "Process {pid} ({name}) restricts its own system calls (seccomp), and could be killed for "
        "one that is made in its name: so no breakpoints are put into it, and it is shown by its "
        "calls alone.",
        pid=facts.pid,
        name=facts.name,
    )


def page_refusal(pid: int, number: int) -> Message:
    """Return what is said of a process in which memory for the handler could not be mapped.

    Args:
        pid: The process.
        number: The error number, 0 if none of its threads could make the call.
    """
    if number in (errno.EACCES, errno.EPERM):
        return message(
            "Process {pid} may not map code (SELinux's execmem, or MemoryDenyWriteExecute): so no "
            "breakpoints are put into it, and it is shown by its calls alone.",
            pid=pid,
        )
    if number == errno.ENOMEM:
        return message(
            "Process {pid} has no room for another page (a limit on its memory): so no breakpoints "
            "are put into it, and it is shown by its calls alone.",
            pid=pid,
        )
    return message(
        "What keeps process {pid} alive if walkthrough is killed could not be put into it ({why}): "
        "so no breakpoints are, either, and it is shown by its calls alone.",
        pid=pid,
        why=error_number_text(number) if number else message("no thread of it stands still"),
    )


def exec_refusal(pid: int) -> Message:
    """Return what is said of a program that a process begins which was attached to."""
    facts = facts_of(pid)
    return message(
        "{name} was started by a program that was attached to, so it is shown by its calls alone: "
        "attach to it by itself (`walkthrough trace -p PID`) to see its functions.",
        name=printable(facts.name) if facts is not None else "?",
    )


def remarks(facts: ProcessFacts, own: OwnFacts) -> list[Message]:
    """Return what should be known of a process that can be attached to."""
    found = []
    if facts.status.get("State", "")[:1] == "T":
        found.append(
            message(
                "Process {pid} ({name}) is stopped, and does nothing until it is continued: "
                "`kill -CONT {pid}`.",
                pid=facts.pid,
                name=facts.name,
            )
        )
    numbers = facts.status.get("NSpid", "").split()
    if len(numbers) > 1:
        found.append(
            message(
                "Process {pid} ({name}) runs in a container, in which its number is {inner}.",
                pid=facts.pid,
                name=facts.name,
                inner=int(numbers[-1]),
            )
        )
    mine, its = own.namespaces.get("net"), facts.namespaces.get("net")
    if mine is not None and its is not None and mine != its:
        found.append(
            message(
                "Process {pid} ({name}) has a network of its own (a namespace), so the kernel's "
                "view of its sockets cannot be shown from here.",
                pid=facts.pid,
                name=facts.name,
            )
        )
    if (calls_alone := seccomp_objection(facts)) is not None:
        found.append(calls_alone)
    return found
