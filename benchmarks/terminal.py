"""A walkthrough in a pseudo-terminal, for benchmarks: start it, press keys, read its CPU time."""

import fcntl
import os
import pty
import re
import select
import struct
import tempfile
import termios
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from walkthrough.user_data.preferences import Preferences
from walkthrough.user_data.preferences_file import FILE

PATIENCE = 60.0  # seconds


class Terminal:
    """A program in a terminal of its own.

    Args:
        command: The program and its arguments.
        size: Rows and columns.
    """

    def __init__(self, command: list[str], size: tuple[int, int] = (40, 120)) -> None:
        # As on every start but the first, which begins with the tour.
        self._config = tempfile.TemporaryDirectory()
        known = Preferences(path=Path(self._config.name, "walkthrough", FILE))
        known.remember(tour_seen=True)
        self.began = time.perf_counter()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", COLUMNS=str(size[1]), LINES=str(size[0]))
            os.environ["XDG_CONFIG_HOME"] = self._config.name
            os.execv(command[0], command)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))

    def wait_for(self, wanted: bytes) -> float:
        """Wait until ``wanted`` was written; return the seconds since the start."""
        shown = b""
        while wanted not in shown:
            if time.perf_counter() - self.began > PATIENCE:
                raise SystemExit(f"{wanted!r} was never shown; last: {shown[-200:]!r}")
            shown += self._read(1.0)
        return time.perf_counter() - self.began

    def time_to(self, key: bytes, wanted: bytes) -> float:
        """Press a key and wait until ``wanted`` was written; return the seconds in between."""
        began = time.perf_counter()
        self.press(key)
        self.wait_for(wanted)
        return time.perf_counter() - began

    def press(self, key: bytes) -> None:
        """Send a key."""
        os.write(self._fd, key)

    def settle(self, quiet: float = 0.15) -> None:
        """Read until nothing was written for ``quiet`` seconds."""
        while self._read(quiet):
            pass

    def rest(self, seconds: float) -> None:
        """Do nothing for so long, but read what is written."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self._read(left)

    def peak(self) -> int:
        """Return the most bytes of memory that it has ever held (VmHWM, proc(5))."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        return int(found[1]) * 1024 if found else 0

    def cpu(self) -> float:
        """Return the seconds of CPU that all its threads have used (schedstat, in ns)."""
        total = 0
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
        return total / 1e9

    def _read(self, seconds: float) -> bytes:
        if not select.select([self._fd], [], [], seconds)[0]:
            return b""
        try:
            return os.read(self._fd, 1 << 16)
        except OSError:  # it has ended
            raise SystemExit("the program ended before it was told to") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            os.write(self._fd, b"q")
            while os.read(self._fd, 1 << 16):
                pass
        except OSError:
            pass  # that is how the end of a terminal shows
        os.close(self._fd)
        os.waitpid(self.pid, 0)
