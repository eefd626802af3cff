"""The list of groups of rows: where its cursor goes, and what Enter and a click mean."""

from textual.app import ComposeResult
from textual.screen import Screen

from tests.support.records import FakeLesson, first_connection, history_of
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.widgets.clickable_list import ClickableList
from walkthrough.view.quiz import ClickableRow
from walkthrough.view.text import Piece


def row(text: str, meant: int | None = None) -> ClickableRow:
    indent = len(text) - len(text.lstrip())
    pieces = (Piece(text[:indent]), Piece(text[indent:]))
    return ClickableRow(pieces if indent else pieces[1:], meant)


ROWS = [
    row("what came"),
    row("✓ one", 10),
    row("  and more of it", 10),
    ClickableRow(()),
    row("✓ two", 20),
    row("the end"),
]


class _Box(Screen[int | None]):
    """A box with such a list."""

    def __init__(self, rows: list[ClickableRow], *, cursor: bool) -> None:
        super().__init__()
        self._rows, self._cursor = rows, cursor

    def compose(self) -> ComposeResult:
        yield ClickableList(lambda width: self._rows, id="listed", cursor=self._cursor)

    def on_mount(self) -> None:
        listed = self.query_one(ClickableList)
        listed.styles.max_height = 6
        listed.focus()


def app_of() -> WalkthroughApp:
    return WalkthroughApp(history=history_of(first_connection()), lesson_factory=FakeLesson)


JOURNEYS: list[tuple[bool, tuple[str, ...], int | None]] = [
    (True, ("enter",), 10),
    (False, ("enter",), None),
    (False, ("down", "enter"), 10),
    (False, ("j", "j", "enter"), 20),
    (True, ("down", "down", "down", "enter"), 20),
    (True, ("down", "up", "k", "enter"), 10),
]


async def test_its_cursor_goes_from_group_to_group_and_enter_takes_one() -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        for cursor, keys, expected in JOURNEYS:
            taken: list[int | None] = []
            await app.push_screen(_Box(ROWS, cursor=cursor), taken.append)
            await pilot.press(*keys)
            assert taken == [expected], (cursor, keys)
        for line, meant in ((1, 10), (2, 10), (4, 20)):
            await app.push_screen(_Box(ROWS, cursor=False), taken.append)
            await pilot.pause()
            listed = app.screen.query_one(ClickableList)
            assert [listed.row_kind(n) for n in range(len(ROWS))] == [""] * len(ROWS)
            await pilot.click(ClickableList, offset=(2, line))
            assert taken[-1] == meant
        await app.push_screen(_Box(ROWS, cursor=True), taken.append)
        await pilot.pause()
        listed = app.screen.query_one(ClickableList)
        assert [n for n in range(len(ROWS)) if listed.row_kind(n) == "here"] == [1]
        await pilot.click(ClickableList, offset=(2, 0))  # it means nothing
        assert isinstance(app.screen, _Box)


async def test_without_a_group_it_scrolls_and_enter_closes() -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        taken: list[int | None] = []
        await app.push_screen(
            _Box([row(f"line {n}") for n in range(20)], cursor=True), taken.append
        )
        await pilot.press("down", "down")
        assert app.screen.query_one(ClickableList).scroll_offset.y == 2
        await pilot.press("enter")
        assert taken == [None]
