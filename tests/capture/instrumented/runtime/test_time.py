"""What goroutines of the instrumented server wait for besides descriptors: time, and each other."""

import pytest

from walkthrough.capture.instrumented.runtime import netpoll, proc, time
from walkthrough.capture.instrumented.runtime.proc import G, Scheduler
from walkthrough.capture.instrumented.runtime.sema import Semaphore
from walkthrough.capture.instrumented.runtime.time import Timer, Timers
from walkthrough.capture.instrumented.sync.waitgroup import WaitGroup


class Clock:
    """Stands for `nanotime`, and for a poller in which that time is slept."""

    def __init__(self) -> None:
        self.now = 1000
        self.slept: list[int] = []
        self.timers = Timers()

    def __call__(self) -> int:
        return self.now

    def poll(self, delay: int) -> list[G]:
        """Find nothing, for ``delay`` nanoseconds."""
        assert delay > 0, "it would sleep for ever, or not at all"
        self.slept.append(delay)
        self.now += delay
        return []


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "nanotime", clock)
    monkeypatch.setattr(netpoll, "nanotime", clock)
    monkeypatch.setattr(netpoll, "timers", clock.timers)
    monkeypatch.setattr(proc, "nanotime", clock)
    monkeypatch.setattr(proc, "timers", clock.timers)
    monkeypatch.setattr(proc, "sched", Scheduler(clock.poll, clock.timers))
    return clock


def test_timers_run_when_they_are_due_the_earliest_first(clock: Clock) -> None:
    timers, ran = Timers(), []
    first, second, never = Timer(), Timer(), Timer()
    timers.modify(second, 1300, lambda: ran.append("second"))
    timers.modify(first, 1900, lambda: ran.append("not then"))
    timers.modify(first, 1200, lambda: ran.append("first"))
    timers.modify(never, 1100, lambda: ran.append("never"))
    timers.stop(never)
    timers.check()
    assert ran == []
    assert timers.delay() == 200
    clock.now = 1300
    assert timers.delay() == 0
    timers.check()
    assert ran == ["first", "second"]
    assert timers.delay() == -1
    timers.stop(first)  # one that has run is not set, and may be stopped


def test_who_sleeps_is_woken_in_time_and_lets_others_run(clock: Clock) -> None:
    woken: list[tuple[str, int]] = []

    async def sleeper(name: str, nanoseconds: int) -> None:
        await proc.sleep(nanoseconds)
        woken.append((name, clock.now))

    async def main() -> None:
        proc.sched.newproc(sleeper("short", 100))
        await sleeper("long", 500)

    proc.sched.schedule(proc.sched.newproc(main()))
    assert woken == [("short", 1100), ("long", 1500)]


def wait(pd: netpoll.PollDesc, modes: str) -> list[int]:
    """Let a goroutine each wait for ``pd`` in these modes; return what the waits returned."""
    results: list[int] = []

    async def main() -> None:
        for mode in modes[1:]:
            proc.sched.newproc(waiter(mode))
        await waiter(modes[0])

    async def waiter(mode: str) -> None:
        results.append(await netpoll.poll_wait(pd, mode))

    gp = proc.sched.newproc(main())
    proc.sched.schedule(gp)
    return results


def test_a_deadline_ends_a_wait(clock: Clock) -> None:
    pd = netpoll.PollDesc(1)
    netpoll.poll_set_deadline(pd, 500, "rw")
    assert wait(pd, "r") == [netpoll.POLL_ERR_TIMEOUT]
    assert clock.slept == [500]  # the poller sleeps until the timer is due, and no longer
    assert netpoll.poll_reset(pd, "w") == netpoll.POLL_ERR_TIMEOUT  # it was for both
    netpoll.poll_set_deadline(pd, 0, "rw")
    assert netpoll.poll_reset(pd, "r") == netpoll.POLL_NO_ERROR  # and can be taken back


def test_a_deadline_in_the_past_ends_a_wait_at_once(clock: Clock) -> None:
    pd = netpoll.PollDesc(1)
    netpoll.poll_set_deadline(pd, -1, "r")
    assert wait(pd, "r") == [netpoll.POLL_ERR_TIMEOUT]
    assert clock.slept == []
    assert netpoll.poll_reset(pd, "w") == netpoll.POLL_NO_ERROR


def test_a_deadline_for_one_direction_leaves_the_other(clock: Clock) -> None:
    pd = netpoll.PollDesc(1)
    netpoll.poll_set_deadline(pd, 300, "r")
    netpoll.poll_set_deadline(pd, 700, "w")
    assert wait(pd, "wr") == [netpoll.POLL_ERR_TIMEOUT, netpoll.POLL_ERR_TIMEOUT]
    assert clock.slept == [300, 400]


def test_closing_takes_deadlines_away(clock: Clock) -> None:
    pd = netpoll.PollDesc(1)
    netpoll.poll_set_deadline(pd, 300, "rw")
    netpoll.poll_unblock(pd)
    assert clock.timers.delay() == -1
    netpoll.poll_set_deadline(pd, 300, "rw")  # too late: nothing happens
    assert clock.timers.delay() == -1


def test_a_semaphore_wakes_who_has_waited_longest(clock: Clock) -> None:
    sema, all_, ran = Semaphore(), WaitGroup(), list[str]()

    async def main() -> None:
        sema.release()
        await sema.acquire()  # there is one: no need to wait
        for name in ("first", "second"):
            all_.add(1)
            proc.sched.newproc(waiter(name))
        proc.sched.newproc(releaser())
        await all_.wait()

    async def waiter(name: str) -> None:
        ran.append(f"{name} waits")
        await sema.acquire()
        ran.append(name)
        all_.done()

    async def releaser() -> None:
        sema.release()
        sema.release()

    proc.sched.schedule(proc.sched.newproc(main()))
    assert ran == ["first waits", "second waits", "first", "second"]


def test_a_group_is_waited_for_until_all_are_done(clock: Clock) -> None:
    group, ran = WaitGroup(), []

    async def main() -> None:
        await group.wait()  # nobody is at work
        for name in ("one", "two"):
            group.add(1)
            proc.sched.newproc(worker(name))
        await group.wait()
        ran.append("main")

    async def worker(name: str) -> None:
        ran.append(name)
        group.done()

    proc.sched.schedule(proc.sched.newproc(main()))
    assert ran == ["one", "two", "main"]
