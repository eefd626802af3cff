"""A picture of one step is the camera's, and a step that is not there is refused."""

import io
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.support.written import written
from walkthrough.export.svg import to_svg
from walkthrough.model.events import AnyEvent, CaptureEnded, FunctionEntered
from walkthrough.recording.file import RecordingError, load
from walkthrough.state.history import History
from walkthrough.view.screen_picture import PictureRequest, ScreenPicture

EVENTS: list[AnyEvent] = [
    FunctionEntered(seq=0, time_ns=0, function="main.main", goroutine=1, span=1),
    CaptureEnded(seq=1, time_ns=1, reason="finished"),
]


def camera(history: History, wanted: PictureRequest, look: Callable[[ScreenPicture], None]) -> None:
    for step in wanted.events or ():
        said = f"<svg>{wanted.language} {wanted.columns}x{wanted.rows} {step}</svg>"
        look(ScreenPicture(step, 0, "", (), partial(str, said)))


def exported(path: Path, event: int | None) -> str:
    out = io.BytesIO()
    to_svg(load(path), out, language="zh", event=event, size=(90, 30), camera=camera)
    return out.getvalue().decode()


def test_events_are_numbered_as_on_the_screen(tmp_path: Path) -> None:
    path = written(tmp_path / "two.jsonl", EVENTS)
    assert exported(path, 1) == "<svg>zh 90x30 0</svg>"
    assert exported(path, None) == exported(path, 2) == "<svg>zh 90x30 1</svg>"


@pytest.mark.parametrize("event", [0, 3, 10**9])
def test_an_event_that_is_not_there(tmp_path: Path, event: int) -> None:
    path = written(tmp_path / "two.jsonl", EVENTS)
    with pytest.raises(RecordingError, match=f"no event {event}: the recording's last one is 2"):
        exported(path, event)


def test_an_empty_recording(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="holds no event"):
        exported(written(tmp_path / "empty.jsonl", []), None)
