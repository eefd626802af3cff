"""The only way to standard output and standard error: nothing that acts on a terminal passes.

File names, arguments, environment variables, and the content of scenarios, recordings and
logs may all be made by somebody else. A test makes sure that nothing else prints;
tables and bars, which have their own colours, are in `walkthrough.cli.output`, by the same rule.
"""

import sys
from collections.abc import Iterable, Mapping
from types import TracebackType

from walkthrough.formatting.escaping import escaped_json, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO

_CLEAR = "\r\x1b[K"
_NARROW = 78
"""Columns of a line that is rewritten in place; every terminal has them."""


def show(text: str = "") -> None:
    """Print lines of text on standard output."""
    sys.stdout.write(f"{printable_lines(text)}\n")


def show_json(document: object, indent: int | None = None) -> None:
    """Print lists, dicts, texts and numbers as a JSON document on standard output."""
    import json  # not every command needs it

    text = json.dumps(document, ensure_ascii=False, indent=indent)
    sys.stdout.write(escaped_json(text).decode() + "\n")


def show_json_items(document: Mapping[str, object], last: str, items: Iterable[object]) -> None:
    """Print what `show_json` would print of a document whose last key has a list, piece by piece.

    Args:
        document: The document without that key.
        last: The key.
        items: The list's items; they may be too many to hold in memory.
    """
    import json

    def write(text: str) -> None:
        sys.stdout.write(escaped_json(text).decode())

    write(f"{json.dumps(document, ensure_ascii=False)[:-1]}, {json.dumps(last)}: [")
    for at, item in enumerate(items):
        write(f"{', ' if at else ''}{json.dumps(item, ensure_ascii=False)}")
    write("]}\n")


def standard_output() -> "IO[bytes]":
    """Return standard output for the bytes of a document, which the caller has escaped."""
    sys.stdout.flush()
    return sys.stdout.buffer


def say(sentence: str) -> None:
    """Print one sentence on standard error, in place of a line of `progress`."""
    sys.stderr.write(f"{_CLEAR if _progress.is_shown else ''}{printable(sentence)}\n")
    sys.stderr.flush()
    _progress.is_shown = False


def progress(line: str) -> None:
    """Rewrite a line on standard error, if that is a terminal."""
    if sys.stderr.isatty():
        sys.stderr.write(f"{_CLEAR}{printable(line)[:_NARROW]}\r")
        sys.stderr.flush()
        _progress.is_shown = True


class _Progress:
    """Whether the last line on standard error is one of `progress`, to be replaced by others."""

    is_shown = False


_progress = _Progress()


def say_lines(text: str) -> None:
    """Print lines of text on standard error."""
    sys.stderr.write(f"{printable_lines(text)}\n")
    sys.stderr.flush()


def printable_lines(text: str) -> str:
    """Return text with everything escaped that is neither visible nor the end of a line."""
    return "\n".join(map(printable, text.split("\n")))


def show_traceback(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Print the traceback of an unexpected exception; for `sys.excepthook`."""
    import traceback  # an exception is not expected

    say_lines("".join(traceback.format_exception(kind, error, trace)).rstrip("\n"))
