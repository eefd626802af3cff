"""The registry of export formats: each is a module, or a package, of this package.

A module of `walkthrough.export` is discovered, and its name is the format's name on the command
line, with hyphens in place of underscores; everything else about it is in its ``FORMAT``. So a
format is one new file, and no list has to be changed. Only the requested one is imported.
"""

import os
from collections.abc import Callable, Mapping
from enum import StrEnum
from importlib import import_module
from typing import IO, Any, NamedTuple, Protocol

import walkthrough.export
from walkthrough.i18n.messages import Message
from walkthrough.recording.file import Recording


class FormatOption(StrEnum):
    """What a format may be asked for beside ``payload``: each is a keyword of its writer."""

    SOURCE = "source"
    """Whether with the lines of source; without, their numbers and the notes are written."""
    LANGUAGE = "language"
    """The code of the language in which to write, where a file holds one alone."""
    EVENT = "event"
    """The number of the event whose step is wanted; None for the last one."""
    SIZE = "size"
    """Columns and rows of the screen."""
    PACE = "pace"
    """Seconds for a step."""
    PRINTER = "printer"
    """What prints an HTML document as PDF: bytes in, bytes out."""
    CAMERA = "camera"
    """What draws the screen (`walkthrough.view.screen_picture.ScreenCamera`)."""


class FormatWriter(Protocol):
    """Writes a whole recording in one format."""

    def __call__(
        self, recording: Recording, out: IO[bytes], *, payload: bool, **options: Any
    ) -> Message | str:
        """Write ``recording`` to ``out``.

        Args:
            recording: Header and events, in the order of the file; read lazily.
            out: Where to write; left open. What is written may end up on a terminal, unless the
                format is binary: bytes that act on one are escaped.
            payload: Whether with what was read and written, sent and printed. Without it an event
                goes through `walkthrough.recording.payload.without_payload` first.
            options: Those that the format `takes`.

        Returns:
            What the user should know of the outcome, `Recording.torn` first; "" for nothing.

        Raises:
            RecordingError: The recording cannot be read to its end.
            OSError: ``out`` cannot be written.
        """
        ...


class ExportFormat(NamedTuple):
    """What a format's module says of it, as ``FORMAT``.

    Attributes:
        summary: What is written, in a few words, for the help.
        suffix: How a file of this format ends, with the dot.
        write: What writes it, a `FormatWriter` with a keyword for each option that it takes.
        binary: Whether its bytes are not text: then it is not printed on a terminal.
        takes: What else its writer is given.
    """

    summary: Message | str
    suffix: str
    write: Callable[..., Message | str]
    binary: bool = False
    takes: frozenset[FormatOption] = frozenset()


def names() -> tuple[str, ...]:
    """Return the formats' names, sorted, without importing any of them."""
    # Python's pkgutil finds them as well, but to import it takes longer than to look.
    modules = {
        name.removesuffix(".py")
        for folder in walkthrough.export.__path__
        for name in os.listdir(folder)
        if name.endswith(".py") or os.path.isfile(os.path.join(folder, name, "__init__.py"))
    }
    return tuple(sorted(each.replace("_", "-") for each in modules - {"__init__", "registry"}))


def export_format(name: str) -> ExportFormat:
    """Return the format of this name, which is one of `names()`.

    Raises:
        TypeError: Its module has no ``FORMAT``.
    """
    module = name.replace("-", "_")
    described = getattr(import_module(f"{walkthrough.export.__name__}.{module}"), "FORMAT", None)
    if not isinstance(described, ExportFormat):
        raise TypeError(f"walkthrough/export/{module}.py has no FORMAT = ExportFormat(...)")
    return described


def formats() -> Mapping[str, ExportFormat]:
    """Return all formats by name."""
    return {name: export_format(name) for name in names()}
