"""A PDF is printed by a browser, or a sentence says what to do without one."""

import stat
from pathlib import Path

import pytest

from walkthrough.cli import page_printer
from walkthrough.cli.errors import UsageError
from walkthrough.cli.page_printer import print_page

COPIES = """for each in "$@"; do
case $each in
--print-to-pdf=*) out=${each#--print-to-pdf=} ;;
file://*) page=${each#file://} ;;
esac
done
"""


def browser(folder: Path, content: str) -> None:
    """Put a program into a folder that stands for Chromium."""
    program = folder / "chromium"
    program.write_text(f"#!/bin/sh\n{COPIES}{content}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(page_printer, "BROWSERS", ("chromium",))
    return tmp_path


def test_what_the_browser_printed_is_returned(folder: Path) -> None:
    browser(folder, 'printf "%%PDF-" > "$out"; cat "$page" >> "$out"')
    assert print_page(b"<h1>one</h1>") == b"%PDF-<h1>one</h1>"


@pytest.mark.parametrize("content", ["exit 1", 'printf oops > "$out"'])
def test_a_browser_that_prints_nothing(folder: Path, content: str) -> None:
    browser(folder, content)
    with pytest.raises(UsageError, match="did not print the handout"):
        print_page(b"")


def test_a_browser_that_never_ends_is_ended(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_printer, "PATIENCE_S", 0.2)
    browser(folder, "exec sleep 100")
    with pytest.raises(UsageError, match="did not print the handout"):
        print_page(b"")


def test_without_a_browser(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(UsageError, match="Chromium, which is not installed"):
        print_page(b"")
