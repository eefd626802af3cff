"""Journeys through the source pane: its views, folding, looking aside, the document."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widgets import Input

from tests.support.go_library import (
    DOCUMENT,
    DOOR,
    HEADER,
    history,
    index_in,
    lessons,
    line_of,
    write_files,
)
from tests.support.pictures import Picture, compare, drawn
from tests.support.records import FakeLesson, first_connection, history_of
from tests.support.screen import resize, source_text_of, speak, travel
from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.events import CallEntered, FunctionEntered, FunctionReturned
from walkthrough.source.document import load
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.panes.source.breadcrumb import BreadcrumbBar
from walkthrough.tui.panes.source.document_picker import DocumentPicker, MarkdownTree
from walkthrough.tui.panes.source.pane import SourcePane
from walkthrough.tui.panes.source.view import SourceView
from walkthrough.tui.widgets.rows_view import RowsView
from walkthrough.user_data.preferences import Preferences
from walkthrough.view.source.content import SourceMode
from walkthrough.view.source.highlighting import Highlighted
from walkthrough.view.source.navigation import SourceLook

EN = catalogue("en")
ZH = catalogue("zh")


OPENED = index_in(FunctionEntered, "net.Open")
HUNG = index_in(FunctionEntered, "net.(*Door).hang")
SCREWED = index_in(CallEntered, "syscall.Screw")
MADE = index_in(FunctionReturned, "net.newDoor")
WATCHED = index_in(FunctionReturned, "internal/poll.(*Hinge).Watch")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    house = tmp_path / "house"  # the picker shows its name
    write_files(house)
    monkeypatch.chdir(house)
    return house


def walk(
    folder: Path, *, document: str = "", language: str = "en", go: bool = True
) -> WalkthroughApp:
    return WalkthroughApp(
        history=history(),
        lesson_factory=lessons(folder, go=go),
        language=language,
        document=load(Path(document)) if document else None,
    )


def marked(app: WalkthroughApp, id: str = "source-lines") -> str:
    """Return the marked line as it is shown, with its mark."""
    rows = source_text_of(app, id).split("\n")
    found = [row for row in rows if row[:1] in (">", "~", "»")]
    return found[0].strip() if found else ""


def title(app: WalkthroughApp) -> str:
    from rich.text import Text

    return Text.from_markup(app.walk.query_one("#source").border_title or "").plain


def view_of(app: WalkthroughApp) -> SourceMode:
    return app.walk.query_one(SourcePane).view


def said(app: WalkthroughApp) -> list[str]:
    return [note.message for note in app._notifications]


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await pilot.pause()


async def listed(tree: MarkdownTree, pilot: Pilot[None]) -> None:
    """Wait until a tree has listed its folder, which it does in a thread."""
    while not tree.root.children:
        await pilot.pause(0.01)
    await pilot.pause()


async def go(app: WalkthroughApp, pilot: Pilot[None], index: int) -> None:
    app.walk.move_to(index)
    await pilot.pause()


# Views


async def the_views_go_round_and_say_what_is_missing(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    await go(app, pilot, SCREWED - 2)
    assert view_of(app) is SourceMode.SOURCE
    assert not app.walk.query_one("#source-other").display
    await press(pilot, "v")
    assert view_of(app) is SourceMode.BESIDE
    assert marked(app).startswith(f"> {line_of('func', 'hang('):>3} func (d *Door) hang")
    assert marked(app, "source-other-lines").startswith(">  23 def hang(d, width):")
    await press(pilot, "v")
    assert view_of(app) is SourceMode.SOURCE
    assert said(app) == [
        EN("No document yet: give one with --document FILE.md, or choose one with O.")
    ]


async def a_line_that_only_nearly_corresponds_says_so(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    await go(app, pilot, index_in(FunctionReturned, "syscall.Screw"))
    await press(pilot, "v")
    assert marked(app, "source-other-lines").startswith(">")
    assert EN("about here") not in source_text_of(app, "source-other-heading")
    await go(app, pilot, index_in(FunctionReturned, "internal/poll.(*Hinge).Watch"))
    assert "d.hinge.watch" in marked(app, "source-other-lines")
    await press(pilot, "v")
    assert view_of(app) is SourceMode.SOURCE


async def a_function_without_counterpart_says_so(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await resize(pilot, (180, 50))
    await go(app, pilot, index_in(FunctionEntered, "internal/poll.(*Hinge).Watch"))
    await press(pilot, "v", "2", "z")
    shown = " ".join(source_text_of(app, "source-other-lines").split())
    assert (
        EN(
            "The Python server has no {function}.",
            function="internal/poll.(*Hinge).Watch",
        )
        in shown
    )
    assert "Python server" in source_text_of(app, "source-other-heading")
    await press(pilot, "l")
    shown = source_text_of(app, "source-other-lines").replace("\n", "")
    assert "Python 服务端没有单独的" in shown
    # Where they would stand one below the other, the source has the room of both.
    await pilot.resize_terminal(80, 50)
    await pilot.pause()
    assert "Python 服务端没有单独的" in source_text_of(app, "source-heading")
    assert "func (h *Hinge) Watch" in marked(app)
    pane = app.walk.query_one(SourcePane)
    assert not pane.has_class("-stacked")
    assert not app.walk.query_one("#source-other-lines").is_on_screen


async def test_views(folder: Path) -> None:
    await travel(
        walk(folder),
        (120, 50),
        the_views_go_round_and_say_what_is_missing,
        a_line_that_only_nearly_corresponds_says_so,
        a_function_without_counterpart_says_so,
    )


ROOM = [
    ((250, 70), False, "-beside"),
    ((120, 40), True, "-beside"),
    ((120, 50), False, "-stacked"),
    ((80, 24), True, "-stacked"),
    ((80, 24), False, ""),
]
"""Size of the terminal, whether the pane has it for itself, and how two texts stand there."""


async def test_two_texts_as_there_is_room_while_the_terminal_shrinks_and_grows(
    folder: Path,
) -> None:
    app = walk(folder)
    async with app.run_test(size=ROOM[0][0]) as pilot:
        await go(app, pilot, SCREWED)
        await press(pilot, "2", "v")
        pane = app.walk.query_one(SourcePane)
        for size, zoomed, how in ROOM:
            await resize(pilot, size)
            if zoomed is not bool(app.walk.arrangement.zoomed):
                await press(pilot, "z")
            here = f"{size}, zoomed: {zoomed}"
            assert {name for name in ("-beside", "-stacked") if pane.has_class(name)} == {how} - {
                ""
            }, here
            shown = marked(app, "source-other-lines" if how else "source-lines")
            assert shown.startswith('>   6     trap("screw", width)'), here
            if not how:
                assert "Python server · syscall/screw.py" in title(app)
            assert app.walk.query_one("#source-other").display is bool(how), here
        for size in ((61, 17), (40, 10), (120, 50), (250, 70)):
            await resize(pilot, size)
        assert "trap(" in marked(app, "source-other-lines")
        assert "Syscall(" in marked(app)


async def test_without_a_lesson_the_keys_say_why_not() -> None:
    app = WalkthroughApp(history=history_of(first_connection()), lesson_factory=FakeLesson)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        for key in ("v", "o", "d"):
            await press(pilot, key)
            assert said(app) == [EN("There is no source to search here.")]
        await press(pilot, "D")
        assert said(app) == [EN("You are where the server stands; d goes to what is called there.")]


async def test_an_empty_recording(folder: Path) -> None:
    from walkthrough.state.history import History

    app = WalkthroughApp(history=History(HEADER), lesson_factory=lessons(folder))
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, *"vvodDu", "O", "escape", "v")


# Folding


async def a_click_opens_one_fold_and_closes_nothing_else(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    await go(app, pilot, HUNG)
    rows = source_text_of(app).split("\n")
    y = next(n for n, row in enumerate(rows) if "unused" in row)
    await pilot.click("#source-lines", offset=(10, y))
    await pilot.pause()
    assert "func unused" in source_text_of(app)
    assert "⋯" in source_text_of(app), "the other one"
    await go(app, pilot, SCREWED)
    await go(app, pilot, HUNG)
    assert "func unused" in source_text_of(app), "and it stays open"


async def folding_and_unfolding_keep_the_line_where_it_is(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    await resize(pilot, (120, 40))

    def at(app: WalkthroughApp) -> int:
        return [row[:1] for row in source_text_of(app).split("\n")].index(">")

    await go(app, pilot, OPENED)
    view = app.walk.query_one("#source-lines", SourceView)
    before = at(app)
    assert "type Door struct" not in source_text_of(app)
    await press(pilot, "o")
    assert said(app) == [EN("The whole file.")]
    assert at(app) == before
    assert "type Door struct" not in source_text_of(app), "just above"
    await press(pilot, "2", "pageup")
    assert "type Door struct" in source_text_of(app)
    assert view.virtual_size.height >= len(DOOR.split("\n")) - 1
    # It stays so from step to step, and from file to file.
    await go(app, pilot, SCREWED)
    await go(app, pilot, OPENED)
    assert view.virtual_size.height >= len(DOOR.split("\n")) - 1
    await press(pilot, "o")
    assert said(app) == [EN("Folded to the functions of the call chain.")]
    assert at(app) == before
    assert view.virtual_size.height < len(DOOR.split("\n")) - 9


async def notes_that_are_kept_back_are_not_shown_elsewhere(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    await resize(pilot, (120, 60))
    await go(app, pilot, MADE)
    assert "no house around it" in source_text_of(app)
    pane = app.walk.query_one(SourcePane)
    step = pane.step
    assert step is not None
    assert step.view is not None
    hushed = msgspec.structs.replace(step.view, notes={}, caption="")
    pane.show(replace(step, view=hushed))
    await pilot.pause()
    assert "no house around it" not in source_text_of(app)
    await press(pilot, "d")
    assert "looking at" in title(app)
    assert "│" not in source_text_of(app)


async def a_note_is_not_told_twice_where_there_is_more_room_again(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    await resize(pilot, (120, 60))
    await go(app, pilot, HUNG)
    view = app.walk.query_one("#source-lines", SourceView)
    view.fold(False)
    view.styles.height = 5  # as beside another text
    await pilot.pause()
    below = view.column.line + 6
    view.show(replace(view.column, notes={below: "Told once."}, caption="Told once."), EN)
    assert source_text_of(app).count("Told once.") == 1
    view.styles.height = 15
    await pilot.pause()
    assert source_text_of(app).count("Told once.") == 1


async def test_folding(folder: Path) -> None:
    await travel(
        walk(folder),
        (120, 80),
        a_click_opens_one_fold_and_closes_nothing_else,
        folding_and_unfolding_keep_the_line_where_it_is,
        notes_that_are_kept_back_are_not_shown_elsewhere,
        a_note_is_not_told_twice_where_there_is_more_room_again,
    )


async def test_a_line_that_is_folded_away_can_be_brought_into_sight(folder: Path) -> None:
    app = walk(folder, document="door.md")
    async with app.run_test(size=(120, 40)) as pilot:
        await go(app, pilot, HUNG)
        view = app.walk.query_one("#source-lines", SourceView)
        view.reveal(line_of("return d.hinge", ""))
        await pilot.pause()
        assert view.picked == 25, "what stands there for it"
        await press(pilot, "v")
        assert "nobody calls this" not in source_text_of(app)
        view.reveal(line_of("println", "nobody"))
        await pilot.pause()
        assert "nobody calls this" in source_text_of(app)
        for line in (0, -1, 9999):
            view.reveal(line)
        await press(pilot, "space", "left")
        assert "func (d *Door) hang" in marked(app)


async def test_the_executing_line_is_in_sight_at_every_step(folder: Path) -> None:
    app = walk(folder, document="door.md")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        for _ in range(3):
            for _ in range(20):
                await press(pilot, "space")
                assert marked(app), app.walk.status.index
            await press(pilot, "home", "v")


async def test_a_step_within_a_function_draws_two_rows(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = walk(folder)
    async with app.run_test(size=(160, 60)) as pilot:
        await go(app, pilot, HUNG)
        view = app.walk.query_one("#source-lines", SourceView)
        said_if_empty = catalogue("en")("There is no source to show here.")
        before, after = (line_of(*place) for place in (("func", "hang("), ("return d.hinge", "")))
        assert view.column.line == before
        asked: list[tuple[Region, ...]] = []  # what `show` itself asks for: none is the whole
        monkeypatch.setattr(view, "refresh", lambda *regions: asked.append(regions))
        monkeypatch.setattr(Highlighted, "_lex", pytest.fail)
        view.show(replace(view.column, line=after, caption=""), EN, said_if_empty)
        assert all(len(regions) == 1 for regions in asked)
        rows = [view.render_line(regions[0].y).text for regions in asked]
        assert [row.split()[:2] for row in rows] == [[str(before), "func"], [">", str(after)]]
        asked.clear()
        view.show(replace(view.column), EN, said_if_empty)
        assert asked == [], "the same again draws nothing"


# Definitions


async def deeper_and_deeper_and_back(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await resize(pilot, (120, 40))
    await go(app, pilot, MADE)
    before = source_text_of(app)
    await press(pilot, "d")
    assert title(app) == "2 Source · looking at net.newDoor; D returns"
    assert marked(app).startswith("»")
    assert "func newDoor" in marked(app)
    await press(pilot, "D")
    assert source_text_of(app) == before
    await press(pilot, "u")
    assert said(app) == [EN("You are where the server stands; d goes to what is called there.")]
    # Along the trace: Open, hang, Screw.
    await go(app, pilot, OPENED - 1)
    looked = []
    for _ in range(2):
        await press(pilot, "d")
        looked.append(title(app).partition("looking at ")[2].partition(";")[0])
    assert looked == ["net.Open", "net.newDoor"], "what the trace enters next"
    await press(pilot, "D")
    assert "net.Open" in title(app)
    await press(pilot, "space")
    assert "looking" not in title(app), "a step goes back to where the server stands"
    assert marked(app).startswith(">")


async def nothing_called_on_the_line(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await resize(pilot, (120, 40))
    await go(app, pilot, index_in(FunctionEntered, "internal/poll.(*Hinge).Watch"))
    await press(pilot, "d")
    assert said(app) == [EN("Nothing is called on this line whose definition could be found.")]
    await press(pilot, "l", "d")
    assert said(app) == [ZH("Nothing is called on this line whose definition could be found.")]


async def a_line_is_clicked_and_enter_goes_to_what_it_calls(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    await go(app, pilot, OPENED)
    view = app.walk.query_one("#source-lines", SourceView)
    await press(pilot, "2", "enter")
    assert "looking" not in title(app), "no line has been clicked"
    y = next(n for n, row in enumerate(source_text_of(app).split("\n")) if "d.hang(width)" in row)
    await pilot.click("#source-lines", offset=(20, y))
    await pilot.pause()
    assert view.picked == line_of("if err", "d.hang(")
    await press(pilot, "enter")
    assert "looking at net.(*Door).hang" in title(app)
    # The same by a second click.
    await press(pilot, "D")
    await pilot.click("#source-lines", offset=(20, y), times=2)
    await pilot.pause()
    assert "looking at net.(*Door).hang" in title(app)


async def a_name_of_the_breadcrumb_leads_to_where_it_calls(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    await resize(pilot, (120, 40))
    await go(app, pilot, SCREWED)
    crumbs = app.walk.query_one(BreadcrumbBar)
    row = source_text_of(app, "crumbs")
    await pilot.click(crumbs, offset=(row.index("Open"), 0))
    await pilot.pause()
    assert title(app) == "2 Source · looking at net.Open; D returns"
    assert "if err = d.hang(width)" in marked(app)
    await pilot.click(crumbs, offset=(row.index("main"), 0))
    await pilot.pause()
    assert 'net.Open("front", 90)' in marked(app)
    await pilot.click(crumbs, offset=(row.index("Screw"), 0))
    await pilot.pause()
    assert marked(app).startswith(">"), "the innermost one is where the server stands"


async def test_definitions(folder: Path) -> None:
    await travel(
        walk(folder),
        (160, 40),
        deeper_and_deeper_and_back,
        nothing_called_on_the_line,
        a_line_is_clicked_and_enter_goes_to_what_it_calls,
        a_name_of_the_breadcrumb_leads_to_where_it_calls,
    )


async def test_a_method_of_an_interface_that_may_be_any(folder: Path) -> None:
    """The declaration is looked at, and the candidates are told, in either language."""
    knock = folder / "go" / "src" / "net" / "knock.go"
    knock.write_text(
        "package net\n\ntype Knocker interface {\n\tKnock()\n}\n\ntype Brass struct{}\n\n"
        "func (b *Brass) Knock() {\n}\n\nfunc all(k Knocker) {\n\tk.Knock()\n}\n"
    )
    app = walk(folder)
    async with app.run_test(size=(120, 40)) as pilot:
        await go(app, pilot, MADE)
        app.walk.query_one(SourcePane).look(SourceLook("net/knock.go", 13, "net.all"))
        await press(pilot, "d")
        assert title(app) == "2 Source · looking at Knocker.Knock; D returns"
        assert "Knock()" in marked(app)
        assert said(app) == [
            EN(
                "{method} is a method of the interface {interface}; which type's it is here is "
                "not certain. Candidates: {candidates}.",
                method="Knock",
                interface="net.Knocker",
                candidates="*net.Brass",
            )
        ]
        # There it says so again, and stays.
        await press(pilot, "l", "d")
        assert said(app)[0].startswith("Knock 是接口 net.Knocker 的方法")
        await press(pilot, "D")
        assert "net.all" in title(app)


# The document


async def a_document_takes_the_place_of_the_source(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await go(app, pilot, MADE)
    assert title(app) == "2 Source · document: door.md, func Open"
    shown = source_text_of(app)
    assert "//先造一扇门" in shown, "its own comments stay"
    assert marked(app).startswith("")
    line = line_of("d, err", "newDoor(", DOCUMENT)
    assert marked(app).startswith(f"> {line:>3} ≠     d, err := newDoor(name)")
    assert "−     d, err := newDoor(name, width)" in shown
    assert "+     log.Println(name)" in shown
    await go(app, pilot, SCREWED)
    assert title(app).startswith("2 Source · document: door.md, func (*Door).han")
    assert "syscall.Screw(width)" in marked(app)
    await go(app, pilot, OPENED - 1)
    heading = source_text_of(app, "source-heading")
    assert heading.startswith("door.md shows neither main.main nor its callers")
    assert "func main()" in marked(app)


async def what_the_running_go_does_not_have_is_said_below_it(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    await resize(pilot, (120, 60))
    await go(app, pilot, HUNG)
    await app.workers.wait_for_complete()
    await press(pilot, "o")
    view = app.walk.query_one("#source-lines", SourceView)
    view.scroll_row(9999)
    await pilot.pause()
    assert "✗ Go 1.99.0 has no function slam" in source_text_of(app)
    await press(pilot, "l")
    await app.workers.wait_for_complete()
    await pilot.pause()
    view.scroll_row(9999)
    await pilot.pause()
    assert "✗ Go 1.99.0 没有函数 slam" in source_text_of(app)


async def looking_aside_from_a_document(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await resize(pilot, (160, 50))
    await go(app, pilot, index_in(FunctionReturned, "net.(*Door).hang"))
    await press(pilot, "d")
    assert title(app) == "2 Source · looking at net.(*Door).hang; D returns"
    assert "用螺丝固定" in source_text_of(app), "the document shows it, too"
    await press(pilot, "d")
    assert "looking at syscall.Screw" in title(app)
    assert "func Screw(" in marked(app), "and where it does not, the running Go"
    await press(pilot, "D", "D", "D")
    assert "looking" not in title(app)


async def the_definition_is_of_what_the_document_s_line_calls(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    """It has no Screw: it marks the line that calls it, and that is what is asked about."""
    await resize(pilot, (160, 50))
    await go(app, pilot, SCREWED)
    assert "syscall.Screw(width)" in marked(app)
    await press(pilot, "d")
    assert title(app) == "2 Source · looking at syscall.Screw; D returns"
    assert "func Screw(" in marked(app)


async def leaving_the_picker_changes_nothing(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await resize(pilot, (80, 24))
    await go(app, pilot, HUNG)
    before = source_text_of(app)
    await press(pilot, "O", "escape")
    assert source_text_of(app) == before


async def test_a_document(folder: Path) -> None:
    await travel(
        walk(folder, document="door.md"),
        (120, 50),
        a_document_takes_the_place_of_the_source,
        what_the_running_go_does_not_have_is_said_below_it,
        looking_aside_from_a_document,
        the_definition_is_of_what_the_document_s_line_calls,
        leaving_the_picker_changes_nothing,
    )


async def test_without_gos_source_the_document_is_still_shown(folder: Path) -> None:
    app = walk(folder, document="door.md", go=False)
    async with app.run_test(size=(120, 50)) as pilot:
        await go(app, pilot, HUNG)
        assert "func (d *Door) hang" in marked(app)
        assert marked(app).startswith("~")
        assert source_text_of(app, "source-heading").startswith(
            EN("The running Go is not on this machine, so the differences are unknown.")[:40]
        )


async def test_choosing_a_document_by_path_and_by_tree(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[dict[str, object]] = []
    app = walk(folder)
    monkeypatch.setattr(app, "remember", lambda **chosen: kept.append(chosen))
    async with app.run_test(size=(120, 50)) as pilot:
        await go(app, pilot, HUNG)
        await press(pilot, "O")
        assert isinstance(app.screen, DocumentPicker)
        await press(pilot, *"prose.md", "enter")
        assert isinstance(app.screen, DocumentPicker), "it has no Go in it"
        wrong = app.screen.query_one("#picker-said").render()
        assert "prose.md has no Go in it" in str(wrong)
        app.screen.query_one(Input).value = "no/such.md"
        await press(pilot, "enter")
        assert "There is no file no/such.md." in str(app.screen.query_one("#picker-said").render())
        app.screen.query_one(Input).value = "x" * 10_000
        await press(pilot, "enter")
        long = str(app.screen.query_one("#picker-said").render())
        assert "x" * 80 in long
        assert len(long) < 250, "the reason is in sight"
        app.screen.query_one(Input).value = "door.md"
        await press(pilot, "enter")
        pane = app.walk.query_one(SourcePane)
        assert pane.document is not None
        assert view_of(app) is SourceMode.DOCUMENT
        assert kept == [{"document": str(folder / "door.md")}]
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert said(app) == ["door.md: 3 functions. Go 1.99.0 does not have: slam."]
        # An empty path forgets it.
        await press(pilot, "O")
        app.screen.query_one(Input).value = ""
        await press(pilot, "enter")
        assert app.walk.query_one(SourcePane).document is None
        assert view_of(app) is SourceMode.SOURCE
        assert kept[-1] == {"document": None}
        # By the tree, with the keyboard alone.
        await press(pilot, "O", "tab")
        tree = app.screen.query_one(MarkdownTree)
        await listed(tree, pilot)
        assert tree.has_focus
        names = [str(node.label) for node in tree.root.children]
        assert names == ["capture", "go", "server", "door.md", "prose.md"]
        await press(pilot, *["down"] * 4, "enter")
        assert app.walk.query_one(SourcePane).document is not None


async def test_a_remembered_document_that_is_gone_is_said(folder: Path) -> None:
    app = walk(folder)
    app.preferences = Preferences(document=str(folder / "gone.md"))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        (sentence,) = said(app)  # of a long path the end
        assert sentence.startswith("There is no file ")
        assert sentence.endswith(f"{folder.name}/gone.md.")
        assert app.walk.query_one(SourcePane).view is SourceMode.SOURCE


async def test_a_remembered_document_is_shown(folder: Path) -> None:
    app = walk(folder)
    app.preferences = Preferences(document=str(folder / "door.md"))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await go(app, pilot, HUNG)
        assert "document: door.md" in title(app)


HOSTILE = "\x1b[2J[red]x[/red]\u202egnp.exe"


async def test_a_hostile_document_is_drawn_and_not_obeyed(folder: Path) -> None:
    (folder / "[red]evil.md").write_text(
        f"# {HOSTILE}\n\n```go\n// {HOSTILE}{'宽' * 5000}\n"
        "func (d *Door) hang(width int) error {\n"
        f"\tif err := syscall.Screw(width); err != nil {{ // {HOSTILE}\n\t}}\n}}\n```\n",
        encoding="utf-8",
    )
    app = walk(folder, document="[red]evil.md")
    async with app.run_test(size=(80, 24)) as pilot:
        await go(app, pilot, HUNG)
        await press(pilot, "2", "z", "o")
        assert "[red]evil.md" in title(app)
        view = app.walk.query_one("#source-lines", SourceView)
        for top in range(0, view.virtual_size.height, 10):
            view.scroll_row(top)
            shown = source_text_of(app)
            assert "\x1b" not in shown
            assert "\u202e" not in shown
        await press(pilot, "O")
        await listed(app.screen.query_one(MarkdownTree), pilot)


# Pictures


PICTURES: list[tuple[str, int, list[str], list[str]]] = [
    # Name, event, the keys that lead there and those that lead back.
    ("source", HUNG, [], []),
    ("source-unfolded", HUNG, ["o"], ["o"]),
    ("source-beside", SCREWED, ["v"], ["v", "v"]),
    ("source-beside-zoomed", SCREWED, ["2", "z", "v"], ["v", "v", "z"]),
    ("source-document", MADE, ["2", "z", "v", "v"], ["v", "z"]),
    ("source-document-call", SCREWED, ["v", "v"], ["v"]),
    ("source-not-shown", OPENED - 1, ["v", "v"], ["v"]),
    ("source-looking", MADE, ["d"], ["D"]),
    ("source-picker", MADE, ["O"], ["escape"]),
]


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_pictures(folder: Path, size: tuple[int, int]) -> None:
    app = walk(folder, document="door.md")
    async with app.run_test(size=size) as pilot:
        app.walk.query_one(SourcePane).view = SourceMode.SOURCE
        app.walk.show()
        await pilot.pause()
        for language in ("en", "zh"):
            await speak(pilot, language)
            for name, at, keys, back in PICTURES:
                await go(app, pilot, at)
                await press(pilot, *keys)
                picked = isinstance(app.screen, DocumentPicker)
                if picked:
                    await listed(app.screen.query_one(MarkdownTree), pilot)
                else:
                    await app.workers.wait_for_complete()
                app.clear_notifications()
                await pilot.pause()
                # Only what this part draws: the other panes have pictures of their own.
                region = app.screen.query_one("#picker" if picked else "#source").region
                shown = Picture(drawn(app, region), "")
                compare(f"{name}-{size[0]}x{size[1]}-{language}", shown)
                await press(pilot, *back)
                app.walk.set_focus(None)


async def test_what_differs_has_a_colour_and_a_glyph(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for colours in (True, False):
        if not colours:
            monkeypatch.setenv("NO_COLOR", "1")
        app = walk(folder, document="door.md")
        async with app.run_test(size=(120, 50)) as pilot:
            await go(app, pilot, MADE)
            view = app.walk.query_one("#source-lines", SourceView)
            found = {
                segment.text.strip(): segment.style.color
                for y in range(view.size.height)
                for segment in view.render_line(y)
                if segment.style is not None and segment.text.strip() in ("≠", "+", "−")
            }
            assert found.keys() == {"≠", "+", "−"}
            assert len(set(found.values())) == 3


async def test_every_line_has_the_width_of_its_pane(folder: Path) -> None:
    app = walk(folder, document="door.md", language="zh")
    async with app.run_test(size=(97, 31)) as pilot:
        for _ in range(3):
            for index in range(0, len(history()), 2):
                await go(app, pilot, index)
                for view in app.walk.query_one(SourcePane).query(RowsView):
                    if view.size.width and view.display:
                        widths = {view.render_line(y).cell_length for y in range(view.size.height)}
                        assert widths <= {view.size.width}, view.id
            await press(pilot, "v")
