"""What is said for some seconds stands over nothing that is being read, at any size."""

import pytest
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets._toast import Toast

from tests.support.home_screen import app_of, home_of
from tests.support.quiz_screen import is_told, replay, to_a_question
from tests.support.screen import press, resize, until
from walkthrough.tui.app import WalkthroughApp

SIZES = ((60, 16), (80, 24), (120, 40), (250, 70))
ONE_LINE = "This is the first event of it all, and no further one."
LONG = "The file is kept, and can be replayed: " + "walkthrough replay /a/longer/name.jsonl " * 4


async def said_over(app: WalkthroughApp, pilot: Pilot[None], text: str) -> set[str]:
    """Say something; return the names of the widgets that it stands over."""
    front = app.front()
    assert front is not None
    front.say(text)
    await until(pilot, lambda: bool(app.screen.query(Toast)))
    await pilot.pause()
    toast = app.screen.query_one(Toast)
    assert (toast.region.height > 1) is (len(text) > app.size.width)
    assert app.screen.region.contains_region(toast.region)
    named = (each for each in app.screen.query("*").results(Widget) if each.id)
    return {str(each.id) for each in named if each.region.overlaps(toast.region)}


@pytest.mark.parametrize("size", SIZES)
async def test_on_a_walk_it_stands_over_no_goal_question_explanation_caption_line_or_key(
    size: tuple[int, int],
) -> None:
    app = replay()
    kept = {"header", "goal", "banner", "predict-box", "caption", "prompt", "find-search", "keys"}

    async def lies_apart(pilot: Pilot[None], shown: str) -> None:
        assert app.walk.query_one(f"#{shown}").region, shown
        for text in (ONE_LINE, LONG):
            assert not await said_over(app, pilot, text) & kept, (shown, text)

    async with app.run_test(size=size, notifications=True) as pilot:
        await press(pilot, "p")
        await lies_apart(pilot, "predict-bar")
        await to_a_question(pilot, app)
        await lies_apart(pilot, "predict-box")
        await press(pilot, "enter")
        assert is_told(app)
        await lies_apart(pilot, "predict-box")
        await press(pilot, "enter", "p", "escape", "g")
        await lies_apart(pilot, "prompt")
        await press(pilot, "escape", "slash")
        await lies_apart(pilot, "find-search")
        await press(pilot, "escape", "P")
        await lies_apart(pilot, "caption")


async def test_one_line_takes_the_timeline_alone() -> None:
    app = replay()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.pause()
        over = await said_over(app, pilot, ONE_LINE)
        assert over & {"timeline", "path", "source", "kernel", "keys"} == {"timeline"}
        await resize(pilot, (120, 40))
        over = await said_over(app, pilot, LONG)
        assert over & {"timeline", "path", "sequence", "keys"} == {"timeline"}


@pytest.mark.parametrize("size", SIZES)
async def test_on_home_it_stands_over_neither_the_list_nor_the_filter_nor_keys(
    size: tuple[int, int],
) -> None:
    app = app_of()
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: bool(home_of(app).region))
        for keys in ("slash", "escape"):
            assert not await said_over(app, pilot, LONG) & {"home-bar", "filter", "keys"}
            await press(pilot, keys)
