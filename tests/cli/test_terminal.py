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
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("LC_") and name not in ("COLUMNS", "LINES")
        }
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
        """Read until a text comes, or the program ends; return whether it came."""
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

    def hang_up(self) -> None:
        os.close(self._ours)
        self._ours = -1

    def end(self) -> None:
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        if self._ours >= 0:
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
        assert shown.until("\n"), "the sentence comes to its end"
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
        assert shown.until("\x1b[?1049l"), "whoever draws waits until it has been read"
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
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_gives_the_terminal_back(
    number: signal.Signals, what: Sequence[str], begun: str, home: dict[str, str]
) -> None:
    with terminal("", home, what) as shown:
        assert shown.until(begun), shown.shown
        shown.process.send_signal(number)
        assert shown.until("\x1b[?1049l"), "the terminal is as it was"
        assert shown.process.wait(SECONDS) == 128 + number


@pytest.mark.live
def test_when_the_terminal_hangs_up_nothing_stays_behind(home: dict[str, str]) -> None:
    """Whoever leads the session keeps SIGHUP to itself here: the terminal is no controlling one."""
    with terminal("", home, ("first-connection", "--server", "python")) as shown:
        assert shown.until("LIVE, halted"), shown.shown
        inside = descendants(shown.process.pid)
        assert len(inside) >= 2, "the capture, and the server"
        shown.hang_up()
        assert shown.process.wait(SECONDS) == 129
        deadline = time.monotonic() + SECONDS
        while any(map(is_alive, inside)) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not [each for each in inside if is_alive(each)]


def descendants(process: int) -> list[int]:
    """Return the processes below one, by what the system says of each."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            status = (folder / "stat").read_text()
            parents[int(folder.name)] = int(status.rpartition(")")[2].split()[1])
    found, last = [process], 0
    while last < len(found):
        found += [each for each, parent in parents.items() if parent == found[last]]
        last += 1
    return found[1:]


def is_alive(process: int) -> bool:
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"
