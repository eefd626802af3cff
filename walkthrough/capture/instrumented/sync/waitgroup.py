"""sync/waitgroup.go: waiting until a number of goroutines are done."""

from walkthrough.capture.instrumented.runtime.sema import Semaphore


class WaitGroup:
    """Counts goroutines that are at work."""

    def __init__(self) -> None:
        self._working = 0
        self._waiters = 0
        self._sema = Semaphore()

    def add(self, delta: int) -> None:
        """Count this many more (or fewer); at 0, wake all waiters."""
        self._working += delta
        if not self._working:
            for _ in range(self._waiters):
                self._sema.release()
            self._waiters = 0

    def done(self) -> None:
        """Count one fewer."""
        self.add(-1)

    async def wait(self) -> None:
        """Return once nobody is at work."""
        if self._working:
            self._waiters += 1
            await self._sema.acquire()
