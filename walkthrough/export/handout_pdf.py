"""The handout as PDF: a browser prints the HTML document, with nothing but it to read."""

import io
from collections.abc import Callable
from typing import IO

from walkthrough.export.handout.document import to_handout
from walkthrough.export.registry import ExportFormat, FormatOption
from walkthrough.i18n.messages import Message, message
from walkthrough.recording.file import Recording


def to_handout_pdf(
    recording: Recording,
    out: IO[bytes],
    *,
    payload: bool = True,
    source: bool = True,
    language: str,
    printer: Callable[[bytes], bytes],
) -> Message | str:
    """Write a handout as PDF, see `walkthrough.export.handout.document.to_handout`.

    Args:
        recording: As there, like those that follow.
        out: Likewise.
        payload: Likewise.
        source: Likewise.
        language: Likewise.
        printer: Returns an HTML document as PDF.
    """
    page = io.BytesIO()
    remark = to_handout(recording, page, payload=payload, source=source, language=language)
    out.write(printer(page.getvalue()))
    return remark


FORMAT = ExportFormat(
    summary=message("the same handout as PDF (needs Chromium)"),
    suffix=".pdf",
    write=to_handout_pdf,
    binary=True,
    takes=frozenset({FormatOption.SOURCE, FormatOption.LANGUAGE, FormatOption.PRINTER}),
)
