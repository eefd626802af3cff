"""``--document``: what cannot be used is refused before the screen opens."""

import sys
from pathlib import Path

import pytest

from tests.support.go_library import DOCUMENT
from walkthrough.cli import main
from walkthrough.tui.app import WalkthroughApp

BAD: list[tuple[str, bytes | None, str]] = [
    ("gone.md", None, "There is no file gone.md."),
    (".", None, ". is a folder; name the Markdown file in it."),
    ("words.md", b"# only words\n", "has no Go in it"),
    ("latin.md", b"caf\xe9\n", "is not in UTF-8"),
    ("binary.md", b"\0\1", "is not a text file"),
    ("huge.md", b"a" * 10_000_000, "is larger than a megabyte"),
]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[WalkthroughApp]:
    """Be in a folder, as if in a terminal; what would be opened is noted."""
    apps: list[WalkthroughApp] = []
    monkeypatch.setattr(WalkthroughApp, "run", lambda app: apps.append(app))
    monkeypatch.chdir(tmp_path)
    return apps


def in_a_terminal(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    for stream in (sys.stdin, sys.stdout):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    return main(words)


@pytest.mark.parametrize(("name", "content", "said"), BAD)
def test_what_cannot_be_used(
    opened: list[WalkthroughApp],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    content: bytes | None,
    said: str,
) -> None:
    if content is not None:
        Path(name).write_bytes(content)
    words = ("first-connection", "--replay", "--document", name)
    assert in_a_terminal(monkeypatch, *words) == 2
    found = capsys.readouterr()
    assert said in found.err
    assert found.err.count("\n") == 1
    assert found.out == ""
    assert opened == []


def test_a_document_is_handed_to_the_screen(
    opened: list[WalkthroughApp], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("door.md").write_text(DOCUMENT, "utf-8")
    words = ("first-connection", "--replay")
    assert in_a_terminal(monkeypatch, *words, "--document", "door.md") == 0
    assert in_a_terminal(monkeypatch, *words) == 0
    with_one, without = opened
    assert with_one.document is not None
    assert with_one.document.name == "door.md"
    assert without.document is None
