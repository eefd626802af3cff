"""Why a folder cannot be trusted to be private to this user, in words.

Not only the folder counts, but also those above it: who may change one of them can put another
folder in its place.
"""

import os
import stat
from pathlib import Path

from walkthrough.files.private_files import OTHERS, is_trusted, others_may_write
from walkthrough.i18n.messages import Message, message
from walkthrough.i18n.system_errors import system_error_text


def objection(folder: Path) -> Message | str | None:
    """Return why ``folder`` cannot be trusted to be private to this user, None if it can.

    Args:
        folder: An absolute path whose parents have no symbolic links.
    """
    try:
        status = folder.lstat()
    except OSError as error:
        return system_error_text(error)
    if stat.S_ISLNK(status.st_mode):
        return message("it is a symbolic link")
    if not stat.S_ISDIR(status.st_mode):
        return message("it is no folder")
    if status.st_uid != os.geteuid():
        return message("it belongs to another user ({user})", user=status.st_uid)
    if status.st_mode & OTHERS:
        return message(
            "others may enter it (mode {mode})", mode=format(stat.S_IMODE(status.st_mode), "o")
        )
    return parents_objection(folder)


def parents_objection(path: Path) -> Message | None:
    """Return which of the folders above ``path`` others may change, and so, None if they cannot.

    Args:
        path: As for `objection`; it need not exist.
    """
    for parent in path.parents:
        try:
            status = parent.lstat()
        except FileNotFoundError:
            continue  # we will create it
        except OSError as error:
            return message(
                "{folder} cannot be looked at ({why})",
                folder=str(parent),
                why=system_error_text(error),
            )
        if not is_trusted(status.st_uid):
            return message(
                "{folder} belongs to another user ({user})",
                folder=str(parent),
                user=status.st_uid,
            )
        # In a sticky folder such as /tmp, everybody can only move their own files.
        if others_may_write(status) and not status.st_mode & stat.S_ISVTX:
            return message("others may write to {folder}", folder=str(parent))
    return None
