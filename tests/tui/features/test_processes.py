"""Staying with one of several processes: keys, header, filter, and what a capture is told."""

from typing import Any

from textual.pilot import Pilot

from tests.support.feeds import FakeFeed
from tests.support.process_logs import NGINX, WORKERS, history_of_log
from tests.support.screen import act, live, press, replay, text_of, travel, until
from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.events import CallEntered, Header, ProcessStarted
from walkthrough.model.protocol import NextChangeCommand, ServerHalted, StepCommand
from walkthrough.state.history import History
from walkthrough.state.process_walk import ProcessWalk
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.features.search.scan import FilteredEvents
from walkthrough.tui.screens.status import WalkMode
from walkthrough.view.event_filter import parse

FIRST, SECOND = WORKERS
EN = catalogue("en")


def first_step_of(history: History, process: int) -> int:
    lead = history.of_processes.after(process, -1)
    assert lead is not None
    return history.step_end(lead)


def whose(app: WalkthroughApp) -> int | None:
    history = app.walk.history
    assert history is not None
    return history.event(history.step_start(app.walk.status.index)).process


async def test_steps_stages_and_changes_of_others_are_passed_over() -> None:
    history = history_of_log("nginx")

    async def stays(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
        walk = app.walk
        assert not walk.status.staying
        walk.move_to(first_step_of(history, FIRST))
        await press(pilot, "I")
        assert "only nginx 29541" in text_of(app, "header")
        here = walk.status.index
        for action in ("step", "step", "next_stage", "next_change", "next_change", "step"):
            await act(pilot, action)
            assert whose(app) == FIRST, action
            assert walk.status.index > here
            here = walk.status.index
        for action in ("back", "previous_change", "previous_stage", "back"):
            await act(pilot, action)
            assert whose(app) == FIRST, action
            assert walk.status.index < here
            here = walk.status.index
        walk.move_to(first_step_of(history, FIRST))
        await act(pilot, "back")
        assert walk.status.index == first_step_of(history, FIRST)  # there is none before
        await press(pilot, "I")
        assert "only nginx" not in text_of(app, "header")
        await act(pilot, "back")
        assert whose(app) is None

    async def the_first(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
        """Its events do not name it."""
        app.walk.move_to(history.beginning())
        await press(pilot, "I")
        assert f"only nginx {NGINX}" in text_of(app, "header")
        seen = set()
        for _ in range(60):
            await act(pilot, "next_change")
            seen.add(whose(app))
        assert seen == {None}
        await press(pilot, "I")

    await travel(replay(history), (120, 30), stays, the_first)


async def test_a_filter_holds_within_the_process() -> None:
    history = history_of_log("nginx")

    async def filtered(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
        app.walk.move_to(first_step_of(history, SECOND))
        await press(pilot, "I", "F")
        await press(pilot, *"call:epoll", "underscore", *"wait", "enter")
        for _ in range(3):
            await act(pilot, "step")
            event = history.event(history.step_start(app.walk.status.index))
            assert getattr(event, "call", "") == "epoll_wait"
            assert event.process == SECOND

    await travel(replay(history), (120, 30), filtered)


async def test_with_one_process_there_is_nothing_to_stay_with() -> None:
    async def alone(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
        await press(pilot, "I")
        assert not app.walk.status.staying
        said = [str(each.message) for each in app._notifications]
        assert said == [EN("There is only one process here: every step is its.")]

    await travel(replay(), (120, 30), alone)


def test_a_filter_names_processes() -> None:
    history = history_of_log("nginx")
    events = [history.event(index) for index in range(len(history))]
    for pid, process in ((FIRST, FIRST), (NGINX, None)):
        found = FilteredEvents(history, parse(f"process:{pid} call:close", NGINX), 0)
        found.work(lambda: True)
        closes = [
            each.seq
            for each in events
            if getattr(each, "call", "") == "close" and each.process == process and not each.quiet
        ]
        assert len(found) == len(closes) > 0
    both = FilteredEvents(history, parse(f"process:{NGINX},{SECOND} call:close", NGINX), 0)
    both.work(lambda: True)
    assert len(both) > len(found)


HEADER = Header(server="program", pid=7, command=("server",))
STARTED = (
    ProcessStarted(seq=0, time_ns=0, thread=7, pid=7, command=("server",)),
    ProcessStarted(seq=1, time_ns=1, thread=8, process=8, pid=8, parent_pid=7, origin="fork"),
)


async def test_live_the_capture_is_told_whose_event_to_halt_at() -> None:
    feed = FakeFeed(HEADER, *STARTED, ServerHalted(seq=1))
    async with live(feed).run_test(size=(120, 30)) as pilot:
        app = pilot.app
        assert isinstance(app, WalkthroughApp)
        await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
        await press(pilot, "I")
        assert "only server 8" in text_of(app, "header")
        await act(pilot, "step")
        assert feed.sent == [StepCommand(process=8)]
        call = CallEntered(seq=2, time_ns=2, thread=8, process=8, span=1, call="close")
        feed.say(call, ServerHalted(seq=2))
        await until(pilot, lambda: app.walk.status.last == 2 and bool(feed.heard))
        await until(pilot, lambda: app.walk.live is not None and app.walk.live.ready)
        await act(pilot, "next_change")
        assert feed.sent[1:] == [NextChangeCommand(process=8)]
        feed.say(ServerHalted(seq=2))
        await until(pilot, lambda: app.walk.live is not None and app.walk.live.ready)
        await press(pilot, "I")
        await act(pilot, "step")
        assert feed.sent[2:] == [StepCommand()]


def test_the_nearest_step_of_a_process() -> None:
    history = history_of_log("prefork")
    process = max(history.world(len(history) - 1).processes)
    steps = ProcessWalk(history, process)
    for index in range(0, len(history), 9):
        found = steps.nearest(index)
        assert steps.has(found)
        if not steps.has(index):
            ends = [each for each in history.steps() if steps.has(each)]
            assert abs(found - index) == min(abs(each - index) for each in ends)
