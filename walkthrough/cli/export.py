"""``walkthrough export``: a recording in another format.

Joins what a format's writer needs and may not import: the screen that is drawn for it.
"""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from walkthrough.cli.errors import UsageError
from walkthrough.cli.recordings import recording_of
from walkthrough.cli.signals import unwind_on_signals
from walkthrough.export.registry import ExportFormat, FormatOption, export_format
from walkthrough.formatting.terminal import say
from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.errors import MessageError
from walkthrough.i18n.messages import message
from walkthrough.recording.file import load
from walkthrough.recording.output import STANDARD_OUTPUT, OutputTarget, atomic_file

if TYPE_CHECKING:
    from walkthrough.tui.screens.walk import LessonFactory

USUAL_SIZE = (120, 40)
USUAL_PACE = 1.0
"""Seconds."""


def run(options: argparse.Namespace, tr: Catalogue, lesson_factory: "LessonFactory") -> int:
    """Write a recording in the format that the options name; return the exit status.

    Raises:
        UsageError: It cannot be written; nothing is left of what was.
    """
    chosen = export_format(options.to)
    if chosen.binary and options.output == STANDARD_OUTPUT and sys.stdout.isatty():
        raise UsageError(
            message(
                "{format} is no text, and is not printed on a terminal; name a file, such as "
                "`{option}`.",
                format=options.to,
                option="-o recording" + chosen.suffix,
            )
        )
    given = _given(options, chosen, tr, lesson_factory)
    recording = recording_of(options.recording)
    output = OutputTarget(options.output, options.force, options.mode, (recording,))
    unwind_on_signals()
    try:
        with atomic_file(output) as out:
            remark = chosen.write(load(recording), out, payload=options.payload, **given)
    except MessageError as error:
        raise UsageError(error.message) from error
    if remark:
        say(tr.text(remark))
    return 0


def _given(
    options: argparse.Namespace,
    chosen: ExportFormat,
    tr: Catalogue,
    lesson_factory: "LessonFactory",
) -> dict[str, Any]:
    """Return the keywords of the format's writer.

    Raises:
        UsageError: An option was given that makes no difference to this format.
    """
    for option, flag, given in (
        (FormatOption.SOURCE, "--no-source", not options.source),
        (FormatOption.EVENT, "--event", options.event is not None),
        (FormatOption.SIZE, "--size", options.size is not None),
        (FormatOption.PACE, "--pace", options.pace is not None),
    ):
        if given and option not in chosen.takes:
            raise UsageError(
                message(
                    "{option} makes no difference to {format}: leave it out.",
                    option=flag,
                    format=options.to,
                )
            )
    known = {
        FormatOption.SOURCE: options.source,
        FormatOption.LANGUAGE: tr.language,
        FormatOption.EVENT: options.event,
        FormatOption.SIZE: options.size or USUAL_SIZE,
        FormatOption.PACE: options.pace or USUAL_PACE,
    }
    if FormatOption.CAMERA in chosen.takes:
        from walkthrough.tui.camera import Camera

        known[FormatOption.CAMERA] = Camera(lesson_factory)
    if FormatOption.PRINTER in chosen.takes:
        from walkthrough.cli.page_printer import print_page

        known[FormatOption.PRINTER] = print_page
    return {option.value: known[option] for option in chosen.takes}
