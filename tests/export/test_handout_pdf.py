"""A PDF is printed by a browser, or a sentence says what to do without one."""

import io
import stat
from pathlib import Path

import pytest

from walkthrough.export import handout_pdf
from walkthrough.export.handout_pdf import to_handout_pdf
from walkthrough.recording.file import load
from walkthrough.recording.output import OutputError
from walkthrough.scenario import loader as scenarios

RECORDING = scenarios.find("first-connection") / scenarios.RECORDING


def browser(folder: Path, content: str) -> None:
    """Put a program into a folder that stands for Chromium."""
    program = folder / "chromium"
    program.write_text(f"#!/bin/sh\n{content}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(handout_pdf, "BROWSERS", ("chromium",))
    return tmp_path


def test_what_the_browser_printed_is_written(folder: Path) -> None:
    browser(
        folder,
        """for each in "$@"; do
case $each in
--print-to-pdf=*) out=${each#--print-to-pdf=} ;;
file://*) page=${each#file://} ;;
esac
done
grep -q "<h1>" "$page" && printf '%s' "%PDF-1.4 printed" > "$out" """,
    )
    out = io.BytesIO()
    assert to_handout_pdf(load(RECORDING), out, language="en") == ""
    assert out.getvalue() == b"%PDF-1.4 printed"


@pytest.mark.parametrize("content", ["exit 1", 'printf oops > "${1#--print-to-pdf=}"'])
def test_a_browser_that_prints_nothing(folder: Path, content: str) -> None:
    browser(folder, content)
    out = io.BytesIO()
    with pytest.raises(OutputError, match="did not print the handout"):
        to_handout_pdf(load(RECORDING), out, language="en")
    assert not out.getvalue()


def test_without_a_browser(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(OutputError, match="Chromium, which is not installed"):
        to_handout_pdf(load(RECORDING), io.BytesIO(), language="en")
