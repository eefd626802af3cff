"""What the screen needs from a terminal, and where it is drawn. Knows nothing of what is shown."""

import codecs
import contextlib
import os
import select
import sys
import threading
from collections.abc import Iterator

from walkthrough.cli.errors import UsageError
from walkthrough.i18n.messages import in_context, message

_INSTEAD = "walkthrough record SCENARIO -o FILE"
_HELP = "walkthrough --help"


def refuse_unfit() -> None:
    """Refuse where the screen cannot be drawn or seen.

    Raises:
        UsageError: There is no terminal, or it is one that cannot show the screen.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            message(
                "the screen needs a terminal; use `{command}` to run one unattended, or `{help}`.",
                command=_INSTEAD,
                help=_HELP,
            )
        )
    if os.environ.get("TERM") == "dumb":
        raise UsageError(
            message(
                "the screen needs a terminal that can move its cursor, and TERM=dumb says that "
                "this one cannot; use `{command}` to run one unattended, or `{help}`.",
                command=_INSTEAD,
                help=_HELP,
            )
        )
    encoding = sys.stdout.encoding or ""
    with contextlib.suppress(LookupError):
        encoding = codecs.lookup(encoding).name
    if encoding != "utf-8":
        raise UsageError(
            message(
                "the screen is drawn in UTF-8, and the locale says that this terminal is in "
                "{encoding}: if it is not, say so with LC_ALL=C.UTF-8.",
                encoding=encoding or in_context("an encoding", "nothing"),
            )
        )


@contextlib.contextmanager
def drawn_on_the_terminal() -> Iterator[None]:
    """Make sure that the screen is drawn on the terminal, where errors may go elsewhere.

    Textual draws on what is standard error at the start (``sys.__stderr__``). Somebody who writes
    ``2>FILE`` would see nothing, and find the screen in the file.
    """
    before = sys.__stderr__
    if before is not None and before.isatty():
        yield
        return
    with open(1, "w", encoding="utf-8", errors="replace", closefd=False) as file:
        sys.__stderr__ = file  # type: ignore[misc]
        try:
            yield
        finally:
            sys.__stderr__ = before  # type: ignore[misc]


_HUNG_UP = 129
"""The exit status of a process that ends by SIGHUP."""


@contextlib.contextmanager
def ending_with_the_terminal() -> Iterator[None]:
    """End the process at once if its terminal hangs up.

    SIGHUP goes to the session leader, which may not pass it on, such as su(1).
    Textual would go on reading end-of-file, with a server that nobody can see.
    The server ends with its parent; what was recorded until then is in the file.
    """
    if sys.platform != "linux" or not os.isatty(0):
        yield
        return
    done, end = os.pipe()
    poll = select.poll()
    poll.register(0, 0)  # no events: only that it is gone
    poll.register(done, 0)

    def watch() -> None:
        if any(number == 0 for number, _ in poll.poll()):
            os._exit(_HUNG_UP)
        os.close(done)

    threading.Thread(target=watch, daemon=True, name="terminal").start()
    try:
        yield
    finally:
        os.close(end)  # which ends the other side's wait
