"""Arrangements: every pane can be brought into sight at every size, and none is squeezed."""

from typing import Any, cast

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from tests.support.compared_log import Log
from tests.support.pictures import drawn
from tests.support.records import HEADER, FakeLesson, first_connection, history_of
from tests.support.screen import act, press, replay, resize, travel
from walkthrough.i18n.catalogue import catalogue
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.panes import registry
from walkthrough.tui.screens.walk_layout import (
    ARRANGEMENTS,
    LEAST_COLUMNS,
    LEAST_ROWS,
    _as_fit,
    _shorter,
)
from walkthrough.tui.widgets.rows_view import RowsView

PANES = tuple(pane.id for pane in registry.PANES)
KEYS = {
    pane: str(number)
    for number, pane in enumerate(
        ("path", "source", "calls", "kernel", "strace", "sequence", "timeline"), 1
    )
}
SIZES = [
    (LEAST_COLUMNS, LEAST_ROWS),
    (80, 24),
    (99, 60),
    (100, 24),
    (100, 26),
    (130, 22),
    (120, 40),
    (169, 60),
    (200, 30),
    (170, 44),
    (250, 70),
]


def test_every_arrangement_places_every_pane_once() -> None:
    for arrangement in ARRANGEMENTS:
        placed = [pane for cell in arrangement.cells for pane in cell]
        assert sorted(placed) == sorted(set(PANES) - {"timeline"}), arrangement.name


def beside() -> WalkthroughApp:
    return WalkthroughApp(
        history=history_of(first_connection(), HEADER),
        lesson_factory=FakeLesson,
        strace=cast("Any", Log()),
    )


def regions(app: WalkthroughApp) -> dict[str, tuple[int, int]]:
    return {
        pane: (widget.region.width, widget.region.height)
        for pane in PANES
        for widget in app.walk.query(f"#{pane}")
        if widget.display and widget.region.area
    }


async def bring(pilot: Pilot[None], app: WalkthroughApp, pane: str) -> None:
    """Press a pane's key; one that has the focus already would be zoomed."""
    if app.walk.arrangement.current() != pane:
        await press(pilot, KEYS[pane])


NAMES = {
    "calls": "3 System calls · 19 (+24 quiet)",
    "kernel": "4 Kernel now *",
    "strace": "5 strace · line 7 · 12 =, 1 ≠",
    "sequence": "6 Client–kernel–server",
}


@pytest.mark.parametrize(
    ("room", "said"),
    [
        (0, "3 System calls · 5 strace · 6 Client–kernel–server"),  # nothing is laid out yet
        (50, "3 System calls · 5 strace · 6 Client–kernel–server"),
        (49, "3 calls · 5 strace · 6 ladder"),
        (29, "3 calls · 5 strace · 6 ladder"),
        (28, "3 · 5 · 6"),
    ],
)
def test_the_names_on_a_border_are_shortened_until_they_fit(room: int, said: str) -> None:
    found = _as_fit(_shorter(NAMES, catalogue("en")), "kernel", room)
    assert " · ".join(found.values()) == said
    assert not room or cell_len(said) <= room
    others = _as_fit(_shorter(NAMES, catalogue("en")), "calls", 40)
    assert others["kernel"] == "4 kernel *", "that something has changed is still said"


async def test_what_a_border_names_is_whole_at_every_size() -> None:
    app = beside()
    async with app.run_test(size=SIZES[0]) as pilot:
        for size in [*SIZES, (80, 24)]:
            await resize(pilot, size)
            app.walk.show()
            await pilot.pause()
            shown = drawn(app)
            for pane in app.walk.query(RowsView):
                named = str(pane.border_subtitle or "")
                if named and pane.display and pane.region.area:
                    assert named in shown, (size, named)
        await resize(pilot, (120, 40))
        await press(pilot, "P")
        assert "3 System calls" in drawn(app), "as soon as there is room, the names are whole"
        assert "6 Client–kernel–server" in drawn(app)


@pytest.mark.parametrize("strace", [False, True])
async def test_every_pane_can_be_seen_at_every_size(strace: bool) -> None:
    app = beside() if strace else replay()
    async with app.run_test(size=SIZES[0]) as pilot:
        await pilot.pause()
        for size in SIZES:
            await resize(pilot, size)
            for pane in PANES:
                if pane == "strace" and not strace:
                    continue
                await bring(pilot, app, pane)
                seen = regions(app)
                assert pane in seen, size
                assert "source" in seen, size
                for name, (width, height) in seen.items():
                    least = (20, 1) if name == "timeline" else (20, 4)
                    assert width >= least[0], f"{name} at {size}: {width}x{height}"
                    assert height >= least[1], f"{name} at {size}: {width}x{height}"
                area = sum(width * height for width, height in seen.values())
                room = size[0] * (size[1] - 3)
                assert area <= room, f"at {size} panes lie on top of each other: {pane}"
                assert area >= room * 0.9, f"at {size} room is left over: {pane}"
                assert app.walk.arrangement.in_sight(pane), size


async def every_pane_can_be_zoomed(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    for size in ((80, 24), (120, 40), (250, 70)):
        await resize(pilot, size)
        for pane in PANES:
            if pane == "strace":
                continue
            await act(pilot, f"pane_{pane}", "zoom")
            seen = regions(app)
            assert [*seen] == [pane], size
            assert seen[pane] == (size[0], size[1] - 3), (size, pane)
            await act(pilot, "unzoom")


async def a_terminal_that_shrinks_and_grows(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    before = regions(app)
    for width, height in [(80, 24), (30, 8), (1, 1), (120, 40), (100, 16), (250, 70)]:
        await pilot.resize_terminal(width, height)
        await pilot.pause()
        await press(pilot, "space", "left")
    assert regions(app) == before


async def test_a_terminal_of_changing_size() -> None:
    await travel(replay(), (250, 70), a_terminal_that_shrinks_and_grows, every_pane_can_be_zoomed)
