"""The timeline without a widget: scale, columns, rows, and where somebody wants to go."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.support.records import HEADER, Recorder, first_connection, many_calls
from walkthrough.i18n.catalogue import Catalogue, catalogue
from walkthrough.i18n.messages import Message, message
from walkthrough.model.events import AnyEvent
from walkthrough.model.stages import Place, Stage, Step
from walkthrough.state.history import History
from walkthrough.state.timeline.lanes import Activity
from walkthrough.state.timeline.timeline import PLACES, EventTimeline, Incident
from walkthrough.tui.features.navigation.goto_parser import destination
from walkthrough.view.text import Row, width_of
from walkthrough.view.timeline.columns import (
    BEYOND,
    UNREAD,
    TimelineColumns,
    telling_band,
    telling_doing,
)
from walkthrough.view.timeline.page import TimelinePage, chosen_lanes, label_width, shares
from walkthrough.view.timeline.rows import (
    BOOKMARK,
    GLYPHS,
    PLAYHEAD,
    Band,
    band_row,
    bands_of,
    clock,
    names_row,
    under_cursor,
)
from walkthrough.view.timeline.scale import Scale, scale_for
from walkthrough.view.timeline.status_line import CursorFacts

EN = catalogue("en")
ZH = catalogue("zh")


EVENTS = first_connection()
LISTEN = PLACES.index(Place(Stage.LISTEN))
READ = PLACES.index(Place(None, Step.READ))

scales = st.builds(Scale, st.integers(1, 3000), st.integers(1, 300))


def taken(events: Sequence[AnyEvent], most: int | None = None) -> EventTimeline:
    found = EventTimeline(History.of(HEADER, events))
    if most is not None:
        found.take(most)
    else:
        while found.take():
            pass
    return found


def plain(row: Row) -> str:
    return "".join(piece.text for piece in row)


# Which events a column stands for


@given(scales, st.data())
def test_an_event_is_in_its_columns(scale: Scale, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, scale.capacity - 1))
    first, after = scale.columns(index)
    assert 0 <= first < after <= scale.width
    for column in range(first, after):
        low, high = scale.events(column)
        assert low <= index < high


@given(scales)
def test_columns_cover_all_events_in_order(scale: Scale) -> None:
    ranges = [scale.events(column) for column in range(scale.width)]
    assert ranges[0][0] == 0
    assert ranges[-1][1] == scale.capacity
    for (low, high), (following, _) in pairwise(ranges):
        assert low < high
        assert low <= following <= high
        if scale.capacity >= scale.width:
            assert following == high, "no event is in two columns"
        else:
            assert high == low + 1, "no column has two events"


@given(st.integers(0, 10**7), st.integers(1, 300))
def test_a_growing_history_has_room_ahead_but_not_too_much(count: int, width: int) -> None:
    scale = scale_for(count, width, growing=True)
    assert scale.capacity >= count
    assert scale.capacity <= max(width, count * 1.5 + width)
    assert scale_for(count, width, growing=False) == Scale(max(count, 1), width)


def test_a_growing_history_moves_only_now_and_then() -> None:
    seen = [scale_for(count, 100, growing=True).capacity for count in range(1, 10_000)]
    assert seen == sorted(seen)
    assert sorted(set(seen)) == [
        *(100, 150, 200, 300, 400, 600, 800, 1200, 1600, 2400, 3200, 4800, 6400, 9600, 12800)
    ]


# What a column shows


def bands(**counts: int) -> list[int]:
    return [counts.get(str(place.stage or place.step or "nowhere"), 0) for place in PLACES]


@pytest.mark.parametrize(
    ("counts", "place"),
    [
        (bands(nowhere=5), Place()),
        (bands(nowhere=3, listen=1), Place(Stage.LISTEN)),
        (bands(nowhere=4, listen=1), Place()),
        (bands(bind=2, listen=3), Place(Stage.LISTEN)),
        (bands(bind=2, read=3), Place(None, Step.READ)),
    ],
)
def test_the_band_that_a_column_shows(counts: list[int], place: Place) -> None:
    assert PLACES[telling_band(counts)] == place


@pytest.mark.parametrize(
    ("absent", "run", "call", "parked", "gone", "shown"),
    [
        (9, 0, 0, 0, 0, Activity.ABSENT),
        (1, 0, 0, 0, 5, Activity.GONE),
        (90, 1, 0, 0, 0, Activity.RUN),
        (0, 2, 1, 0, 0, Activity.CALL),
        (0, 3, 1, 0, 0, Activity.RUN),
        (0, 1, 0, 5, 0, Activity.PARKED),
    ],
)
def test_what_a_lanes_column_shows(
    absent: int, run: int, call: int, parked: int, gone: int, shown: Activity
) -> None:
    assert telling_doing([absent, run, call, parked, gone]) == shown


@given(st.integers(1, 250), st.integers(0, 400), st.booleans())
def test_columns_that_grew_are_those_made_at_once(width: int, part: int, growing: bool) -> None:
    history = History.of(HEADER, many_calls(400))
    count = len(history)
    timeline = EventTimeline(history)
    scale = scale_for(count, width, growing=growing)
    grown = TimelineColumns(timeline, scale)
    for most in (part, 7, 1, count):
        timeline.take(most)
        grown.bands(count)
        grown.incidents()
        for lane in timeline.lanes.first_goroutines(0, 9):
            grown.lane(lane.track, count)
    fresh = TimelineColumns(timeline, scale)
    assert grown.bands(count) == fresh.bands(count)
    assert grown.incidents() == fresh.incidents()
    for lane in timeline.lanes.first_goroutines(0, 9):
        assert grown.lane(lane.track, count) == fresh.lane(lane.track, count)


@given(st.integers(1, 250), st.booleans())
def test_a_column_tells_of_its_own_events(width: int, growing: bool) -> None:
    timeline = taken(EVENTS)
    count = len(EVENTS)
    scale = scale_for(count, width, growing=growing)
    columns = TimelineColumns(timeline, scale)
    shown, marks = columns.bands(count), columns.incidents()
    assert len(shown) == width
    for column, code in enumerate(shown):
        low, high = scale.events(column)
        states = [timeline.bands.at(index) for index in range(low, min(high, count))]
        if not states:
            assert code == BEYOND
            continue
        assert code == telling_band([states.count(place) for place in range(len(PLACES))])
        assert marks[column] == timeline.incidents_in(low, min(high, count))


def test_what_was_not_taken_in_yet_is_told_from_what_has_not_happened() -> None:
    timeline = taken(EVENTS, 20)
    scale = Scale(len(EVENTS) * 2, 80)
    shown = TimelineColumns(timeline, scale).bands(len(EVENTS))
    kinds = ["read" if code < UNREAD else "unread" if code == UNREAD else "ahead" for code in shown]
    assert kinds == sorted(kinds, key=["read", "unread", "ahead"].index)
    assert set(kinds) == {"read", "unread", "ahead"}
    assert kinds.count("ahead") == pytest.approx(40, abs=1)


# Rows


@pytest.mark.parametrize(
    ("codes", "bookmarks", "row"),
    [
        ([LISTEN] * 10, [], "listen    "),
        ([LISTEN] * 6, [], "listen"),
        ([LISTEN] * 6 + [READ] * 5, [], "list… read "),
        ([LISTEN] * 3 + [READ] * 5, [], "   read "),
        ([0] * 4 + [LISTEN] * 7, [], "    listen "),
        ([LISTEN] * 12, [1], " ▼listen    "),
        ([LISTEN] * 12, [7], "listen ▼    "),
        ([LISTEN] * 9, [4], "lis…▼lis…"[:4] + "▼    "),
    ],
)
def test_names_stand_over_their_bands(codes: list[int], bookmarks: list[int], row: str) -> None:
    assert plain(names_row(bands_of(codes), bookmarks, 0, len(codes))) == row


def test_the_name_of_the_band_under_the_cursor_is_the_current_one() -> None:
    row = names_row(bands_of([LISTEN] * 8 + [READ] * 8), [], 9, 16)
    assert [(piece.text.strip(), piece.kind) for piece in row if piece.text.strip()] == [
        ("listen", "band5"),
        ("read", "current"),
    ]


def test_a_band_can_be_told_without_its_colour() -> None:
    row = band_row(bands_of([0] * 2 + [LISTEN] * 4 + [READ] * 4 + [LISTEN]), [], 11)
    assert plain(row) == "··┣━━━├───━"
    marks = [
        Incident(0),
        Incident.CLIENT,
        Incident.FAILED | Incident.CLIENT,
        Incident.INJECTED | Incident.FAILED,
    ]
    assert plain(band_row(bands_of([LISTEN] * 5), marks, 5)) == "┣↓✗!━"


def test_with_one_row_the_names_are_in_the_line() -> None:
    codes = [LISTEN] * 9 + [READ] * 5 + [0] * 2
    shown = plain(band_row(bands_of(codes), [], 16, named=True, bookmarks=[15]))
    assert shown == "listen━━━read─·▼"
    marks = [Incident.CLIENT if column in (1, 10) else Incident(0) for column in range(16)]
    shown = plain(band_row(bands_of(codes), marks, 16, named=True))
    assert shown == "┣↓listen━├↓───··", "a mark hides no name"


def test_every_glyph_is_one_cell() -> None:
    for glyph in (BOOKMARK, *(glyph for glyph, _ in GLYPHS.values())):
        assert cell_len(glyph) == 1


@given(st.integers(0, 9), st.integers(1, 4))
def test_the_cursor_lies_over_a_row(first: int, length: int) -> None:
    row = band_row(bands_of([LISTEN] * 5 + [READ] * 10), [], 15)
    shown = under_cursor(row, first, first + length, "┃")
    assert plain(shown) == plain(row)[:first] + "┃" * length + plain(row)[first + length :]
    assert [piece.text for piece in shown if piece.kind == PLAYHEAD] == ["┃" * length]


def test_the_cursor_hides_no_mark() -> None:
    row = band_row(bands_of([LISTEN] * 5), [Incident(0), Incident.FAILED], 5)
    assert plain(under_cursor(row, 1, 2, "┃")) == "┣✗━━━"


@pytest.mark.parametrize(
    ("time", "said"),
    [
        (0, "0.0 µs"),
        (12_345, "12.3 µs"),
        (12_345_678, "12.346 ms"),
        (1_234_500_000, "1.234 s"),
        (754_000_000_000, "12 min 34 s"),
    ],
)
def test_a_time_is_said_in_a_fitting_unit(time: int, said: str) -> None:
    assert clock(time) == said


def crowd(goroutines: int = 20) -> list[AnyEvent]:
    """Return events of many goroutines: one that accepts, the others serve."""
    walk = Recorder()
    walk.enter("main.main")
    walk.goroutine = 2
    walk.enter("net.(*TCPListener).Accept", "accept")
    for goroutine in range(3, goroutines + 1):
        walk.goroutine = goroutine
        walk._chain.clear()
        walk.enter("main.serve")
        walk.call("read", error="ECONNRESET")
    return walk.events


def here_at(index: int, events: Sequence[AnyEvent] = EVENTS, **more: bool) -> CursorFacts:
    event = events[index]
    return CursorFacts(
        index,
        index,
        len(events),
        event.time_ns,
        event.place,
        event.goroutine,
        event.thread,
        **more,
    )


def test_the_lanes_that_matter_most_are_shown_and_whoever_acts() -> None:
    events = crowd()
    lanes = taken(events).lanes
    assert shares(lanes, 6) == (5, 1)
    shown = chosen_lanes(lanes, 6, 0, here_at(len(events) - 1, events))
    assert [(lane.thread, lane.number) for lane in shown] == [
        *((False, number) for number in (1, 2, 3, 4, 20)),
        (True, 4242),
    ]
    scrolled = chosen_lanes(lanes, 6, 4, here_at(0, events))
    assert [lane.number for lane in scrolled] == [5, 6, 7, 8, 1, 4242]
    assert shares(lanes, 0) == (0, 0)
    assert chosen_lanes(lanes, 0, 0, here_at(0, events)) == []


def page(
    timeline: EventTimeline, count: int, width: int, height: int, tr: Catalogue
) -> TimelinePage:
    scale = scale_for(count, width - label_width(height), growing=False)
    return TimelinePage(timeline, width, height, scale, tr)


@pytest.mark.parametrize("tr", [EN, ZH], ids=["en", "zh"])
@pytest.mark.parametrize("height", [1, 2, 3, 4, 5, 8, 11, 12, 20, 60])
@pytest.mark.parametrize("width", [60, 80, 120, 250])
def test_a_page_fills_its_rows_and_no_row_is_too_long(
    width: int, height: int, tr: Catalogue
) -> None:
    events = crowd()
    timeline = taken(events)
    shown = page(timeline, len(events), width, height, tr)
    shown.bookmark([0, 5])
    for index in (0, len(events) // 2, len(events) - 1):
        for note in (None, "", "a note \x1b[31m " + "很长的备注" * 60):
            rows = shown.rows(here_at(index, events, focused=bool(note)), 0, note)
            assert len(rows) == height
            assert all(width_of(row) <= width for row in rows), height
            if note:
                assert any("a note" in plain(row) for row in rows)


# Where somebody wants to go

ACCEPT = next(event.seq for event in EVENTS if getattr(event, "mark", "") == "accept")
BIND = next(event.seq for event in EVENTS if getattr(event, "mark", "") == "bind")
ACCEPT4 = [event.seq for event in EVENTS if getattr(event, "mark", "") == "accept4"]
LAST = len(EVENTS)


@pytest.mark.parametrize(
    ("typed", "cursor", "event"),
    [
        ("1", 9, 0),
        (" 41 ", 9, 40),
        (str(LAST), 0, LAST - 1),
        ("0_0 4,1", 0, 40),
        ("４１", 0, 40),
        ("", 9, 0),
        ("   ", 9, 0),
        ("12us", 0, 12),
        ("12.5 µs", 0, 13),
        ("0.012ms", 0, 12),
        ("0s", 9, 0),
        (".02 毫秒", 0, 20),
        ("bind", 0, BIND),
        ("BIN", 0, BIND),
        ("bind", LAST - 1, BIND),
        ("accept", 0, ACCEPT),
        ("accept4", 0, ACCEPT4[0]),
        ("accept4", ACCEPT4[0], ACCEPT4[1]),
        ("accept4", ACCEPT4[1], ACCEPT4[0]),
        ("listenerB", 0, EVENTS[0].seq),
    ],
)
def test_what_is_typed_leads_somewhere(typed: str, cursor: int, event: int) -> None:
    found = destination(typed, taken(EVENTS), cursor, LAST, EN)
    if typed == "listenerB":
        event = next(e.seq for e in EVENTS if getattr(e, "mark", "") == "listenerBacklog")
    assert found == event


WORDS = message("Type an event's number, a time with ms or s, or a stage's name.")
EVENT = message("Events are 1 to {last}.")
TIME = message("The last event is at {time}.")


@pytest.mark.parametrize("tr", [EN, ZH], ids=["en", "zh"])
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("0", EVENT),
        (str(LAST + 1), EVENT),
        ("9" * 30, EVENT),
        ("9" * 5000, WORDS),
        ("-3", WORDS),
        ("1.5", WORDS),
        ("5 parsecs", WORDS),
        ("99s", TIME),
        ("99" * 15 + "s", TIME),
        ("nothing", message("No stage or step is called that; stages: {stages}.")),
        ("poll", message("Which one: {stages}?")),
        ("write", message("{stage} is not begun in these events.", stage="write")),
        ("\x1b[31m", WORDS),
        ("*", WORDS),
    ],
)
def test_what_leads_nowhere_is_answered_with_what_is_allowed(
    typed: str, said: Message, tr: Catalogue
) -> None:
    found = destination(typed, taken(EVENTS), 0, LAST, tr)
    assert isinstance(found, str)
    assert found.startswith(tr(said).partition("{")[0])
    assert "{" not in found


BEGUN = ACCEPT4[0] + 1
"""So much is read: one round of accepting."""


@pytest.mark.parametrize(
    ("typed", "cursor", "event"),
    [
        ("bind", 0, BIND),
        ("bind", BIND, None),  # no beginning after that one has been read
        ("write", 0, None),
        ("accept4", ACCEPT4[0], None),
        ("accept4", 0, ACCEPT4[0]),
        ("12us", 0, 12),
        ("99s", 0, None),
        (str(BEGUN), 0, BEGUN - 1),
    ],
)
@pytest.mark.parametrize("how", ["read", "taken"])
def test_what_may_still_come_is_left_open(
    typed: str, cursor: int, event: int | None, how: str
) -> None:
    """Whether more is to be read, or only to be taken in by the timeline."""
    if how == "read":
        found = destination(typed, taken(EVENTS[:BEGUN]), cursor, BEGUN, EN, more=True)
    else:
        found = destination(typed, taken(EVENTS, BEGUN), cursor, LAST, EN)
        if typed == "99s":  # times are known all the same
            assert isinstance(found, str)
            return
    assert found == event


@given(st.text(max_size=60))
def test_nothing_that_is_typed_raises(typed: str) -> None:
    found = destination(typed, taken(EVENTS), 0, LAST, EN)
    assert found is not None
    assert isinstance(found, str) or 0 <= found < LAST


def test_a_band_of_nothing_has_no_name() -> None:
    assert [Band(code, 0, 1).name for code in (0, UNREAD, BEYOND)] == ["", "", ""]
    assert Band(READ, 0, 1).kind == "band8"


def test_clients_that_are_everywhere_do_not_hide_the_bands() -> None:
    codes = [1] * 20
    few = [Incident.CLIENT if column == 3 else Incident(0) for column in range(20)]
    many = [Incident.CLIENT] * 19 + [Incident.CLIENT | Incident.FAILED]
    assert plain(band_row(bands_of(codes), few, 20)).count("↓") == 1
    shown = plain(band_row(bands_of(codes), many, 20))
    assert "↓" not in shown
    assert shown.endswith("✗"), "what failed is drawn all the same"
