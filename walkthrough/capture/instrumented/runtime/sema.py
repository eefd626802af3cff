"""runtime/sema.go: semaphores, by which goroutines wait for each other."""

from collections import deque

from walkthrough.capture.instrumented.runtime import proc


class Semaphore:
    """A number that can be taken from while it is above 0."""

    def __init__(self) -> None:
        self._count = 0
        self._waiting: deque[proc.G] = deque()

    async def acquire(self) -> None:
        """Take 1 away; while there is nothing to take, the goroutine sleeps."""
        if self._count:
            self._count -= 1
            return
        await proc.park(self._queue)

    def release(self) -> None:
        """Add 1, or wake who has waited longest and let that one have it."""
        if self._waiting:
            proc.sched.ready(self._waiting.popleft())
        else:
            self._count += 1

    def _queue(self, gp: proc.G, _lock: object) -> bool:
        gp.waiting = "semacquire"
        self._waiting.append(gp)
        return True
