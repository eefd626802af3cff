"""What the screen needs of a terminal: in a real one, with the real program."""

import contextlib
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

REPLAY = ("first-connection", "--replay")
SECONDS = 30.0


class Terminal:
    """A pseudo-terminal with the program in it."""

    def __init__(self, shell: str, *, environment: dict[str, str], what: Sequence[str]) -> None:
        self._ours, theirs = pty.openpty()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LC_")}
        program = f"exec {sys.executable} -m walkthrough {' '.join(what)}"
        self.process = subprocess.Popen(
            ["sh", "-c", f"stty rows 40 cols 120; {program} {shell}"],
            env={**kept, "TERM": "xterm-256color", "LANG": "C.UTF-8", **environment},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        os.set_blocking(self._ours, False)
        self.shown = ""

    def until(self, text: str) -> bool:
        """Read until a text comes, or the program ends; tell whether it came."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            ended = self.process.poll() is not None
            with contextlib.suppress(OSError):
                self.shown += os.read(self._ours, 65536).decode("utf-8", "replace")
                continue
            if text in self.shown or ended:
                break
            time.sleep(0.02)
        return text in self.shown

    def press(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def end(self) -> None:
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self._ours)


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    return {"XDG_CONFIG_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}


@contextlib.contextmanager
def terminal(
    shell: str, environment: dict[str, str], what: Sequence[str] = REPLAY
) -> Iterator[Terminal]:
    made = Terminal(shell, environment=environment, what=what)
    try:
        yield made
    finally:
        made.end()


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"TERM": "dumb"}, "TERM=dumb says that this one cannot"),
        ({"PYTHONIOENCODING": "gbk"}, "this terminal is in gbk: if it is not"),
        ({"PYTHONIOENCODING": "latin-1"}, "LC_ALL=C.UTF-8."),
    ],
)
def test_a_terminal_that_cannot_show_it_is_refused(
    environment: dict[str, str], said: str, home: dict[str, str]
) -> None:
    with terminal("", {**home, **environment}) as shown:
        assert shown.until(said), shown.shown
        assert shown.process.wait(SECONDS) == 2
        assert shown.shown.startswith("walkthrough: the screen ")
        assert shown.shown.count("\n") == 1
        assert "\x1b" not in shown.shown, "nothing has been drawn"


@pytest.mark.parametrize("elsewhere", ["2>{}/errors", "2>/dev/null", "2>&-"])
def test_it_is_drawn_on_the_terminal_wherever_errors_go(
    elsewhere: str, home: dict[str, str], tmp_path: Path
) -> None:
    with terminal(elsewhere.format(tmp_path), home) as shown:
        assert shown.until("REPLAY"), shown.shown
        shown.press("q")
        assert shown.until("\x1b[?1049l"), "the terminal is as it was"
        assert shown.process.wait(SECONDS) == 0
    errors = tmp_path / "errors"
    assert not errors.exists() or errors.read_text() == ""


def test_without_a_locale_it_is_drawn_in_utf_8(home: dict[str, str]) -> None:
    with terminal("", {**home, "LANG": "C"}) as shown:
        assert shown.until("╭"), shown.shown
        shown.press("q")
        assert shown.process.wait(SECONDS) == 0


@pytest.mark.parametrize(
    ("what", "begun"),
    [
        ((), "first-connection"),
        (REPLAY, "REPLAY"),
        pytest.param(
            ("first-connection", "--server", "python"), "LIVE, halted", marks=pytest.mark.live
        ),
    ],
)
def test_sigterm_gives_the_terminal_back(
    what: Sequence[str], begun: str, home: dict[str, str]
) -> None:
    with terminal("", home, what) as shown:
        assert shown.until(begun), shown.shown
        shown.process.terminate()
        assert shown.until("\x1b[?1049l"), "the terminal is as it was"
        assert shown.process.wait(SECONDS) == 143
