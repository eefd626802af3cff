"""The handout as PDF: Chromium prints the HTML document, with nothing but it to read."""

import io
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import IO

from walkthrough.export.handout.document import to_handout
from walkthrough.export.registry import ExportFormat, FormatOption
from walkthrough.i18n.messages import Message, message
from walkthrough.recording.file import Recording
from walkthrough.recording.output import OutputError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""Names under which Chromium, or what is built from it, is installed."""
PATIENCE_S = 120
_HEADER = b"%PDF-"


def to_handout_pdf(
    recording: Recording,
    out: IO[bytes],
    *,
    payload: bool = True,
    source: bool = True,
    language: str,
) -> Message | str:
    """Write a handout as PDF, see `walkthrough.export.handout.document.to_handout`.

    Raises:
        OutputError: No browser is installed that prints it, or it failed.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise OutputError(
            message(
                "A PDF is printed by Chromium, which is not installed: install it, or write "
                "`--to handout` and print that from any browser."
            )
        )
    page = io.BytesIO()
    remark = to_handout(recording, page, payload=payload, source=source, language=language)
    with tempfile.TemporaryDirectory(prefix="walkthrough-") as folder:
        document, printed = Path(folder, "handout.html"), Path(folder, "handout.pdf")
        document.write_bytes(page.getvalue())
        content = _print(browser, document, printed)
    out.write(content)
    return remark


FORMAT = ExportFormat(
    summary=message("the same handout as PDF (needs Chromium)"),
    suffix=".pdf",
    write=to_handout_pdf,
    binary=True,
    takes=frozenset({FormatOption.SOURCE, FormatOption.LANGUAGE}),
)


def _print(browser: str, document: Path, printed: Path) -> bytes:
    command = [
        browser,
        "--headless",
        "--disable-gpu",
        "--no-pdf-header-footer",
        f"--user-data-dir={document.parent / 'profile'}",
        f"--print-to-pdf={printed}",
        document.as_uri(),
    ]
    if os.geteuid() == 0:  # Chromium's sandbox refuses to be started by root
        command.insert(1, "--no-sandbox")
    try:
        subprocess.run(
            command,
            cwd=document.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE_S,
            check=False,
        )
        content = printed.read_bytes()
    except (OSError, subprocess.TimeoutExpired):
        content = b""
    if not content.startswith(_HEADER):
        raise OutputError(
            message(
                "{browser} did not print the handout: write `--to handout` and print that from "
                "any browser.",
                browser=browser,
            )
        )
    return content
