"""The screen as an SVG file that needs nothing from anywhere; names of saved files.

Knows no widget: it is given the picture.
"""

import errno
import html
import os
import re
from itertools import count
from pathlib import Path

from rich.cells import cell_len

from walkthrough.recording.output import OutputError, OutputExistsError, OutputTarget, atomic_file

_FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}\s*")
_FAMILY = re.compile(r"font-family:\s*[^;}]*")
_FONTS = (
    "'DejaVu Sans Mono', 'Liberation Mono', Menlo, Consolas, 'Noto Sans Mono CJK SC', "
    "'Sarasa Mono SC', 'PingFang SC', 'Microsoft YaHei', monospace"
)
"""What machines have; the last of them are for Chinese."""
_TEXT = re.compile(
    r'<text (?P<before>[^>]*?)x="(?P<x>[\d.]+)" (?P<between>[^>]*?)textLength="(?P<length>[\d.]+)"'
    r"(?P<after>[^>]*)>(?P<said>[^<]*)</text>"
)
_NO_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 60
_MOST = 10_000


def self_contained(svg: str) -> str:
    """Return the picture with fonts of the machine that shows it in place of one from the web."""
    return by_cells(_FAMILY.sub(f"font-family: {_FONTS}", _FONT_FACE.sub("", svg)))


def by_cells(svg: str) -> str:
    """Return the picture with every wide character at its cell, in a text of its own.

    Textual writes a text's place in cells and its length in characters: what is shown of it would
    be squeezed into half the room.
    """
    return _TEXT.sub(_by_cells, svg)


def _by_cells(text: re.Match[str]) -> str:
    said = html.unescape(text["said"])
    if cell_len(said) <= len(said):
        return text[0]
    at, cell = float(text["x"]), float(text["length"]) / len(said)
    pieces: list[str] = []
    for character in said:
        wide = cell_len(character) > 1
        if pieces and not wide and cell_len(pieces[-1]) <= len(pieces[-1]):
            pieces[-1] += character
        else:
            pieces.append(character)
    made = []
    for piece in pieces:
        width = cell * cell_len(piece)
        shown = html.escape(piece).replace(" ", "&#160;")
        made.append(
            f'<text {text["before"]}x="{at:.2f}" {text["between"]}textLength="{width:.2f}"'
            f"{text['after']}>{shown}</text>"
        )
        at += width
    return "".join(made)


def file_name(scenario: str, event: int) -> str:
    """Return what to call the picture of an event, whatever a recording says it is of."""
    return f"walkthrough-{_named(scenario)}-{event}.svg"


def page_name(scenario: str) -> str:
    """Return what to call the page of a walk."""
    return f"walkthrough-{_named(scenario)}.html"


def _named(scenario: str) -> str:
    return _NO_NAME.sub("-", scenario)[:_LONGEST].strip("-.") or "program"


def save(content: str, folder: Path, name: str) -> Path:
    """Write a picture or a page as ``name``, or with a number behind it: nothing is written over.

    It shows what was read and written, so it is for nobody else until its owner says so.

    Raises:
        OSError: It cannot be written.
    """
    stem, suffix = os.path.splitext(name)
    for number in count(1):
        path = folder / (f"{stem}-{number}{suffix}" if number > 1 else name)
        if os.path.islink(path) and number < _MOST:
            continue  # wherever it leads
        try:
            with atomic_file(OutputTarget(path)) as file:
                file.write(content.encode("utf-8", "replace"))
        except OutputExistsError:
            if number < _MOST:
                continue
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
        except OutputError as error:
            if isinstance(error.__cause__, OSError):
                raise error.__cause__ from None
            raise
        return path
    raise AssertionError  # the numbers do not end
