"""Prints an HTML document as PDF, with the Chromium of the machine."""

import os
import subprocess
import tempfile
from pathlib import Path

from walkthrough.capture.processes import process_group
from walkthrough.cli.errors import UsageError
from walkthrough.i18n.messages import message
from walkthrough.source.search_path import find_program

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""Names under which Chromium, or what is built from it, is installed."""
PATIENCE_S = 120
_BEGINNING = b"%PDF-"


def print_page(document: bytes) -> bytes:
    """Return an HTML document as PDF.

    Raises:
        UsageError: No browser is installed that prints it, or it did not.
    """
    browser = next(filter(None, map(find_program, BROWSERS)), None)
    if browser is None:
        raise UsageError(
            message(
                "A PDF is printed by Chromium, which is not installed: install it, or write "
                "`--to handout` and print that from any browser."
            )
        )
    with tempfile.TemporaryDirectory(prefix="walkthrough-", ignore_cleanup_errors=True) as folder:
        page, printed = Path(folder, "page.html"), Path(folder, "page.pdf")
        page.write_bytes(document)
        try:
            _print(browser, page, printed)
            content = printed.read_bytes()
        except (OSError, subprocess.TimeoutExpired):
            content = b""
    if not content.startswith(_BEGINNING):
        raise UsageError(
            message(
                "{browser} did not print the handout: write `--to handout` and print that from "
                "any browser.",
                browser=browser,
            )
        )
    return content


def _print(browser: str, page: Path, printed: Path) -> None:
    command = [
        browser,
        "--headless",
        "--disable-gpu",
        "--no-pdf-header-footer",
        f"--user-data-dir={page.parent / 'profile'}",
        f"--print-to-pdf={printed}",
        page.as_uri(),
    ]
    if os.geteuid() == 0:  # Chromium's sandbox refuses to be started by root
        command.insert(1, "--no-sandbox")
    with process_group(command, cwd=page.parent) as process:
        process.communicate(timeout=PATIENCE_S)
