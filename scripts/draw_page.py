"""Draws docs/screens/page-1280x800.png: an exported page, as Chromium shows it.

Needs Chromium, and Go's source of the version that the recording was made with.

    python scripts/draw_page.py
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from walkthrough.cli import main

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "screens" / "page-1280x800.png"
MOMENT = "?theme=light&lang=en#event=216"
"""The goroutine is parked, and the accept queue holds a connection."""


def draw(folder: Path) -> int:
    """Export the page and take its picture; return the browser's status."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        print("Chromium is not installed.", file=sys.stderr)
        return 2
    page = folder / "page.html"
    if status := main(["export", "first-connection", "--to", "html", "-o", str(page)]):
        return status
    options = ["--headless", "--hide-scrollbars", "--window-size=1280,800"]
    options += ["--virtual-time-budget=3000", f"--screenshot={PICTURE}"]  # until it is unpacked
    sandbox = [] if sys.platform != "linux" else ["--no-sandbox"]
    return subprocess.run(
        [browser, *options, *sandbox, page.as_uri() + MOMENT], check=False, capture_output=True
    ).returncode


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        sys.exit(draw(Path(name)))
