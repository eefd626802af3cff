"""Which language the command line speaks, and its refusals in it.

The screen's command speaks the screen's language; all others, whose words programs read, English.
"""

import os
from collections.abc import Sequence

from walkthrough.cli.parser import is_of_screen
from walkthrough.i18n.messages import Message


def language_of(asked: str | None, remembered: str | None = None) -> str:
    """Return ``en`` or ``zh``: what was asked for, else chosen before, else the locale's.

    Args:
        asked: What ``--lang`` says.
        remembered: What was chosen before, on the screen.
    """
    if asked or remembered:
        return asked or remembered or "en"
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):  # locale(7)
        if value := os.environ.get(variable):
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def refusal(sentence: Message | str, arguments: Sequence[str]) -> str:
    """Return why a command could not be done, in the language that it speaks.

    Args:
        sentence: Why, in English.
        arguments: The words of the command; there may be anything among them.
    """
    if not is_of_screen(arguments):
        return str(sentence)
    from walkthrough.user_data.preferences import Preferences
    from walkthrough.view.translation import spoken

    return spoken(sentence, language_of(_asked(arguments), Preferences.load().language))


def _asked(arguments: Sequence[str]) -> str | None:
    """Return the language that ``--lang`` names, if it names one: the words may make no command."""
    asked = None
    for number, word in enumerate(arguments):
        name, equals, value = word.partition("=")
        if name == "--lang":
            value = value if equals else "".join(arguments[number + 1 : number + 2])
            asked = value if value in ("en", "zh") else asked
    return asked
