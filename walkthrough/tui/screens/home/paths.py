"""Completes a path that is being typed. Reads folders, and no file."""

import os
from typing import NamedTuple

from walkthrough.formatting.escaping import printable
from walkthrough.i18n.messages import Message
from walkthrough.i18n.system_errors import reason
from walkthrough.scenario.loader import FILE

MOST = 500
"""How many names are listed; of a larger folder the others come as one types on."""


class PathMatch(NamedTuple):
    """A name that begins as typed."""

    name: str
    folder: bool


class PathListing(NamedTuple):
    """What a folder holds that begins as typed.

    Attributes:
        folder: What was typed of the folder, with its last slash; "" for the current one.
        found: Folders first, each in the order of their names.
        more: How many were left out.
        trouble: Why the folder cannot be read, in a few words; "" if it can.
    """

    folder: str
    found: tuple[PathMatch, ...] = ()
    more: int = 0
    trouble: Message | str = ""


def listing_of(typed: str) -> PathListing:
    """List what goes on from ``typed``; never raises."""
    typed = cleaned(typed)
    begins = os.path.basename(typed)  # which knows both of Windows' separators
    folder = typed.removesuffix(begins) if begins else typed
    there = os.path.expanduser(folder) or os.curdir
    found = []
    try:
        with os.scandir(there) as inside:
            for entry in inside:
                name = entry.name
                hidden = name.startswith(".") and not begins.startswith(".")
                if hidden or not name.casefold().startswith(begins.casefold()):
                    continue
                found.append(PathMatch(name, _is_folder(entry)))
    except (OSError, ValueError) as error:
        return PathListing(folder, trouble=reason(error))
    found.sort(key=lambda each: (not each.folder, each.name.casefold(), each.name))
    return PathListing(folder, tuple(found[:MOST]), max(len(found) - MOST, 0))


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def completed(typed: str, listing: PathListing) -> str:
    """Return ``typed`` with all that the names in ``listing`` have in common."""
    typed = cleaned(typed)
    if not listing.found or listing.more:
        return typed
    names = [each.name + (os.sep if each.folder else "") for each in listing.found]
    shared = os.path.commonprefix(names)  # noqa: RUF071  # of characters, as they are typed
    begins = typed[len(listing.folder) :]
    if (len(shared) > len(begins) or len(names) == 1) and printable(shared) == shared:
        return listing.folder + shared
    return typed


def path_of(listing: PathListing, found: PathMatch) -> str:
    """Return the path of a name in a listing, a folder's with its slash."""
    return listing.folder + found.name + (os.sep if found.folder else "")


def opened_found(listing: PathListing, found: PathMatch) -> str:
    """Return the path by which a name in a listing is opened."""
    return os.path.join(os.path.expanduser(listing.folder), found.name)


def is_only_folder(path: str) -> bool:
    """Return whether ``path`` is a folder that holds no scenario: there is but to look into it."""
    return os.path.isdir(path) and not os.path.isfile(os.path.join(path, FILE))


def can_be_typed(text: str) -> bool:
    """Return whether a text may stand in the line that is typed: it acts on no terminal."""
    return printable(text) == text


def cleaned(typed: str) -> str:
    """Take off what a path that was pasted may have around it."""
    typed = typed.strip()
    if len(typed) > 1 and typed[0] == typed[-1] and typed[0] in "'\"":
        typed = typed[1:-1]
    return typed.removeprefix("file://")


def opened_path(typed: str) -> str:
    """Return the path that is meant by what was typed."""
    return os.path.expanduser(cleaned(typed))
