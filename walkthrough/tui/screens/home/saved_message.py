"""Says where a session is kept, or why it could not be: on home, and once the screen is left."""

import shlex

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.tui.screens.session_source import SavedSession


def said_of(kept: SavedSession | None, tr: Catalogue, *command: str) -> str:
    """Return one sentence, "" if there was nothing to keep.

    Args:
        kept: Where it is kept, or why not.
        tr: The catalogue of the language to say it in.
        command: What is to be typed before the path to open it again.
    """
    if kept is None:
        return ""
    path = str(kept.path)
    if kept.why:
        return tr(
            "This session could not be kept, since {path} cannot be written ({why}): make "
            "room there, let it be written to, or set XDG_DATA_HOME to another folder.",
            path=path,
            why=kept.why,
        )
    return tr("Session saved: {path}", path=shlex.join((*command, path)) if command else path)
