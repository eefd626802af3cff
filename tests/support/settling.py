"""When the screen has done all that a key brought about, derived from what it still has to do.

Textual's pilot waits until the process has used next to no time for 20 ms, twice for each key and
once more for a pause: tests of the screen did little else, and on a busy machine it waited up to a
second or, worse, not long enough. Here the loop and the timers are asked instead.
"""

import asyncio
import weakref
from collections.abc import Callable, Iterable
from typing import Any

import pytest
import textual.app
import textual.pilot
from textual._context import active_app
from textual._queue import Queue
from textual._wait import wait_for_idle
from textual.app import App
from textual.message import Message
from textual.message_pump import MessagePump
from textual.timer import Timer

from tests.support import undisplayed

_SOON = 1 / 25
"""Seconds. A timer that is due within this belongs to what a key has brought about."""
_LONGEST = 0.06
"""Seconds that are given to timers: some go on and on, as while a long recording is read."""
_MOST_ROUNDS = 2000
"""So often the loop is let go round for what does not end, as whatever works in slices."""
_FEW_ROUNDS = 20
"""So often it is where only what has been sent must arrive: a key takes a few rounds."""

_LOOK_AGAIN = 0.05
"""Seconds after which those that have not answered are looked at again."""

_at_work: "weakref.WeakSet[asyncio.Future[Any]]" = weakref.WeakSet()
"""What threads have been given to do."""
_started: "weakref.WeakSet[Timer]" = weakref.WeakSet()
"""The timers that run or have been stopped for a while: there are few, and many widgets without
any. One that has ended is taken out when it is met: whoever made it is kept until Python looks for
garbage, which is not often."""


async def settled(min_sleep: float = 0, max_sleep: float = 1) -> None:
    """Take the place of Textual's ``wait_for_idle``; the arguments are for what has no loop."""
    app = active_app.get(None)
    loop = asyncio.get_running_loop()
    scheduled = getattr(loop, "_scheduled", None)
    if app is None or scheduled is None:
        await wait_for_idle(min_sleep, max_sleep)
        return
    left = _LONGEST
    rounds = 0
    while True:
        rounds += await _gone_round(loop, _MOST_ROUNDS - rounds)
        try:
            if undisplayed.draw_what_waits() and rounds < _MOST_ROUNDS:
                continue  # to draw may be something's cause
        except Exception as error:  # as where a timer draws
            app._handle_exception(error)
        if any(not future.done() for future in _at_work):
            await wait_for_idle(min_sleep, max_sleep)
            undisplayed.draw_what_waits()
            return
        due = _due(app)
        if not due or left <= 0 or rounds >= _MOST_ROUNDS:
            return
        if all(timer.name == "screen_update" for timer in due):
            try:
                app.screen._on_timer_update()
            except Exception as error:  # as where a timer calls it
                app._handle_exception(error)
            rounds += 1
            continue
        times = [handle.when() for handle in scheduled if not handle.cancelled()]
        pause = min(max(min(times, default=0) - loop.time(), 0.001), left)
        left -= pause
        await asyncio.sleep(pause)


async def _gone_round(loop: asyncio.AbstractEventLoop, most: int) -> int:
    """Let the loop go round until nothing is left that could be done at once; return how often.

    What was ready when we were woken is done once we are woken again; and the loop has looked at
    its descriptors.
    """
    ready = getattr(loop, "_ready", ())
    rounds = quiet = 0
    while quiet < 2 and rounds < most:
        await asyncio.sleep(0)
        quiet = 0 if ready else quiet + 1
        rounds += 1
    return rounds


async def processed(pilot: textual.pilot.Pilot[Any]) -> bool:
    """Take the place of the pilot's ``_wait_for_screen``; pytest's own limit is the timeout.

    Textual's waits for as many answers as it has asked for: 30 s in vain where a widget is removed
    between question and answer, as when a screen is being left. And it asks every widget each time:
    here only those are asked that have something to do.
    """
    app = pilot.app
    if not app.screen_stack:
        return False
    failed: asyncio.Event = app._exception_event
    answered = asyncio.Event()
    waiting: set[MessagePump] = set()

    def answer(pump: MessagePump) -> None:
        waiting.discard(pump)
        if not waiting:
            answered.set()

    await _gone_round(asyncio.get_running_loop(), _FEW_ROUNDS)
    for pump in [app, *app.screen.walk_children(with_self=True)]:
        if not _waits(pump) and pump.call_later(answer, pump):
            waiting.add(pump)
    while any(not (pump._closing or pump._closed) for pump in waiting):
        either = [asyncio.create_task(event.wait()) for event in (answered, failed)]
        await asyncio.wait(either, timeout=_LOOK_AGAIN, return_when=asyncio.FIRST_COMPLETED)
        for task in either:
            task.cancel()
        if failed.is_set():
            return False
    return True


def _waits(pump: MessagePump) -> bool:
    """Return whether somebody has done all that came, and waits for more."""
    queue: Queue[Message | None] = pump._message_queue
    waiters: Iterable[asyncio.Future[Any]] = vars(queue.ready_event).get("_waiters", ())
    return queue.empty() and any(not waiter.done() for waiter in waiters)


def _due(app: App[Any]) -> list[Timer]:
    """Return the timers that will do something soon."""
    _started.difference_update([timer for timer in _started if _has_ended(timer)])
    return [
        timer
        for timer in _started
        if timer._interval <= _SOON and _runs(timer) and _is_of(app, timer)
    ]


def _has_ended(timer: Timer) -> bool:
    return timer._task is None or timer._task.done()


def _is_of(app: App[Any], timer: Timer) -> bool:
    target = timer._target()
    return target is app or target in app._registry


def _runs(timer: Timer) -> bool:
    active: asyncio.Event | None = vars(timer).get("_active")  # Textual's own type says Never
    task = timer._task
    return active is not None and active.is_set() and task is not None and not task.done()


def use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the pilot wait like this."""
    run = asyncio.BaseEventLoop.run_in_executor

    def noted(
        self: asyncio.BaseEventLoop, executor: Any, work: Callable[..., Any], *args: Any
    ) -> Any:
        future = run(self, executor, work, *args)
        _at_work.add(future)
        return future

    start = Timer._start

    def started(self: Timer) -> None:
        start(self)
        _started.add(self)

    monkeypatch.setattr(Timer, "_start", started)
    monkeypatch.setattr(asyncio.BaseEventLoop, "run_in_executor", noted)
    monkeypatch.setattr(textual.app, "wait_for_idle", settled)
    monkeypatch.setattr(textual.pilot, "wait_for_idle", settled)
    monkeypatch.setattr(textual.pilot.Pilot, "_wait_for_screen", processed)
