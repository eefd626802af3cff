"""The rows of home's list: what is in it, under which headings, and how each is drawn.

Derived from plain records, by width and language; knows no widget.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from rich.cells import cell_len

from walkthrough.i18n.catalogue import Catalogue, readable_catalogues
from walkthrough.scenario.routes import Route
from walkthrough.tui.screens.home.catalogue import HomeEntry, RecordingEntry
from walkthrough.tui.screens.home.course_marks import CourseMark, mark_row
from walkthrough.tui.screens.home.run_modes import SERVER_NAMES, RunMark, RunMode
from walkthrough.view.text import Piece, Row, elide, safe, width_of

MOST_RECENTS = 12
"""How many recordings are listed; the others are opened by name."""
_LEAST_TEASER = 16
_TITLE = 33
_TEASER = 40
"""Cells of a title, and of a teaser with the mark before it, which takes three: what those of the
shipped scenarios keep to, so that both fit into 80 columns."""
_NAME = 28


class ListHeading(NamedTuple):
    """Names what is below it."""

    text: str


class OpenFileItem(NamedTuple):
    """The way to a file."""


class EmptyItem(NamedTuple):
    """There is nothing to list."""


Item = ListHeading | EmptyItem | OpenFileItem | HomeEntry | RecordingEntry
"""A row of the list."""


def can_be_chosen(item: Item) -> bool:
    """Return whether the cursor may be on it."""
    return not isinstance(item, ListHeading | EmptyItem)


def same(one: Item, other: Item) -> bool:
    """Return whether two items are of one thing, though more may be known of it now."""
    match one, other:
        case HomeEntry(name=here), HomeEntry(name=there):
            return here == there
        case RecordingEntry(path=at), RecordingEntry(path=elsewhere):
            return at == elsewhere
    return one == other


def items_of(
    entries: Sequence[HomeEntry],
    recents: Sequence[RecordingEntry],
    tr: Catalogue,
    wanted: str = "",
    route: Route | None = None,
) -> list[Item]:
    """List what is shown.

    Args:
        entries: The scenarios, by chapter.
        recents: Recordings, the newest first.
        tr: The catalogue of the language to say it in.
        wanted: Words all of which an item has to hold, in whatever language; "" for all items.
            Scenarios that have them in their titles come first, and their chapters.
        route: The route that was chosen: its scenarios alone are listed; None for all chapters.
    """
    asked = wanted.casefold().split()
    items: list[Item] = []
    parts = []
    for heading, those in _parts(entries, tr, route):
        found = [entry for entry in those if _holds(_text_of(entry), asked)]
        found.sort(key=lambda entry: _elsewhere(entry, asked))
        parts += [(heading, found)] if found else []
    parts.sort(key=lambda part: _elsewhere(part[1][0], asked))
    for heading, found in parts:
        items += [ListHeading(heading), *found]
    kept = [each for each in recents if _holds(_text_of_recording(each), asked)][:MOST_RECENTS]
    if kept:
        items += [ListHeading(tr("Your recordings")), *kept]
    if not asked:
        items += [ListHeading(tr("A file of yours")), OpenFileItem()]
    return items or [EmptyItem()]


def _parts(
    entries: Sequence[HomeEntry], tr: Catalogue, route: Route | None
) -> list[tuple[str, list[HomeEntry]]]:
    """Return the scenarios under their headings."""
    if route is None:
        chapters = groupby(entries, lambda entry: entry.chapter)
        return [(tr(chapter.heading), list(those)) for chapter, those in chapters]
    known = {entry.name: entry for entry in entries}
    those = [known[name] for name in route.scenarios if name in known]
    minutes = sum(entry.minutes or 0 for entry in those)
    length = (
        tr.plural("{count} minute of walks", "{count} minutes of walks", minutes) if minutes else ""
    )
    return [(tr.beside((tr("Route: {route}", route=route.title), length)), those)]


def _holds(text: str, asked: Sequence[str]) -> bool:
    return all(word in text for word in asked)


def _elsewhere(entry: HomeEntry, asked: Sequence[str]) -> int:
    """Count the words that a scenario has neither in its title, in any language, nor its name."""
    title = "\n".join((entry.name, *entry.title.values())).casefold()
    return sum(word not in title for word in asked)


def _text_of(entry: HomeEntry) -> str:
    texts = [entry.title, entry.teaser or entry.title, entry.summary]
    both = [text for each in texts for text in each.values()]
    headings = [tr(entry.chapter.heading) for tr in readable_catalogues()]
    return "\n".join((entry.name, *both, *headings, *entry.servers, *entry.needs)).casefold()


def _text_of_recording(recorded: RecordingEntry) -> str:
    headings = [tr("Your recordings") for tr in readable_catalogues()]
    names = (recorded.path.name, recorded.scenario, recorded.program, recorded.server)
    texts = (*names, _date(recorded), *headings)
    return "\n".join(texts).casefold()


def title_column(entries: Sequence[HomeEntry], tr: Catalogue) -> int:
    """Return how many cells the titles of scenarios are given."""
    titles = (entry.title.says(tr.language) for entry in entries)
    return min(max((cell_len(safe(title)) for title in titles), default=0), _TITLE)


def row_of(
    item: Item,
    width: int,
    tr: Catalogue,
    *,
    title: int = _TITLE,
    way: RunMode | None = None,
    mark: CourseMark | None = None,
    chosen: bool = False,
) -> Row:
    """Draw an item.

    Args:
        item: What.
        width: Cells of the row.
        tr: The catalogue of the language to say it in.
        title: Cells of the titles of scenarios.
        way: What Enter does with it, if it is a scenario.
        mark: How far one is in it, if it is a scenario.
        chosen: Whether the cursor is on it.
    """
    if isinstance(item, ListHeading):
        return (Piece(elide(item.text, width), "heading"),)
    if isinstance(item, EmptyItem):
        return (Piece(" " + elide(tr("Nothing here contains all of that."), width - 1), "dim"),)
    here = Piece(">" if chosen else " ", "current")
    match item:
        case OpenFileItem():
            return (here, Piece("   "), Piece(elide(tr("Open a file…"), width - 4), "strong"))
        case RecordingEntry():
            return (here, Piece("   "), *_recorded(item, width - 4, tr))
        case HomeEntry():
            run = way.mark if way is not None else RunMark.UNKNOWN
            course = mark_row(mark) if mark is not None else ()
            return (
                here,
                Piece(run.value, _MARK_KINDS[run]),
                Piece(" "),
                *_entry(item, width - 4, tr, title, course),
            )


_MARK_KINDS = {
    RunMark.UNKNOWN: "dim",
    RunMark.GO: "done",
    RunMark.PYTHON: "result",
    RunMark.REPLAY: "dim",
    RunMark.NOTHING: "failed",
}


def _entry(entry: HomeEntry, width: int, tr: Catalogue, column: int, course: Row) -> Row:
    """Draw title, how far one is in it, its teaser, and the name for commands where it fits."""
    title = safe(entry.title.says(tr.language))
    if entry.broken:
        return (Piece(elide(title, width), "failed"),)
    room = column if width >= column + 2 + _TEASER else min(column, max(width * 45 // 100, 12))
    beside = width - room - 2
    if beside < _LEAST_TEASER:
        return (Piece(elide(title, width)),)
    named = beside >= _TEASER + 2 + _NAME
    beside -= (2 + _NAME) * named
    title = elide(title, room)
    whole = safe((entry.teaser or entry.summary).says(tr.language))
    teaser = elide(whole, beside - width_of(course))
    name = (
        (_gap(teaser, beside - width_of(course)), Piece(elide(safe(entry.name), _NAME), "dim"))
        if named
        else ()
    )
    return (Piece(title), _gap(title, room), *course, Piece(teaser, "note"), *name)


def _gap(text: str, column: int) -> Piece:
    return Piece(" " * (column - cell_len(text) + 2))


def _recorded(recorded: RecordingEntry, width: int, tr: Catalogue) -> Row:
    """Draw when it was made, of what, under which server, and how long it is."""
    columns = [
        (_date(recorded) or tr("no date"), 16, ""),
        (safe(recorded.scenario or recorded.program or recorded.path.name), _NAME, "strong"),
        (_server(recorded, tr), 10, "dim"),
        (_length(recorded, tr), 16, "dim"),
    ]
    pieces: list[Piece] = []
    for text, column, kind in columns:
        if width < _LEAST_TEASER // 2:
            break
        shown = elide(text, min(column, width))
        pieces += [Piece(shown, kind), _gap(shown, column)]
        width -= column + 2
    return tuple(pieces[:-1])


def _server(recorded: RecordingEntry, tr: Catalogue) -> str:
    if recorded.server == "go":
        return safe(f"Go {recorded.go_version.removeprefix('go')}".rstrip())
    if recorded.server == "program":
        return tr("calls")
    return tr.text(SERVER_NAMES.get(recorded.server, safe(recorded.server)))


def _length(recorded: RecordingEntry, tr: Catalogue) -> str:
    if not recorded.events:
        return ""
    count = f"{recorded.events:,}"
    return tr.plural("{count} event", "{count} events", recorded.events, count=count)


def _date(recorded: RecordingEntry) -> str:
    return f"{recorded.when:%Y-%m-%d %H:%M}" if recorded.when is not None else ""


def first_of(items: Sequence[Item]) -> int:
    """Return where the cursor is at first; -1 if there is nothing to choose."""
    return next((at for at, item in enumerate(items) if can_be_chosen(item)), -1)


def moved(items: Sequence[Item], at: int, by: int) -> int:
    """Return where the cursor is ``by`` rows further on: at the nearest row that it may be on."""
    last = len(items) - 1
    target = min(max(at + by, 0), last)
    step = 1 if by > 0 else -1
    for way in (step, -step):
        found = target
        while 0 <= found <= last:
            if can_be_chosen(items[found]) and (found != at or way == -step):
                return found
            found += way
    return at


def section(items: Sequence[Item], at: int, by: int) -> int:
    """Return the first item under the next heading (``by`` 1), or under the one before (-1).

    Backwards, from inside a section that is its own first item; at either end it goes round.
    """
    starts = [
        number + 1
        for number, item in enumerate(items)
        if isinstance(item, ListHeading) and number < len(items) - 1
    ]
    if not starts:
        return at
    if by > 0:
        return next((start for start in starts if start > at), starts[0])
    return next((start for start in reversed(starts) if start < at), starts[-1])


def dated(recorded: RecordingEntry, tr: Catalogue) -> str:
    """Tell of a recording in one line: when, under what, how long."""
    return tr.beside(
        (_date(recorded) or tr("no date"), _server(recorded, tr), _length(recorded, tr))
    )
