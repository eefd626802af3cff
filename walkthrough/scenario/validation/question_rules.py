"""What can be wrong with a scenario's questions and notes, besides their keys and types."""

import re
from collections.abc import Iterator, Sequence

from walkthrough.i18n.messages import message, plural
from walkthrough.scenario.misconceptions import MISCONCEPTIONS
from walkthrough.scenario.schema import Choice, LessonFile, Question, Scenario
from walkthrough.scenario.validation.errors import Keys, Mistake, mistake
from walkthrough.scenario.validation.script_rules import point_mistakes
from walkthrough.source.notes import NoteError, check_versions
from walkthrough.source.references import SeeAlsoError, parse_see_also

FEWEST, MOST = 2, 5
_ID = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")


def lesson_mistakes(
    lesson: LessonFile, scenario: Scenario | None, name: str = ""
) -> Iterator[Mistake]:
    """Yield what is wrong with a lesson.

    Args:
        lesson: The lesson; its keys and types are right.
        scenario: The one whose server has to reach the questions' points; None if it may do
            anything.
        name: The scenario's name, with which every id begins; "" if any will do.
    """
    yield from id_mistakes("note", [note.id for note in lesson.note], name)
    for at, note in enumerate(lesson.note):
        try:
            check_versions(note.versions)
        except NoteError as error:
            yield Mistake(("note", at, "versions"), error.message)
        yield from _references(note.see, ("note", at))
    yield from id_mistakes("question", [question.id for question in lesson.question], name)
    notes = [note.id for note in lesson.note]
    for at, question in enumerate(lesson.question):
        if question.id in notes:
            keys: Keys = ("question", at, "id")
            yield mistake(
                keys,
                "id is {found}, and {table} {number} has it already; give it another.",
                found=ascii(question.id),
                table="note",
                number=notes.index(question.id) + 1,
            )
    for at, question in enumerate(lesson.question):
        keys = ("question", at)
        yield from point_mistakes(question.when, (*keys, "when"), scenario)
        yield from _choices(question, keys)
        yield from _references(question.see, keys)


def id_mistakes(table: str, ids: Sequence[str], name: str) -> Iterator[Mistake]:
    """Yield what is wrong with the ids of a file's tables; see `lesson_mistakes`."""
    for at, id_ in enumerate(ids):
        if not _ID.fullmatch(id_):
            yield mistake(
                (table, at, "id"),
                "id is {found}; allowed are small letters and digits, joined by dots or hyphens.",
                found=ascii(id_),
            )
        elif name and not id_.startswith((f"{name}.", f"{name}-")):
            yield mistake(
                (table, at, "id"),
                "id is {found}; it begins with the scenario's name, as in {example}.",
                found=ascii(id_),
                example=ascii(f"{name}.first"),
            )
        if id_ in ids[:at]:
            yield mistake(
                (table, at, "id"),
                "id is {found}, and {table} {number} has it already; give it another.",
                found=ascii(id_),
                table=table,
                number=ids.index(id_) + 1,
            )


def _references(see: Sequence[str], keys: Keys) -> Iterator[Mistake]:
    for at, text in enumerate(see):
        try:
            parse_see_also(text)
        except SeeAlsoError as error:
            yield Mistake((*keys, "see", at), error.message)


def _choices(question: Question, keys: Keys) -> Iterator[Mistake]:
    choices = question.choice
    if not FEWEST <= len(choices) <= MOST:
        yield mistake(
            (*keys, "choice"),
            "it has {count} [[question.choice]]; allowed are {fewest} to {most}.",
            count=len(choices),
            fewest=FEWEST,
            most=MOST,
        )
    right = sum(choice.right for choice in choices)
    if right != 1:
        found = (
            plural(
                "{count} choice is right; exactly one has 'right = true'.",
                "{count} choices are right; exactly one has 'right = true'.",
                right,
            )
            if right
            else message("no choice is right; exactly one has 'right = true'.")
        )
        yield Mistake((*keys, "choice"), found)
    for at, choice in enumerate(choices):
        yield from _explanation(choice, (*keys, "choice", at))


def _explanation(choice: Choice, keys: Keys) -> Iterator[Mistake]:
    """Yield what is wrong with what a choice says of whoever takes it."""
    for key, value in (("why", choice.why), ("believes", choice.believes)):
        if choice.right and value:
            yield mistake(
                (*keys, key),
                "the right choice has no {key}; [question.why] says why it is right.",
                key=key,
            )
    if choice.believes and choice.believes not in MISCONCEPTIONS:
        yield mistake(
            (*keys, "believes"),
            "believes is {number}; the misconceptions are numbered {first} to {last} "
            "(docs/misconceptions.md).",
            number=choice.believes,
            first=min(MISCONCEPTIONS),
            last=max(MISCONCEPTIONS),
        )
