"""The rows beside home's list: what there is to know of the item under the cursor.

Derived from plain records; knows no widget.
"""

from rich.cells import cell_len

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.tui.screens.home.catalogue import (
    ExpectationSummary,
    HomeEntry,
    RecordingEntry,
    ScenarioDetail,
)
from walkthrough.tui.screens.home.course_marks import (
    CourseMark,
    next_sentence,
    standing_sentence,
)
from walkthrough.tui.screens.home.list_rows import Item, OpenFileItem, dated
from walkthrough.tui.screens.home.run_modes import (
    SERVER_NAMES,
    RunMark,
    RunMode,
    address_of,
    way_sentence,
)
from walkthrough.view.text import Piece, Row, safe, wrap

WIDEST = 88
"""Cells of a line of text: a longer one is hard to read."""
_LABEL = 11


def about_rows(
    item: Item,
    detail: ScenarioDetail | None,
    way: RunMode | None,
    tr: Catalogue,
    width: int,
    mark: CourseMark | None = None,
) -> list[Row]:
    """Describe an item.

    Args:
        item: What the cursor is on.
        detail: More about it, if it is a scenario.
        way: What Enter does with it, if it is a scenario.
        tr: The catalogue of the language to say it in.
        width: Cells of a row.
        mark: How far one is in it, if it is a scenario.
    """
    width = min(width, WIDEST)
    match item:
        case HomeEntry():
            assert way is not None
            return _of_entry(item, detail or ScenarioDetail(), way, mark or CourseMark(), tr, width)
        case RecordingEntry():
            lines = [(safe(str(item.path)), "strong"), (dated(item, tr), "")]
            lines.append((tr("A recording of a live session. Enter replays it."), "done"))
        case OpenFileItem():
            lines = [
                (tr("A recording, an strace log, or the folder of a scenario of your own."), "")
            ]
        case _:
            lines = []
    return [row for text, kind in lines for row in wrap((Piece(text, kind),), width)]


def _of_entry(
    entry: HomeEntry,
    detail: ScenarioDetail,
    way: RunMode,
    mark: CourseMark,
    tr: Catalogue,
    width: int,
) -> list[Row]:
    kind = "changed" if way.lacking is not None else "done"
    kind = "failed" if way.mark is RunMark.NOTHING else kind
    rows = wrap((Piece(safe(way_sentence(entry, way, tr)), kind),), width)
    if way.exposed:
        warning = tr(
            "Its server listens where others on your network can connect to it, for as long as "
            "it runs: it cannot get its own network namespace ({why}).",
            why=way.exposed,
        )
        rows += wrap((Piece("! ", "failed"), Piece(safe(warning), "failed")), width, 2)
    if entry.broken:
        return rows
    if following := next_sentence(mark, tr):
        rows += wrap((Piece(safe(following), "live"),), width)
    if so_far := standing_sentence(mark.standing, tr):
        rows += _labelled(tr("So far"), so_far, width)
    for belief in mark.beliefs:
        if belief != mark.why:
            rows += _labelled(tr("Believed"), tr(belief), width)
    if mark.after is not None:
        rows += _labelled(tr("Next"), safe(mark.after.says(tr.language)), width)
    rows += [*wrap((Piece(safe(entry.summary.says(tr.language))),), width), ()]
    if detail.trouble:
        why = safe(tr.text(detail.trouble))
        rows += wrap((Piece("✗ ", "failed"), Piece(why)), width, 2)
    recording = dated(detail.recording, tr) if detail.recording else tr("none yet")
    facts = [
        (tr("Level"), level_sentence(entry, tr)),
        (tr("Lab"), lab_sentence(entry, tr)),
        (tr("After"), tr.listed([one.says(tr.language) for one in mark.before] or entry.after)),
        (tr("Servers"), tr.listed(SERVER_NAMES.get(s, s) for s in entry.servers)),
        (tr("Address"), address_of(entry, tr)),
        (
            tr("Network"),
            tr("its own network namespace: nobody else can connect") if way.alone else "",
        ),
        (tr("Needs"), tr.listed(entry.needs)),
        (tr("Checks"), tr("; ").join(_promises(detail.promised, tr))),
        (tr("Recording"), recording),
    ]
    for label, text in facts:
        if text:
            rows += _labelled(label, safe(text), width)
    if asked := len(detail.questions):  # not what they ask: one question may answer another
        said = tr.plural(
            "{count} question of its own, in predict mode (p)",
            "{count} questions of its own, in predict mode (p)",
            asked,
        )
        rows += _labelled(tr("Asks"), said, width)
    if beliefs := len(detail.beliefs):  # not which: that they are false is the answer
        said = tr.plural("{count} common misconception", "{count} common misconceptions", beliefs)
        rows += _labelled(tr("Disproves"), said, width)
    return rows


def lab_sentence(entry: HomeEntry, tr: Catalogue) -> str:
    """Say how to write such a server oneself; "" where there is no lab for it."""
    if not entry.lab:
        return ""
    command = f"walkthrough lab {entry.name}"
    return tr("write it yourself: {command}", command=command)


def level_sentence(entry: HomeEntry, tr: Catalogue) -> str:
    """Say how hard a scenario is, and how long it takes; "" if it does not say."""
    parts = [tr(entry.level)] if entry.level is not None else []
    if entry.minutes is not None:
        parts.append(tr.plural("{count} minute", "{count} minutes", entry.minutes))
    return tr.listed(parts)


def _labelled(label: str, text: str, width: int) -> list[Row]:
    gap = " " * max(_LABEL - cell_len(label), 1)
    return wrap((Piece(label, "dim"), Piece(gap), Piece(text)), width, _LABEL)


def _promises(promised: ExpectationSummary, tr: Catalogue) -> list[str]:
    """Say what is checked of a run, but not its outcome, which the walk is for."""
    promises = []
    if promised.stages:
        promises.append(
            tr.plural("{count} stage in order", "{count} stages in order", promised.stages)
        )
    if promised.calls:
        promises.append(tr("system calls: {count}", count=promised.calls))
    if promised.kernel:
        promises.append(tr("states of the kernel: {count}", count=promised.kernel))
    if promised.printed:
        promises.append(
            tr.plural("{count} printed line", "{count} printed lines", len(promised.printed))
        )
    if promised.exit_code is not None:
        promises.append(tr("the exit status"))
    return promises
