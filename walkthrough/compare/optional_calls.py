"""Which calls a run owes to the scheduler, the allocator or the clock, and may do without."""

from collections.abc import Container, Sequence

from walkthrough.compare.model import Row
from walkthrough.compare.shapes import TOLD_BY_KERNEL, RowKey, calls
from walkthrough.strace_log.model import LogCall

POLLS = calls(
    "epoll_wait epoll_pwait epoll_pwait2 poll ppoll select _newselect pselect6 futex nanosleep "
    "clock_nanosleep sched_yield restart_syscall rt_sigreturn"
)
ACCEPTS = calls("accept accept4")
WAITS = calls("wait4 waitpid waitid")
"""When a child ends is an affair between processes."""
SHARED = ("stdin", "stdout", "stderr")
"""What all of a program's threads may write to, each at its own time."""
CONNECTION = "connection#"
_READS = calls("read readv pread64 preadv recv recvfrom recvmsg recvmmsg")
_MEMORY = calls("munmap mprotect brk madvise mremap")
_WAKERS = ("eventfd", "pipe")
_OF_THE_KERNEL, _SETTINGS = '"/proc/', '"/proc/sys/'


def is_memory_layout(key: RowKey) -> bool:
    """Tell whether a call lays out memory: where, and in how many steps, each run finds anew."""
    if key.name == "mmap":
        return any("MAP_ANONYMOUS" in one for one in key.arguments)
    return key.name in _MEMORY


def is_optional(key: RowKey) -> bool:
    """Tell whether a call may be missing from a run that is the same in all else."""
    if key.name in POLLS or key.name in TOLD_BY_KERNEL or is_memory_layout(key):
        return True
    if key.name in WAITS and key.result == "0":  # no child has ended yet
        return True
    if key.name.startswith("open"):
        return is_optional_file(next((one for one in key.arguments if one.startswith('"')), ""))
    return is_optional_file(key.about)


def is_optional_file(about: str) -> bool:
    """Tell whether calls on a file are such: it wakes a thread, or a timer has the program ask.

    What the kernel tells of a program, that reads as often as its timers run.
    """
    if about.startswith(_OF_THE_KERNEL):
        return not about.startswith(_SETTINGS)
    return about.startswith(_WAKERS)


def found_nothing(row: Row | LogCall) -> bool:
    """Tell whether a read came before its bytes: whether it does is a race in every run.

    So it is whether the run is ended before such a read has said so.
    """
    return row.name in _READS and (never_ended(row) or row.result.startswith("-1 EAGAIN"))


def found_none(row: Row | LogCall) -> bool:
    """Tell whether a read or an accept came before what it asks for."""
    return row.result.startswith("-1 EAGAIN") and (row.name in _READS or row.name in ACCEPTS)


def never_ended(row: Row | LogCall) -> bool:
    """Tell whether a run ended within a call."""
    return row.result in ("", "?")


def was_restarted(row: Row | LogCall) -> bool:
    """Tell whether a signal came while the kernel was in a call, which is then begun anew.

    Whether it comes then or between two calls is chance, and the program does not notice.
    """
    return row.result.startswith("? ERESTART")


def is_injected(row: Row | LogCall) -> bool:
    """Tell whether a call was made to fail."""
    return row.result.endswith("(INJECTED)")


def is_of_interpreter(key: RowKey) -> bool:
    """Tell whether an interpreter did this for itself: it opens and reads files of its own."""
    return (
        key.name in ("openat", "open", "fcntl") or key.about.startswith('"') or key.about.isdigit()
    )


def empty_accepts(made: Sequence[LogCall], keys: Sequence[RowKey]) -> dict[int, list[int]]:
    """Return, for each accept that found nothing, all that did so in a row on its listener.

    News of a listener may come late, when its connection has been accepted already: then accept is
    tried once more in vain. Whether it does is a race of two threads in every run. That accept has
    found nothing at all is none: a client was not there yet.
    """
    in_a_row: dict[str, list[int]] = {}
    found: dict[int, list[int]] = {}
    for at, row in enumerate(made):
        if row.name not in ACCEPTS:
            continue
        if not row.result.startswith("-1 EAGAIN"):
            in_a_row.pop(keys[at].about, None)
            continue
        found[at] = in_a_row.setdefault(keys[at].about, [])
        found[at].append(at)
    return found


def shared_empty_accepts(
    made: Sequence[LogCall], keys: Sequence[RowKey], sole: Container[int | None]
) -> frozenset[int]:
    """Return the accepts that found nothing on a listener on which several processes accept.

    All of them are told of a client, and one has it: which, and how many of the others have looked
    by then, is decided anew in every run.
    """
    accepting: dict[str, set[int | None]] = {}
    found: list[int] = []
    for at, row in enumerate(made):
        if row.name in ACCEPTS and row.thread in sole:
            accepting.setdefault(keys[at].about, set()).add(row.thread)
            if row.result.startswith("-1 EAGAIN"):
                found.append(at)
    return frozenset(at for at in found if len(accepting[keys[at].about]) > 1)


def rearmed_after_read(made: Sequence[LogCall], keys: Sequence[RowKey]) -> frozenset[int]:
    """Return the calls of epoll_ctl(2) by which a server waits for bytes that a read did not find.

    One that reads first and waits only if there is nothing does not wait where the bytes were
    quicker; nor has it anything to take back then.
    """
    nothing: set[str] = set()
    waits: set[str] = set()
    found = []
    for at, row in enumerate(made):
        if row.name in _READS:
            if found_nothing(row):
                nothing.add(keys[at].about)
            else:
                nothing.discard(keys[at].about)
        elif row.name == "epoll_ctl":
            subject = keys[at].about.rpartition(" ")[2]
            if subject.startswith(CONNECTION) and (subject in nothing or subject in waits):
                waits.add(subject)
                found.append(at)
        elif row.name == "close":
            nothing.discard(keys[at].about)
            waits.discard(keys[at].about)
    return frozenset(found)
