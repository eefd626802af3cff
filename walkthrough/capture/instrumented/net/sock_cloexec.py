"""net/sock_cloexec.go: a new socket, close-on-exec and non-blocking from the start."""

from walkthrough.capture.instrumented.errors import named
from walkthrough.capture.instrumented.syscall import syscall_linux as syscall
from walkthrough.capture.instrumented.tracing import traced


@traced("net.sysSocket")
def sys_socket(family: int, sotype: int, proto: int) -> int:
    """Return a new socket. The flags go with the call, so no thread can fork in between."""
    with named("socket"):
        return syscall.socket(family, sotype | syscall.SOCK_NONBLOCK | syscall.SOCK_CLOEXEC, proto)
