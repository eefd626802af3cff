"""Presenting: two panes and a caption, playing by itself, and colours that all can tell apart."""

from pathlib import Path
from typing import Any

import pytest
from textual.color import Color
from textual.pilot import Pilot
from textual.theme import Theme
from textual.widgets._toast import Toast

from tests.support.feeds import FakeFeed
from tests.support.mouse import Mouse
from tests.support.pictures import STEPS, Picture, compare, drawn
from tests.support.records import HEADER, FakeLesson, first_connection, history_of
from tests.support.screen import (
    begin_again,
    halted_at,
    live,
    presenting,
    press,
    replay,
    resize,
    text_of,
    travel,
    until,
)
from walkthrough.i18n.catalogue import Catalogue, catalogue
from walkthrough.lesson.lesson import StepView
from walkthrough.model.protocol import ServerHalted, ServerRunning, StepCommand
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.features.presentation import commands as presentation_commands
from walkthrough.tui.widgets.theme import CONTRAST, THEMES
from walkthrough.user_data.preferences import Preferences
from walkthrough.view.caption import MOST_TIMES, caption_rows
from walkthrough.view.step import step_at
from walkthrough.view.text import width_of

EN = catalogue("en")
ZH = catalogue("zh")


EVENTS = first_connection()


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an event have a twentieth of a second."""
    monkeypatch.setattr(presentation_commands, "PACES", (0.05, 0.1))
    monkeypatch.setattr(presentation_commands, "USUAL_PACE", 0.05)


class Noted(FakeLesson):
    """A lesson that has something to say of every step."""

    NOTE = "An escape \x1b[31m and words. " * 40

    def view(self, *arguments: object, **named: object) -> StepView:
        return StepView(caption=self.NOTE)


@pytest.mark.parametrize("tr", [EN, ZH])
@pytest.mark.parametrize("width", [20, 57, 80, 200])
@pytest.mark.parametrize("height", [1, 2, 5])
def test_a_caption_fits_and_says_when_it_was_cut(tr: Catalogue, width: int, height: int) -> None:
    history = history_of(EVENTS, HEADER)
    step = step_at(history, STEPS["socket"], Noted(), tr)
    rows = caption_rows(step, "▶ state", width, height)
    assert 1 <= len(rows) <= height, "whole sentences leave rows"
    assert all(width_of(row) <= width for row in rows)
    text = "".join(piece.text for row in rows for piece in row)
    assert "\x1b" not in text
    assert "▶ state" in text
    assert height == 1 or text.rstrip().endswith("…")


async def test_pictures() -> None:
    app = replay(history_of(EVENTS, HEADER))
    async with app.run_test(size=(80, 24)) as pilot:
        for size in ((80, 24), (120, 40), (200, 50)):
            await resize(pilot, size)
            for language in ("en", "zh"):
                await begin_again(pilot, language)
                app.walk.move_to(STEPS["queue"])
                await press(pilot, "4", "P")
                name = f"presenting-{size[0]}x{size[1]}-{language}"
                compare(name, Picture(drawn(app), ""))
                await press(pilot, "P")


async def two_panes_at_a_time_and_all_again(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await press(pilot, "P")
    shown = {w.id for w in app.walk.query("#panes > *") if w.display}
    assert shown == {"source", "kernel"}, "the kernel's state is among the first two"
    await press(pilot, "B")
    shown = {w.id for w in app.walk.query("#panes > *") if w.display}
    assert shown == {"source", "sequence"}
    await press(pilot, "z")
    shown = {w.id for w in app.walk.query("#panes > *") if w.display}
    assert shown == {"sequence"}
    await press(pilot, "z", "P")
    shown = {w.id for w in app.walk.query("#panes > *") if w.display}
    assert {"path", "source"} < shown
    assert not app.walk.query_one("#caption").display


async def what_the_caption_says_is_not_said_over_it(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    for key in ("t", "plus", "minus", "t"):
        await press(pilot, "P", key)
        assert not app._notifications, key
        await press(pilot, "P", key)
        assert app._notifications, key
        app.clear_notifications()


async def whoever_steps_by_hand_stops_it(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await resize(pilot, (120, 40))
    await press(pilot, "t")
    assert presenting(app).playing
    await press(pilot, "space")
    assert not presenting(app).playing


async def the_pace_has_two_ends(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await resize(pilot, (120, 40))
    await press(pilot, "P")
    assert "2 s" in text_of(app, "caption")
    await press(pilot, *["plus"] * 20)
    assert "0.25 s" in text_of(app, "caption")
    await press(pilot, *["minus"] * 20)
    assert "13 s" in text_of(app, "caption")
    await press(pilot, "P")


async def at_60x16_both_panes_say_something(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await resize(pilot, (60, 16))
    await press(pilot, "P", "6", "n", "n", "n")
    assert app.walk.query_one("#source-lines").size.height >= 2
    names, *rows = text_of(app, "sequence").split("\n")
    assert "kernel" in names
    assert any(any(map(str.isalpha, row)) for row in rows)
    assert app.walk.query_one("#caption").size.height == 3
    await press(pilot, "P")


async def colours_are_taken_in_turn(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    seen = [app.theme]
    for _ in THEMES:
        await press(pilot, "T")
        seen.append(app.theme)
    assert seen[0] == seen[-1]
    assert set(seen) == {theme.name for theme in THEMES}


async def test_journeys() -> None:
    await travel(
        replay(),
        (80, 24),
        two_panes_at_a_time_and_all_again,
        what_the_caption_says_is_not_said_over_it,
        whoever_steps_by_hand_stops_it,
        the_pace_has_two_ends,
        at_60x16_both_panes_say_something,
        colours_are_taken_in_turn,
    )


async def test_what_is_said_lies_over_no_caption_and_makes_room_for_what_is_asked() -> None:
    app = replay()
    async with app.run_test(size=(60, 16), notifications=True) as pilot:
        for size in ((60, 16), (80, 24), (250, 70)):
            await resize(pilot, size)
            await press(pilot, "P", "T")
            await pilot.pause()
            toast, caption = app.walk.query_one(Toast), app.walk.query_one("#caption")
            assert toast.region.height, size
            assert not toast.region.overlaps(caption.region), size
            app.clear_notifications()
            await press(pilot, "P")
        await resize(pilot, (80, 24))
        for key in ("g", "m", "slash", "F"):
            app.clear_notifications()
            await press(pilot, "T")
            assert app.walk.query(Toast), key
            await press(pilot, key)
            await until(pilot, lambda: not app.walk.query(Toast))
            await press(pilot, "escape")


async def test_it_plays_until_somebody_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    await travel(
        replay(),
        (120, 40),
        a_click_on_a_step_or_on_what_says_that_it_plays_takes_over,
        it_plays_and_pauses,
        it_stops_where_nothing_more_comes,
        it_pauses_at_a_bookmark,
        it_plays_by_events_by_changes_or_by_stages,
    )


async def a_click_on_a_step_or_on_what_says_that_it_plays_takes_over(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    for size in ((80, 24), (250, 70)):
        await resize(pilot, size)
        await press(pilot, "P")
        mouse, timeline = Mouse(pilot), app.walk.query_one("#timeline")
        await mouse.click_text("t plays")
        assert presenting(app).playing, size
        await mouse.click(60, timeline.region.y)
        assert not presenting(app).playing, size
        await mouse.click_text("t plays")
        assert presenting(app).playing, size
        await mouse.click_text("▶")
        assert not presenting(app).playing, size
        await press(pilot, "P", "home")


async def it_plays_and_pauses(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await press(pilot, "P", "t")
    await until(pilot, lambda: app.walk.status.index > 5)
    assert "▶" in text_of(app, "caption")
    await press(pilot, "t")
    at = app.walk.status.index
    assert not presenting(app).playing
    assert "‖" in text_of(app, "caption")
    await press(pilot, "left")
    assert app.walk.status.index < at
    await press(pilot, "P")


async def it_stops_where_nothing_more_comes(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    app.walk.move_to(len(EVENTS) - 4)
    await press(pilot, "t")
    await until(pilot, lambda: not presenting(app).playing)
    assert app.walk.status.index == len(EVENTS) - 1
    await press(pilot, "t")
    assert not presenting(app).playing


async def it_pauses_at_a_bookmark(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await press(pilot, *["space"] * 8)
    at = app.walk.status.index
    await press(pilot, "m", *"here", "enter", "home")
    assert app.walk.status.index < at
    await press(pilot, "t")
    await until(pilot, lambda: not presenting(app).playing)
    assert app.walk.status.index == at
    await press(pilot, "t")
    await until(pilot, lambda: app.walk.status.index > at)


async def it_plays_by_events_by_changes_or_by_stages(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    await press(pilot, "P", "home", "U")
    assert "a change" in text_of(app, "caption")
    await press(pilot, "U")
    assert "a stage" in text_of(app, "caption")
    history = app.walk.history
    assert history is not None
    stages = set(history.world(len(history) - 1).begun.values())
    part = presenting(app)
    part.play()
    seen = [history.step_start(app.walk.status.index)]
    while part.playing:
        assert part._timer is not None
        part._timer.pause()  # what it would do is done by hand: no time passes
        part._play_on()
        await pilot.pause()
        seen.append(history.step_start(app.walk.status.index))
    assert stages <= {*seen}
    assert len({*seen}) <= len(stages) + 4, "where it begins and ends, and stages that come again"
    await press(pilot, "U", "P")


async def test_a_note_is_held_for_as_long_as_it_takes_to_read() -> None:
    app = WalkthroughApp(history=history_of(EVENTS, HEADER), lesson_factory=lambda _: Noted())
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "escape", "P")
        part = presenting(app)
        part.play()
        assert part._timer is not None
        part._timer.pause()  # what it would do is done by hand: no time passes
        await until(pilot, lambda: app.walk.status.last > 0)
        app.walk.move_to(STEPS["socket"])
        part._start()
        assert part._timer is not None
        part._timer.pause()
        at = app.walk.status.index
        app.walk.show()
        held = f"{MOST_TIMES * presentation_commands.USUAL_PACE:g} s for this note"
        assert held in text_of(app, "caption"), "no pace that it does not keep"
        for _ in range(MOST_TIMES - 1):
            part._play_on()
            assert app.walk.status.index == at
        part._play_on()
        after = app.walk.status.index
        assert after > at
        part._play_on()
        assert app.walk.status.index > after, "the same note is not read twice"
        assert "2 s an event" in text_of(app, "caption")


async def test_colours_are_remembered(tmp_path: Path) -> None:
    kept = Preferences.load(tmp_path / "preferences.json")
    app = WalkthroughApp(history=history_of(EVENTS), lesson_factory=FakeLesson, preferences=kept)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "escape", "T")
        assert app.theme == "walkthrough-light"
    again = Preferences.load(tmp_path / "preferences.json")
    next_time = WalkthroughApp(
        history=history_of(EVENTS), lesson_factory=FakeLesson, preferences=again
    )
    assert next_time.theme == "walkthrough-light"


async def test_live_it_waits_for_a_client(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    feed: FakeFeed = halted_at(9)
    app = live(feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.index == 9)
        await press(pilot, "t")
        await until(pilot, lambda: feed.sent == [StepCommand()])
        feed.say(ServerRunning(waiting=True))
        await until(pilot, lambda: app.walk.live is not None and app.walk.live.quiet)
        assert presenting(app).playing
        assert feed.sent == [StepCommand()]


async def test_live_a_tick_between_an_event_and_the_halt_behind_it_does_not_end_the_playing() -> (
    None
):
    feed: FakeFeed = halted_at(9)
    app = live(feed)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.walk.status.index == 9)
        await press(pilot, "t")
        part = presenting(app)
        part._left = 0
        part._play_on()
        assert feed.sent == [StepCommand()]
        assert app.walk.live is not None
        app.walk.live.receive(EVENTS[10])  # it is there, and not drawn yet
        assert app.walk.status.index < app.walk.status.last
        part._left = 0
        part._play_on()
        feed.say(ServerHalted(seq=10))
        await until(pilot, lambda: app.walk.status.index == 10)
        assert part.playing
        assert feed.sent == [StepCommand()]


# How the cones' lack changes linear RGB: Machado, Oliveira and Fernandes, "A Physiologically-based
# Model for Simulation of Color Vision Deficiency" (2009), severity 1.0.
SEEN_BY = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def linear(colour: Color) -> tuple[float, ...]:
    return tuple(
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.normalized
    )


def as_seen(colour: Color, by: str) -> Color:
    light = linear(colour)
    seen = [sum(a * b for a, b in zip(row, light, strict=True)) for row in SEEN_BY[by]]
    bent = [
        12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055
        for c in (min(max(one, 0.0), 1.0) for one in seen)
    ]
    return Color(round(bent[0] * 255), round(bent[1] * 255), round(bent[2] * 255))


def apart(one: Color, other: Color) -> float:
    """Return the distance in CIE L*a*b*, where 10 is plain to see side by side."""
    lab = []
    for colour in (one, other):
        red, green, blue = linear(colour)
        x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
        y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
        z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
        fx, fy, fz = (c ** (1 / 3) if c > 0.008856 else 7.787 * c + 16 / 116 for c in (x, y, z))
        lab.append((116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)))
    return float(sum((a - b) ** 2 for a, b in zip(*lab, strict=True)) ** 0.5)


def contrast(one: Color, other: Color) -> float:
    """Return the contrast ratio of WCAG 2."""
    lights = []
    for colour in (one, other):
        red, green, blue = linear(colour)
        lights.append(0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
    return max(lights) / min(lights)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_kind_of_text_can_be_read(theme: Theme) -> None:
    grounds = {theme.background: 7.0 if theme is CONTRAST else 4.5, theme.surface: 4.5}
    grounds[theme.variables["here"]] = 4.5
    for name, value in theme.variables.items():
        for ground, least in grounds.items() if name.startswith("ink") else ():
            ratio = contrast(Color.parse(value), Color.parse(str(ground)))
            assert ratio >= least, f"{name} on {ground} has a contrast of {ratio:.1f}"


@pytest.mark.parametrize("by", [*SEEN_BY, ""])
@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_done_here_and_failed_are_told_apart_by_all(theme: Theme, by: str) -> None:
    names = ("done", "current", "failed")
    inks = {name: Color.parse(theme.variables[f"ink-{name}"]) for name in names}
    if by:
        inks = {name: as_seen(colour, by) for name, colour in inks.items()}
    for left, right in (("done", "failed"), ("done", "current"), ("current", "failed")):
        assert apart(inks[left], inks[right]) >= 20, f"{left} and {right} look the same ({by})"
