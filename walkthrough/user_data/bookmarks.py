"""Bookmarks: the user's own notes, tied to events and kept in a small file by the recording.

Whatever that file holds, nothing is raised, and a file that is not ours is never overwritten.
"""

import os
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from enum import Enum, auto
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec

from walkthrough.i18n.messages import Message
from walkthrough.i18n.system_errors import reason
from walkthrough.model.events import Header
from walkthrough.recording.output import (
    PRIVATE,
    OutputError,
    OutputTarget,
    atomic_file,
    private_folder,
)

FORMAT = 1
"""Version of the file's format."""
SUFFIX = ".bookmarks.json"
LARGEST_FILE = 4 * 1024 * 1024
"""Bytes; what is longer was not written by this program."""
LONGEST_NOTE = 2000
"""Characters; the rest is cut off."""

_BROKEN = (msgspec.MsgspecError, ValueError, OverflowError, RecursionError)
"""What decoding a hostile file can raise."""


class Bookmark(msgspec.Struct, frozen=True):
    """A mark at event ``seq``, with a note that may be empty."""

    seq: Annotated[int, msgspec.Meta(ge=0, le=2**53)]
    note: str = ""


class RecordingIdentity(msgspec.Struct, frozen=True):
    """What identifies a recording among others of the same file name: from its header."""

    scenario: str = ""
    started: str = ""
    pid: int = 0

    @classmethod
    def of(cls, header: Header) -> "RecordingIdentity":
        """Return the identity of a recording."""
        return cls(header.scenario, header.started, header.pid)


class _BookmarkFile(msgspec.Struct, tag_field="type", tag="bookmarks"):
    recording: RecordingIdentity
    bookmarks: list[Bookmark]
    format: int = FORMAT


class _BookmarkVersion(msgspec.Struct):
    type: str
    format: int


class BookmarkFault(Enum):
    """What can be wrong with the file of bookmarks."""

    BROKEN = auto()
    """A file cannot be read, or is not ours."""
    FOREIGN = auto()
    """It belongs to another recording."""
    NEWER = auto()
    """A newer version of the program wrote it."""
    ELSEWHERE = auto()
    """The first place cannot be written, so the bookmarks are kept in ``instead``."""
    UNKEPT = auto()
    """No place can be written."""


class BookmarkComplaint(NamedTuple):
    """A problem with a file: reported once, and not as text, which is the screen's task.

    Attributes:
        trouble: What it is.
        path: With which file.
        instead: Where bookmarks are kept instead, None where that is still unknown.
        why: What the system says, "" if it says nothing.
    """

    trouble: BookmarkFault
    path: Path
    instead: Path | None = None
    why: Message | str = ""


class Bookmarks:
    """The bookmarks of one recording.

    Args:
        places: Files in which they may be kept, the preferred one first; without any they
            last as long as this object.
        identity: Whose they are.
    """

    def __init__(
        self, places: Sequence[Path] = (), identity: RecordingIdentity | None = None
    ) -> None:
        self._places = tuple(places)
        self._identity = identity or RecordingIdentity()
        self._notes: dict[int, str] = {}
        self._order: list[int] = []
        self._unsaved = False
        self._complaints: list[BookmarkComplaint] = []
        self._complained: set[tuple[BookmarkFault, Path]] = set()
        self._read()

    def __len__(self) -> int:
        return len(self._notes)

    def all(self) -> list[Bookmark]:
        """List all, by event."""
        return [Bookmark(seq, self._notes[seq]) for seq in self._order]

    def seqs(self) -> Sequence[int]:
        """List the events that have one, ascending."""
        return self._order

    def note(self, seq: int) -> str | None:
        """Return the note at event ``seq``, None if there is no bookmark."""
        return self._notes.get(seq)

    def before(self, seq: int) -> int | None:
        """Return the last event before ``seq`` that has a bookmark."""
        at = bisect_left(self._order, seq)
        return self._order[at - 1] if at else None

    def after(self, seq: int) -> int | None:
        """Return the first event after ``seq`` that has a bookmark."""
        at = bisect_right(self._order, seq)
        return self._order[at] if at < len(self._order) else None

    def put(self, seq: int, note: str) -> None:
        """Set a bookmark at event ``seq``, or give the one there another note."""
        self._change(seq, note[:LONGEST_NOTE])

    def remove(self, seq: int) -> None:
        """Remove the bookmark at event ``seq``; nothing happens if there is none."""
        if not self._unsaved:
            self._read()  # another screen may have set it
        if seq in self._notes:
            self._change(seq, None)

    def complaints(self) -> list[BookmarkComplaint]:
        """Return what has gone wrong since the last call."""
        complaints, self._complaints = self._complaints, []
        return complaints

    def _change(self, seq: int, note: str | None) -> None:
        if not self._unsaved:
            self._read()  # another screen may have added some of its own
        if note is None:
            self._notes.pop(seq, None)
        else:
            self._notes[seq] = note
        self._order = sorted(self._notes)
        self._unsaved = bool(self._places) and not self._write()

    # The files

    def _read(self) -> None:
        """Read the newest of our files."""
        newest = -1.0
        for place in self._places:
            found = self._load(place)
            if isinstance(found, _BookmarkFile) and (changed := _changed(place)) > newest:
                newest = changed
                self._notes = {one.seq: one.note[:LONGEST_NOTE] for one in found.bookmarks}
        self._order = sorted(self._notes)

    def _load(self, path: Path) -> _BookmarkFile | BookmarkFault | None:
        """Read a file: its content, why it is not ours, or None if it does not exist."""
        found = _load(path)
        if isinstance(found, _BookmarkFile) and found.recording != self._identity:
            found = BookmarkFault.FOREIGN
        if isinstance(found, BookmarkFault):
            self._complain(found, path)
        return found

    def _write(self) -> bool:
        """Write all to the first place that can be written and is free or ours."""
        marks = [Bookmark(seq, self._notes[seq]) for seq in self._order]
        content = msgspec.json.format(
            msgspec.json.encode(_BookmarkFile(self._identity, marks)), indent=1
        )
        refused: list[tuple[Path, Message | str]] = []
        for place in self._places:
            if isinstance(self._load(place), BookmarkFault):
                continue
            try:
                _replace(place, content + b"\n")
            except (OSError, ValueError, OutputError) as error:
                refused.append((place, reason(error)))
                continue
            for path, why in refused:
                self._complain(BookmarkFault.ELSEWHERE, path, place, why)
            return True
        for path, why in refused[:1]:
            self._complain(BookmarkFault.UNKEPT, path, None, why)
        return False

    def _complain(
        self,
        trouble: BookmarkFault,
        path: Path,
        instead: Path | None = None,
        why: Message | str = "",
    ) -> None:
        if (trouble, path) not in self._complained:
            self._complained.add((trouble, path))
            self._complaints.append(BookmarkComplaint(trouble, path, instead, why))


def bookmarks_path(recording: Path) -> Path:
    """Return the file next to a recording (or a log) that holds its bookmarks."""
    name = recording.name
    stem = name.removesuffix(".jsonl") if name != ".jsonl" else name
    return recording.with_name(stem + SUFFIX)


def file_name_for(header: Header, recording: Path) -> str:
    """Return a file name made from what the header says; from the path if that says too little."""
    parts = (header.scenario or recording.name, header.started or str(recording), str(header.pid))
    plain = "-".join(parts)
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in plain)
    return kept.lstrip(".")[:120] + SUFFIX


def _load(path: Path) -> _BookmarkFile | BookmarkFault | None:
    try:
        if not path.is_file():  # opening a named pipe would block until its other end is opened
            return BookmarkFault.BROKEN if os.path.lexists(path) else None
        with open(path, "rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return BookmarkFault.BROKEN
    return _decode(content)


def _decode(content: bytes) -> _BookmarkFile | BookmarkFault:
    if len(content) > LARGEST_FILE:
        return BookmarkFault.BROKEN
    try:
        version = msgspec.json.decode(content, type=_BookmarkVersion)
        if version.type == "bookmarks" and version.format > FORMAT:
            return BookmarkFault.NEWER
        return msgspec.json.decode(content, type=_BookmarkFile)
    except _BROKEN:
        return BookmarkFault.BROKEN


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _replace(path: Path, content: bytes) -> None:
    """Replace a file atomically, so that a crash leaves the old or the new one.

    A new one is private; an existing one keeps its mode.

    Raises:
        OSError: It cannot be written; an existing file is unchanged.
        OutputError: It cannot be replaced because of what it is.
    """
    if not path.parent.exists():
        private_folder(path.parent)
    try:
        mode = path.stat().st_mode & 0o777
    except FileNotFoundError:
        mode = PRIVATE
    try:
        with atomic_file(OutputTarget(path, force=True, mode=mode)) as file:
            file.write(content)
    except OutputError as error:
        if isinstance(error.__cause__, OSError):
            raise error.__cause__ from None
        raise
