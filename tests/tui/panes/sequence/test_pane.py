"""The sequence diagram on the screen: journeys by key and by mouse, and its pictures."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from textual.pilot import Pilot
from textual.strip import Strip

from tests.support.feeds import FakeFeed
from tests.support.pictures import Picture as Shown
from tests.support.pictures import compare, styles_of
from tests.support.records import (
    HEADER,
    FakeLesson,
    first_connection,
    history_of,
    index_of,
    many_calls,
)
from tests.support.screen import (
    act,
    press,
    replay,
    resize,
    rows_of,
    speak,
    text_of,
    travel,
)
from walkthrough.model.events import (
    FORMAT,
    CallEntered,
    CallReturned,
    ClientActed,
    FunctionEntered,
    KernelObserved,
    PacketCapture,
    PacketCaptured,
)
from walkthrough.model.protocol import ServerHalted
from walkthrough.model.values import Argument
from walkthrough.recording.file import load
from walkthrough.state.history import History
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.panes.sequence.pane import SequencePane

RECORDINGS = sorted((Path(__file__).parents[4] / "scenarios").glob("*/recording.jsonl"))
EVENTS = first_connection()
CONNECTED = next(event.seq for event in EVENTS if isinstance(event, ClientActed))
ACCEPTED = index_of(EVENTS, CallReturned, "accept4", 1)


async def the_step_is_lit_and_what_is_ahead_is_not_there(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    app.walk.move_to(CONNECTED)
    await pilot.pause()
    pane = app.walk.query_one(SequencePane)
    rows = rows_of(app, "sequence")
    lit = [number for number in range(len(rows)) if pane.row_kind(number) == "here"]
    assert ["SYN" in rows[n] or "ACK" in rows[n] for n in lit] == [True, True, True]
    assert lit[-1] == len(rows) - 1
    assert "accept queue 0 → 1" in text_of(app, "sequence")
    assert not any("accept4(3)" in row and "= 4" in row for row in rows)
    await press(pilot, "left")
    assert not any("SYN" in row for row in rows_of(app, "sequence"))


async def a_call_that_goes_on_stands_at_the_bottom(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    listening = index_of(EVENTS, CallEntered, "listen")
    app.walk.move_to(listening)
    await pilot.pause()
    pane = app.walk.query_one(SequencePane)
    last = rows_of(app, "sequence")[-1]
    assert "listen(3, 4096)" in last
    assert last.rstrip().endswith("…")
    assert pane.row_kind(pane.virtual_size.height - 1) == "here"
    await press(pilot, "space")
    assert "= 0  LISTEN, backlog 4096" in text_of(app, "sequence")
    app.walk.move_to(index_of(EVENTS, FunctionEntered, "syscall.Bind"))
    await pilot.pause()
    assert rows_of(app, "sequence")[-1].rstrip().endswith("bind …")


async def a_click_on_a_row_goes_there(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await press(pilot, "G")
    shown = text_of(app, "sequence").splitlines()
    line = next(y for y, row in enumerate(shown) if "queue 1 → 0" in row)
    await pilot.click("#sequence", offset=(40, line + 1))
    await pilot.pause()
    assert app.walk.status.index == ACCEPTED + 1
    assert "queue 1 → 0" in text_of(app, "sequence").splitlines()[-1] or any(
        "queue 1 → 0" in row for row in text_of(app, "sequence").splitlines()
    )
    await pilot.click("#sequence", offset=(40, 1))  # the names of the lanes lead nowhere
    await pilot.pause()
    assert app.walk.status.index == ACCEPTED + 1


async def up_down_and_enter(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    app.walk.move_to(CONNECTED)
    await press(pilot, "6")
    pane = app.walk.query_one(SequencePane)
    assert pane.row_kind(pane.virtual_size.height - 1) == "here"
    await press(pilot, "up", "up", "k")
    kinds = [pane.row_kind(number) for number in range(pane.virtual_size.height)]
    assert kinds.count("cursor") == 1
    chosen = rows_of(app, "sequence")[kinds.index("cursor")]
    assert "parks" in chosen
    await press(pilot, "enter")
    event = app.walk.history.event(app.walk.status.index) if app.walk.history else None
    assert isinstance(event, FunctionEntered)
    assert event.mark == "pollWait"
    await press(pilot, *["up"] * 30, "enter")
    assert app.walk.status.index <= index_of(EVENTS, CallReturned, "socket") + 1


async def the_language_changes_the_rows(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    app.walk.move_to(CONNECTED)
    await press(pilot, "l")
    shown = text_of(app, "sequence")
    assert "accept 队列 0 → 1" in shown
    assert "客户端" in shown
    assert "client" not in shown


async def test_journeys() -> None:
    await travel(
        replay(),
        (120, 40),
        the_step_is_lit_and_what_is_ahead_is_not_there,
        a_call_that_goes_on_stands_at_the_bottom,
        a_click_on_a_row_goes_there,
        up_down_and_enter,
        the_language_changes_the_rows,
    )


async def test_back_undoes_forward_in_a_small_terminal() -> None:
    """In one where all panes have room it is tested together with the others."""
    app = replay()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "6")
        pane = app.walk.query_one(SequencePane)
        seen = []
        while app.walk.status.index < len(EVENTS) - 1:
            seen.append((rows_of(app, "sequence"), pane.scroll_offset.y))
            await act(pilot, "step")
        for rows, top in reversed(seen):
            await act(pilot, "back")
            assert rows_of(app, "sequence") == rows
            assert pane.scroll_offset.y == top


async def test_at_the_cursor_a_captured_packet_shows_its_options() -> None:
    connected = EVENTS[CONNECTED]
    assert isinstance(connected, ClientActed)
    assert connected.local is not None
    assert connected.remote is not None
    syn = PacketCaptured(
        seq=CONNECTED + 1,
        time_ns=0,
        sender=connected.local,
        receiver=connected.remote,
        protocol="TCP",
        flags=("SYN",),
        sequence=0,
        window=65495,
        options=(Argument("mss", 65495), Argument("window_scale", 10)),
        cause=CONNECTED,
    )
    header = msgspec.structs.replace(HEADER, format=FORMAT, packets=PacketCapture("lo", 1, 1600))
    app = replay(history_of([*EVENTS[: CONNECTED + 1], syn], header))
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "G", "6")
        pane = app.walk.query_one(SequencePane)
        assert pane.has_focus
        assert "captured packets" in text_of(app, "sequence").splitlines()[0]
        said = rows_of(app, "sequence")[-1]
        assert "connect │──── SYN  seq 0 ──" in said  # it has no answer
        assert "mss 65495, wscale 10" in said
        await press(pilot, "up")
        assert "mss" not in text_of(app, "sequence")
        await press(pilot, "down")
        assert "mss 65495, wscale 10" in text_of(app, "sequence")


async def test_the_names_of_the_lanes_stay_in_sight() -> None:
    app = replay(history_of(many_calls(400)))
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "6", "G")
        pane = app.walk.query_one(SequencePane)
        assert pane.scroll_offset.y > 10
        assert "client" in text_of(app, "sequence").splitlines()[0]
        await press(pilot, "pageup", "up")
        assert "kernel" in text_of(app, "sequence").splitlines()[0]


async def test_hidden_it_looks_at_nothing_and_shown_it_has_all() -> None:
    app = replay()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "G")
        assert looked_at(app) == -1
        await press(pilot, "6")
        assert "accept4" in text_of(app, "sequence")
        assert looked_at(app) == len(EVENTS) - 1


def looked_at(app: WalkthroughApp) -> int:
    """Return the last event that the pane has looked at, -1 if none."""
    diagram = app.walk.query_one(SequencePane)._page._diagram
    return diagram.until if diagram is not None else -1


async def test_a_long_history_is_looked_at_in_slices() -> None:
    events = many_calls(12_000)
    app = replay(history_of(events))
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "G")
        assert "%" in rows_of(app, "sequence")[-1] or looked_at(app) == len(events) - 1
        await _until(pilot, lambda: looked_at(app) == len(events) - 1)
        await pilot.pause()
        assert "%" not in rows_of(app, "sequence")[-1]
        assert len(rows_of(app, "sequence")) > 1000


async def test_live_it_is_drawn_as_the_trace_goes() -> None:
    feed = FakeFeed(HEADER, *EVENTS[:CONNECTED], ServerHalted(seq=CONNECTED - 1))
    app = WalkthroughApp(feed=feed, lesson_factory=FakeLesson, language="en")
    async with app.run_test(size=(120, 40)) as pilot:
        await _until(pilot, lambda: app.walk.status.index == CONNECTED - 1)
        assert "SYN" not in text_of(app, "sequence")
        feed.say(EVENTS[CONNECTED])
        await _until(pilot, lambda: "SYN-ACK" in text_of(app, "sequence"))
        assert "accept queue" not in text_of(app, "sequence")
        assert isinstance(EVENTS[CONNECTED + 1], KernelObserved)
        feed.say(*EVENTS[CONNECTED + 1 : ACCEPTED + 3], ServerHalted(seq=ACCEPTED + 2))
        await _until(pilot, lambda: "queue 1 → 0" in text_of(app, "sequence"))
        assert "accept queue 0 → 1" in "\n".join(rows_of(app, "sequence"))
        feed.end()


async def _until(pilot: object, condition: object) -> None:
    for _ in range(400):
        if condition():  # type: ignore[operator]
            return
        await pilot.pause(0.01)  # type: ignore[attr-defined]
    raise AssertionError("it never came to that")


async def test_without_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = replay()
    async with app.run_test(size=(120, 40)) as pilot:
        app.walk.move_to(CONNECTED)
        await press(pilot, "6", "6")
        colours = set(re.findall(r"#[0-9a-f]{6}", styles_of(app)))
        assert len(colours) < 12, "something is still drawn in colour"
        assert "──── SYN ───" in text_of(app, "sequence")


async def test_every_line_has_the_width_of_the_pane() -> None:
    app = replay(language="zh")
    async with app.run_test(size=(97, 31)) as pilot:
        await press(pilot, "6")
        for size in ((97, 31), (80, 24), (61, 17), (120, 40), (250, 70), (170, 44)):
            await pilot.resize_terminal(*size)
            for index in range(0, len(EVENTS), 9):
                app.walk.move_to(index)
                await pilot.pause()
                pane = app.walk.query_one(SequencePane)
                widths = {pane.render_line(y).cell_length for y in range(pane.size.height)}
                assert widths <= {pane.size.width}


def ground(strip: Strip) -> object:
    """Return the colour on which a line is drawn: that of the step is another one."""
    style = next(segment.style for segment in strip if segment.text)
    return style.bgcolor if style is not None else None


async def test_what_is_on_the_screen_is_what_it_would_be_drawn_anew() -> None:
    app = replay()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        region = app.walk.query_one(SequencePane).content_region
        for action in (
            ["step"] * 45
            + ["back"] * 20
            + ["step"] * 12
            + ["next_stage", "previous_stage", "first", "edge", "back", "back"]
        ):
            await act(pilot, action)
            strips = app.screen._compositor.render_strips()[region.y : region.bottom]
            shown = [strip.crop(region.x, region.right) for strip in strips]
            assert [strip.text for strip in shown] == text_of(app, "sequence").splitlines()
            pane = app.walk.query_one(SequencePane)
            again = [pane.render_line(y) for y in range(pane.size.height)]
            assert [ground(strip) for strip in shown] == [ground(strip) for strip in again]


async def compare_in_both_languages(
    app: WalkthroughApp, pilot: Pilot[Any], name: str, index: int
) -> None:
    """Compare what is shown of an event's diagram with the pictures that are kept."""
    for language in ("en", "zh"):
        await speak(pilot, language)
        app.walk.move_to(index)
        await pilot.pause()
        shown = [row.rstrip() for row in text_of(app, "sequence").splitlines()]
        compare(f"sequence-{name}-{language}", Shown("\n".join(shown) + "\n", ""))


async def test_pictures() -> None:
    app = replay()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "6")
        for size in ((120, 40), (80, 24)):
            await resize(pilot, size)
            await compare_in_both_languages(app, pilot, f"{size[0]}x{size[1]}", ACCEPTED)
        await press(pilot, "6")
        for size in ((80, 24), (120, 40), (250, 70)):
            await resize(pilot, size)
            name = f"zoomed-{size[0]}x{size[1]}"
            await compare_in_both_languages(app, pilot, name, ACCEPTED)


@pytest.mark.parametrize("scenario", ["backlog-full", "client-resets", "many-connections", "dial"])
async def test_pictures_of_scenarios(scenario: str) -> None:
    path = next(path for path in RECORDINGS if path.parent.name == scenario)
    history = History.load(load(path))
    app = replay(history)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "6", "6")
        await compare_in_both_languages(app, pilot, f"{scenario}-120x40", len(history) - 1)
