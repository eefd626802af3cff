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
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from walkthrough.i18n.catalogue import Catalogue
    from walkthrough.i18n.messages import Message

    _Why: TypeAlias = Message | str | Callable[[Catalogue], str]

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def main(arguments: "Sequence[str] | None" = None) -> int:
    """Run one command.

    Args:
        arguments: What follows the program's name; the process's own by default.

    Returns:
        0 done, 1 the answer is no, 2 could not be done (the sentence is on stderr), 130 on Ctrl-C;
        SIGTERM and SIGHUP end a recording with SystemExit, 143 and 129; they leave the screen.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        _open_standard_streams()
        from walkthrough.source.search_path import leave_out_current_folder

        leave_out_current_folder()
        return _run(words)
    except (MemoryError, ImportError) as error:
        if isinstance(error, ImportError) and "failed to map segment" not in str(error):
            raise  # dlopen(3) says this of a compiled module for which there is no memory
        from walkthrough.cli.limits import no_memory

        _silence_asyncio()
        return _refuse(no_memory, words)
    except RuntimeError as error:
        if "start new thread" not in str(error):
            raise
        from walkthrough.cli.limits import no_threads

        _silence_asyncio()
        return _refuse(no_threads, words)


def _run(words: list[str]) -> int:
    from walkthrough.cli.errors import UsageError
    from walkthrough.cli.limits import refuse_too_few_files
    from walkthrough.formatting.terminal import say, show_traceback
    from walkthrough.user_data.language import catalogue_for

    sys.excepthook = show_traceback
    try:
        refuse_too_few_files()
        from walkthrough.cli.parser import parse

        tr, trouble = catalogue_for(words)
        if trouble is not None:
            say(f"walkthrough: {tr.text(trouble)}")
        command = parse(words, tr)
        status = command()
        sys.stdout.flush()  # here, where a full disk can still be reported
        return status
    except UsageError as error:
        return _refuse(error.message, words)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output is gone; print nothing more, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    except OSError as error:
        from walkthrough.cli.limits import no_output, reached_limit

        if (said := reached_limit(error)) is not None:
            return _refuse(said, words)
        if error.errno not in _FULL:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _refuse(no_output(error), words)


def _silence_asyncio() -> None:
    """Keep asyncio from logging what it has left half done: a sentence says why."""
    if (logging := sys.modules.get("logging")) is not None:
        logging.getLogger("asyncio").disabled = True


def _refuse(why: "_Why", words: "Sequence[str]") -> int:
    """Report why it could not be done, if stderr is open; return the exit status."""
    from walkthrough.formatting.terminal import say

    try:
        say(f"walkthrough: {_in_words(why, words)}")
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())  # nor at exit
    return 2


def _in_words(why: "_Why", words: "Sequence[str]") -> str:
    """Return it in the language of the command; in English where a limit prevents anything else."""
    from walkthrough.i18n.catalogue import ENGLISH, catalogue
    from walkthrough.user_data.language import catalogue_for

    try:
        tr = catalogue_for(words)[0]
    except (MemoryError, ImportError, OSError):
        tr = catalogue(ENGLISH)
    return why(tr) if callable(why) else tr.text(why)


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
