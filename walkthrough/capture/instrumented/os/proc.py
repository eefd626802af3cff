"""os/proc.go, file_unix.go: ways for a process to end."""

import os
import signal
from typing import NoReturn


def exit_(code: int) -> NoReturn:
    """End the process at once: deferred calls of other goroutines are not run."""
    os._exit(code)


def die_of_sigpipe() -> NoReturn:
    """End as a program does whose output nobody reads. On a socket that is an error, EPIPE."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGPIPE)
    os._exit(2)  # SIGPIPE is blocked: Go ends so too
