"""The page's own words: its buttons, its keys, what it says of itself."""

import walkthrough
from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import Message, in_context, message
from walkthrough.model.events import Header
from walkthrough.view.text import safe

_LABELS: dict[str, Message] = {
    "path": message("Path"),
    "source": message("Source"),
    "calls": message("System calls"),
    "kernel": message("Kernel now"),
    "ladder": message("Ladder"),
    "timeline": message("Timeline"),
    "tab_path": message("path"),
    "tab_source": message("source"),
    "tab_calls": message("calls"),
    "tab_kernel": message("kernel"),
    "tab_ladder": message("ladder"),
    "now": message("What has happened"),
    "goals": message("Goals"),
    "panes": message("panes"),
    "step": message("step"),
    "back": message("back"),
    "next_stage": message("next stage"),
    "previous_stage": message("stage back"),
    "next_change": message("next change"),
    "previous_change": message("change back"),
    "first": message("start"),
    "run": message("to the end"),
    "play": message("play"),
    "pause": message("pause"),
    "by_events": message("by events"),
    "by_changes": message("by changes"),
    "by_stages": message("by stages"),
    "goto": message("go to"),
    "goto_hint": message("number of an event, or name of a stage"),
    "search": message("search"),
    "filter": message("filter"),
    "filter_hint": message(
        "stage: step: call: g: thread: process: error: errors; all must hold, a,b is a or b; "
        "empty removes it"
    ),
    "filter_unknown": message("A filter does not know {given}. It knows {allowed}."),
    "steps_pass": message("steps that pass: {count}"),
    "does_not_pass": message("this one does not"),
    "none_ahead": message("No event ahead passes the filter {filter}."),
    "none_before": message("No event before this one passes the filter {filter}."),
    "no_filter": message("No filter any more: a step goes to every event again."),
    "bookmark": message("bookmark"),
    "bookmarks": message("bookmarks"),
    "no_bookmark": message("There is no bookmark yet; m sets one here."),
    "no_bookmark_before": message("There is no bookmark before this event."),
    "no_bookmark_after": message("There is no bookmark after this event."),
    "remove_bookmark": message("remove the bookmark at event {number}"),
    "search_hint": message("words of an event, a call, a note"),
    "no_match": message("Nothing is found."),
    "matches": message("{count} found"),
    "predict": message("predict"),
    "review": message("review"),
    "theme": message("dark or light"),
    "help": message("keys"),
    "print": message("print"),
    "close": message("close"),
    "skip": message("skip"),
    "go_on": message("go on"),
    "look": message("look at event {number}"),
    "event": message("event {at}/{of}"),
    "score": message("{right} of {counted} right"),
    "score_kind": message("{kind}: {right} of {counted}"),
    "unasked": message("nothing answered yet"),
    "again": message("Look at again"),
    "all_right": message("Nothing: all that counted was right."),
    "hushed": message("Questions come first; p brings notes back."),
    "no_more": message("No more questions."),
    "no_event": message("There is no such event or stage."),
    "at_end": message("This is the last step."),
    "no_purpose": message(
        "Nothing is known of what this walk is for: it is of no scenario that is here."
    ),
    "no_source": message("There is no source to show here."),
    "to_panes": message("Skip to the panes"),
    "handout": message("The stages of this walk"),
    "about": message("About this page"),
    "kernel_then": message("The kernel then"),
    "call": message("Calls since the stage before"),
    "ladder_said": message("The ladder, row by row"),
}
"""Sentences that stay as they are, or that the script fills in."""
_OWN_NAME = in_context("this language's own name", "English")


def labels(tr: Catalogue) -> dict[str, str]:
    """Return the page's words in a language; ``{fields}`` are filled in by the script."""
    said = {name: tr(text) for name, text in _LABELS.items()}
    return {**said, "name": tr(_OWN_NAME)}


_KEYS: tuple[tuple[str, Message], ...] = (
    ("space →", message("step")),
    ("←", message("back")),
    ("n  b", message("next stage, stage back")),
    ("w  W", message("next change, change back")),
    ("Home  End", message("the first step, the last")),
    ("r", message("run on: to the next question, or to the end")),
    ("t  .", message("play by itself, and pause")),
    ("+  -", message("faster, slower")),
    ("U", message("play by events, changes or stages")),
    ("g", message("go to an event or a stage")),
    ("/", message("search")),
    ("F", message("filter")),
    ("m  M", message("set or remove a bookmark, list them")),
    ("[  ]", message("bookmark back, next bookmark")),
    ("p  R", message("predict what comes; review")),
    ("i", message("goals")),
    ("1 2 3 4 6 7", message("path, source, calls, kernel, ladder, timeline")),
    ("↑ ↓  Enter", message("path, ladder: to a row, and where it leads")),
    ("z  Esc", message("zoom the pane, all panes")),
    ("l", message("language")),
    ("T", message("dark or light")),
    ("?", message("keys")),
)


def keys_told(tr: Catalogue) -> list[tuple[str, str]]:
    """Return the keys, each with what it does."""
    return [(key, tr(said)) for key, said in _KEYS]


def about(header: Header, tr: Catalogue, go_license: str) -> list[tuple[str, str]]:
    """Return what the page says of itself: headings with texts.

    Args:
        header: Of the recording.
        tr: The catalogue of the language to say it in.
        go_license: Go's licence, "" if the page holds no source.
    """
    recorded = [
        (tr("recorded"), header.started),
        (tr("server"), " ".join(filter(None, (header.go_version, header.server_version)))),
        (tr("system"), f"{header.system} {header.architecture}".strip()),
        (tr("command"), " ".join(header.command)),
        (tr("made by"), f"walkthrough {walkthrough.__version__}"),
    ]
    parts = [
        (
            tr("This recording"),
            "\n".join(f"{name}: {safe(said)}" for name, said in recorded if said),
        ),
        (tr("What may be done with this page"), tr(_PERMISSION)),
    ]
    if go_license:
        parts.append((tr("Lines of Go's own source come with this notice"), go_license))
    return parts


_PERMISSION = message(
    "Hand it on, publish it, change it. Script, style, notes, questions and the example servers "
    "are part of walkthrough (GPL-2.0-or-later); its authors additionally allow their use in "
    "exported pages under any terms. Lines of Go's own source remain under Go's licence, whose "
    "notice has to stay with them. What the recording shows of a program, its traffic and its "
    "machine is of whoever made the recording."
)
