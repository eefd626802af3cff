"""The lines of the file of what was learned: a header, then one fact each, as JSON."""

from collections.abc import Iterable
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from walkthrough.formatting.escaping import escaped_json

FORMAT = 1
"""Version of the file's format."""
LONGEST_NAME = 200
"""Characters of a name; the rest is cut off."""
LONGEST_PREDICTION = 2000
"""Likewise of what was predicted before a lab."""

_BROKEN = (msgspec.MsgspecError, ValueError, OverflowError, RecursionError)
"""What decoding a hostile line can raise."""

_Name = Annotated[str, Meta(max_length=LONGEST_NAME)]
_Number = Annotated[int, Meta(ge=0, le=10_000)]
_Count = Annotated[int, Meta(ge=1, le=2**53)]


class AnswerEntry(msgspec.Struct, frozen=True, tag_field="type", tag="answer", omit_defaults=True):
    """An answer to a question of predict mode.

    Attributes:
        scenario: The scenario that was walked through; "" for none.
        question: The question's name, the same in every walk.
        topic: What kind of question it is.
        right: Whether the answer was right.
        believes: The misconception that the chosen answer stands for, by its number; 0 for none.
        tests: The misconceptions that the question's choices stand for, by their numbers.
        day: When, as 2026-11-30 (UTC); "" if that is unknown.
        times: How many answers of this kind the line stands for.
    """

    scenario: _Name
    question: _Name
    topic: _Name
    right: bool
    believes: _Number = 0
    tests: tuple[_Number, ...] = ()
    day: _Name = ""
    times: _Count = 1


class WalkEntry(msgspec.Struct, frozen=True, tag_field="type", tag="walk", omit_defaults=True):
    """What was reached in a walk.

    Attributes:
        scenario: The scenario that was walked through.
        seen: Whether it was seen to its end.
        reached: The goals that were reached, by their ids.
        day: When, as in an answer.
    """

    scenario: _Name
    seen: bool = False
    reached: tuple[_Name, ...] = ()
    day: _Name = ""


class LabEntry(msgspec.Struct, frozen=True, tag_field="type", tag="lab", omit_defaults=True):
    """What was done in a scenario's lab.

    Attributes:
        scenario: The scenario that the lab belongs to.
        prediction: What was predicted; "" if this is about something else.
        hint: Whether one more hint was shown.
        passed: Whether the program has kept every promise.
        day: When, as in an answer.
    """

    scenario: _Name
    prediction: Annotated[str, Meta(max_length=LONGEST_PREDICTION)] = ""
    hint: bool = False
    passed: bool = False
    day: _Name = ""


ProgressEntry = AnswerEntry | WalkEntry | LabEntry
"""One fact."""


class _HeaderLine(msgspec.Struct, frozen=True, tag_field="type", tag="progress"):
    format: Annotated[int, Meta(ge=1)] = FORMAT


class _AnyLine(msgspec.Struct):
    type: str


class ProgressLine(NamedTuple):
    """One line after the header.

    Attributes:
        number: Which, from 1, the header's.
        text: The line itself.
        entry: What it says; None if it says nothing to this version.
        broken: Whether it is of a kind that is known, or of none, and was not understood.
    """

    number: int
    text: bytes
    entry: ProgressEntry | None = None
    broken: bool = False


def is_newer(header: bytes) -> bool:
    """Return whether a newer version wrote the file that begins with this line.

    Raises:
        ValueError: It is not ours at all.
    """
    try:
        return msgspec.json.decode(header, type=_HeaderLine).format > FORMAT
    except _BROKEN as error:
        raise ValueError("no header") from error


def line_of(number: int, text: bytes) -> ProgressLine:
    """Decode a line; one of a kind that only a newer version knows is kept, and says nothing."""
    try:
        return ProgressLine(number, text, _DECODER.decode(text))
    except _BROKEN:
        pass
    try:
        kind = msgspec.json.decode(text, type=_AnyLine).type
    except _BROKEN:
        return ProgressLine(number, text, broken=True)
    return ProgressLine(number, text, broken=kind in _KINDS)


def text_of(line: msgspec.Struct) -> bytes:
    """Return a line that can be read with cat(1), whatever the names in it are."""
    return escaped_json(msgspec.json.encode(line)) + b"\n"


def merged(lines: Iterable[ProgressLine]) -> list[ProgressLine]:
    """Make one of the answers that are alike but for their day, in the place of the last."""
    kept: dict[object, ProgressLine] = {}
    for line in lines:
        key: object = line.number
        if isinstance(entry := line.entry, AnswerEntry):
            key = replace(entry, day="", times=1)
            before = kept.pop(key, None)
            if before is not None and isinstance(before.entry, AnswerEntry):
                entry = replace(entry, times=before.entry.times + entry.times)
                line = ProgressLine(line.number, text_of(entry)[:-1], entry)
        kept[key] = line
    return list(kept.values())


_KINDS = ("answer", "walk", "lab")
_DECODER = msgspec.json.Decoder(ProgressEntry)
HEADER = text_of(_HeaderLine())
