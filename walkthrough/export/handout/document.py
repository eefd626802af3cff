"""The handout as one HTML document: no script, nothing that is requested, made for paper."""

import html
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from typing import IO

import walkthrough
from walkthrough.export.handout.stages import StageSection, sections_of
from walkthrough.export.html.packing import escaped
from walkthrough.i18n.catalogue import Catalogue, catalogue
from walkthrough.i18n.messages import Message, plural
from walkthrough.lesson.lesson import Lesson
from walkthrough.quiz.question import QuizQuestion
from walkthrough.quiz.walk_questions import questions_of
from walkthrough.recording.file import Recording
from walkthrough.state.history import History
from walkthrough.view.quiz import answer_of, option_of
from walkthrough.view.recorded_history import history_to_show, lesson_of
from walkthrough.view.sequence.page import SequencePage
from walkthrough.view.step import step_at
from walkthrough.view.text import Row, safe

_LADDER = 104
"""Cells of a row of the ladder: as many as fit the width of A4 in small print."""
_MOST_LADDER = 160
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""Nothing can run in the document, or be requested by it: it has no script, and may have none."""


def to_handout(
    recording: Recording,
    out: IO[bytes],
    *,
    payload: bool = True,
    source: bool = True,
    language: str,
) -> Message | str:
    """Write a handout; see `walkthrough.export.registry.FormatWriter`.

    Args:
        recording: Header and events.
        out: Where to write.
        payload: Whether with what was read and written, sent and printed.
        source: Whether with the lines of source; without, their numbers and the notes are printed.
        language: The language of all that is printed.

    Returns:
        Why the recording ends early, or how much of it was left out; "" for nothing.

    Raises:
        RecordingError: It cannot be read, or holds nothing.
        OSError: ``out`` cannot be written.
    """
    history, tr = history_to_show(recording, payload=payload), catalogue(language)
    lesson = lesson_of(history)
    sections, left = sections_of(history, lesson, tr, source=source)
    document = "\n".join(_document(history, lesson, sections, tr, source=source))
    out.write(document.encode("utf-8", "replace"))
    if recording.torn or not left:
        return recording.torn
    return plural(
        "The handout has the first {kept} stages: {count} more is left out.",
        "The handout has the first {kept} stages: {count} more are left out.",
        left,
        kept=len(sections),
    )


def _document(
    history: History,
    lesson: Lesson,
    sections: list[StageSection],
    tr: Catalogue,
    *,
    source: bool,
) -> Iterator[str]:
    scenario = lesson.scenario
    title = scenario.title.says(tr.language) if scenario else " ".join(history.header.command)
    title = title or tr("a recording of walkthrough")
    yield "<!DOCTYPE html>"
    yield f'<html lang="{tr.language}">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{html.escape(_POLICY)}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f'<meta name="generator" content="walkthrough {walkthrough.__version__}">'
    yield f"<title>{escaped(title)}</title>"
    yield f"<style>{_asset('handout.css')}</style>"
    yield "</head>"
    yield "<body>"
    yield "<header>"
    yield _tagged("h1", title)
    if scenario is not None:
        yield _tagged("p", scenario.summary.says(tr.language))
        if goals := [goal.look.says(tr.language) for goal in scenario.goal]:
            yield _tagged("h2", tr("Goals"))
            yield f"<ul>{''.join(f'<li>{escaped(goal)}</li>' for goal in goals)}</ul>"
    yield _tagged("p", _made_by(history, tr), "dim")
    yield "</header>"
    for number, section in enumerate(sections, 1):
        yield from _section(number, section, tr)
    yield from _ladder(history, lesson, tr)
    asked = [each for each in questions_of(history, lesson.questions) if each.right is not None]
    if asked:
        yield from _questions(asked, tr)
        yield from _key(asked, tr)
    if source and lesson.sources.go_version:
        yield "<footer>" + _tagged("h2", tr("The source of Go"))
        yield f"<pre class=license>{escaped_lines(_license())}</pre></footer>"
    yield "</body>"
    yield "</html>"
    yield ""


def _made_by(history: History, tr: Catalogue) -> str:
    header = history.header
    server = header.go_version or header.server_version or header.server
    return tr(
        "{server}, {system}; recorded {started} by walkthrough {version}.",
        server=safe(server) or "?",
        system=safe(header.system) or "?",
        started=safe(header.started[:10]) or "?",
        version=safe(header.program_version) or "?",
    )


def _section(number: int, section: StageSection, tr: Catalogue) -> Iterator[str]:
    yield "<section class=stage>"
    event = tr("event {number}", number=section.event + 1)
    yield f"<h2>{number}. {escaped(section.stage)} <small>{escaped(event)}</small></h2>"
    yield from (f"<p>{_pieces(row.row)}</p>" for row in section.said[:1])
    yield from (f"<p class=note>{_pieces(row.row)}</p>" for row in section.note)
    if section.source:
        yield f"<h3>{_pieces(section.where[0].row) if section.where else ''}</h3>"
        yield from _pre(((row.mark, row.row) for row in section.source), "source")
    if section.calls:
        yield _tagged("h3", tr("System calls"))
        yield from _pre((("", row.row) for row in section.calls), "calls")
        if section.cut:
            more = tr("and {count} more", count=section.cut)
            yield _tagged("p", more, "dim")
    if section.kernel:
        yield _tagged("h3", tr("The kernel then"))
        yield from _pre((("", row) for row in section.kernel), "kernel")
    yield "</section>"


def _ladder(history: History, lesson: Lesson, tr: Catalogue) -> Iterator[str]:
    page = SequencePage()
    last = step_at(history, len(history) - 1, lesson, tr)
    while not (page.show(last, _LADDER) is None or page.reached):
        pass
    rows = [page.row(number) for number in range(len(page))]
    yield "<section class=ladder>"
    yield _tagged("h2", tr("Ladder"))
    yield from _pre((("", row) for row in rows[:_MOST_LADDER]), "ladder")
    if (left := len(rows) - _MOST_LADDER) > 0:
        more = tr("and {count} more", count=left)
        yield _tagged("p", more, "dim")
    yield "</section>"


def _questions(asked: list[QuizQuestion], tr: Catalogue) -> Iterator[str]:
    yield "<section class=questions>"
    yield _tagged("h2", tr("Questions"))
    yield "<ol>"
    for question in asked:
        yield f"<li><p>{escaped(tr.text(question.ask))}</p><ul class=choices>"
        for number in range(len(question.options)):
            yield f"<li>{escaped(option_of(question, number, tr))}</li>"
        yield "</ul>" + _tagged("p", tr("Because:"), "room") + "</li>"
    yield "</ol>"
    yield "</section>"


def _key(asked: list[QuizQuestion], tr: Catalogue) -> Iterator[str]:
    yield "<section class=key>"
    yield _tagged("h2", tr("Key to the questions"))
    yield "<ol>"
    for question in asked:
        yield f"<li><p><strong>{escaped(answer_of(question, tr))}</strong></p>"
        if question.why is not None:
            yield _tagged("p", tr.text(question.why))
        if question.see:
            places = tr("Read up: {places}", places=[*map(safe, question.see)])
            yield _tagged("p", places, "dim")
        yield "</li>"
    yield "</ol>"
    yield "</section>"


def _tagged(tag: str, text: str, kind: str = "") -> str:
    """Return a text as one element; lines of it become one."""
    attribute = f' class="{kind}"' if kind else ""
    return f"<{tag}{attribute}>{escaped(text)}</{tag}>"


def _pre(rows: Iterable[tuple[str, Row]], kind: str) -> Iterator[str]:
    lines = "".join(
        f'<span class="row {mark or "plain"}">{_pieces(row) or " "}</span>' for mark, row in rows
    )
    yield f'<pre class="{kind}">{lines}</pre>'


def _pieces(row: Row) -> str:
    return "".join(
        f'<span class="k-{each.kind}">{escaped(each.text)}</span>'
        if each.kind
        else escaped(each.text)
        for each in row
    )


def escaped_lines(text: str) -> str:
    """Return a text of several lines, escaped line by line."""
    return "\n".join(map(escaped, text.splitlines()))


@cache
def _asset(name: str) -> str:
    return (resources.files("walkthrough.export.handout") / name).read_text("utf-8")


@cache
def _license() -> str:
    folder = resources.files("walkthrough.export.html") / "assets"
    return (folder / "go-license.txt").read_text("utf-8")
