"""A cast, played by somebody else's terminal, shows the screen at each step."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from unicodedata import normalize

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.written import written
from walkthrough.export.cast import CastWriter, to_cast
from walkthrough.model.events import AnyEvent, CaptureEnded, FunctionEntered, Header
from walkthrough.recording.file import RecordingError, load
from walkthrough.state.history import History
from walkthrough.view.screen_picture import PictureRequest, ScreenPicture

Row = tuple[tuple[str, str], ...]
GREEN = "38;2;0;128;0"


def picture(event: int, rows: list[Row], stage: str = "") -> ScreenPicture:
    return ScreenPicture(event, event, stage, tuple(rows), lambda: "")


def played(cast: bytes, size: tuple[int, int]) -> Iterator[pyte.Screen]:
    """Yield a terminal after each output of a cast."""
    screen = pyte.Screen(*size)
    terminal = pyte.Stream(screen)
    for line in cast.decode().splitlines()[1:]:
        _, code, data = json.loads(line)
        if code == "o":
            terminal.feed(data)
            yield screen


def cast_of(pictures: list[ScreenPicture], size: tuple[int, int], pace: float = 1.0) -> bytes:
    out = io.BytesIO()
    writer = CastWriter(out, pace)
    writer.begin(Header(scenario="one", started="2026-11-30T12:00:00Z"), size)
    for each in pictures:
        writer.show(each)
    writer.end()
    return out.getvalue()


cells = st.sampled_from(["a", "b", " ", "─", "中", "é", "e\u0301"])
looks = st.sampled_from(["", "1", GREEN])


def row_of(drawn: list[tuple[str, str]]) -> Row:
    """Return a row of twelve cells that begins with what was drawn.

    The last one is a space: there pyte takes a combining character for one that does not fit.
    """
    room, row = 11, []
    for text, look in drawn:
        width = 2 if text == "中" else 1
        if width <= room:
            row.append((text, look))
            room -= width
    return (*row, (" " * (room + 1), ""))


rows = st.lists(st.tuples(cells, looks), max_size=12).map(row_of)
screens = st.lists(rows, min_size=3, max_size=3)


@given(st.lists(screens, min_size=1, max_size=4))
def test_a_terminal_shows_every_picture_though_only_differences_are_written(
    shown: list[list[Row]],
) -> None:
    cast = cast_of([picture(number, each) for number, each in enumerate(shown)], (12, 3))
    for wanted, screen in zip(shown, played(cast, (12, 3)), strict=False):
        for number, row in enumerate(wanted):
            text = "".join(piece for piece, _ in row)
            assert screen.display[number].rstrip() == normalize("NFC", text).rstrip()
            at = 0
            for piece, look in row:
                if piece.strip():
                    cell = screen.buffer[number][at]
                    assert (cell.bold, cell.fg) == (
                        look == "1",
                        "008000" if look == GREEN else "default",
                    )
                at += sum(2 if character == "中" else character != "\u0301" for character in piece)


def test_markers_stand_where_stages_begin_and_the_pace_is_kept() -> None:
    blank: list[Row] = [((" " * 12, ""),)] * 3
    pictures = [picture(0, blank), picture(1, blank, "bind"), picture(2, blank)]
    begin, *events = map(json.loads, cast_of(pictures, (12, 3), 0.5).splitlines())
    assert begin["version"] == 3
    assert begin["term"] == {"cols": 12, "rows": 3, "type": "xterm-256color"}
    assert begin["timestamp"] == 1796040000
    assert [(delay, code) for delay, code, _ in events] == [
        (0.0, "o"),
        (0.5, "m"),
        (0.0, "o"),
        (1.0, "o"),  # a stage is looked at for twice as long
        (0.5, "o"),
        (0.0, "x"),
    ]
    assert events[1][2] == "bind"
    assert events[-2][2].endswith("\x1b[?25h\r\n")


def test_a_recording_is_shown_step_by_step(tmp_path: Path) -> None:
    events: list[AnyEvent] = [
        FunctionEntered(seq=0, time_ns=0, function="main.main", goroutine=1, span=1),
        CaptureEnded(seq=1, time_ns=1, reason="finished"),
    ]
    asked: list[PictureRequest] = []

    def camera(
        history: History, wanted: PictureRequest, look: Callable[[ScreenPicture], None]
    ) -> None:
        asked.append(wanted)
        for step in wanted.events or ():
            look(picture(step, [(("x" * 80, ""),)] * 24))

    out = io.BytesIO()
    path = written(tmp_path / "two.jsonl", events)
    to_cast(load(path), out, language="zh", size=(80, 24), pace=1.0, camera=camera)
    (wanted,) = asked
    assert (wanted.language, wanted.columns, wanted.rows) == ("zh", 80, 24)
    assert list(wanted.events or ()) == [0, 1]
    assert len(out.getvalue().splitlines()) == 1 + 2 + 2


def test_an_empty_recording_has_nothing_to_show(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="holds no event"):
        to_cast(
            load(written(tmp_path / "empty.jsonl", [])),
            io.BytesIO(),
            language="en",
            size=(80, 24),
            pace=1.0,
            camera=lambda *_: None,
        )
