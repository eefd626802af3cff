"""The command line: finds the command, runs it, and turns an error into one sentence.

Imports nothing heavy: each command imports what it needs when it runs. Nothing is imported
that Python has not loaded already, until the current folder is out of `sys.path`.
"""

import errno
import io
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
_LIMITS = {
    errno.EMFILE: "ulimit -n: raise that limit",
    errno.ENFILE: "close other programs",
    errno.EAGAIN: "ulimit -u: raise that limit, or end other programs of yours",
    errno.ENOMEM: "close other programs, or raise ulimit -v",
}
LEAST_FILES = 32
"""Open files that are required: a server and our pipes to it need half as many."""


def main(arguments: "Sequence[str] | None" = None) -> int:
    """Run one command.

    Args:
        arguments: What follows the program's name; the process's own by default.

    Returns:
        0 done, 1 the answer is no, 2 could not be done (the sentence is on stderr), 130 on Ctrl-C;
        SIGTERM and SIGHUP end a recording with SystemExit, 143 and 129; they leave the screen.
    """
    try:
        _open_standard_streams()
        from walkthrough.source.search_path import leave_out_current_folder

        leave_out_current_folder()
        if (few := _open_files()) < LEAST_FILES:
            return _refuse(
                f"no more than {few} files may be open at a time (ulimit -n), and {LEAST_FILES} "
                f"are needed: raise that limit, as in `ulimit -n 1024`."
            )
        return _run(list(sys.argv[1:] if arguments is None else arguments))
    except MemoryError:
        _silence_asyncio()
        return _refuse("there is not enough memory; close other programs, or raise ulimit -v.")
    except RuntimeError as error:
        if "start new thread" not in str(error):
            raise
        _silence_asyncio()
        return _refuse(
            "no more threads may be started: raise ulimit -u, and ulimit -v if that is set, or end "
            "other programs of yours."
        )


def _run(words: list[str]) -> int:
    from walkthrough.cli.errors import UsageError
    from walkthrough.cli.parser import parse
    from walkthrough.formatting.terminal import show_traceback

    sys.excepthook = show_traceback
    try:
        command = parse(words)
        status = command()
        sys.stdout.flush()  # here, where a full disk can still be reported
        return status
    except UsageError as error:
        from walkthrough.cli.language import refusal

        return _refuse(refusal(error.message, words))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output is gone; print nothing more, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    except OSError as error:
        if error.errno in _LIMITS:
            return _refuse(f"{(error.strerror or '').lower()} ({_LIMITS[error.errno]}).")
        if error.errno not in _FULL:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        why = "raise ulimit -f" if error.errno == errno.EFBIG else "make room"
        return _refuse(f"the output cannot be written ({error.strerror}): {why}.")


def _open_files() -> int:
    """Return how many files this process may have open; many if that is unknown."""
    try:
        most = os.sysconf("SC_OPEN_MAX")
    except (AttributeError, ValueError, OSError):
        return LEAST_FILES  # not POSIX
    return most if most >= 0 else LEAST_FILES


def _silence_asyncio() -> None:
    """Keep asyncio from logging what it has left half done: a sentence says why."""
    if (logging := sys.modules.get("logging")) is not None:
        logging.getLogger("asyncio").disabled = True


def _refuse(sentence: str) -> int:
    """Report why it could not be done, if stderr is open; return the exit status."""
    from walkthrough.formatting.terminal import say

    try:
        say(f"walkthrough: {sentence}")
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())  # nor at exit
    return 2


def _open_standard_streams() -> None:
    """Make sure that descriptors 0, 1 and 2 are open, and that any character can be printed.

    The number of a closed one (``2>&-``) would be reused for the next pipe, and replaced in a
    child.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free, this one
        if getattr(sys, name) is None:
            mode = "w" if number else "r"
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
