"""A capturing process's side of its screen: lines go there, and it ends with it."""

import os
import signal
import sys

import msgspec

from walkthrough.capture.parent_death import end_with_parent, unwind
from walkthrough.model.protocol import Line


class LineWriter:
    """Writes lines to what is standard output when it is made; what is printed goes elsewhere.

    Accidental output must not get between the lines.

    Attributes:
        written: How many bytes were written.
    """

    def __init__(self) -> None:
        self._out = os.dup(1)
        os.dup2(2, 1)
        self._encoder = msgspec.json.Encoder()
        self.written = 0

    def __call__(self, line: Line) -> None:
        """Write a line, whole.

        Raises:
            BrokenPipeError: The screen is gone.
        """
        data = memoryview(self._encoder.encode(line) + b"\n")
        self.written += len(data)
        while data:
            data = data[os.write(self._out, data) :]


def end_with_the_screen() -> None:
    """Ask the kernel to end this process with the screen, however that ends.

    A tracee that was launched dies too (PTRACE_O_EXITKILL), so nothing stays behind.
    """
    # Ctrl-C is for the screen. A handler, since an ignored signal would be ignored by the server
    # too.
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGTERM, unwind)  # what was started ends with us
    if not end_with_parent(os.getppid()):
        sys.exit(2)
