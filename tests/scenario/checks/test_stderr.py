"""Which line of a server's standard error says what went wrong."""

import pytest

from walkthrough.scenario.checks.stderr import last_words

PANIC = """\
starting
panic: assignment to entry in nil map

goroutine 1 [running]:
main.main()
\tx/main.go:19 +0xf8
"""
FATAL = "fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 [select]:\nmain.go:9\n"


@pytest.mark.parametrize(
    ("printed", "line"),
    [
        (PANIC, "panic: assignment to entry in nil map"),
        (FATAL, "fatal error: all goroutines are asleep - deadlock!"),
        ("listen tcp :80: bind: permission denied\nexit status 1\n", "exit status 1"),
        ("do not panic: it is well\nbye\n\n", "bye"),
        ("\n", ""),
        ("", ""),
    ],
)
def test_the_line_that_says_why(printed: str, line: str) -> None:
    assert last_words(printed.encode()) == line


def test_bytes_that_are_no_text_are_kept_as_such() -> None:
    assert last_words(b"bad \xff\n") == "bad \\xff"
