"""Presses keys in a real terminal: a tmux of its own, with a size of its own."""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from key_runs.targets import Finding, Ran, Target, left_behind
from key_runs.typing import InputAction, as_sent, clicked
from walkthrough.i18n.catalogue import catalogue

_PATIENCE = 120.0
"""Seconds, of a busy machine, in which the screen must answer and come to rest."""
_EVERY = 15
"""After so many actions it is asked whether ? still answers."""
_ROOMY = (100, 30)
_SAID = tuple(catalogue(language)("Esc closes") for language in ("en", "zh"))
_MODES = "#{alternate_on} #{cursor_flag} #{mouse_any_flag}"
_AS_THEY_WERE = "0 1 0"
_SHELL = """folder=$1; shift
sh -c 'echo $$ >"$0"; exec "$@"' "$folder/pid" "$@" 2>"$folder/errors.txt"
echo $? >"$folder/ended" && mv "$folder/ended" "$folder/status"
exec sleep 1000000"""
"""Starts the program, and says with which status it ended."""


class BrokenError(Exception):
    """What went wrong: its kind, and more of it."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(kind, text)
        self.kind, self.text = kind, text


class GoneError(Exception):
    """The program has ended."""


class Terminal:
    """The program in a tmux.

    Args:
        target: What is started.
        folder: Where the socket and standard error go; the program is started in ``here``.
        environment: What the program gets.
    """

    def __init__(self, target: Target, folder: Path, environment: dict[str, str]) -> None:
        self._folder, self._environment = folder, environment
        self._errors = folder / "errors.txt"
        self._pid, self._status = folder / "pid", folder / "status"
        # The shell stays until the terminal has been looked at.
        program = (sys.executable, "-m", "walkthrough", *target.words)
        self._command = shlex.join(("sh", "-c", _SHELL, "sh", str(folder), *program))
        self._server = -1
        self._size = (120, 40)

    def _tmux(self, *words: str) -> str:
        clean = {
            name: value for name, value in self._environment.items() if not name.startswith("TMUX")
        }
        # tmux's own shell would start in a folder that is taken away.
        command = ("tmux", "-f", os.devnull, "-S", str(self._folder / "socket"), *words)
        done = subprocess.run(command, capture_output=True, text=True, env=clean, check=False)
        if done.returncode:
            raise BrokenError("tmux", f"{' '.join(words[:2])}: {done.stderr.strip()}")
        return done.stdout.rstrip("\n")

    def start(self) -> None:
        """Start the program, for the first time or again."""
        if self._server < 0:
            self._tmux(
                *("new-session", "-d", "-x", "120", "-y", "40", "-c", str(self._folder / "here")),
                *(self._command, ";", "set", "-g", "remain-on-exit", "on"),
                *(";", "set", "-g", "status", "off", ";", "set", "-g", "window-size", "manual"),
                *(";", "set", "-g", "focus-events", "on"),
            )
            self._server = int(self._tmux("display", "-p", "#{pid}"))
        else:
            self._pid.unlink()
            self._status.unlink()
            self._tmux("respawn-pane", "-k", "-c", str(self._folder / "here"), self._command)
        self.until("starts", lambda: self._tmux("display", "-p", "#{alternate_on}") == "1")

    def _state(self) -> str:
        """Return what the program does: R works, S waits; X, it is over."""
        if self._status.exists():
            return "X"
        try:
            pid = self._pid.read_text().strip()
            return Path("/proc", pid or "none", "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return "?"  # not yet, or no more

    def until(self, what: str, reached: Callable[[], bool]) -> None:
        """Wait until something is so.

        Raises:
            BrokenError: It does not come about.
            GoneError: The program has ended.
        """
        end = time.monotonic() + _PATIENCE
        while not reached():
            if self._state() == "X":
                raise GoneError
            if time.monotonic() > end:
                raise BrokenError(
                    "frozen", f"in {_PATIENCE:.0f} s it never {what}:\n{self.shown()}"
                )
            time.sleep(0.02)

    def rest(self) -> None:
        """Wait until it waits: who works without an end is seen doing so every time.

        By its state and not by its share of a processor, which is small on a busy machine.
        """
        asleep = 0

        def waits() -> bool:
            nonlocal asleep
            state = self._state()
            if state == "X":
                raise GoneError
            asleep = asleep + 1 if state == "S" else 0
            return asleep >= 3

        self.until("rests", waits)

    def shown(self) -> str:
        """Return the text on the screen."""
        return self._tmux("capture-pane", "-p")

    def do(self, action: InputAction) -> None:
        """Do something."""
        if action.size is not None:
            self._size = action.size
            width, height = action.size
            self._tmux("resize-window", "-x", str(width), "-y", str(height))
        elif action.click is not None:
            self._send(clicked(action.click, self._size).encode())
        elif action.paste is not None:
            self._send(b"\x1b[200~" + action.paste.encode() + b"\x1b[201~")
        elif action.wait:
            time.sleep(action.wait / 1000)
        if action.keys:
            self._send(b"".join(map(as_sent, action.keys)))

    def _send(self, data: bytes) -> None:
        if data:
            self._tmux("send-keys", "-H", *(f"{byte:02x}" for byte in data))

    def answers(self) -> None:
        """See whether ? still shows the keys, and close them again."""
        self.do(InputAction(size=_ROOMY))
        for _ in range(12):
            for _ in range(4):
                self._escape()
            self.do(InputAction(keys=("?",)))
            self.rest()
            end = time.monotonic() + 5
            while time.monotonic() < end:
                if any(said in self.shown() for said in _SAID):
                    self._escape()
                    return
                time.sleep(0.05)
        raise BrokenError("frozen", f"? is not answered:\n{self.shown()}")

    def _escape(self) -> None:
        """Press Escape alone: with a key right behind it, it would be Alt and that key."""
        self.do(InputAction(keys=("escape",)))
        time.sleep(0.15)
        self.rest()

    def leave(self) -> None:
        """Leave as a user does."""
        try:
            for _ in range(3):
                for _ in range(4):
                    self._escape()
                self.do(InputAction(keys=("q",)))
                time.sleep(0.5)
                self.rest()
            self.do(InputAction(keys=("ctrl+q",)))
            self.until("leaves", lambda: False)
        except GoneError:
            return

    def look_after(self, mark: str) -> None:
        """See what an ended program has left.

        Raises:
            BrokenError: Something it should not have.
        """
        status = self._status.read_text().strip()
        errors = self._errors.read_text(errors="replace")
        if reports := list((self._folder / "state").rglob("error.txt")):
            raise BrokenError("error", reports[0].read_text()[-4000:])
        if "Traceback" in errors or "Error:" in errors or status != "0":
            raise BrokenError("status", f"ended with {status}:\n{errors[-4000:]}")
        modes = self._tmux("display", "-p", _MODES)
        if modes != _AS_THEY_WERE:
            raise BrokenError("terminal", f"not given back: {_MODES} is {modes}")
        end = time.monotonic() + 5
        ours = {self._server, os.getpid(), int(self._tmux("display", "-p", "#{pane_pid}"))}
        while found := left_behind(mark, ours):
            if time.monotonic() > end:
                raise BrokenError("left", f"still there: {found}")
            time.sleep(0.05)
        if kept := sorted(os.listdir(self._folder / "tmp")):
            raise BrokenError("left", f"in the folder for what is temporary: {kept}")

    def end(self) -> None:
        """End tmux, whatever happened."""
        if self._server >= 0:
            self._tmux("kill-server")


def press(
    target: Target,
    actions: Sequence[InputAction],
    ran: Ran,
    folder: Path,
    environment: dict[str, str],
) -> None:
    """Do all in a target, started again whenever it was left; write down what went wrong."""
    mark = environment["WALKTHROUGH_KEYS_RUN"]
    terminal = Terminal(target, folder, environment)
    began, at = time.monotonic(), 0
    try:
        while at < len(actions):
            ran.starts += 1
            try:
                terminal.start()
                while at < len(actions):
                    at += 1
                    ran.keys += len(actions[at - 1].keys)
                    terminal.do(actions[at - 1])
                    terminal.rest()
                    if at % _EVERY == 0:
                        terminal.answers()
                terminal.leave()
            except GoneError:
                pass
            terminal.look_after(mark)
    except BrokenError as error:
        ran.findings.append(Finding(error.kind, error.text, at))
    finally:
        terminal.end()
    ran.seconds = time.monotonic() - began
