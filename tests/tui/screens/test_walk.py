"""Journeys through a recording, by keys and by mouse, from plain records."""

from functools import partial
from typing import Any

import pytest
from textual.events import MouseScrollDown
from textual.pilot import Pilot

from tests.support.records import HEADER, FakeLesson, first_connection, history_of, index_of
from tests.support.screen import act, press, replay, resize, rows_of, text_of, travel
from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.events import (
    AnyEvent,
    CallReturned,
    ClientActed,
    Event,
    FunctionEntered,
    Header,
    OutputWritten,
    ProcessStarted,
)
from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios
from walkthrough.source.notes import NoteError
from walkthrough.state.history import History
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.panes.path.pane import PathPane
from walkthrough.tui.screens.controllers import commands_of
from walkthrough.tui.screens.help import HelpScreen
from walkthrough.tui.screens.walk import WalkScreen
from walkthrough.tui.widgets.actions import ACTIONS
from walkthrough.tui.widgets.rows_view import RowsView

EN = catalogue("en")
ZH = catalogue("zh")


EVENTS = first_connection()
LISTENING = index_of(EVENTS, CallReturned, "listen")
CONNECTED = next(event.seq for event in EVENTS if isinstance(event, ClientActed))


async def it_opens_at_the_first_event(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await pilot.pause()
    assert app.walk.status.index == 0
    assert "event 1/" in text_of(app, "header")
    assert "REPLAY" in text_of(app, "header")
    assert "no system call" in text_of(app, "calls").lower()


async def a_step_takes_the_kernels_view_with_it(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    app.walk.move_to(LISTENING - 1)
    await press(pilot, "space")
    assert app.walk.status.index == LISTENING + 1
    assert "the kernel has answered: listen = 0" in text_of(app, "header")
    assert "0/4096" in text_of(app, "kernel")


async def the_sight_of_a_connection_nobody_has_accepted(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    app.walk.move_to(CONNECTED)
    await pilot.pause()
    kernel = text_of(app, "kernel")
    assert "* accept queue [#        …] 1/4096" in kernel
    assert "nobody has accepted it" in kernel
    assert "127.0.0.1:40422 ESTABLISHED" in kernel
    assert "parked" in text_of(app, "path")
    await press(pilot, "left")
    assert "[         …] 0/4096" in text_of(app, "kernel")


async def stages_forward_and_back(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await pilot.pause()
    stages, acts = [], 0
    while app.walk.status.index < len(EVENTS) - 1:
        await press(pilot, "n")
        event = EVENTS[app.walk.status.index]
        if isinstance(event, FunctionEntered):
            stages.append(event.mark)
        elif app.walk.status.index < len(EVENTS) - 1:
            acts += 1
    assert stages == [
        "resolveAddrList",
        "sysSocket",
        "setDefaultSockopts",
        "pollServerInit",
        "bind",
        "listen",
        "pollOpen",
        "accept",
    ]
    assert acts == sum(isinstance(event, ClientActed) for event in EVENTS)
    await press(pilot, *["b"] * acts, "b")
    assert EVENTS[app.walk.status.index].stage == "accept"
    await press(pilot, "N")
    assert EVENTS[app.walk.status.index].stage == "pollOpen"


async def first_and_last(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await press(pilot, "G")
    assert app.walk.status.at_edge
    assert "· end" in text_of(app, "header")
    await press(pilot, "space")
    assert app.walk.status.at_edge
    await press(pilot, "home")
    assert app.walk.status.index == 0
    await press(pilot, "r")
    assert app.walk.status.at_edge


async def the_stages_show_in_the_order_of_the_trace(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    app.walk.move_to(LISTENING)
    await pilot.pause()
    path = text_of(app, "path")
    assert path.index("pollServerInit") < path.index("bind") < path.index("pollOpen")
    assert "✓" in path
    assert ">" in path
    assert "·" in path


async def a_call_is_unfinished_until_it_returns(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    app.walk.move_to(LISTENING - 1)
    await pilot.pause()
    assert "> listen(3, 4096) … not returned" in text_of(app, "calls")
    await press(pilot, "space")
    assert "listen(3, 4096) = 0" in text_of(app, "calls")


async def a_click_on_a_step_goes_there(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    app.walk.move_to(CONNECTED)
    await pilot.pause()
    path = app.walk.query_one(PathPane)
    line = next(y for y, row in enumerate(text_of(app, "path").splitlines()) if "accept4" in row)
    await pilot.click(path, offset=(12, line + 1))
    await pilot.pause()
    assert app.walk.status.index == index_of(EVENTS, FunctionEntered, "internal/poll.accept")


async def folding_by_key_and_by_mouse(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    app.walk.move_to(CONNECTED)
    await press(pilot, "1")
    path = app.walk.query_one(PathPane)
    assert path.has_focus
    assert "listenerBacklog" not in text_of(app, "path")
    line = next(y for y, row in enumerate(text_of(app, "path").splitlines()) if "listen" in row)
    await pilot.click(path, offset=(6, line + 1))
    await pilot.pause()
    assert "listenerBacklog" in text_of(app, "path")
    await press(pilot, "enter")
    assert "listenerBacklog" not in text_of(app, "path")
    assert app.walk.status.index > CONNECTED - 1


async def a_click_on_a_key_does_what_the_key_does(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await pilot.pause()
    bar = text_of(app, "keys")
    await pilot.click("#keys", offset=(bar.index("next stage"), 0))
    await pilot.pause()
    assert EVENTS[app.walk.status.index].stage == "resolveAddrList"


async def the_language_changes_everything(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    app.walk.move_to(CONNECTED)
    await press(pilot, "l")
    assert "回放" in text_of(app, "header")
    assert "accept 队列" in text_of(app, "kernel")
    assert "单步" in text_of(app, "keys")
    assert app.walk.status.index == CONNECTED + 1
    await press(pilot, "l")
    assert "accept queue" in text_of(app, "kernel")


async def zoom_and_back(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await press(pilot, "4", "z")
    kernel = app.walk.query_one("#kernel")
    assert kernel.size.width > 100
    assert not app.walk.query_one("#source").display
    await press(pilot, "z")
    assert kernel.size.width < 60
    await press(pilot, "3", "3")
    assert app.walk.query_one("#calls").size.width > 100
    await press(pilot, "escape")
    assert app.walk.query_one("#source").display


async def client_keys_in_a_replay_say_why_not(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await press(pilot, "c")
    assert [note.message for note in app._notifications] == [
        EN("This is a replay: its clients have already acted. Step with space.")
    ]
    assert app.walk.status.index == 0


async def what_is_said_last_stands_alone(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    app.walk.say("one")
    app.walk.say("two")
    await pilot.pause()
    assert [note.message for note in app._notifications] == ["two"]
    app.walk.say("three")
    app.clear_notifications()
    await pilot.pause()
    assert not app._notifications


async def the_palette_finds_an_action(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await press(pilot, "ctrl+p")
    await press(pilot, *"next stage")
    await pilot.pause(0.3)
    await press(pilot, "enter", "enter")
    await pilot.pause(0.3)
    assert EVENTS[app.walk.status.index].stage == "resolveAddrList"


async def test_journeys() -> None:
    await travel(
        replay(),
        (120, 40),
        it_opens_at_the_first_event,
        a_step_takes_the_kernels_view_with_it,
        the_sight_of_a_connection_nobody_has_accepted,
        stages_forward_and_back,
        first_and_last,
        the_stages_show_in_the_order_of_the_trace,
        a_call_is_unfinished_until_it_returns,
        a_click_on_a_step_goes_there,
        folding_by_key_and_by_mouse,
        a_click_on_a_key_does_what_the_key_does,
        the_language_changes_everything,
        zoom_and_back,
        client_keys_in_a_replay_say_why_not,
        what_is_said_last_stands_alone,
        the_palette_finds_an_action,
    )


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_back_undoes_forward_in_every_pane(size: tuple[int, int]) -> None:
    app = replay()
    panes = ["header", "path", "crumbs", "source-lines", "values", "kernel", "calls"]
    panes += ["sequence"] if size == (120, 40) else []

    def shown() -> list[object]:
        top = app.walk.query_one("#sequence", RowsView).scroll_offset.y
        return [app.walk.status.index, top, *(rows_of(app, name) for name in panes)]

    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        seen = []
        while app.walk.status.index < len(EVENTS) - 1:
            seen.append(shown())
            await act(pilot, "step")
        assert len(seen) > 40
        for before in reversed(seen):
            await act(pilot, "back")
            assert shown() == before


async def test_an_injected_error_is_not_taken_for_the_kernels() -> None:
    history = History.load(load(scenarios.find("epoll-ctl-fails") / scenarios.RECORDING))
    failed = next(
        index
        for index in range(len(history))
        if isinstance(event := history.event(index), CallReturned) and event.injected
    )
    app = replay(history)
    async with app.run_test(size=(120, 56)) as pilot:
        app.walk.move_to(failed)
        await pilot.pause()
        assert "(INJECTED)" in text_of(app, "calls")
        app.walk.move_to(len(history) - 1)
        await pilot.pause()
        assert "= -1 ENOSPC (INJECTED)" in text_of(app, "calls")


async def tab_visits_every_pane_and_brings_the_hidden_one_forward(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    await pilot.pause()
    visited = []
    for _ in range(4):
        await press(pilot, "tab")
        assert app.focused is not None
        assert app.focused.region.area > 0
        visited.append(app.focused.id)
    assert visited == ["path", "source-lines", "calls", "kernel"]
    await press(pilot, "shift+tab")
    assert app.walk.query_one("#calls").has_focus


async def scrolling_by_key_and_by_wheel(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    app.walk.move_to(CONNECTED)
    await press(pilot, "2")
    source = app.walk.query_one("#source-lines", RowsView)
    start = source.scroll_offset.y
    await press(pilot, "j", "down", "j")
    assert source.scroll_offset.y == start + 3
    await press(pilot, "k")
    assert source.scroll_offset.y == start + 2
    await press(pilot, "pageup")
    assert source.scroll_offset.y < start
    wheel = MouseScrollDown(source, 5, 5, 0, 1, 0, False, False, False)
    before = source.scroll_offset.y
    source.post_message(wheel)
    await pilot.pause(0.4)
    assert source.scroll_offset.y > before
    assert app.walk.status.index == CONNECTED + 1


async def a_terminal_too_small_says_so_and_recovers(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    for size, message in (((50, 24), "is 50x24"), ((80, 10), "is 80x10"), ((20, 5), "is 20x5")):
        await resize(pilot, (80, 24))
        app.walk.move_to(CONNECTED)
        await resize(pilot, size)
        said = " ".join(text_of(app, "too-small").split())
        assert "needs 60x16" in said
        assert message in said
        await press(pilot, "space")
        await resize(pilot, (120, 40))
        assert "LISTEN" in text_of(app, "kernel"), size
        assert app.walk.query_one("#calls").display, size


async def test_small_terminals() -> None:
    await travel(
        replay(),
        (80, 24),
        tab_visits_every_pane_and_brings_the_hidden_one_forward,
        scrolling_by_key_and_by_wheel,
        a_terminal_too_small_says_so_and_recovers,
    )


async def test_help_lists_every_action() -> None:
    app = replay()
    async with app.run_test(size=(120, 60)) as pilot:
        await press(pilot, "question_mark")
        assert isinstance(app.screen, HelpScreen)
        view = app.screen.query_one("#help-rows", RowsView)
        shown = "\n".join(
            "".join(piece.text for piece in view.row(number))
            for number in range(view.virtual_size.height)
        )
        for action in ACTIONS:
            assert EN(action.help).split()[0] in shown
        await press(pilot, "escape")
        assert isinstance(app.screen, WalkScreen)


async def test_a_step_takes_away_what_was_said_before_it() -> None:
    app = replay()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "space")
        app.walk.say("something about this step")
        await pilot.pause()
        assert len(app._notifications) == 1
        await press(pilot, "2")  # it stays while somebody looks around
        assert len(app._notifications) == 1
        await press(pilot, "space")
        assert not app._notifications


async def test_quitting(monkeypatch: pytest.MonkeyPatch) -> None:
    app = replay()
    async with app.run_test(size=(120, 40)) as pilot:
        with monkeypatch.context() as kept_open:
            left: list[str] = []
            for key in ("q", "ctrl+q", "ctrl+c"):
                kept_open.setattr(app, "exit", partial(left.append, key))
                await press(pilot, key)
                assert left[-1:] == [key]
        await press(pilot, "q")
        assert app._exit
        assert app.return_code == 0


async def test_an_empty_and_a_torn_recording() -> None:
    app = replay(History(HEADER, torn="It breaks off in line 2."))
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "space", "left", "n", "G", "z", "l")
        assert ZH("no event yet") in text_of(app, "header")
        assert "It breaks off in line 2." in text_of(app, "banner")


async def test_a_lesson_that_cannot_be_made_leaves_the_walk() -> None:
    def broken(header: Header) -> FakeLesson:
        raise NoteError("lesson.toml: note 3 has no text in [red]zh[/red].")

    app = WalkthroughApp(history=history_of(EVENTS), lesson_factory=broken, language="en")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "n", "n")
        assert "note 3 has no text in [red]zh[/red]" in text_of(app, "banner")
        assert "sysSocket" in text_of(app, "path")


HOSTILE = "\x1b[2J\x1b]0;owned\x07[red]x[/red]\u202egnp.exe\r\n\t测试"


async def test_hostile_text_is_drawn_and_not_obeyed() -> None:
    events: list[AnyEvent] = [
        ProcessStarted(seq=0, time_ns=0, pid=1),
        FunctionEntered(seq=1, time_ns=1, goroutine=1, function=HOSTILE, span=1, mark="bind"),
        OutputWritten(seq=2, time_ns=2, stream=1, data=HOSTILE.encode()),
    ]
    app = replay(history_of(events, Header(scenario=HOSTILE, go_version=HOSTILE, server="go")))
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "space")
        for name in ("header", "kernel", "crumbs", "path"):
            shown = text_of(app, name)
            assert "\x1b" not in shown
            assert "\u202e" not in shown
        joined = "".join(row.strip() for row in rows_of(app, "kernel"))
        assert "[red]x[/red]" in joined
        assert "\\x1b[2J" in text_of(app, "header")
        assert "测试" in text_of(app, "kernel")


async def test_every_line_has_the_width_of_its_pane() -> None:
    app = replay(language="zh")
    async with app.run_test(size=(97, 31)) as pilot:
        for index in range(0, len(EVENTS), 3):
            app.walk.move_to(index)
            await pilot.pause()
            for view in app.walk.query(RowsView):
                if view.size.width:
                    widths = {view.render_line(y).cell_length for y in range(view.size.height)}
                    assert widths == {view.size.width}, view.id


def test_each_action_has_one_command() -> None:
    controllers = replay().walk.controllers
    assert commands_of(controllers).keys() == {action.id for action in ACTIONS}
    with pytest.raises(AssertionError, match="two commands"):
        commands_of((*controllers, controllers[0]))
    with pytest.raises(AssertionError):
        commands_of(controllers[1:])


def test_no_key_is_bound_twice() -> None:
    keys = [key for action in ACTIONS for key in action.keys]
    assert len(keys) == len(set(keys))


def test_actions_speak_both_languages() -> None:
    for action in ACTIONS:
        assert action.name(EN)
        assert EN(action.help)
        assert action.name(ZH)
        assert any(ord(character) > 0x3000 for character in ZH(action.help))


def test_the_records_are_a_whole_walk() -> None:
    assert [event.seq for event in EVENTS] == list(range(len(EVENTS)))
    assert all(isinstance(event, Event) for event in EVENTS)
