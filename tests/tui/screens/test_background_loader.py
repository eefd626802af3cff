"""A recording that is still being read: what there is can be walked, jumps wait for the rest."""

import asyncio
from collections.abc import Callable, Iterator

import pytest
from textual.pilot import Pilot

from tests.support.pictures import Picture, compare, drawn
from tests.support.records import HEADER, FakeLesson, first_connection, history_of, many_calls
from tests.support.screen import resize, speak
from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.events import AnyEvent, Header
from walkthrough.recording.file import RecordingError
from walkthrough.state.event_source import EncodedEvents
from walkthrough.state.history import History
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.widgets.prompt import Prompt
from walkthrough.tui.widgets.rows_view import RowsView
from walkthrough.view.timeline.rows import clock

EN = catalogue("en")
ZH = catalogue("zh")
WORDS = catalogue("en")


EVENTS = many_calls(600)
READ = 50


class Held(EncodedEvents):
    """Lines of which half can be had, until the rest is released."""

    def __init__(self, events: list[AnyEvent], broken: str = "") -> None:
        super().__init__(HEADER, events)
        self.share = 0.456
        self._broken = broken

    def __iter__(self) -> Iterator[tuple[bytes, AnyEvent]]:
        yield from super().__iter__()
        if self._broken:
            raise RecordingError(self._broken)


class HeldHistory(History):
    """Takes in no more than it is allowed to."""

    allowed = READ
    in_vain: Callable[[], None] | None = None

    def load_more(self, most: int | None = None) -> None:
        room = self.allowed - len(self)
        if room > 0:
            super().load_more(room if most is None else min(room, most))
        elif self.in_vain is not None:
            self.in_vain()


def reading(broken: str = "", language: str = "en") -> tuple[WalkthroughApp, HeldHistory]:
    """Return the screen of a recording of which `READ` events can be had."""
    history = HeldHistory.load(Held(EVENTS, broken), 10)
    app = WalkthroughApp(history=history, lesson_factory=FakeLesson, language=language)
    history.in_vain = app.walk.reader.stand_back  # or it would try without a pause
    return app, history


async def until(what: Callable[[], bool]) -> None:
    """Wait for something to come true."""
    async with asyncio.timeout(20):
        while not what():
            await asyncio.sleep(0.01)


def header_of(app: WalkthroughApp) -> str:
    return app.walk.query_one("#header", RowsView).render_line(0).text


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await pilot.pause()


async def test_keys_work_while_it_reads_and_it_is_the_same_history_then() -> None:
    app, history = reading()
    async with app.run_test(size=(120, 40)) as pilot:
        await until(lambda: len(history) == READ)
        assert "reading 45%" in header_of(app)
        await press(pilot, "space", "space", "n")
        index = app.walk.status.index
        assert 2 < index < READ
        await press(pilot, "left", "l")
        assert app.walk.status.index < index
        assert "已读取 45%" in header_of(app)
        assert not history.whole
        history.allowed = 10**9
        await until(lambda: history.whole)
        await pilot.pause()
        assert "45%" not in header_of(app)
        assert f"/{len(EVENTS)}" in header_of(app)
    whole = history_of(EVENTS)
    assert [*history.between(0, len(history))] == EVENTS
    assert history.world(len(EVENTS) - 1) == whole.world(len(EVENTS) - 1)


@pytest.mark.parametrize("keys", [("end", "escape", "G"), ("r",)])
async def test_a_jump_to_the_end_lands_when_it_is_there(keys: tuple[str, ...]) -> None:
    app, history = reading()
    async with app.run_test(size=(120, 40)) as pilot:
        for key in keys:
            await press(pilot, key)
            assert app.walk.status.index == 0
            assert ("reading 45%, then to the end" in header_of(app)) is (key != "escape"), key
        history.allowed = 10**9
        await until(lambda: app.walk.status.index == len(EVENTS) - 1)
        await pilot.pause()
        assert "· end" in header_of(app)


async def test_a_jump_to_an_event_lands_as_soon_as_that_is_there() -> None:
    app, history = reading()
    async with app.run_test(size=(120, 40)) as pilot:
        await until(lambda: len(history) == READ)
        app.walk.move_to(200)
        await pilot.pause()
        assert "then to event 201" in header_of(app)
        history.allowed = 300
        await until(lambda: app.walk.status.index == history.step_end(200))
        assert not history.whole
        await pilot.pause()
        assert "then" not in header_of(app)


async def test_the_next_stage_is_gone_to_as_soon_as_it_is_there() -> None:
    app, history = reading()
    whole = history_of(EVENTS)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(lambda: len(history) == READ)
        stages = 0
        while (begins := history.stage_after(app.walk.status.index)) is not None:
            await press(pilot, "n")
            assert app.walk.status.index == whole.step_end(begins)
            stages += 1
        assert stages
        here = app.walk.status.index
        await press(pilot, "n")
        assert app.walk.status.index == here
        assert "reading 45%, then to the next stage" in header_of(app)
        assert not app._notifications
        await press(pilot, "l")
        assert "已读取 45%，读到后跳到下一阶段" in header_of(app)
        history.allowed = 10**9
        await until(lambda: history.whole)
        await pilot.pause()
        assert app.walk.status.index == whole.next_stage(here)


async def test_at_the_edge_of_what_is_read_the_next_stage_is_waited_for() -> None:
    app, history = reading()
    async with app.run_test(size=(120, 40)) as pilot:
        await until(lambda: len(history) == READ)
        app.walk.move_to(READ - 1)
        await press(pilot, "n")
        assert "then to the next stage" in header_of(app)
        assert not app._notifications
        history.allowed = 10**9
        whole = history_of(EVENTS)
        await until(lambda: app.walk.status.index == whole.next_stage(READ - 1))


async def test_the_next_stage_is_gone_to_with_all_that_rides_along() -> None:
    whole = history_of(EVENTS)
    begins = whole.stage_after(READ // 2)
    assert begins is not None
    history = HeldHistory.load(Held(EVENTS), 10)
    history.allowed = begins  # all but the first of that stage
    app = WalkthroughApp(history=history, lesson_factory=FakeLesson, language="en")
    history.in_vain = app.walk.reader.stand_back
    async with app.run_test(size=(120, 40)) as pilot:
        await until(lambda: len(history) == begins)
        app.walk.move_to(READ // 2)
        await press(pilot, "n")
        while history.allowed <= whole.step_end(begins):
            history.allowed += 1
            await until(lambda: len(history) == history.allowed)
            assert app.walk.status.index < begins
        history.allowed += 1
        await until(lambda: app.walk.status.index == whole.step_end(begins))


@pytest.mark.parametrize("jump", ["end", "n"])
async def test_another_key_cancels_the_jump(jump: str) -> None:
    app, history = reading()
    async with app.run_test(size=(120, 40)) as pilot:
        await until(lambda: len(history) == READ)
        for key in ("space", "left", "home", "escape"):
            app.walk.move_to(READ - 2)
            await press(pilot, jump)
            assert "then" in header_of(app), key
            await press(pilot, key)
            assert "then" not in header_of(app), key
        index = app.walk.status.index
        history.allowed = 10**9
        await until(lambda: history.whole)
        await pilot.pause()
        assert app.walk.status.index == index < READ


async def test_what_does_not_move_leaves_the_jump() -> None:
    app, history = reading()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "end", "l", "z", "z")
        assert "，读完后跳到末尾" in header_of(app)
        history.allowed = 10**9
        await until(lambda: app.walk.status.index == len(EVENTS) - 1)


async def test_g_waits_for_a_number_that_is_still_to_come() -> None:
    app, history = reading()
    async with app.run_test(size=(120, 40)) as pilot:
        await until(lambda: len(history) == READ)
        await press(pilot, "g", *"201", "enter")
        assert "then to event 201" in header_of(app)
        history.allowed = 10**9
        await until(lambda: app.walk.status.index == history_of(EVENTS).step_end(200))


async def test_g_and_a_number_that_never_comes_is_said_to_be_none() -> None:
    app, history = reading()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "g", *"999999", "enter")
        assert not app._notifications
        history.allowed = 10**9
        await until(lambda: app.walk.status.index == len(EVENTS) - 1)
        await pilot.pause()
        said = [note.message for note in app._notifications]
        assert said == [f"Events are 1 to {len(EVENTS)}."]


@pytest.mark.parametrize(
    ("typed", "cursor", "event"),
    [
        ("pollWait", 0, 51),  # has not begun in what is read
        ("accept4", 47, 55),  # has, but not again: its first beginning would be a wrong place
        ("300us", 0, 300),
        ("0.0499ms", 0, 50),
        ("50", 0, 49),  # has been read, but not what rides with it
    ],
)
async def test_g_waits_for_a_time_and_a_stage_that_are_still_to_come(
    typed: str, cursor: int, event: int
) -> None:
    app, history = reading()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: len(history) == READ)
        app.walk.move_to(cursor)
        stood = app.walk.status.index
        await press(pilot, "g", *typed, "enter")
        assert not app.walk.query_one(Prompt).asking
        for language in ("looking for", "正在寻找", "looking for"):
            assert f"· {language} {typed} · " in header_of(app)
            assert app.walk.status.index == stood
            await press(pilot, "l")
        history.allowed = 400
        landing = history_of(EVENTS).step_end(event)
        await until(lambda: app.walk.status.index == landing)
        await pilot.pause()
        assert not history.whole
        assert "正在寻找" not in header_of(app)
        assert not app._notifications


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("write", WORDS("{stage} is not begun in these events.", stage="write")),
        ("99s", WORDS("The last event is at {time}.", time=clock(EVENTS[-1].time_ns))),
    ],
)
async def test_g_and_a_time_or_a_stage_that_never_comes_goes_nowhere_and_says_so(
    typed: str, said: str
) -> None:
    app, history = reading()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: len(history) == READ)
        await press(pilot, "space", "g", *typed, "enter")
        stood = app.walk.status.index
        assert f"looking for {typed}" in header_of(app)
        history.allowed = 10**9
        await until(lambda: len(app._notifications) > 0)
        assert [note.message for note in app._notifications] == [said]
        assert app.walk.status.index == stood
        assert "looking for" not in header_of(app)


async def test_a_stage_begun_before_is_gone_back_to_once_it_is_known_to_be_the_only_one() -> None:
    app, history = reading()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: len(history) == READ)
        app.walk.move_to(READ - 5)
        stood = app.walk.status.index
        await press(pilot, "g", *"bind", "enter")
        assert app.walk.status.index == stood
        history.allowed = 10**9
        await until(lambda: app.walk.status.index == history.step_end(28))


async def test_whoever_goes_elsewhere_looks_for_it_no_more() -> None:
    app, history = reading()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: len(history) == READ)
        for key in ("escape", "left", "b", "end", "n"):
            app.walk.move_to(READ - 5)
            await press(pilot, "g", *"pollWait", "enter")
            assert "looking for" in header_of(app), key
            await press(pilot, key)
            await until(lambda: "looking for" not in header_of(app))
            await press(pilot, "escape")  # what is waited for now, if anything
        stood = app.walk.status.index
        history.allowed = 10**9
        await until(lambda: history.whole)
        await pilot.pause()
        assert app.walk.status.index == stood


async def test_a_jump_to_what_never_comes_ends_at_the_last_event() -> None:
    app, history = reading("rec.jsonl is damaged in line 602.")
    async with app.run_test(size=(120, 40)) as pilot:
        app.walk.move_to(10**6)
        await pilot.pause()
        history.allowed = 10**9
        await until(lambda: app.walk.status.index == len(EVENTS) - 1)


async def test_at_the_edge_of_what_is_read_nothing_is_said_to_be_the_last() -> None:
    app, history = reading()
    async with app.run_test(size=(120, 40)) as pilot:
        await until(lambda: len(history) == READ)
        app.walk.move_to(READ - 1)
        await press(pilot, "space")
        assert [note.message for note in app._notifications] == [
            EN("The recording is still being read; there will be more in a moment.")
        ]
        assert "· end" not in header_of(app)
        await press(pilot, "q")
        assert app._exit, "it can be left while it reads"
    assert not history.whole


async def test_damage_found_later_is_said_and_what_came_before_stays() -> None:
    app, history = reading("rec.jsonl is damaged in line 602: record it again.")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "space")
        history.allowed = 10**9
        await until(lambda: history.whole)
        await pilot.pause()
        banner = app.walk.query_one("#banner", RowsView)
        said = " ".join(banner.render_line(y).text.strip() for y in range(banner.size.height))
        assert "damaged in line 602" in said
        assert f"{len(EVENTS)} events before that are shown" in said
        assert app.walk.status.index == 1
        await press(pilot, "end")
        assert app.walk.status.index == len(EVENTS) - 1


def test_an_empty_history_is_whole() -> None:
    assert History(Header()).whole


async def test_pictures() -> None:
    app, history = reading()
    async with app.run_test(size=(120, 40)) as pilot:
        await until(lambda: len(history) == READ)
        await press(pilot, "n", "n", "end")
        for size in ((120, 40), (80, 24)):
            await resize(pilot, size)
            for language in ("en", "zh"):
                await speak(pilot, language)
                app.walk.show()
                await pilot.pause()
                header = drawn(app).splitlines()[0]
                name = f"reading-{size[0]}x{size[1]}-{language}"
                compare(name, Picture(header + "\n", ""))


def test_the_records_are_longer_than_what_is_read_first() -> None:
    assert len(first_connection()) > READ < len(EVENTS) / 4
