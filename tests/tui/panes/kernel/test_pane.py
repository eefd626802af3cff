"""What a step changed, at the top of the kernel pane."""

from typing import Any

import pytest
from textual.pilot import Pilot

from tests.support.pictures import Picture, compare
from tests.support.records import first_connection, index_of
from tests.support.screen import press, replay, resize, rows_of, speak, text_of, travel
from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.events import (
    CallReturned,
    ClientActed,
    FunctionEntered,
)
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.panes.kernel.pane import KernelPane

EN = catalogue("en")

EVENTS = first_connection()
CONNECTED = next(event.seq for event in EVENTS if isinstance(event, ClientActed))


async def the_first_look_changes_nothing(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await pilot.pause()
    assert EN("This step") not in text_of(app, "kernel")
    app.walk.move_to(index_of(EVENTS, FunctionEntered, "net.socket"))
    await pilot.pause()
    assert EN("This step") not in text_of(app, "kernel")
    app.walk.move_to(index_of(EVENTS, CallReturned, "socket"))
    await pilot.pause()
    assert EN("This step: first kernel snapshot") in " ".join(text_of(app, "kernel").split())
    assert "*" not in text_of(app, "kernel")


async def what_changed_comes_first(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    for size in ((120, 40), (80, 24), (250, 70)):
        await resize(pilot, size)
        app.walk.move_to(index_of(EVENTS, CallReturned, "listen"))
        await pilot.pause()
        shown = text_of(app, "kernel").splitlines()
        heading = size[1] > 24
        assert shown[0].startswith(EN("This step")) is heading, size
        assert "+ fd 3 LISTEN 127.0.0.1:7099" in shown[heading], size
        assert "Listener" in "\n".join(shown), size
        app.walk.move_to(CONNECTED)
        await pilot.pause()
        assert "accept queue 0 → 1 +" in text_of(app, "kernel").splitlines()[heading], size


async def a_step_that_changes_nothing_says_which_did_last(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    app.walk.move_to(CONNECTED)
    await press(pilot, "space")
    assert "*" not in text_of(app, "kernel").splitlines()[0]
    said = " ".join(" ".join(rows_of(app, "kernel")[:2]).split())
    assert EN("changed nothing (view: event {number})", number=CONNECTED + 2) in said
    await pilot.click("#kernel", offset=(6, 1))
    await pilot.pause()
    assert app.walk.status.index == CONNECTED + 1
    assert "accept queue 0 → 1" in text_of(app, "kernel")


async def an_option_is_a_change(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    app.walk.move_to(index_of(EVENTS, CallReturned, "setsockopt"))
    await pilot.pause()
    assert "+ fd 3 set SO_REUSEADDR = 1" in text_of(app, "kernel")
    assert app.walk.query_one(KernelPane).changed


async def test_what_changed() -> None:
    await travel(
        replay(),
        (120, 40),
        the_first_look_changes_nothing,
        what_changed_comes_first,
        a_step_that_changes_nothing_says_which_did_last,
        an_option_is_a_change,
    )


STEPS = {
    "socket": index_of(EVENTS, CallReturned, "socket"),
    "listen": index_of(EVENTS, CallReturned, "listen"),
    "queue": CONNECTED,
    "accepted": index_of(EVENTS, CallReturned, "accept4", 1),
    "nothing": CONNECTED + 2,
}


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_pictures(size: tuple[int, int]) -> None:
    app = replay()
    async with app.run_test(size=size) as pilot:
        for language in ("en", "zh"):
            await speak(pilot, language)
            for name, index in STEPS.items():
                app.walk.move_to(index)
                await pilot.pause()
                shown = [row.rstrip() for row in text_of(app, "kernel").splitlines()]
                picture = Picture("\n".join(shown) + "\n", "")
                compare(f"kernel-{name}-{size[0]}x{size[1]}-{language}", picture)
