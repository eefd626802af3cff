"""What never should happen: something on the screen fails. It is told in a sentence; all goes on.

A widget that fails takes no more messages, and the program would end with it. So whoever handles
keys and messages is an `ErrorBoundary`: what failed is left undone, and told. What cannot be left
undone (a widget that could not be made, an error that comes again and again) ends the program in
order.
"""

import os
import traceback
from pathlib import Path
from typing import Any, Protocol, cast

import platformdirs
from textual.events import Compose, Mount
from textual.message import Message
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.worker import WorkerFailed, get_current_worker

from walkthrough.formatting.escaping import printable

FILE = "error.txt"
MOST = 20
"""After this many errors it is enough: the next one ends the program."""
_PACKAGE = Path(__file__).parents[2]


class ErrorReporter(Protocol):
    """What errors are reported to: the app."""

    def fail_here(self, error: Exception) -> None:
        """Something was left undone."""


def is_ready(screen: Screen[Any]) -> bool:
    """Return whether keys can do something on a screen: it has been made, and is not being left."""
    return screen.is_mounted and not is_leaving(screen)


class ErrorBoundary(MessagePump):
    """A mix-in for who handles messages: what fails is told to the app, and left undone."""

    async def _dispatch_message(self, message: Message) -> None:
        try:
            await super()._dispatch_message(message)
        except Exception as error:
            if is_leaving(self):
                return  # what it looked for is gone, and it will be in a moment
            if isinstance(message, Compose | Mount):
                raise  # there would be half of it
            cast("ErrorReporter", self.app).fail_here(error)


def is_leaving(pump: MessagePump) -> bool:
    """Return whether something is being taken off the screen, or the screen itself is."""
    if pump._closing or pump._closed or not pump.is_attached or not pump.app._running:
        return True
    return isinstance(pump, Screen) and pump not in pump.app.screen_stack


def is_of_leaving(error: BaseException) -> bool:
    """Return whether a worker has failed whose owner is being taken off the screen."""
    return isinstance(error, WorkerFailed) and is_leaving(get_current_worker().node)


def cause_of(error: BaseException) -> BaseException:
    """Return what really went wrong, where a worker has failed by it."""
    return error.error if isinstance(error, WorkerFailed) else error


def named(error: BaseException) -> str:
    """Say what an error is and where in the program it arose."""
    cause = cause_of(error)
    name = type(cause).__name__
    ours = [
        frame
        for frame in traceback.extract_tb(cause.__traceback__)
        if Path(frame.filename).is_relative_to(_PACKAGE) and frame.filename != __file__
    ]
    if not ours:
        return name
    return f"{name}, {Path(ours[-1].filename).relative_to(_PACKAGE)}:{ours[-1].lineno}"


def keep(error: BaseException) -> Path | None:
    """Write an error with its traceback into the user's state folder; None if that cannot be.

    Nobody else may read it: it may quote what a server was sent.
    """
    folder = Path(platformdirs.user_state_dir("walkthrough"))
    if not folder.is_absolute():
        return None
    path = folder / FILE
    lines = "".join(traceback.format_exception(cause_of(error))).splitlines()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)  # not through a link that leads elsewhere
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write("".join(f"{printable(line)}\n" for line in lines))
    except OSError:
        return None
    return path
