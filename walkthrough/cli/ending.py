"""How a command ends when it is told to by a signal."""

import signal
import sys


def unwind_on_signals() -> None:
    """Let SIGTERM and SIGHUP end what was started (a build, a server) like Ctrl-C does."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:  # nohup(1) has it ignored
            signal.signal(number, lambda number, _: sys.exit(128 + number))
