"""What a command cannot do without, and what to do about it: files, memory, threads, disk space."""

import errno
import os

from walkthrough.cli.errors import UsageError
from walkthrough.i18n.catalogue import Catalogue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from walkthrough.i18n.messages import Message

LEAST_FILES = 32
"""Open files that are required: a server and our pipes to it need half as many."""


def refuse_too_few_files() -> None:
    """Refuse to begin where too few files may be open.

    Raises:
        UsageError: They are.
    """
    try:
        most = os.sysconf("SC_OPEN_MAX")
    except (AttributeError, ValueError, OSError):
        return  # not POSIX
    if 0 <= most < LEAST_FILES:
        from walkthrough.i18n.messages import message

        raise UsageError(
            message(
                "no more than {most} files may be open at a time (ulimit -n), and {least} are "
                "needed: raise that limit, as in `ulimit -n 1024`.",
                most=most,
                least=LEAST_FILES,
            )
        )


def reached_limit(error: OSError) -> "Message | None":
    """Return which limit of the system an error is about; None if it is about none."""
    from walkthrough.i18n.messages import message
    from walkthrough.i18n.system_errors import reason

    advice = {
        errno.EMFILE: message("ulimit -n: raise that limit"),
        errno.ENFILE: message("close other programs"),
        errno.EAGAIN: message("ulimit -u: raise that limit, or end other programs of yours"),
        errno.ENOMEM: message("close other programs, or raise ulimit -v"),
    }
    if error.errno not in advice:
        return None
    return message("{why} ({advice}).", why=reason(error), advice=advice[error.errno])


def no_memory(tr: Catalogue) -> str:
    """Say that there is no more memory; a message may need more than there is."""
    return tr("there is not enough memory; close other programs, or raise ulimit -v.")


def no_threads(tr: Catalogue) -> str:
    """Say that no thread can be started."""
    return tr(
        "no more threads may be started: raise ulimit -u, and ulimit -v if that is set, or end "
        "other programs of yours."
    )


def no_output(error: OSError) -> "Message":
    """Return what is said where standard output takes no more."""
    from walkthrough.i18n.messages import message
    from walkthrough.i18n.system_errors import reason

    advice = message("raise ulimit -f") if error.errno == errno.EFBIG else message("make room")
    return message(
        "the output cannot be written ({why}): {advice}.", why=reason(error), advice=advice
    )
