"""How a command ends on a signal."""

import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from types import FrameType

_ENDING = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
)  # Windows has no SIGHUP


def unwind_on_signals() -> None:
    """Let SIGTERM and SIGHUP end what was started (a build, a server) like Ctrl-C does."""
    for number in _ENDING:
        if signal.getsignal(number) == signal.SIG_DFL:  # nohup(1) has it ignored
            signal.signal(number, lambda number, _: sys.exit(128 + number))


@contextlib.contextmanager
def leaving_on_signals(leave: Callable[[], bool]) -> Iterator[Callable[[], int]]:
    """Let SIGTERM and SIGHUP leave the screen as its own key does: the terminal is restored.

    The second one ends the process at once.

    Args:
        leave: Called by the handler; tells whether there was anything to leave.

    Yields:
        A function that returns the exit status: 143 or 129 if a signal ended it, else 0.
    """
    status = 0

    def ask(number: int, _: FrameType | None) -> None:
        nonlocal status
        status = 128 + number
        signal.signal(number, signal.SIG_DFL)
        if not leave():
            sys.exit(status)

    ours = {number for number in _ENDING if signal.getsignal(number) == signal.SIG_DFL}
    for number in ours:
        signal.signal(number, ask)
    try:
        yield lambda: status
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)
