"""The bar of goals and the box with the scenario's text, in replays and live."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot

from tests.support.feeds import FakeFeed
from tests.support.pictures import Picture, compare, drawn
from tests.support.records import HEADER, FakeLesson
from tests.support.screen import press, resize, speak, text_of, until
from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.events import CallReturned, Header
from walkthrough.model.protocol import (
    ActCommand,
    ActionOffered,
    CaptureFinished,
    ServerHalted,
    ServerRunning,
)
from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios
from walkthrough.state.history import History
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.features.goals.bar import GoalBar
from walkthrough.tui.features.goals.commands import GoalController
from walkthrough.tui.features.goals.dialog import PurposeScreen
from walkthrough.tui.panes.path.pane import GoTo
from walkthrough.tui.screens.help import help_lines
from walkthrough.tui.screens.status import WalkMode
from walkthrough.tui.widgets.action import named_keys
from walkthrough.tui.widgets.actions import ACTIONS
from walkthrough.tui.widgets.clickable_list import ClickableList


class Purposeful(FakeLesson):
    """A lesson that knows the scenario."""

    def __init__(self, header: Header = HEADER) -> None:
        super().__init__(header)
        self.scenario = scenarios.load(header.scenario)


Taken = list[tuple[bool, tuple[str, ...]]]


@pytest.fixture(autouse=True)
def taken(monkeypatch: pytest.MonkeyPatch) -> Taken:
    """Note what the program is to remember of a walk."""
    noted: Taken = []

    def take(
        app: WalkthroughApp, scenario: str, *, seen: bool = False, reached: Sequence[str] = ()
    ) -> None:
        assert scenario == "first-connection"
        noted.append((seen, tuple(reached)))

    monkeypatch.setattr(WalkthroughApp, "take_walk", take)
    return noted


def recorded(name: str = "first-connection") -> History:
    return History.load(load(scenarios.find(name) / scenarios.RECORDING))


def replay(history: History | None = None) -> WalkthroughApp:
    found = history if history is not None else recorded()
    return WalkthroughApp(history=found, lesson_factory=Purposeful)


def is_begun(app: WalkthroughApp) -> bool:
    return app.walk.status.index >= 0


def bar_of(app: WalkthroughApp) -> str:
    return text_of(app, "goal")


def is_open(app: WalkthroughApp) -> bool:
    """Return whether the box is open; nothing else may be in front of the walk."""
    opened = isinstance(app.screen, PurposeScreen)
    assert opened or app.screen is app.walk
    return opened


def said_by(app: WalkthroughApp) -> str:
    return " ".join(note.message for note in app._notifications)


def reached_at(app: WalkthroughApp) -> list[int]:
    part = next(each for each in app.walk.controllers if isinstance(each, GoalController))
    assert part._tracker is not None
    return [event for event in part._tracker.reached if event is not None]


async def go_to(pilot: Pilot[Any], app: WalkthroughApp, event: int) -> None:
    app.walk.on_go_to(GoTo(event))
    await pilot.pause()


async def test_the_bar_goes_with_the_walk_forwards_and_backwards(taken: Taken) -> None:
    app = replay()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        first, second, _, last = reached_at(app)
        assert "Goal 1/4  The server listens; accept4 finds nobody" in bar_of(app)
        assert not taken
        await go_to(pilot, app, first)
        assert "✓ Goal 1/4" in bar_of(app)
        await press(pilot, "space")
        assert "Goal 2/4  A client is connected" in bar_of(app)
        await go_to(pilot, app, second)
        assert "✓ Goal 2/4" in bar_of(app)
        await press(pilot, "space")
        await go_to(pilot, app, last)  # a jump: what it passes over has not been seen
        assert "✓ Goal 4/4" in bar_of(app)
        await press(pilot, "space")
        assert "All seen" in bar_of(app)
        assert not any(seen for seen, _ in taken)
        await go_to(pilot, app, second)
        await press(pilot, "n")
        await go_to(pilot, app, first - 2)
        assert "Goal 1/4" in bar_of(app)
        ids = [goal.id for goal in scenarios.load("first-connection").goal]
        kept = [goal for _, goals in taken for goal in goals]
        assert kept == [ids[0], ids[1], ids[3], ids[2]]
        assert [seen for seen, _ in taken] == [False, False, False, True]
        await speak(pilot, "zh")
        assert "目标 1/4" in bar_of(app)


async def test_a_longer_step_ends_where_a_goal_is_reached() -> None:
    history = recorded()
    app = replay(history)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        _, _, accepted, _ = reached_at(app)
        before = history.previous_stage(accepted)
        assert history.next_stage(before) > history.step_end(accepted)
        await go_to(pilot, app, before)
        await press(pilot, "n")
        assert app.walk.status.index == history.step_end(accepted)
        assert "✓ Goal 3/4" in bar_of(app)
        await press(pilot, "n")
        assert app.walk.status.index == history.next_stage(before)
        await press(pilot, "p")  # it is not told that the next thing is one to look for
        await go_to(pilot, app, before)
        await press(pilot, "n")
        assert app.walk.status.index != history.step_end(accepted)


async def test_past_the_end_of_a_recording_what_was_seen_is_shown_once() -> None:
    app = replay()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "i")
        assert is_open(app)
        assert "Goals · 0 of 4" in drawn(app)
        await press(pilot, "escape", "G", "space")
        assert is_open(app)
        said = drawn(app)
        assert "What you saw · 4 of 4" in said
        assert "the-document-today" in said
        await press(pilot, "space", "n")  # one too many is no reason to close it
        assert is_open(app)
        await press(pilot, "escape")
        assert not is_open(app)
        await press(pilot, "space")
        assert not is_open(app)
        assert "last event of the recording" in said_by(app)
        await press(pilot, "i", "down", "down", "enter")
        history = app.walk.history
        assert history is not None
        assert app.walk.status.index == history.step_end(reached_at(app)[1])


async def test_the_box_stands_in_nobodys_way() -> None:
    """A key of the walk closes it and does what it means there; a click goes to a goal."""
    app = replay()
    async with app.run_test(size=(120, 40)) as pilot:
        before = app.walk.status.index
        await press(pilot, "i", "space")
        assert not is_open(app)
        assert app.walk.status.index == before
        await press(pilot, "i", "n")
        assert not is_open(app)
        assert app.walk.status.index > before
        await press(pilot, "G", "i", "left")
        assert not is_open(app)
        assert not app.walk.status.at_edge
        await pilot.click("#goal")
        await pilot.pause()
        assert is_open(app)
        await press(pilot, "q")
        assert not is_open(app)


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_the_box_names_every_key_that_the_key_bar_would_name_and_help_explains_it(
    language: str,
) -> None:
    tr = catalogue(language)
    feed = TestLive().feed(60)
    for app, only in (
        (WalkthroughApp(feed=feed, lesson_factory=Purposeful, language=language), {"c", "f", "e"}),
        (WalkthroughApp(history=recorded(), lesson_factory=Purposeful, language=language), {"b"}),
    ):
        async with app.run_test(size=(800, 40)) as pilot:
            await until(pilot, partial(is_begun, app))
            await go_to(pilot, app, 30)
            named = [
                f"{action.shown} {label}"
                for action, label in named_keys(ACTIONS, app.walk.status, tr)
            ]
            bar = text_of(app, "keys")
            assert [each for each in named if f" {each}  " in bar] == named
            assert only <= {each.split()[0] for each in named}
            await press(pilot, "i")
            assert is_open(app)
            rows = app.screen.query_one(ClickableList)
            shown = "".join(
                "".join(piece.text for piece in rows.row(number)) + "  \n"
                for number in range(rows.virtual_size.height)
            ).partition(f"{tr('Keys')}  \n")[2]
            assert [each for each in named if f"{each}  " in shown] == named
            listed = {line.action for line in help_lines(tr, 80)}
            assert {action.id for action, _ in named_keys(ACTIONS, app.walk.status, tr)} <= listed


async def test_in_predict_mode_it_keeps_back_what_comes() -> None:
    app = replay()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "p")
        assert "EAGAIN" not in bar_of(app)
        assert "you are asked first" in bar_of(app)
        await press(pilot, "i")
        said = drawn(app)
        assert "EAGAIN" not in said
        assert "One connection, from Listen to Close" in said
        await press(pilot, "escape", "p")
        assert "EAGAIN" in bar_of(app)


class TestLive:
    """A capture that a test plays."""

    def feed(self, upto: int | None = None) -> FakeFeed:
        history = recorded()
        events = list(history.between(0, len(history) if upto is None else upto + 1))
        end = ServerHalted(seq=upto) if upto is not None else CaptureFinished()
        return FakeFeed(history.header, *events, end)

    async def test_halted_it_says_what_to_do_and_counts_what_was_just_reached(
        self, taken: Taken
    ) -> None:
        calls = (e for e in recorded().between(0, 400) if isinstance(e, CallReturned))
        empty = next(e.seq for e in calls if e.call == "accept4")
        app = WalkthroughApp(feed=self.feed(empty), lesson_factory=Purposeful)
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
            assert "✓ Goal 1/4" in bar_of(app)  # no view of the kernel follows
            assert taken == [(False, ("first-connection.nobody",))]
            await press(pilot, "left")
            assert "Goal 1/4" in bar_of(app)
            assert "connect nobody yet" in bar_of(app)

    async def test_its_last_row_says_what_the_scripts_clients_do_next(self) -> None:
        offer = ActionOffered(action="connect", client=1, when="while accept is parked", left=4)
        feed = self.feed(60)
        app = WalkthroughApp(feed=feed, lesson_factory=Purposeful)
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
            assert "next act:" not in bar_of(app)
            feed.say(offer)
            await resize(pilot, (120, 40))
            await until(pilot, lambda: "next act:" in bar_of(app))
            assert "next act: client 1 connects · due while accept is parked" in bar_of(app)
            await press(pilot, "p")
            assert "next act: client 1 connects · not due yet" in bar_of(app)  # or it would tell
            await press(pilot, "p", "l")
            assert "下一动作：客户端 1 连接 · accept 挂起时进行" in bar_of(app)
            await press(pilot, "l")
            await resize(pilot, (80, 24))
            feed.say(replace(offer, due=True, when=""))
            await until(pilot, lambda: "now: A" in bar_of(app))
            goal, advice, act = bar_of(app).splitlines()
            assert goal.startswith(" i Goal 1/4")
            assert advice.rstrip().endswith(
                "connect nobody yet."
            )  # a due act leaves it where it was
            assert act.strip() == "next act: client 1 connects · now: A"
            await resize(pilot, (60, 16))
            assert bar_of(app).startswith(" i ")
            assert len(bar_of(app).splitlines()) == 1, "few rows are left: the goal alone"
            await resize(pilot, (80, 24))
            feed.say(ActionOffered())
            await until(pilot, lambda: "next act:" not in bar_of(app))
            assert "Goal 1/4" in bar_of(app)

    async def test_what_came_on_the_way_to_a_halt_is_new_there(self) -> None:
        history = recorded()
        events = list(history.between(0, len(history) - 1))
        calls = (e for e in events if isinstance(e, CallReturned))
        empty = next(e.seq for e in calls if e.call == "accept4")
        halt = history.next_step(history.step_end(empty))
        feed = FakeFeed(history.header, *events[:empty], ServerHalted(seq=empty - 1))
        app = WalkthroughApp(feed=feed, lesson_factory=Purposeful)
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
            await press(pilot, "r")
            feed.say(*events[empty : halt + 1], ServerHalted(seq=halt))
            await until(pilot, lambda: app.walk.status.index == halt)
            assert "✓ Goal 1/4" in bar_of(app)
            await press(pilot, "left", "left")
            assert "✓" not in bar_of(app)
            await press(pilot, "end", "space")
            feed.say(events[halt + 1], ServerHalted(seq=halt + 1))
            await until(pilot, lambda: app.walk.status.index > halt)
            assert "Goal 2/4" in bar_of(app)
            assert "✓" not in bar_of(app)

    @pytest.mark.parametrize("parked", [True, False])
    async def test_when_nothing_is_offered_and_all_is_seen_it_is_over(self, parked: bool) -> None:
        history = recorded()
        events = list(history.between(0, len(history) - 1))
        offered = ActionOffered(action="close", client=1, due=True)
        feed = FakeFeed(history.header, *events, offered, ServerRunning(waiting=parked))
        app = WalkthroughApp(feed=feed, lesson_factory=Purposeful)
        mode = WalkMode.WAITING if parked else WalkMode.RUNNING
        async with app.run_test(size=(120, 40)) as pilot:
            await until(pilot, lambda: app.walk.status.mode is mode)
            assert "All seen" in bar_of(app)
            assert not is_open(app)
            feed.say(ActionOffered())
            await until(pilot, lambda: is_open(app))
            await press(pilot, "space")  # pressed once more than needed
            assert is_open(app)
            await press(pilot, "c")
            assert not is_open(app)
            assert [command.action for command in feed.sent if isinstance(command, ActCommand)]

    async def test_what_was_seen_does_not_cover_the_step_that_shows_the_last_of_it(self) -> None:
        history = recorded()
        events = list(history.between(0, len(history) - 1))
        due = ActionOffered(action="close", client=1, due=True)
        feed = FakeFeed(history.header, *events[:60], due, ServerHalted(seq=59))
        app = WalkthroughApp(feed=feed, lesson_factory=Purposeful)
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: app.walk.status.act_is_due)
            await press(pilot, "A")
            feed.say(*events[60:], ActionOffered(), ServerRunning(waiting=True))
            await until(pilot, lambda: app.walk.status.mode is WalkMode.WAITING)
            assert "✓ Goal 4/4" in bar_of(app)
            assert not is_open(app)
            await press(pilot, "n")
            assert is_open(app)
            assert "What you saw · 4 of 4" in drawn(app)

    async def test_when_the_capture_ends_what_was_seen_is_shown(self, taken: Taken) -> None:
        app = WalkthroughApp(feed=self.feed(), lesson_factory=Purposeful)
        async with app.run_test(size=(120, 40)) as pilot:
            await until(pilot, lambda: is_open(app))
            assert "What you saw · 4 of 4" in drawn(app)
            assert taken[-1][0]
            await press(pilot, "left")
            assert not is_open(app)
            await press(pilot, "G")
            assert not is_open(app)  # not twice


async def test_without_a_scenario_there_is_no_bar() -> None:
    app = WalkthroughApp(history=recorded(), lesson_factory=FakeLesson)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert not app.walk.query_one(GoalBar).size
        await press(pilot, "i")
        assert not is_open(app)
        assert "it is of no scenario" in said_by(app)
        await press(pilot, "G", "space")
        assert not is_open(app)


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_pictures(language: str) -> None:
    app = replay()
    async with app.run_test(size=(80, 24)) as pilot:
        await speak(pilot, language)
        last = reached_at(app)[-2]
        for size in ((80, 24), (120, 40)):
            await resize(pilot, size)
            await go_to(pilot, app, last)
            name = f"{size[0]}x{size[1]}-{language}"
            compare(f"goal-bar-{name}", Picture(drawn(app), ""))
            await press(pilot, "G", "i")
            compare(f"goal-summary-{name}", Picture(drawn(app), ""))
            await press(pilot, "escape")
