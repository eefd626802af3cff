"""What the search's bar says: how many matches there are where, and the one that is meant.

Pure: findings in, a row out.
"""

from bisect import bisect_left

from walkthrough.tui.features.search.results import Findings, Span, Where
from walkthrough.tui.features.search.scan import Match
from walkthrough.tui.features.search.search import excerpt
from walkthrough.tui.features.search.words import FindWords
from walkthrough.view.text import Piece, Row, safe


def search_row(
    found: Findings, span: Span, words: FindWords, language: str, *, typing: bool
) -> Row:
    """Say what was found.

    Args:
        found: The findings.
        span: The step that is shown.
        words: The language's words.
        language: ``en`` or ``zh``, for the notes.
        typing: The needle may still change: the match meant is the one to go to.
    """
    said: list[Piece] = []
    if typing:
        said += _counts(found, words)
    else:
        said.append(Piece(f" /{safe(found.needle.text)}", "key"))
    if not found.search.done:
        percent = int(found.search.share * 100)
        said.append(Piece("  " + words.searching.format(percent=percent), "dim"))
    said.append(Piece("  "))
    match found.where:
        case Where.EVENTS:
            said += _event(found, span, words, typing=typing)
        case Where.SOURCE:
            said += _source(found, words, typing=typing)
        case Where.NOTES:
            said += _note(found, span, words, language, typing=typing)
    return tuple(said)


def _counts(found: Findings, words: FindWords) -> Row:
    """Say how much is found where; what is gone through stands out."""
    more = "" if found.done else "+"
    parts = (
        (Where.EVENTS, words.events, f"{len(found.search):,}{more}"),
        (Where.SOURCE, words.source, str(len(found.lines))),
        (Where.NOTES, words.notes, str(len(found.meetings.met))),
    )
    said: list[Piece] = []
    for where, template, count in parts:
        chosen = where is found.where
        text = template.format(count=count)
        said.append(Piece(f" {'>' * chosen}{text}", "current" if chosen else "dim"))
    return tuple(said)


def _event(found: Findings, span: Span, words: FindWords, *, typing: bool) -> Row:
    search = found.search
    if not len(search):
        return (_nothing(found, words),)
    event, count = found.here(span), f"{len(search):,}"
    if event is None and typing:
        first = search.next(span.last)
        event = first.event if isinstance(first, Match) else None
    if event is None:
        template = words.found if search.done else words.found_so_far
        return (Piece(template.format(count=count), "strong"),)
    text = _marked(found, search.text(event))
    if typing:
        return text
    number = search.number(event) if search.done else None
    if number is None:
        return (_label(words, words.at_match_so_far.format(count=count)), *text)
    return (_label(words, words.at_match.format(number=f"{number:,}", count=count)), *text)


def _source(found: Findings, words: FindWords, *, typing: bool) -> Row:
    if not found.lines or found.view is None:
        return (_nothing(found, words),)
    count = len(found.lines)
    at = bisect_left(found.lines, found.line or found.view.line) % count
    line = found.lines[at]
    text = _marked(found, found.view.lines[line - 1].strip())
    said = (_label(words, words.source_line.format(line=line))._replace(kind=""), *text)
    if typing:
        return said
    return (_label(words, words.at_match.format(number=at + 1, count=count)), *said)


def _note(found: Findings, span: Span, words: FindWords, language: str, *, typing: bool) -> Row:
    met = found.meetings.met
    if not met:
        return (_nothing(found, words),)
    at = bisect_left([each.event for each in met], span.first) % len(met)
    text = _marked(found, met[at].note.says(language))
    if typing:
        return text
    return (_label(words, words.at_match.format(number=at + 1, count=len(met))), *text)


def _nothing(found: Findings, words: FindWords) -> Piece:
    return Piece(words.none if found.done else words.none_yet, "failed")


def _marked(found: Findings, text: str) -> Row:
    return found.needle.mark((Piece(safe(excerpt(text, found.needle))),), "found")


def _label(words: FindWords, text: str) -> Piece:
    """Write what stands before something said, with a colon as the language has it."""
    return Piece(words.labelled.format(label=text, text=""), "strong")
