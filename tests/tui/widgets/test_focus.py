"""Keys go to who can be seen; a key that is sent on comes to an end somewhere."""

from textual.events import Key
from textual.pilot import Pilot

from tests.support.feeds import FakeFeed
from tests.support.home_catalogue import FakeCatalogue
from tests.support.records import HEADER, FakeLesson, first_connection, history_of
from tests.support.screen import type_at_once, until
from walkthrough.model.protocol import ServerHalted
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.screens.help import HelpScreen
from walkthrough.tui.widgets.dialogs import Palette
from walkthrough.tui.widgets.prompt import Prompt, PromptLine, PromptRequest

EVENTS = first_connection()
PAGE_DOWN, PAGE_UP, CTRL_P = "\x1b[6~", "\x1b[5~", "\x10"


def replay() -> WalkthroughApp:
    return WalkthroughApp(history=history_of(EVENTS), lesson_factory=FakeLesson)


def halted(at: int) -> WalkthroughApp:
    feed = FakeFeed(HEADER, *EVENTS[: at + 1], ServerHalted(seq=at))
    return WalkthroughApp(feed=feed, lesson_factory=FakeLesson)


async def helped(pilot: Pilot[None]) -> None:
    """See that ? still shows the keys."""
    await pilot.press("question_mark")
    await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))


def open_and_close(app: WalkthroughApp) -> PromptLine:
    """Ask something and give up, before the screen has been laid out again."""
    prompt = app.walk.query_one(Prompt)
    prompt.ask(PromptRequest("?", "", lambda typed: ""))
    prompt.leave()
    return app.walk.query_one(PromptLine)


async def test_a_prompt_that_was_hidden_at_once_has_no_keys() -> None:
    app = replay()
    async with app.run_test(size=(120, 40)) as pilot:
        line = open_and_close(app)
        assert app.focused is not line
        await helped(pilot)


async def test_a_prompt_gives_the_keys_to_nobody_who_was_hidden_meanwhile() -> None:
    app = replay()
    async with app.run_test(size=(120, 40)) as pilot:
        pane = app.walk.query_one("#path")
        app.walk.set_focus(pane)
        prompt = app.walk.query_one(Prompt)
        prompt.ask(PromptRequest("?", "", lambda typed: ""))
        pane.display = False
        prompt.leave()
        assert app.focused is None
        await helped(pilot)


async def test_who_is_hidden_with_the_keys_gets_none_of_them() -> None:
    app = replay()
    async with app.run_test(size=(120, 40)) as pilot:
        app.walk.focused = open_and_close(app)
        await helped(pilot)


async def test_a_key_that_reaches_a_hidden_prompt_is_sent_on_to_the_walk() -> None:
    app = replay()
    async with app.run_test(size=(120, 40)) as pilot:
        line = open_and_close(app)
        app.walk.focused = line
        line.post_message(Key("question_mark", "?"))
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))


async def test_live_a_question_and_a_bookmark_at_one_go_leave_the_keys_to_the_walk() -> None:
    app = halted(12)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.index == 12)
        await pilot.press("p")
        for keys in ("nm", "\x1b", "\x1b", " "):
            type_at_once(app, keys)
            await pilot.pause()
        for _ in range(3):
            await pilot.press("escape")
        await helped(pilot)


async def test_pages_of_a_palette_that_lists_nothing_yet() -> None:
    for typed in (PAGE_DOWN, PAGE_UP, f"{PAGE_DOWN}zq", f"zq{PAGE_UP}", f"\x1b[A{PAGE_DOWN}"):
        for app in (replay(), WalkthroughApp(lesson_factory=FakeLesson, catalogue=FakeCatalogue())):
            async with app.run_test(size=(80, 24)) as pilot:
                type_at_once(app, CTRL_P + typed)
                await until(pilot, lambda app=app: isinstance(app.screen, Palette))  # type: ignore[misc]
                await pilot.press("pagedown", "pageup")
                await until(pilot, lambda app=app: isinstance(app.screen, Palette))  # type: ignore[misc]


async def test_pages_of_a_palette_without_room_for_a_line() -> None:
    app = replay()
    async with app.run_test(size=(20, 4)) as pilot:
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, Palette))
        await pilot.press("down", "pagedown", "pageup", "z", "pagedown")
        assert isinstance(app.screen, Palette)
