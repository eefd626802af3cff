"""Says where a session is kept, or why it could not be: on home, and once the screen is left."""

import shlex

from walkthrough.tui.screens.home.words import home_words
from walkthrough.tui.screens.session_source import Kept
from walkthrough.view.translation import quoted


def said_of(kept: Kept | None, language: str, *command: str) -> str:
    """Return one sentence, "" if there was nothing to keep.

    Args:
        kept: Where it is kept, or why not.
        language: ``en`` or ``zh``.
        command: What is to be typed before the path to open it again.
    """
    if kept is None:
        return ""
    words, path = home_words(language), str(kept.path)
    if kept.why:
        return words.not_kept.format(path=path, why=quoted(kept.why, language))
    return words.kept.format(path=shlex.join((*command, path)) if command else path)
