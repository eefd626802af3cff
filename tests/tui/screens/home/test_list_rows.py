"""Home from plain records: what is listed, how it is drawn, what Enter does, where things go."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.geometry import Region, Size

from tests.support.home_catalogue import (
    ABILITIES,
    BROKEN,
    DETAIL,
    ENTRIES,
    FIRST,
    MINE,
    PARKS,
    PORT,
    RECENTS,
    TAKEN,
    TODAY,
)
from walkthrough.i18n.catalogue import catalogue
from walkthrough.i18n.messages import message
from walkthrough.scenario.chapters import Chapter
from walkthrough.scenario.course import CourseStanding
from walkthrough.scenario.routes import Route
from walkthrough.scenario.schema import Level
from walkthrough.tui.screens.home.catalogue import (
    Capabilities,
    HomeEntry,
    RunBlocker,
    ScenarioDetail,
)
from walkthrough.tui.screens.home.course_marks import CourseMark
from walkthrough.tui.screens.home.detail_rows import about_rows
from walkthrough.tui.screens.home.list_rows import (
    EmptyItem,
    Item,
    ListHeading,
    OpenFileItem,
    can_be_chosen,
    first_of,
    items_of,
    moved,
    row_of,
    same,
    section,
    title_column,
)
from walkthrough.tui.screens.home.paths import (
    PathMatch,
    can_be_typed,
    completed,
    is_only_folder,
    listing_of,
    opened_found,
    opened_path,
    path_of,
)
from walkthrough.tui.screens.home.popover import around, popover_offset
from walkthrough.tui.screens.home.run_modes import (
    RunMark,
    RunMode,
    address_of,
    way_of,
    way_sentence,
    why_not,
)
from walkthrough.view.text import Row, width_of

EN = catalogue("en")
ZH = catalogue("zh")


GO = RunBlocker("machine", "Yama forbids it.")
ITEMS = items_of(ENTRIES, RECENTS, EN)


def text_of(row: Row) -> str:
    return "".join(piece.text for piece in row)


def listed(items: list[Item]) -> list[str]:
    """Name the items: headings in capitals."""
    names = []
    for item in items:
        match item:
            case ListHeading(text=text):
                names.append(text.upper())
            case HomeEntry(name=name):
                names.append(name)
            case _:
                names.append(type(item).__name__)
    return names


def test_scenarios_come_by_chapter_then_recordings_then_a_file() -> None:
    assert listed(ITEMS) == [
        "THE WHOLE WAY",
        "first-connection",
        "the-document-today",
        "THE POLLER: WHO WAITS, WHO IS WOKEN",
        "accept-parks",
        "WHAT CAN GO WRONG",
        "port-in-use",
        "YOURS",
        "mine",
        BROKEN.name,
        "YOUR RECORDINGS",
        "RecordingEntry",
        "RecordingEntry",
        "A FILE OF YOURS",
        "OpenFileItem",
    ]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("epoll", ["the-document-today"]),
        ("端口", ["port-in-use"]),
        ("PORT taken", ["port-in-use"]),
        ("accept parks", ["accept-parks", "RecordingEntry"]),
        ("poller", ["accept-parks"]),
        ("mptcp", ["the-document-today"]),
        ("2026-03-01", ["RecordingEntry"]),
        ("your recordings", ["RecordingEntry", "RecordingEntry"]),
        ("nothing like it", ["EmptyItem"]),
    ],
)
def test_what_is_typed_is_looked_for_in_both_languages(typed: str, found: list[str]) -> None:
    for tr in (EN, ZH):
        items = items_of(ENTRIES, RECENTS, tr, typed)
        assert [name for name in listed(items) if name != name.upper()] == found


def test_what_has_the_words_in_its_title_comes_before_what_has_them_elsewhere() -> None:
    text = replace(FIRST, summary=PARKS.title)
    beside = replace(MINE, chapter=PARKS.chapter, summary=PARKS.title)
    poller = "THE POLLER: WHO WAITS, WHO IS WOKEN"
    for typed in ("accept4 waits", "等的是"):
        found = items_of((text, TODAY, beside, PARKS), (), EN, typed)
        assert listed(found) == [poller, PARKS.name, MINE.name, "THE WHOLE WAY", FIRST.name]


@pytest.mark.parametrize(
    ("server", "abilities", "way"),
    [
        ("auto", None, RunMode(RunMark.UNKNOWN, "auto")),
        ("python", Capabilities(), RunMode(RunMark.UNKNOWN, "python")),
        ("auto", ABILITIES, RunMode(RunMark.GO, "auto")),
        ("go", ABILITIES, RunMode(RunMark.GO, "go")),
        ("python", ABILITIES, RunMode(RunMark.PYTHON, "python")),
    ],
)
def test_what_enter_does_where_all_can_run(
    server: str, abilities: Capabilities | None, way: RunMode
) -> None:
    assert way_of(FIRST, abilities, server) == way


def without_go(**others: RunBlocker) -> Capabilities:
    """A machine on which Go cannot be traced; and what else is missing, by server."""
    lacking = {(FIRST.name, "go"): GO, **{(FIRST.name, name): v for name, v in others.items()}}
    return Capabilities(False, lacking, frozenset({FIRST.name}))


@pytest.mark.parametrize(
    ("server", "abilities", "way"),
    [
        # What the capture would take itself is left to it, since it says why.
        ("auto", without_go(), RunMode(RunMark.PYTHON, "auto")),
        ("go", without_go(), RunMode(RunMark.REPLAY, "", GO)),
        ("auto", without_go(python=PORT), RunMode(RunMark.REPLAY, "", GO)),
        ("auto", without_go(python=RunBlocker("server", "")), RunMode(RunMark.REPLAY, "", GO)),
        # Go is traced here, but not for this scenario: the other is asked for by name.
        (
            "auto",
            Capabilities(True, {(FIRST.name, "go"): PORT}, frozenset({FIRST.name})),
            RunMode(RunMark.PYTHON, "python"),
        ),
    ],
)
def test_what_enter_does_where_something_is_missing(
    server: str, abilities: Capabilities, way: RunMode
) -> None:
    assert way_of(FIRST, abilities, server) == way


def test_without_a_recording_there_is_nothing_left_to_do() -> None:
    bare = replace(FIRST, recording=False)
    assert way_of(bare, without_go(python=PORT), "auto").mark is RunMark.NOTHING
    assert way_of(BROKEN, ABILITIES, "auto") == RunMode(RunMark.NOTHING)


@pytest.mark.parametrize(
    ("entry", "way", "en", "zh"),
    [
        (FIRST, RunMode(RunMark.GO, "auto"), "under the Go server", "在 Go 服务端上实时运行"),
        (FIRST, RunMode(RunMark.PYTHON, "auto"), "under the Python server", "Python 服务端"),
        (FIRST, RunMode(RunMark.UNKNOWN, "auto"), "is being found out", "正在查明"),
        (
            TODAY,
            RunMode(RunMark.REPLAY, "", PORT),
            "another program listens on 0.0.0.0:7099",
            "别人在监听",
        ),
        (TODAY, RunMode(RunMark.REPLAY, "", PORT), "Enter replays", "按 Enter 回放"),
        (
            TODAY,
            RunMode(RunMark.REPLAY, "", RunBlocker("server", "")),
            "for the Go server alone",
            "只用于 Go",
        ),
        (FIRST, RunMode(RunMark.REPLAY, "", GO), "Yama forbids it.", "Yama forbids it."),
        (MINE, RunMode(RunMark.NOTHING, "", GO), "no recording either", "也没有录制"),
        (BROKEN, RunMode(RunMark.NOTHING), "unknown key", "打不开"),
    ],
)
def test_it_is_said_what_enter_does(entry: HomeEntry, way: RunMode, en: str, zh: str) -> None:
    assert en in way_sentence(entry, way, EN)
    assert zh in way_sentence(entry, way, ZH)


def test_a_row_holds_mark_title_and_teaser() -> None:
    row = row_of(TODAY, 79, EN, way=RunMode(RunMark.REPLAY), chosen=True)
    assert text_of(row).startswith(">-- The listing and today's Go")
    assert text_of(row).rstrip().endswith("epoll before bind: no listing told you")
    wide = row_of(TODAY, 111, EN, way=RunMode(RunMark.REPLAY))
    assert text_of(wide).rstrip().endswith("the-document-today")


@pytest.mark.parametrize(
    "mark", [CourseMark(CourseStanding(True, True, right=5, asked=7), next=True), CourseMark()]
)
def test_how_far_one_is_takes_room_from_the_teaser_alone(mark: CourseMark) -> None:
    for width in (59, 79, 111):
        plain = text_of(row_of(TODAY, width, EN, way=RunMode(RunMark.GO)))
        row = text_of(row_of(TODAY, width, EN, way=RunMode(RunMark.GO), mark=mark))
        at = plain.index("epoll before")
        assert row.index("epoll before") == at + 3  # in one column, marked or not
        assert row[: at - 1] == plain[: at - 1]
        assert ("the-document-today" in row) == ("the-document-today" in plain)
        assert len(row.rstrip()) <= width


def test_a_recording_tells_when_of_what_and_how_long() -> None:
    row = text_of(row_of(RECENTS[0], 79, EN))
    assert row.split() == ["2026-03-02", "21:07", "accept-parks", "Go", "1.27.3", "1,341", "events"]
    assert "events" not in text_of(row_of(RECENTS[1], 79, EN))


@given(
    width=st.integers(8, 200),
    item=st.sampled_from([*ITEMS, EmptyItem()]),
    language=st.sampled_from(["en", "zh"]),
    chosen=st.booleans(),
    asked=st.integers(0, 1000),
)
def test_no_row_is_wider_than_its_view(
    width: int, item: Item, language: str, chosen: bool, asked: int
) -> None:
    column = title_column(ENTRIES, catalogue(language))
    tr = catalogue(language)
    mark = CourseMark(CourseStanding(asked > 0, chosen, asked=asked, right=asked), chosen)
    row = row_of(item, width, tr, title=column, way=RunMode(RunMark.GO), mark=mark, chosen=chosen)
    assert width_of(row) <= max(width, 12)
    assert all(piece.text.isprintable() for piece in row)


@given(
    width=st.integers(20, 200),
    item=st.sampled_from(ITEMS),
    language=st.sampled_from(["en", "zh"]),
    detail=st.sampled_from([ScenarioDetail(), DETAIL, ScenarioDetail(trouble="no lesson: \\x1b")]),
)
def test_nor_is_what_is_told_beside_it(
    width: int, item: Item, language: str, detail: ScenarioDetail
) -> None:
    way = way_of(item, ABILITIES, "auto") if isinstance(item, HomeEntry) else None
    rows = about_rows(item, detail, way, catalogue(language), width)
    assert all(width_of(row) <= width for row in rows)
    assert all(piece.text.isprintable() for row in rows for piece in row)


def test_all_there_is_to_know_is_told() -> None:
    way = way_of(TODAY, ABILITIES, "auto")
    found = "\n".join(text_of(row) for row in about_rows(TODAY, DETAIL, way, EN, 60))
    for part in (
        "It cannot run here: another program listens on 0.0.0.0:7099.",
        "The same example with today's Go.",
        "Servers    Go",
        "Needs      ipv6, mptcp, port",
        "8 stages in order; system calls: 19; states of the kernel: 5;",
        "1 printed line; the exit status",
        "Recording  2026-03-02 21:07 · Go 1.27.3 · 1,341 events",
        "Asks       2 questions of its own, in predict mode (p)",
    ):
        assert part in " ".join(found.split("\n           ")), part


def test_neither_what_is_asked_nor_the_outcome_is_given_away() -> None:
    way = way_of(TODAY, ABILITIES, "auto")
    found = "\n".join(text_of(row) for row in about_rows(TODAY, DETAIL, way, EN, 60))
    for question in DETAIL.questions:
        assert question.says("en") not in found
    for line in DETAIL.promised.printed:
        assert line not in found


@pytest.mark.parametrize(
    ("address", "en"),
    [
        ("{neighbour}", "that of another program, which listens beside it"),
        ("{dir}/listener.sock", "listener.sock, in a folder made for the run"),
        ("127.0.0.1:0", "127.0.0.1:0"),
    ],
)
def test_an_address_that_is_made_for_the_run_is_described(address: str, en: str) -> None:
    entry = replace(TODAY, address=address)
    assert address_of(entry, EN) == en
    lacking = RunBlocker("port", "")
    for tr in (EN, catalogue("zh")):
        assert "{" not in address_of(entry, tr) + why_not(entry, lacking, tr)


def test_the_cursor_passes_headings() -> None:
    assert ITEMS[first_of(ITEMS)] is FIRST
    down = [first_of(ITEMS)]
    while (following := moved(ITEMS, down[-1], 1)) != down[-1]:
        down.append(following)
    assert [ITEMS[at] for at in down] == [item for item in ITEMS if can_be_chosen(item)]
    up = [down[-1]]
    while (following := moved(ITEMS, up[-1], -1)) != up[-1]:
        up.append(following)
    assert up == down[::-1]
    assert moved(ITEMS, down[3], 1000) == down[-1]
    assert moved(ITEMS, down[3], -1000) == down[0]
    assert moved([EmptyItem()], 0, 1) == 0
    assert first_of([EmptyItem()]) == -1


@given(at=st.sampled_from([n for n, i in enumerate(ITEMS) if can_be_chosen(i)]), by=st.integers())
def test_the_cursor_never_stands_on_a_heading(at: int, by: int) -> None:
    assert can_be_chosen(ITEMS[moved(ITEMS, at, by)])
    for way in (1, -1):
        assert can_be_chosen(ITEMS[section(ITEMS, at, way)])


def test_from_chapter_to_chapter() -> None:
    starts = [1, 4, 6, 8, 11, 14]
    at, seen = 1, []
    for _ in starts:
        seen.append(at)
        at = section(ITEMS, at, 1)
    assert (seen, at) == (starts, 1)
    assert section(ITEMS, 2, -1) == 1
    assert section(ITEMS, 1, -1) == 14


def test_an_item_is_known_again_though_more_is_known_of_it() -> None:
    assert same(FIRST, replace(FIRST, recording=False))
    assert not same(FIRST, PARKS)
    assert same(RECENTS[0], replace(RECENTS[0], events=None))
    assert same(OpenFileItem(), OpenFileItem())
    assert not same(ListHeading("a"), ListHeading("b"))
    assert not same(TAKEN, RECENTS[0])


def test_every_chapter_has_a_heading_in_both_languages() -> None:
    for chapter in Chapter:
        assert catalogue("zh")(chapter.heading) != str(chapter.heading)


# Paths that are typed


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for folder in ("scenarios", "scripts", "Shelf", ".git", "mine"):
        (tmp_path / folder).mkdir()
    for file in ("a.jsonl", "a.log", "scan.txt", "mine/scenario.toml", "scenarios/new.jsonl"):
        (tmp_path / file).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("", ["mine", "scenarios", "scripts", "Shelf", "a.jsonl", "a.log", "scan.txt"]),
        ("sc", ["scenarios", "scripts", "scan.txt"]),
        ("s", ["scenarios", "scripts", "Shelf", "scan.txt"]),
        (".", [".git"]),
        ("./.g", [".git"]),
        ("scenarios/", ["new.jsonl"]),
        ("zz", []),
    ],
)
def test_what_goes_on_from_what_is_typed(typed: str, names: list[str], files: Path) -> None:
    assert [each.name for each in listing_of(typed).found] == names
    whole = listing_of(f"{files}/{typed}" if not typed.startswith("./") else typed)
    assert [each.name for each in whole.found] == names


@pytest.mark.parametrize(
    ("typed", "whole"),
    [
        ("sc", "sc"),
        ("sce", "scenarios/"),
        ("scenarios/", "scenarios/new.jsonl"),
        ("a", "a."),
        ("zz", "zz"),
        ("", ""),
        (" 'sce' ", "scenarios/"),
    ],
)
def test_it_is_completed_as_far_as_it_is_certain(typed: str, whole: str, files: Path) -> None:
    assert completed(typed, listing_of(typed)) == whole


def test_what_is_chosen_is_typed_or_opened(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(files))
    listing = listing_of("~/sc")
    assert path_of(listing, PathMatch("scenarios", True)) == "~/scenarios/"
    assert opened_found(listing, PathMatch("scan.txt", False)) == str(files / "scan.txt")
    assert opened_path(" ~/a.log ") == opened_path(f"file://{files}/a.log") == str(files / "a.log")


def test_a_folder_is_gone_into_unless_it_holds_a_scenario(files: Path) -> None:
    assert is_only_folder("scenarios")
    assert not is_only_folder("mine")
    assert not is_only_folder("a.log")
    assert not is_only_folder("nowhere")


def test_what_cannot_be_read_is_said(files: Path) -> None:
    assert str(listing_of("nowhere/x").trouble) == "No such file or directory"
    assert str(listing_of("a.log/x").trouble) == "Not a directory"
    assert listing_of("a\0b/").trouble


def test_of_a_large_folder_some_are_listed(files: Path) -> None:
    for number in range(620):
        (files / "scripts" / f"{number:04}.jsonl").touch()
    listing = listing_of("scripts/")
    assert (len(listing.found), listing.more) == (500, 120)
    assert completed("scripts/0", listing_of("scripts/0")) == "scripts/0"


def test_a_hostile_name_is_never_typed(files: Path) -> None:
    for name in (b"red\x1b[31m.jsonl", b"bad\xff.jsonl"):
        (files / "scripts" / os.fsdecode(name)).touch()
    listing = listing_of("scripts/")
    assert len(listing.found) == 2
    assert not any(can_be_typed(each.name) for each in listing.found)
    assert completed("scripts/b", listing_of("scripts/b")) == "scripts/b"
    assert all(os.path.isfile(opened_found(listing, each)) for each in listing.found)


# Where the tour's box goes

SIZES = st.builds(Size, st.integers(60, 250), st.integers(16, 70))


@st.composite
def places(draw: st.DrawFn) -> tuple[Region, Size, Size]:
    screen = draw(SIZES)
    x = draw(st.integers(0, screen.width - 1))
    y = draw(st.integers(0, screen.height - 1))
    width = draw(st.integers(1, screen.width - x))
    height = draw(st.integers(1, screen.height - y))
    box = Size(draw(st.integers(10, 50)), draw(st.integers(4, 12)))
    return Region(x, y, width, height), box, screen


@given(place=places())
def test_a_box_is_on_the_screen_and_beside_its_pane_if_there_is_room(
    place: tuple[Region, Size, Size],
) -> None:
    target, box, screen = place
    at = popover_offset(target, box, screen)
    here = Region(at.x, at.y, box.width, box.height)
    assert screen.region.contains_region(here)
    rooms = (
        screen.width - target.right >= box.width,
        target.x >= box.width,
        target.y >= box.height,
        screen.height - target.bottom >= box.height,
    )
    assert not (any(rooms) and here.overlaps(target))


def test_a_box_stands_around_all_that_it_explains() -> None:
    lower, keys = Region(0, 20, 80, 3), Region(0, 23, 80, 1)
    assert around([lower, Region(), keys]) == Region(0, 20, 80, 4)
    assert around([Region()]) == Region()


ROUTE = Route("short", message("45 minutes"), ("accept-parks", "not-here", "first-connection"))


@pytest.mark.parametrize(
    ("language", "heading"),
    [("en", "Route: 45 minutes · 18 minutes of walks"), ("zh", "路线：45 分钟 · 走完 18 分钟")],
)
def test_a_route_is_listed_alone_and_in_its_order(language: str, heading: str) -> None:
    entries = (replace(FIRST, minutes=10), TODAY, replace(PARKS, minutes=8))
    items = items_of(entries, RECENTS, catalogue(language), route=ROUTE)
    assert items[0] == ListHeading(heading)
    assert [item.name for item in items if isinstance(item, HomeEntry)] == [
        "accept-parks",
        "first-connection",
    ]
    assert RECENTS[0] in items, "what else home lists stays"
    found = items_of(entries, (), EN, "first", ROUTE)
    assert [item.name for item in found if isinstance(item, HomeEntry)] == ["first-connection"]


def test_level_length_and_prerequisites_are_told_and_how_much_is_disproved() -> None:
    entry = replace(
        PARKS,
        level=Level.ADVANCED.label,
        minutes=1,
        after=("first-connection", "burst"),
        lab=True,
    )
    detail = replace(DETAIL, beliefs=(3, 16))
    said = {
        language: [
            text_of(row).split(maxsplit=1)
            for row in about_rows(
                entry, detail, way_of(entry, ABILITIES, "auto"), catalogue(language), 80
            )
        ]
        for language in ("en", "zh")
    }
    for told in (
        ["Level", "advanced, 1 minute"],
        ["Lab", "write it yourself: walkthrough lab accept-parks"],
        ["After", "first-connection, burst"],
        ["Disproves", "2 common misconceptions"],
    ):
        assert told in said["en"]
    for told in (["程度", "深入、1 分钟"], ["纠正", "2 个常见误解"]):
        assert told in said["zh"]
