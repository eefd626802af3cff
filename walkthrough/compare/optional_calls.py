"""Which calls depend on the scheduler, the allocator or the clock, and may be missing."""

from collections.abc import Container, Sequence

from walkthrough.compare.model import Row
from walkthrough.compare.shapes import VARYING_RESULTS, RowKey, calls
from walkthrough.strace_log.model import LogCall

POLLS = calls(
    "epoll_wait epoll_pwait epoll_pwait2 poll ppoll select _newselect pselect6 futex nanosleep "
    "clock_nanosleep sched_yield restart_syscall rt_sigreturn"
)
ACCEPTS = calls("accept accept4")
WAITS = calls("wait4 waitpid waitid")
"""When a child ends is a race between processes."""
SHARED = ("stdin", "stdout", "stderr")
"""What all threads of a program may write to, each at its own time."""
CONNECTION = "connection#"
_READS = calls("read readv pread64 preadv recv recvfrom recvmsg recvmmsg")
_MEMORY = calls("munmap mprotect brk madvise mremap")
_WAKERS = ("eventfd", "pipe")
_OF_THE_KERNEL, _SETTINGS = '"/proc/', '"/proc/sys/'


def is_memory_layout(key: RowKey) -> bool:
    """Return whether a call lays out memory, which differs in each run."""
    if key.name == "mmap":
        return any("MAP_ANONYMOUS" in one for one in key.arguments)
    return key.name in _MEMORY


def is_optional(key: RowKey) -> bool:
    """Return whether a call may be missing from a run that is otherwise the same."""
    if key.name in POLLS or key.name in VARYING_RESULTS or is_memory_layout(key):
        return True
    if key.name in WAITS and key.result == "0":  # no child has ended yet
        return True
    if key.name.startswith("open"):
        return is_optional_file(next((one for one in key.arguments if one.startswith('"')), ""))
    return is_optional_file(key.about)


def is_optional_file(about: str) -> bool:
    """Return whether calls on a file are optional: it wakes a thread, or is read on a timer.

    A program reads what the kernel says about it as often as its timers run.
    """
    if about.startswith(_OF_THE_KERNEL):
        return not about.startswith(_SETTINGS)
    return about.startswith(_WAKERS)


def found_nothing(row: Row | LogCall) -> bool:
    """Return whether a read came before its bytes, which is a race in every run.

    It is also a race whether the run ends before such a read returns.
    """
    return row.name in _READS and (never_ended(row) or row.result.startswith("-1 EAGAIN"))


def found_none(row: Row | LogCall) -> bool:
    """Return whether a read or an accept came before what it asks for."""
    return row.result.startswith("-1 EAGAIN") and (row.name in _READS or row.name in ACCEPTS)


def never_ended(row: Row | LogCall) -> bool:
    """Return whether a run ended within a call."""
    return row.result in ("", "?")


def was_restarted(row: Row | LogCall) -> bool:
    """Return whether a signal interrupted a call, which is then restarted.

    Whether it comes then or between two calls is chance, and the program does not notice.
    """
    return row.result.startswith("? ERESTART")


def is_injected(row: Row | LogCall) -> bool:
    """Return whether a call was made to fail."""
    return row.result.endswith("(INJECTED)")


def is_of_interpreter(key: RowKey) -> bool:
    """Return whether an interpreter did this for itself: it opens and reads files of its own."""
    return (
        key.name in ("openat", "open", "fcntl") or key.about.startswith('"') or key.about.isdigit()
    )


def empty_accepts(made: Sequence[LogCall], keys: Sequence[RowKey]) -> dict[int, list[int]]:
    """Return, for each accept that found nothing, the series of such accepts on its listener.

    A wake-up for a listener may come late, when its connection is accepted already: then accept is
    tried once more without success. Whether that happens is a race in every run. That accept
    found nothing at all is not: no client had connected yet.
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

    All of them are woken for a client, and one gets it: which, and how many of the others have
    tried by then, differs in every run.
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

    A server that reads first and waits only if there is nothing does not wait where the bytes were
    earlier, and has nothing to undo then.
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
