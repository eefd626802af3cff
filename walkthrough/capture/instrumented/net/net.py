"""net/net.go: what the whole package shares."""

from walkthrough.capture.instrumented.net.sock_linux import max_listener_backlog
from walkthrough.capture.instrumented.tracing import traced

_cached: int | None = None


@traced("net.listenerBacklog")
def listener_backlog() -> int:
    """Return the backlog for listen(2). It is looked up once in the life of a process."""
    global _cached
    if _cached is None:
        _cached = max_listener_backlog()
    return _cached
