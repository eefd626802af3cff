"""strace's lines beside the walk: in step with it, unmatched ones marked, never out of the way."""

from typing import Any, cast

import pytest
from records import HEADER, FakeLesson, first_connection, history_of
from test_tui_snapshots import Picture, compare, styles_of

from walkthrough.compare.follow_lines import Beside
from walkthrough.compare.model import Comparison, Pair, Row, Side, Verdict
from walkthrough.formatting import strace_lines as notation
from walkthrough.model.events import CallEntered, CallReturned
from walkthrough.state.history import History
from walkthrough.strace_log.model import Kind, Other
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.panes.strace import StracePane

EVENTS = first_connection()
ENDS = {event.span: event for event in EVENTS if isinstance(event, CallReturned)}
BEGINS = [event for event in EVENTS if isinstance(event, CallEntered)]


def rows() -> list[Row]:
    """Spell the walk's calls as rows."""
    spelled = []
    for event in BEGINS:
        call = notation.call(event, ENDS.get(event.span))
        name, _, rest = call.partition("(")
        result = notation.result(event, ENDS.get(event.span))
        spelled.append(Row(event.seq, 7, name, rest[:-1], result))
    return spelled


class Log:
    """A log of the same walk that lacks its second call, has another backlog, and two lines more.

    Stands for a `Following`: what is compared with what is settled from the start.
    """

    def __init__(self) -> None:
        ours = rows()
        theirs = [Row(1, 7, "mmap", "NULL, 4096", "0x7f0000000000")]
        theirs += [row for row in ours if row is not ours[1]]
        lines = [
            Row(at, 8, row.name, row.arguments.replace("3, 4096", "3, 128"), row.result)
            for at, row in enumerate(theirs, 1)
        ]
        pairs = [Pair(None, 0, Verdict.BEYOND), Pair(0, 1, Verdict.SAME)]
        pairs.append(Pair(1, None, Verdict.MISSING))
        for at, row in enumerate(ours[2:], 2):
            pairs.append(Pair(at, at, Verdict.ARGUMENTS if row.name == "listen" else Verdict.SAME))
        self.lines = lines
        others = (
            Other(2, 8, Kind.SIGNAL, "--- SIGURG {si_signo=SIGURG} ---"),
            Other(99, 8, Kind.UNKNOWN, "\x1b[31mred\x1b[0m"),
        )
        left, right = Side("walkthrough", tuple(ours)), Side("strace", tuple(lines))
        self._beside = Beside(Comparison(left, right, tuple(pairs)), others)

    def beside(self, history: History, *, ended: bool) -> Beside:
        return self._beside


def app_with_log() -> WalkthroughApp:
    return WalkthroughApp(
        history=history_of(EVENTS, HEADER),
        lesson_factory=FakeLesson,
        language="en",
        strace=cast("Any", Log()),
    )


def drawn(app: WalkthroughApp) -> str:
    lines = [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_the_line_of_the_event_is_in_sight(size: tuple[int, int]) -> None:
    app = app_with_log()
    async with app.run_test(size=size) as pilot:
        pane = app.walk.query_one(StracePane)
        for event in BEGINS:
            app.walk.move_to(event.seq)
            await pilot.pause()
            here = [n for n in range(pane.virtual_size.height) if pane.row_kind(n) == "here"]
            top, height = pane.scroll_offset.y, pane.size.height
            assert here
            assert top <= here[0] <= here[-1] < top + height
            assert f"{event.call}(" in pane.row(here[0])[1].text


@pytest.mark.parametrize(("columns", "lines"), [(120, 40), (80, 24), (140, 20)])
async def test_pictures(columns: int, lines: int) -> None:
    app = app_with_log()
    async with app.run_test(size=(columns, lines)) as pilot:
        bind = next(event for event in BEGINS if event.call == "listen")
        app.walk.move_to(ENDS[bind.span].seq)
        await pilot.pause()
        shown = Picture(drawn(app), styles_of(app))
        compare(f"strace-{columns}x{lines}", shown, colours=columns == 120)


async def test_what_only_one_side_has_is_marked() -> None:
    app = app_with_log()
    async with app.run_test(size=(120, 40)) as pilot:
        app.walk.move_to(len(EVENTS) - 1)
        await pilot.pause()
        pane = app.walk.query_one(StracePane)
        marks = [pane.row(n)[0].text for n in range(pane.virtual_size.height)]
        assert {"= ", "- ", "? "} <= set(marks)
        assert "\x1b" not in drawn(app)


async def test_a_click_goes_to_the_event() -> None:
    app = app_with_log()
    async with app.run_test(size=(120, 40)) as pilot:
        app.walk.move_to(len(EVENTS) - 1)
        await pilot.pause()
        pane = app.walk.query_one(StracePane)
        y = next(y for y in range(9) if pane.row(pane.scroll_offset.y + y)[0].text == "= ")
        clicked = pane.row(pane.scroll_offset.y + y)[1].text.partition("(")[0]
        await pilot.click(pane, offset=(3, y + 1))
        await pilot.pause()
        event = EVENTS[app.walk.history.lead(app.walk.standing.index)] if app.walk.history else None
        assert isinstance(event, CallEntered)
        assert event.call == clicked


async def test_the_key_brings_the_pane_and_zooms_it() -> None:
    app = app_with_log()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        assert not app.walk.query_one(StracePane).display
        await pilot.press("5")
        assert app.walk.query_one(StracePane).display
        await pilot.press("5")
        await pilot.pause()
        assert app.walk.query_one(StracePane).size.width > 70


async def test_without_a_log_the_key_says_how_to_get_one() -> None:
    app = WalkthroughApp(
        history=history_of(EVENTS, HEADER), lesson_factory=FakeLesson, language="en"
    )
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("5")
        await pilot.pause()
        assert not app.walk.query(StracePane)
        assert "--strace LOG" in str([note.message for note in app._notifications])
