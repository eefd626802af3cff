"""Which language a command speaks: what ``--lang`` asks for, else what was chosen, else LANG."""

import os
from collections.abc import Sequence

from walkthrough.i18n.catalogue import (
    ENGLISH,
    Catalogue,
    catalogue_or_english,
    language_of_locale,
    languages,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from walkthrough.i18n.messages import Message

_OPTION = "--lang"
_SHORTEST = "--la"
"""The option may be abbreviated, as argparse has it; shorter ones may mean another."""


def language_of(asked: str | None, remembered: str | None = None) -> str:
    """Return the code of a language: what was asked for, else chosen before, else the locale's.

    Args:
        asked: What ``--lang`` says.
        remembered: What was chosen before, on the screen.
    """
    if asked or remembered:
        return asked or remembered or ENGLISH
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):  # locale(7)
        if value := os.environ.get(variable):
            return language_of_locale(value)
    return ENGLISH


def catalogue_for(words: Sequence[str]) -> "tuple[Catalogue, Message | str | None]":
    """Return the catalogue of the language that a command speaks, and why it is English instead.

    Args:
        words: The words of the command; there may be anything among them.
    """
    from walkthrough.user_data.preferences_file import remembered_language

    return catalogue_or_english(language_of(_asked(words) or remembered_language()))


def _asked(words: Sequence[str]) -> str | None:
    """Return the language that ``--lang`` names, if it names one: the words may make no command."""
    asked = None
    for number, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name.startswith(_SHORTEST) and _OPTION.startswith(name):
            value = value if equals else "".join(words[number + 1 : number + 2])
            asked = value if value in languages() else asked
    return asked
