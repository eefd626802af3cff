"""Limits of files, processes, memory and disk, and how to report them.

Limits on the scenario's server (`rlimits`) are different: they are part of the lesson.
"""

import contextlib
import errno
import os
import re
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from walkthrough.capture.errors import CaptureError
from walkthrough.i18n.messages import Message, message
from walkthrough.i18n.system_errors import system_error_text

_LIMITS = {
    errno.EMFILE: ("RLIMIT_NOFILE", "ulimit -n", 1),
    errno.EAGAIN: ("RLIMIT_NPROC", "ulimit -u", 1),
    errno.ENOMEM: ("RLIMIT_AS", "ulimit -v", 1024),
    errno.EFBIG: ("RLIMIT_FSIZE", "ulimit -f", 1024),
}
"""By error number: the limit, its name in a shell, and the bytes of the shell's unit."""
LIMITED = tuple(_LIMITS)
"""Error numbers that a limit causes."""
_FULL = (errno.ENOSPC, errno.EDQUOT)
_WORDS = {
    "too many open files": errno.EMFILE,
    "no space left on device": errno.ENOSPC,
    "disk quota exceeded": errno.EDQUOT,
    "file too large|file size limit exceeded|SIGXFSZ": errno.EFBIG,
    "cannot allocate memory|out of memory|errno=12": errno.ENOMEM,
    "resource temporarily unavailable|failed to create new OS thread|pthread_create failed"
    "|newosproc|errno=11": errno.EAGAIN,
}
"""What programs print, and the error number that it means: strerror(3), and runtime/os_linux.go."""
LEAST_ROOM = 16 << 20
"""Free bytes that a folder needs for a build: the size of the largest file."""
_THREADS = 12
"""A Go program on two processors has about eight; they count as processes."""
_PROCESSES = 3
"""A worker, its server, and one process that reads from them."""
_ADDRESSES = 1 << 30
"""Bytes of address space that a Go program reserves before it does anything, and some more."""
_STACK = 64 << 10


def reason(error: OSError) -> Message | str:
    """Return what went wrong, with the limit that caused it."""
    said = system_error_text(error)
    limit = _LIMITS.get(error.errno or 0)
    if limit is None or (most := _soft(limit[0])) is None:
        return said
    return message("{what}; {limit} is {most}", what=said, limit=limit[1], most=most // limit[2])


def advice(error: OSError) -> Message:
    """Return what to do about it, as the end of a sentence."""
    limit = _LIMITS.get(error.errno or 0)
    if limit is not None and _soft(limit[0]) is not None:
        return message("raise that limit and try again")
    if error.errno in _FULL:
        return message("make room and try again")
    return message("close other programs and try again")


def not_started(what: Message | str, error: OSError) -> CaptureError:
    """Return the error for a process that could not be started, or not be prepared."""
    return CaptureError(
        message(
            "{what} could not be started ({why}): {advice}.",
            what=what,
            why=reason(error),
            advice=advice(error),
        )
    )


def limit_in_output(output: str) -> OSError | None:
    """Return the lack of resources that a program reports, None if it reports something else."""
    for words, number in _WORDS.items():
        if re.search(words, output, re.IGNORECASE):
            return OSError(number, os.strerror(number))
    return None


def full_folder(*folders: Path) -> tuple[Path, OSError] | None:
    """Return the first folder that has no room for a large file, and why; None if all have.

    It is tried, since quotas cannot be seen otherwise.
    """
    for folder in folders:
        try:
            with tempfile.TemporaryFile(dir=folder) as file:
                os.posix_fallocate(file.fileno(), 0, LEAST_ROOM)
        except OSError as error:
            if error.errno in (*_FULL, errno.EFBIG):
                return folder, error
    return None


def refuse_too_little_for_go() -> None:
    """Refuse to start a Go program that would end with a stack trace of the runtime.

    Raises:
        CaptureError: A limit is too low for it.
    """
    if (most := _soft("RLIMIT_AS")) is not None and most < _ADDRESSES:
        raise CaptureError(
            message(
                "A Go program reserves more address space than ulimit -v allows ({most}): set it "
                "to {addresses} at least, or use --server python.",
                most=most // 1024,
                addresses=_ADDRESSES // 1024,
            )
        )
    _refuse_few(
        _THREADS,
        message("A Go program needs {count} processes or threads more than there are"),
        message("raise that limit, or use --server python"),
    )


def refuse_too_few_processes() -> None:
    """Refuse to run a scenario where not even its server could be started.

    Raises:
        CaptureError: This user may not start that many processes.
    """
    _refuse_few(
        _PROCESSES,
        message(
            "A server and what watches it need {count} processes or threads more than there are"
        ),
        message("raise that limit and try again"),
    )


def _refuse_few(count: int, need: Message, advised: Message) -> None:
    most = _soft("RLIMIT_NPROC")
    if most is not None and os.geteuid() != 0 and not _threads_can_be_made(count):
        raise CaptureError(
            message(
                "{need}, and ulimit -u allows this user {most} in all: {advised}.",
                need=need.with_fields(count=count),
                most=most,
                advised=advised,
            )
        )


def _threads_can_be_made(count: int) -> bool:
    """Try it: other processes of this user count, too, and so do the limits of a container."""
    over = threading.Event()
    made: list[threading.Thread] = []
    with _small_stacks():
        try:
            for _ in range(count):
                thread = threading.Thread(target=over.wait, daemon=True)
                thread.start()
                made.append(thread)
        except RuntimeError:  # can't start new thread
            return False
        finally:
            over.set()
            for thread in made:
                thread.join()
    return True


@contextlib.contextmanager
def _small_stacks() -> Iterator[None]:
    # PTHREAD_STACK_MIN is larger on aarch64, and where a signal's frame has more registers.
    before = threading.stack_size(max(_STACK, os.sysconf("SC_THREAD_STACK_MIN")))
    try:
        yield
    finally:
        threading.stack_size(before)


def _soft(name: str) -> int | None:
    """Return a limit; None if there is none, or this system does not know it."""
    try:
        import resource

        soft, _ = resource.getrlimit(getattr(resource, name))
    except (ImportError, AttributeError, OSError):
        return None
    return None if soft == resource.RLIM_INFINITY else soft
