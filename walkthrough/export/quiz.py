r"""The questions of predict mode in Moodle's GIFT format, for a learning platform's question bank.

Each question is one of several choices, with the explanation of every choice as its feedback. What
the format gives a meaning (``~``, ``=``, ``#``, braces, colons) is escaped, and texts are
marked as HTML and escaped as that, so that no platform takes a part of them for anything else.
"""

import html
import re
from collections.abc import Iterator
from typing import IO

from walkthrough.export.registry import ExportFormat, FormatOption
from walkthrough.i18n.catalogue import Catalogue, catalogue
from walkthrough.i18n.messages import Message, message
from walkthrough.quiz.question import QuizQuestion
from walkthrough.quiz.walk_questions import questions_of
from walkthrough.recording.file import Recording, RecordingError
from walkthrough.view.quiz import KINDS, option_of
from walkthrough.view.recorded_history import history_of, lesson_of
from walkthrough.view.text import safe

_SPECIAL = re.compile(r"[\\~=#{}:]")


def to_gift(
    recording: Recording, out: IO[bytes], *, payload: bool = True, language: str
) -> Message | str:
    """Write the questions of a walk; see `walkthrough.export.registry.FormatWriter`.

    Args:
        recording: Header and events.
        out: Where to write.
        payload: Whether choices may show what was read and written.
        language: The language of the questions.

    Returns:
        Why the recording ends early; "" if it is whole.

    Raises:
        RecordingError: It cannot be read, or nothing is asked about it.
        OSError: ``out`` cannot be written.
    """
    history, tr = history_of(recording, payload=payload), catalogue(language)
    questions = questions_of(history, lesson_of(history).questions)
    asked = [each for each in questions if each.right is not None]
    if not asked:
        raise RecordingError(
            message("{file} holds nothing that could be asked about.", file=recording.path.name)
        )
    scenario = history.header.scenario or "walkthrough"
    out.write(f"$CATEGORY: walkthrough/{_plain(scenario)}\n".encode())
    for number, question in enumerate(asked, 1):
        out.write(("\n" + "\n".join(_gift(question, number, scenario, tr)) + "\n").encode())
    return recording.torn


FORMAT = ExportFormat(
    summary=message("its questions for Moodle (GIFT)"),
    suffix=".gift",
    write=to_gift,
    takes=frozenset({FormatOption.LANGUAGE}),
)


def _gift(asked: QuizQuestion, number: int, scenario: str, tr: Catalogue) -> Iterator[str]:
    kind = safe(tr(KINDS[asked.kind]))
    yield f"// {kind}, event {asked.index + 1}"
    yield f"::{_plain(scenario)} {number:02}::[html]{_said(tr.text(asked.ask))} {{"
    for choice, option in enumerate(asked.options):
        right = choice == asked.right
        because = asked.why if right else option.why
        feedback = f"#{_said(tr.text(because))}" if because is not None else ""
        yield f"  {'=' if right else '~'}{_said(option_of(asked, choice, tr))}{feedback}"
    why = tr.text(asked.why) if asked.why is not None else ""
    more = tr("Read up: {places}", places=[*map(safe, asked.see)]) if asked.see else ""
    general = " ".join(each for each in (why, more) if each)
    if general:
        yield f"  ####{_said(general)}"
    yield "}"


def _said(text: str) -> str:
    """Return a text that GIFT and HTML show as it is."""
    return _plain(html.escape(safe(text), quote=False))


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", safe(text))
