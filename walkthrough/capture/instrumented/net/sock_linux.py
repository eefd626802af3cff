"""net/sock_linux.go: the backlog. Go asks the system, never the program."""

from walkthrough.capture.instrumented.errors import Errno
from walkthrough.capture.instrumented.net import parse
from walkthrough.capture.instrumented.syscall.syscall_linux import SOMAXCONN
from walkthrough.capture.instrumented.tracing import traced

# A kernel before 4.1 held the backlog in 16 bits; those since hold 32.
_MOST = (1 << 32) - 1


@traced("net.maxListenerBacklog")
def max_listener_backlog() -> int:
    """Return what somaxconn says, 128 if it cannot be read."""
    try:
        file = parse.open_("/proc/sys/net/core/somaxconn")
    except Errno:
        return SOMAXCONN
    try:
        fields = (file.read_line() or "").split()
    finally:
        file.close()
    digits = fields[0] if fields else ""
    n = int(digits) if digits.isascii() and digits.isdecimal() else 0
    return min(n, _MOST) or SOMAXCONN
