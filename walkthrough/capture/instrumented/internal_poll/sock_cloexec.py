"""internal/poll/sock_cloexec.go: accept4 with the flags that every accepted socket needs."""

from walkthrough.capture.instrumented.syscall import syscall_linux as syscall
from walkthrough.capture.instrumented.tracing import traced


@traced("internal/poll.accept")
def accept(s: int) -> tuple[int, syscall.Sockaddr]:
    """Take a connection out of the accept queue, if there is one.

    An accepted socket inherits nothing of this from the listener, so the flags are given again.

    Raises:
        Errno: EAGAIN when the queue is empty, or another of accept4(2).
    """
    return syscall.accept4(s, syscall.SOCK_NONBLOCK | syscall.SOCK_CLOEXEC)
