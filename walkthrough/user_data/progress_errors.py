"""What can be wrong with the file of what was learned, in sentences that say what to do."""

from collections.abc import Sequence
from enum import Enum, auto
from pathlib import Path

from msgspec.structs import replace

from walkthrough.formatting.escaping import printable
from walkthrough.i18n.errors import MessageError
from walkthrough.i18n.messages import Field, Message, message, plural

_MOST_LINES = 5
"""How many numbers of lines are named."""


class ProgressFault(Enum):
    """What can be wrong with the file."""

    BROKEN = auto()
    """It cannot be read, or is not ours: nothing is kept."""
    NEWER = auto()
    """A newer version of the program wrote it: nothing is kept."""
    LINES = auto()
    """Some of its lines were not understood: all others count."""
    UNWRITABLE = auto()
    """Nothing can be added to it."""
    KEPT = auto()
    """Nothing can be removed from it."""


_SENTENCES = {
    ProgressFault.BROKEN: message(
        "{file} was not understood ({why}): mend it, or remove it; until then what is learned is "
        "not remembered."
    ),
    ProgressFault.NEWER: message(
        "{file} is from a newer walkthrough, and is left as it is: update walkthrough; until then "
        "what is learned is not remembered."
    ),
    ProgressFault.UNWRITABLE: message(
        "{file} cannot be written ({why}): what is learned now is not remembered."
    ),
    ProgressFault.KEPT: message("{file} cannot be changed ({why}): nothing was deleted."),
}


class ProgressFileError(MessageError):
    """The file cannot be used; the message says why, and what to do.

    Attributes:
        fault: What it is.
    """

    def __init__(self, fault: ProgressFault, path: Path, why: Message | str = "") -> None:
        fields: dict[str, Field] = {"file": printable(str(path)), "why": why}
        super().__init__(replace(_SENTENCES[fault], fields=fields))
        self.fault = fault


def broken_lines(path: Path, lines: Sequence[int]) -> Message:
    """Return the sentence that lines of the file do not count."""
    shown = [str(number) for number in lines[:_MOST_LINES]]
    return plural(
        "{count} line of {file} was not understood and does not count (line {lines}): mend it, or "
        "remove it.",
        "{count} lines of {file} were not understood and do not count (lines {lines}): mend them, "
        "or remove them.",
        len(lines),
        file=printable(str(path)),
        lines=[*shown, *(["…"] if len(lines) > len(shown) else [])],
    )
