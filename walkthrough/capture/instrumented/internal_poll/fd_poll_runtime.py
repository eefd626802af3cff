"""internal/poll/fd_poll_runtime.go: a descriptor's side of the poller."""

from typing import TYPE_CHECKING

from walkthrough.capture.instrumented.errors import (
    DeadlineExceededError,
    Errno,
    NetClosingError,
    RaisedError,
)
from walkthrough.capture.instrumented.runtime import netpoll as runtime
from walkthrough.capture.instrumented.runtime.time import nanotime
from walkthrough.capture.instrumented.tracing import traced
from walkthrough.model.values import Fields, Value

if TYPE_CHECKING:
    from walkthrough.capture.instrumented.internal_poll.fd_unix import FD

_server_init_done = False


class PollDesc:
    """Joins an `FD` to the poller, if it is pollable.

    Attributes:
        runtime_ctx: The runtime's own pollDesc, None while there is none.
    """

    def __init__(self) -> None:
        self.runtime_ctx: runtime.PollDesc | None = None

    def described(self) -> Value:
        """Return it as a value."""
        inner = self.runtime_ctx
        return Fields("*poll.pollDesc", {"runtimeCtx": inner.described() if inner else None})

    @traced("internal/poll.(*pollDesc).init")
    def init(self, fd: "FD") -> None:
        """Register ``fd`` with the poller. The first call initializes the poller.

        Raises:
            Errno: epoll_ctl(2) failed; as in Go, the text names no call.
        """
        global _server_init_done
        if not _server_init_done:
            _server_init_done = True
            runtime.poll_server_init()
        ctx, errno = runtime.poll_open(fd.sysfd)
        if errno:
            raise Errno(errno)
        self.runtime_ctx = ctx

    def close(self) -> None:
        """Remove it from the poller."""
        if self.runtime_ctx is not None:
            runtime.poll_close(self.runtime_ctx)
            self.runtime_ctx = None

    def evict(self) -> None:
        """Wake the waiting goroutines: the descriptor is being closed."""
        if self.runtime_ctx is not None:
            runtime.poll_unblock(self.runtime_ctx)

    def prepare(self, mode: str) -> None:
        """Reset the readiness before the next attempt."""
        if self.runtime_ctx is not None:
            _convert_err(runtime.poll_reset(self.runtime_ctx, mode))

    async def wait(self, mode: str) -> None:
        """Park the goroutine until the descriptor is ready.

        Raises:
            NetClosingError: It was closed meanwhile.
            DeadlineExceededError: Its deadline has passed.
        """
        if self.runtime_ctx is None:
            raise RaisedError("waiting for unsupported file type")
        _convert_err(await runtime.poll_wait(self.runtime_ctx, mode))

    def pollable(self) -> bool:
        """Return whether the poller watches it."""
        return self.runtime_ctx is not None

    def set_deadline(self, t: int, mode: str) -> None:
        """Let waits end at ``t`` by `nanotime`; 0 takes the deadline away."""
        if self.runtime_ctx is None:
            raise RaisedError("file type does not support deadline")
        # Now is below 0, since 0 is never.
        d = (t - nanotime() or -1) if t else 0
        runtime.poll_set_deadline(self.runtime_ctx, d, mode)


def _convert_err(res: int) -> None:
    if res == runtime.POLL_ERR_CLOSING:
        raise NetClosingError
    if res == runtime.POLL_ERR_TIMEOUT:
        raise DeadlineExceededError
    if res != runtime.POLL_NO_ERROR:
        raise RaisedError("not pollable")
