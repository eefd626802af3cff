"""What the search's bar says: how many matches there are where, and the one that is meant.

Pure: findings in, a row out.
"""

from bisect import bisect_left

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import message
from walkthrough.tui.features.search.results import SearchResults, SearchScope, StepSpan
from walkthrough.tui.features.search.scan import ScanMatch
from walkthrough.tui.features.search.search import excerpt
from walkthrough.view.text import Piece, Row, safe


def search_row(found: SearchResults, span: StepSpan, tr: Catalogue, *, typing: bool) -> Row:
    """Say what was found.

    Args:
        found: The findings.
        span: The step that is shown.
        tr: The catalogue of the language to say it in.
        typing: The needle may still change: the match meant is the one to go to.
    """
    said: list[Piece] = []
    if typing:
        said += _counts(found, tr)
    else:
        said.append(Piece(f" /{safe(found.needle.text)}", "key"))
    if not found.search.done:
        percent = int(found.search.share * 100)
        said.append(Piece("  " + tr("{percent} % looked through", percent=percent), "dim"))
    said.append(Piece("  "))
    match found.where:
        case SearchScope.EVENTS:
            said += _event(found, span, tr, typing=typing)
        case SearchScope.SOURCE:
            said += _source(found, tr, typing=typing)
        case SearchScope.NOTES:
            said += _note(found, span, tr, typing=typing)
    return tuple(said)


def _counts(found: SearchResults, tr: Catalogue) -> Row:
    """Say how much is found where; what is gone through stands out."""
    more = "" if found.done else "+"
    parts = (
        (SearchScope.EVENTS, message("events {count}"), f"{len(found.search):,}{more}"),
        (SearchScope.SOURCE, message("source {count}"), str(len(found.lines))),
        (SearchScope.NOTES, message("notes {count}"), str(len(found.meetings.met))),
    )
    said: list[Piece] = []
    for where, template, count in parts:
        chosen = where is found.where
        text = tr(template, count=count)
        said.append(Piece(f" {'>' * chosen}{text}", "current" if chosen else "dim"))
    return tuple(said)


def _event(found: SearchResults, span: StepSpan, tr: Catalogue, *, typing: bool) -> Row:
    search = found.search
    if not len(search):
        return (_nothing(found, tr),)
    event, count = found.here(span), f"{len(search):,}"
    if event is None and typing:
        first = search.next(span.last)
        event = first.event if isinstance(first, ScanMatch) else None
    if event is None:
        template = message("{count} found") if search.done else message("{count} found so far")
        return (Piece(tr(template, count=count), "strong"),)
    text = _marked(found, search.text(event))
    if typing:
        return text
    number = search.number(event) if search.done else None
    if number is None:
        return (_label(tr, tr("match, {count} so far", count=count)), *text)
    at = f"{number:,}"
    return (_label(tr, tr("match {number} of {count}", number=at, count=count)), *text)


def _source(found: SearchResults, tr: Catalogue, *, typing: bool) -> Row:
    if not found.lines or found.view is None:
        return (_nothing(found, tr),)
    count = len(found.lines)
    at = bisect_left(found.lines, found.line or found.view.line) % count
    line = found.lines[at]
    text = _marked(found, found.view.lines[line - 1].strip())
    said = (_label(tr, tr("line {line}", line=line))._replace(kind=""), *text)
    if typing:
        return said
    return (_label(tr, tr("match {number} of {count}", number=at + 1, count=count)), *said)


def _note(found: SearchResults, span: StepSpan, tr: Catalogue, *, typing: bool) -> Row:
    met = found.meetings.met
    if not met:
        return (_nothing(found, tr),)
    at = bisect_left([each.event for each in met], span.first) % len(met)
    text = _marked(found, met[at].note.says(tr.language))
    if typing:
        return text
    return (_label(tr, tr("match {number} of {count}", number=at + 1, count=len(met))), *text)


def _nothing(found: SearchResults, tr: Catalogue) -> Piece:
    return Piece(tr("nothing found") if found.done else tr("nothing found yet"), "failed")


def _marked(found: SearchResults, text: str) -> Row:
    return found.needle.mark((Piece(safe(excerpt(text, found.needle))),), "found")


def _label(tr: Catalogue, text: str) -> Piece:
    """Write what stands before something said, with a colon as the language has it."""
    return Piece(tr("{label}: {text}", label=text, text=""), "strong")
