"""A recording as an asciicast (version 3): the screen's own picture of each step, one by one.

It plays in asciinema and its player. A marker stands where a stage begins. Of a picture only
what differs from the one before is written.
"""

import json
from typing import IO

from walkthrough.export.registry import ExportFormat, FormatOption
from walkthrough.formatting.cells import cell_width
from walkthrough.formatting.escaping import printable
from walkthrough.i18n.messages import Message, message, plural
from walkthrough.model.events import Header
from walkthrough.recording.file import Recording
from walkthrough.recording.start_time import began_ns
from walkthrough.view.recorded_history import history_to_show
from walkthrough.view.screen_picture import PictureRequest, ScreenCamera, ScreenPicture

MOST_STEPS = 5000
"""A cast of more steps would last for hours; the first ones are in it."""
_STAGE_HOLDS = 2
"""A step at which a stage begins is shown for so many times the pace."""
_CLEAR = "\x1b[?25l\x1b[H\x1b[2J"
_RESTORE = "\x1b[0m\x1b[?25h\r\n"


def to_cast(
    recording: Recording,
    out: IO[bytes],
    *,
    payload: bool = True,
    language: str,
    size: tuple[int, int],
    pace: float,
    camera: ScreenCamera,
) -> Message | str:
    """Write all steps as a cast; see `walkthrough.export.registry.FormatWriter`.

    Args:
        recording: Header and events.
        out: Where to write.
        payload: Whether with what was read and written, sent and printed.
        language: The screen's.
        size: Columns and rows.
        pace: Seconds for which a step is shown.
        camera: What draws the screen.

    Returns:
        Why the recording ends early, or how much of it was left out; "" for nothing.

    Raises:
        RecordingError: It cannot be read, or holds nothing.
        OSError: ``out`` cannot be written.
    """
    history = history_to_show(recording, payload=payload)
    steps = list(history.steps())
    writer = CastWriter(out, pace)
    writer.begin(history.header, size)
    camera(history, PictureRequest(language, *size, steps[:MOST_STEPS]), writer.show)
    writer.end()
    left = len(steps) - MOST_STEPS
    if left <= 0 or recording.torn:
        return recording.torn
    return plural(
        "The cast shows the first {kept} steps: {count} more step is left out.",
        "The cast shows the first {kept} steps: {count} more steps are left out.",
        left,
        kept=MOST_STEPS,
    )


FORMAT = ExportFormat(
    summary=message("a cast for asciinema: the screen, step by step"),
    suffix=".cast",
    write=to_cast,
    takes=frozenset(
        {FormatOption.LANGUAGE, FormatOption.SIZE, FormatOption.PACE, FormatOption.CAMERA}
    ),
)


_Cell = tuple[str, str]
"""A character and its look; "" for the second half of a wide one."""


class CastWriter:
    """Writes pictures as the output of a terminal.

    Args:
        out: Where to write.
        pace: Seconds for which a step is shown.
    """

    def __init__(self, out: IO[bytes], pace: float) -> None:
        self._out = out
        self._pace = pace
        self._shown: list[list[_Cell]] = []
        self._due = 0.0

    def begin(self, header: Header, size: tuple[int, int]) -> None:
        """Write the header."""
        columns, rows = size
        title = f"walkthrough: {header.scenario or ' '.join(header.command)}"
        content = {
            "version": 3,
            "term": {"cols": columns, "rows": rows, "type": "xterm-256color"},
            "title": printable(title)[:200],
        }
        if moment := began_ns(header):
            content["timestamp"] = moment // 1_000_000_000
        self._write(content)

    def show(self, picture: ScreenPicture) -> None:
        """Write a picture in the place of the one before."""
        if picture.stage:
            self._event("m", picture.stage)
        shown = [_cells(row) for row in picture.rows]
        drawn = "" if self._shown else _CLEAR
        for number, row in enumerate(shown):
            drawn += _changed(number, self._shown[number] if self._shown else [], row)
        self._event("o", drawn)
        self._shown = shown
        self._due = self._pace * (_STAGE_HOLDS if picture.stage else 1)

    def end(self) -> None:
        """Hold the last picture, and leave the terminal as it was."""
        self._event("o", _RESTORE)
        self._event("x", "0")

    def _event(self, code: str, data: str) -> None:
        """Write an event, once the picture before it was shown for its time."""
        self._write([round(self._due, 3), code, data])
        self._due = 0.0

    def _write(self, content: object) -> None:
        self._out.write(json.dumps(content, separators=(",", ":")).encode() + b"\n")


def _cells(row: tuple[tuple[str, str], ...]) -> list[_Cell]:
    cells: list[_Cell] = []
    for text, look in row:
        for character in text:
            width = 1 if character.isascii() else cell_width(character)
            if width:
                cells += [(character, look), *[("", look)] * (width - 1)]
            elif cells:  # it is drawn over the one before
                cells[-1] = (cells[-1][0] + character, cells[-1][1])
    return cells


def _changed(number: int, before: list[_Cell], now: list[_Cell]) -> str:
    """Return what a terminal has to be sent for a row to change from ``before`` to ``now``."""
    if before == now:
        return ""
    first, last = 0, len(now)
    if len(before) == len(now):
        while before[first] == now[first]:
            first += 1
        while before[last - 1] == now[last - 1]:
            last -= 1
        while first and not now[first][0]:
            first -= 1
        while last < len(now) and not now[last][0]:
            last += 1
    drawn, look_now = f"\x1b[{number + 1};{first + 1}H", None
    for text, look in now[first:last]:
        if look != look_now:
            drawn += f"\x1b[0;{look}m" if look else "\x1b[0m"
            look_now = look
        drawn += text
    return drawn
