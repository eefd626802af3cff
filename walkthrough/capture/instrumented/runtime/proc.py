"""runtime/proc.go: goroutines, and the scheduler that runs them one at a time on one thread.

A goroutine is a coroutine here: where a Go function may park, its Python twin is ``async``.
"""

from collections import deque
from collections.abc import Callable, Coroutine, Generator
from typing import Any, TypeVar

from walkthrough.capture.instrumented import tracing
from walkthrough.capture.instrumented.errors import Throw
from walkthrough.capture.instrumented.runtime.time import Timer, Timers, nanotime, timers
from walkthrough.capture.instrumented.tracing import traced
from walkthrough.model.values import Fields, Value

_T = TypeVar("_T")
Unlock = Callable[["G", Any], bool]


class G:
    """A goroutine.

    Attributes:
        goid: Its number; the first is 1.
        coroutine: What it runs.
        waiting: Why it is parked, "" while it is not.
    """

    def __init__(self, goid: int, coroutine: Coroutine[Any, None, object]) -> None:
        self.goid = goid
        self.coroutine = coroutine
        self.waiting = ""

    def described(self) -> Value:
        """Return it as a value."""
        return Fields("*runtime.g", {"goid": self.goid})


class _Park:
    """Awaiting one hands the thread back to the scheduler: Go's ``mcall(park_m)``."""

    def __init__(self, unlockf: Unlock | None, lock: object) -> None:
        self.unlockf = unlockf
        self.lock = lock

    def __await__(self) -> Generator["_Park", None, None]:
        yield self


class Scheduler:
    """Runs goroutines in the order in which they became ready.

    Args:
        netpoll: Asked, when no goroutine can run, for those whose descriptors have become ready;
            it waits until there is one, or for this many nanoseconds.
        timers: Run when they are due.
    """

    def __init__(self, netpoll: "Callable[[int], list[G]]", timers: Timers = timers) -> None:
        self._netpoll = netpoll
        self._timers = timers
        self._ready: deque[G] = deque()
        self._parked: set[G] = set()
        self._goids = 0
        self._running: G | None = None

    def newproc(self, coroutine: Coroutine[Any, None, object]) -> G:
        """Start a goroutine: Go's ``go`` statement. It runs when the one that runs now parks."""
        self._goids += 1
        gp = G(self._goids, coroutine)
        self._ready.append(gp)
        return gp

    def getg(self) -> G:
        """Return the goroutine that runs."""
        if self._running is None:
            raise Throw("runtime: no goroutine is running")
        return self._running

    def ready(self, gp: G) -> None:
        """Make a parked goroutine runnable."""
        self._parked.discard(gp)
        gp.waiting = ""
        self._ready.append(gp)

    def schedule(self, until: G) -> None:
        """Run goroutines until ``until`` has ended; the others are left where they are then."""
        while self._execute(gp := self._find_runnable()) or gp is not until:
            pass

    def _find_runnable(self) -> G:
        """Return who runs next; with nobody ready, sleep in the poller until somebody is.

        The sleep ends when the next timer is due: it may wake somebody.
        """
        _running(0)
        self._timers.check()
        while not self._ready:
            if not self._parked:
                raise Throw("all goroutines are asleep - deadlock!")
            for gp in self._netpoll(self._timers.delay()):
                self.ready(gp)
            self._timers.check()
        return self._ready.popleft()

    def _execute(self, gp: G) -> bool:
        """Run ``gp`` until it parks (True) or ends (False)."""
        self._running = gp
        _running(gp.goid)
        try:
            park = gp.coroutine.send(None)
        except StopIteration:
            return False
        finally:
            self._running = None
        if isinstance(park, _Park) and park.unlockf and not park.unlockf(gp, park.lock):
            self._ready.append(gp)
        else:
            self._parked.add(gp)
        return True


def _running(goid: int) -> None:
    if (tracer := tracing.tracer()) is not None:
        tracer.running(goid)


def at_once(coroutine: Coroutine[Any, Any, _T]) -> _T:
    """Run to its end what could park in general but cannot here (a file that is always ready)."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: _T = end.value
        return result
    raise Throw("runtime: parked where parking is impossible")


@traced("runtime.gopark")
async def gopark(unlockf: Unlock | None, lock: object) -> None:
    """Put the running goroutine to sleep; the thread goes and runs another.

    Args:
        unlockf: Called once the goroutine is off the thread; if it returns False the goroutine
            need not sleep after all.
        lock: What ``unlockf`` is given.
    """
    await _Park(unlockf, lock)


async def park(unlockf: Unlock) -> None:
    """Do as `gopark` without telling: the path is that of those who wait for a descriptor."""
    await _Park(unlockf, None)


async def sleep(nanoseconds: int) -> None:
    """Put the running goroutine to sleep until a timer wakes it: time.Sleep."""
    gp, timer = sched.getg(), Timer()

    def reset(_gp: G, _lock: object) -> bool:  # once it is off the thread: resetForSleep
        timers.modify(timer, nanotime() + nanoseconds, lambda: goready(gp))
        return True

    await park(reset)


def goready(gp: G) -> None:
    """Wake ``gp``: it will run when its turn comes."""
    sched.ready(gp)


def _netpoll(delay: int) -> list[G]:
    # Imported late: the poller parks goroutines and the scheduler asks the poller.
    from walkthrough.capture.instrumented.runtime.netpoll_epoll import netpoll

    return netpoll(delay)


sched = Scheduler(_netpoll, timers)
