"""Where the bookmarks of a recording are kept: next to it, or else in the user's data folder."""

from pathlib import Path

import platformdirs

from walkthrough.model.events import Header
from walkthrough.scenario.loader import folder as scenarios
from walkthrough.user_data.bookmarks import (
    Bookmarks,
    RecordingIdentity,
    bookmarks_path,
    file_name_for,
)


def folder() -> Path:
    """Return where bookmarks are kept that cannot be next to their recording."""
    return Path(platformdirs.user_data_dir("walkthrough")) / "bookmarks"


def bookmarks_of(path: Path | None, header: Header) -> Bookmarks:
    """Return the bookmarks of the recording or the log ``path``; None for one that is not kept.

    The folder of a bundled recording is left unchanged.
    """
    if path is None:
        return Bookmarks()
    path = path.absolute()
    own = folder() / file_name_for(header, path)
    ours = scenarios().resolve() in path.resolve().parents
    return Bookmarks((own,) if ours else (bookmarks_path(path), own), RecordingIdentity.of(header))
