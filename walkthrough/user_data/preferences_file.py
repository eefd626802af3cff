"""The file of preferences: where it is, and what it holds.

Apart from `walkthrough.user_data.preferences`: every command reads the language from it, and
`walkthrough --help` would spend half its time on importing what only choices that are wrong, or
new, need.
"""

import os
import sys

from walkthrough.i18n.catalogue import languages
from walkthrough.i18n.errors import MessageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from walkthrough.i18n.messages import Message

FILE = "preferences.json"
_MOST_BYTES = 1 << 20
"""A file of choices is small; a larger one is something else."""


def remembered_language() -> str | None:
    """Return the language that was chosen on the screen, None if none was; never raises."""
    language = read(config_file())[0].get("language")
    return language if language in languages() else None


def config_file() -> str:
    """Return the file in which choices are kept (XDG config folder)."""
    return os.path.join(_config_folder(), FILE)


def _config_folder() -> str:
    """Return what platformdirs returns, which costs more to import than the rest of the help.

    Where the specification of XDG's folders leaves a choice, and on other systems, it decides.
    """
    if sys.platform == "linux" and not hasattr(sys, "getandroidapilevel"):
        home = os.environ.get("HOME", "")
        named = os.environ.get("XDG_CONFIG_HOME", "")
        if not named and home.startswith("/"):
            named = f"{home.rstrip('/')}/.config"
        if named.startswith("/"):
            return os.path.join(named, "walkthrough")
    import platformdirs

    return platformdirs.user_config_dir("walkthrough")


def read(path: str) -> "tuple[dict[str, Any], Message | str]":
    """Return what the file holds, and what is wrong with it; a missing file holds nothing."""
    try:
        return _choices(path), ""
    except FileNotFoundError:
        return {}, ""
    except (OSError, MessageError) as error:
        from walkthrough.i18n.system_errors import reason

        return {}, reason(error)


def _choices(path: str) -> "dict[str, Any]":
    """Return what the file holds.

    Raises:
        OSError: It cannot be read.
        MessageError: It is no JSON object; says why, in a few words.
    """
    if os.path.exists(path) and not os.path.isfile(path):
        from walkthrough.i18n.messages import message

        raise MessageError(message("it is no file"))  # opening a named pipe would block
    with open(path, "rb") as file:
        text = file.read(_MOST_BYTES + 1)
    import json  # only where there is a file

    try:
        kept = json.loads(text) if len(text) <= _MOST_BYTES else None
    except (ValueError, RecursionError):
        kept = text
    if isinstance(kept, dict):
        return kept
    from walkthrough.i18n.messages import message

    if kept is text:
        raise MessageError(message("it is no JSON"))
    long = len(text) > _MOST_BYTES
    raise MessageError(message("it is too long") if long else message("it is no JSON object"))
