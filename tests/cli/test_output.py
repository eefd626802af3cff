"""What is printed breaks at words on a terminal, however narrow, and not at all in a file."""

import re
import sys
from collections.abc import Callable

import pytest
from rich.text import Text

from walkthrough.cli.output import Printer

TITLES = ("scenario", "go", "python")
ROWS = [
    (Text("first-connection"), Text("passed  0.3 s"), Text("FAILED  0.4 s")),
    (Text("a"), Text("not run"), Text("passed 2 of 3, not run 1 of 3")),
]
WIDE = """\
scenario           go              python
first-connection   passed  0.3 s   FAILED  0.4 s
a                  not run         passed 2 of 3, not run 1 of 3
"""
NARROW = """\
first-connection
  go  passed  0.3 s
  python  FAILED  0.4 s
a
  go  not run
  python  passed 2 of 3, not
  run 1 of 3
"""
BLOCK = "a, go: FAILED\n  It was to print `listening on 127.0.0.1:*`, and did not."
BLOCK_NARROW = """\
a, go: FAILED
  It was to print `listening
  on 127.0.0.1:*`, and did
  not.
"""


@pytest.fixture
def printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[int, Callable[[Printer], None]], str]:
    """What somebody reads on a terminal of so many columns; 0 stands for a file."""

    def printed(columns: int, print_it: Callable[[Printer], None]) -> str:
        monkeypatch.setattr(sys.stdout, "isatty", lambda: columns > 0)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", str(columns or 30))
        monkeypatch.setenv("LINES", "24")
        print_it(Printer())
        found = re.sub("\x1b\\[[0-9;]*m", "", capsys.readouterr().out)
        return "".join(f"{line.rstrip()}\n" for line in found.splitlines())

    return printed


Printed = Callable[[int, Callable[[Printer], None]], str]


@pytest.mark.parametrize(("columns", "text"), [(0, WIDE), (64, WIDE), (63, NARROW), (28, NARROW)])
def test_a_table(columns: int, text: str, printed: Printed) -> None:
    found = printed(columns, lambda printer: printer.table(TITLES, ROWS))
    if columns == 63:  # wide enough for each cell
        text = text.replace("not\n  run", "not run")
    assert found == text


def test_a_table_without_heads_and_with_wide_characters(printed: Printed) -> None:
    rows = [(Text("udp"), Text("数据报")), (Text("first-connection"), Text("第一个连接"))]
    beside = "udp                数据报\nfirst-connection   第一个连接\n"
    assert printed(29, lambda printer: printer.table((), rows)) == beside
    below = "udp\n  数据报\nfirst-connection\n  第一个连接\n"
    assert printed(28, lambda printer: printer.table((), rows)) == below
    assert printed(0, lambda printer: printer.table((), [])) == ""


@pytest.mark.parametrize(("columns", "text"), [(0, f"{BLOCK}\n"), (28, BLOCK_NARROW)])
def test_sentences_go_on_below_where_they_began(columns: int, text: str, printed: Printed) -> None:
    assert printed(columns, lambda printer: printer.sentences(BLOCK)) == text
