"""One step of a recording as a picture of the screen: an SVG document that loads nothing."""

from typing import IO

from walkthrough.export.registry import ExportFormat, FormatOption
from walkthrough.i18n.messages import Message, message
from walkthrough.recording.file import Recording, RecordingError
from walkthrough.view.recorded_history import history_to_show
from walkthrough.view.screen_picture import PictureRequest, ScreenCamera


def to_svg(
    recording: Recording,
    out: IO[bytes],
    *,
    payload: bool = True,
    language: str,
    event: int | None,
    size: tuple[int, int],
    camera: ScreenCamera,
) -> Message | str:
    """Write the screen at one step; see `walkthrough.export.registry.FormatWriter`.

    Args:
        recording: Header and events.
        out: Where to write.
        payload: Whether with what was read and written, sent and printed.
        language: The screen's.
        event: The step's event, as the screen numbers them, from 1; None for the last step.
        size: Columns and rows.
        camera: What draws the screen.

    Raises:
        RecordingError: It cannot be read, or has no such event.
    """
    history = history_to_show(recording, payload=payload)
    last = len(history)
    at = last if event is None else event
    if not 1 <= at <= last:
        raise RecordingError(
            message(
                "There is no event {event}: the recording's last one is {last}.",
                event=at,
                last=last,
            )
        )
    wanted = PictureRequest(language, *size, [history.step_end(at - 1)])
    camera(history, wanted, lambda picture: _write(out, picture.svg()))
    return recording.torn


def _write(out: IO[bytes], document: str) -> None:
    out.write(document.encode())


FORMAT = ExportFormat(
    summary=message("a picture of the screen at one step"),
    suffix=".svg",
    write=to_svg,
    takes=frozenset(
        {FormatOption.LANGUAGE, FormatOption.EVENT, FormatOption.SIZE, FormatOption.CAMERA}
    ),
)
