"""The rows beside home's list: what there is to know of the item under the cursor.

Derived from plain records; knows no widget.
"""

from rich.cells import cell_len

from walkthrough.tui.screens.home.catalogue import Detail, HomeEntry, Promised, Recorded
from walkthrough.tui.screens.home.list_rows import FilePrompt, Item, dated
from walkthrough.tui.screens.home.run_modes import RunMark, Way, way_sentence
from walkthrough.tui.screens.home.words import HomeWords
from walkthrough.view.text import Piece, Row, safe, wrap
from walkthrough.view.translation import spoken

WIDEST = 88
"""Cells of a line of text: a longer one is hard to read."""
_LABEL = 11
_MOST_PRINTED = 3


def about_rows(
    item: Item, detail: Detail | None, way: Way | None, words: HomeWords, language: str, width: int
) -> list[Row]:
    """Tell of an item.

    Args:
        item: What the cursor stands on.
        detail: More about it, if it is a scenario.
        way: What Enter does with it, if it is a scenario.
        words: The language.
        language: Its code.
        width: Cells of a row.
    """
    width = min(width, WIDEST)
    match item:
        case HomeEntry():
            assert way is not None
            return _of_entry(item, detail or Detail(), way, words, language, width)
        case Recorded():
            told = [(safe(str(item.path)), "strong"), (dated(item, words), "")]
            told.append((words.recent_about, "done"))
        case FilePrompt():
            told = [(words.file_about, "")]
        case _:
            told = []
    return [row for text, kind in told for row in wrap((Piece(text, kind),), width)]


def _of_entry(
    entry: HomeEntry, detail: Detail, way: Way, words: HomeWords, language: str, width: int
) -> list[Row]:
    kind = "changed" if way.lacking is not None else "done"
    kind = "failed" if way.mark is RunMark.NOTHING else kind
    rows = wrap((Piece(safe(way_sentence(entry, way, words)), kind),), width)
    if way.exposed:
        warning = words.exposed.format(why=spoken(way.exposed, language))
        rows += wrap((Piece("! ", "failed"), Piece(safe(warning), "failed")), width, 2)
    if entry.broken:
        return rows
    rows += [*wrap((Piece(safe(entry.summary.says(language))),), width), ()]
    if detail.trouble:
        why = safe(spoken(detail.trouble, language))
        rows += wrap((Piece("✗ ", "failed"), Piece(why)), width, 2)
    recording = dated(detail.recording, words) if detail.recording else words.no_recording
    facts = [
        (words.runs_under, ", ".join(words.server_names.get(s, s) for s in entry.servers)),
        (words.address, entry.address),
        (words.network, words.alone if way.alone else ""),
        (words.needs, ", ".join(entry.needs)),
        (words.promised, words.between.join(_promises(detail.promised, words))),
        (words.recording, recording),
    ]
    for label, text in facts:
        if text:
            rows += _labelled(label, safe(text), width)
    for number, question in enumerate(detail.questions):
        label = "" if number else words.questions
        rows += _labelled(label, safe(question.says(language)), width, "- ")
    return rows


def _labelled(label: str, text: str, width: int, bullet: str = "") -> list[Row]:
    gap = " " * max(_LABEL - cell_len(label), 1) + bullet
    return wrap((Piece(label, "dim"), Piece(gap), Piece(text)), width, _LABEL + len(bullet))


def _promises(promised: Promised, words: HomeWords) -> list[str]:
    told = []
    if promised.stages:
        told.append(words.stages.format(count=promised.stages))
    if promised.failed:
        told.append(words.failed.format(places=", ".join(promised.failed)))
    if promised.calls:
        told.append(words.calls.format(count=promised.calls))
    if promised.kernel:
        told.append(words.kernel.format(count=promised.kernel))
    told += [words.printed.format(line=line) for line in promised.printed[:_MOST_PRINTED]]
    if promised.exit_code is not None:
        told.append(words.exit_code.format(code=promised.exit_code))
    return told
