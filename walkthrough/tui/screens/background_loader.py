"""Reads the rest of a long recording while its beginning is already on the screen.

It works in slices of a few milliseconds and stands back while somebody presses keys. Knows the
history and who shows it, no file and no pane.
"""

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any, NamedTuple, Protocol

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import plural
from walkthrough.recording.file import RecordingError
from walkthrough.state.history import History
from walkthrough.state.process_walk import ProcessWalk

SLICE = 0.0005
"""Seconds that reading may take before keys and drawing get their turn. Until a key has come
through, six or so slices may pass: the thread that reads the keyboard waits for some of them."""
PORTION = 8
"""Events that are read before the clock is looked at again."""
STAND_BACK = 0.05
"""Seconds without reading after a key was pressed, so that its effect is drawn undisturbed."""
TELL = 0.2
"""Seconds between two updates of the header."""
SHOW = 1.0
"""Seconds after which all panes are drawn again: some show how much there is."""
END = sys.maxsize
"""Requested instead of an event's number: the last event, whichever that will be."""


class _After(NamedTuple):
    """Requested instead of an event's number: the next stage after an event, or change."""

    event: int
    change: bool
    process: int | None

    def find(self, history: History) -> int | None:
        """Return where it is, None while that has not been read."""
        if self.process is not None:
            steps = ProcessWalk(history, self.process)
            return steps.change_after(self.event) if self.change else steps.stage_after(self.event)
        return history.change_after(self.event) if self.change else history.stage_after(self.event)


class LoaderContext(Protocol):
    """Who shows what is read."""

    def move_to(self, index: int) -> None:
        """Put the cursor on event ``index``."""

    def show(self) -> None:
        """Draw everything again."""

    def tell_header(self) -> None:
        """Draw the header again, which says how far it is."""

    def all_read(self) -> None:
        """Note that all has been read and drawn."""

    def run_worker(self, work: Coroutine[Any, Any, None], *, group: str, exclusive: bool) -> object:
        """Do something while keys are still handled."""


class BackgroundLoader:
    """Reads on, and goes to the requested event once that has been read."""

    def __init__(self, walk: LoaderContext) -> None:
        self._walk = walk
        self._history: History | None = None
        self._wanted: int | _After | None = None
        self._quiet_from = 0.0

    @property
    def going_on(self) -> bool:
        """Return whether there is more to be read."""
        return self._history is not None and not self._history.whole

    def begin(self, history: History) -> None:
        """Begin to read the rest of a recording."""
        if not history.whole:
            self._history = history
            self._walk.run_worker(self._read(history), group="loading", exclusive=True)

    def stand_back(self) -> None:
        """Somebody has pressed a key, or moved the mouse."""
        if self.going_on:
            self._quiet_from = asyncio.get_running_loop().time() + STAND_BACK

    def want(self, index: int) -> bool:
        """Wait for event ``index``, or `END`; False if nobody need wait for it."""
        history = self._history
        waits = history is not None and not history.whole and index >= len(history)
        self._wanted = index if waits else None
        return waits

    def want_stage(self, index: int, process: int | None = None) -> bool:
        """Wait for the next stage after event ``index`` to begin; False if nobody need wait.

        With ``process`` it is one of that process alone.
        """
        return self._want(_After(index, change=False, process=process))

    def want_change(self, index: int, process: int | None = None) -> bool:
        """Wait for the next change after event ``index``; False if nobody need wait."""
        return self._want(_After(index, change=True, process=process))

    def _want(self, wanted: _After) -> bool:
        history = self._history
        waits = history is not None and not history.whole and wanted.find(history) is None
        self._wanted = wanted if waits else None
        return waits

    @property
    def waits(self) -> bool:
        """Return whether something is requested that has yet to be read."""
        return self._wanted is not None

    def forget(self) -> bool:
        """Cancel the request; return whether there was one."""
        wanted, self._wanted = self._wanted, None
        return wanted is not None

    def said(self, tr: Catalogue) -> str:
        """Say how far it is, "" once all has been read."""
        history = self._history
        if history is None or history.whole:
            return ""
        share = history.share
        said = tr("reading")
        if share is not None:
            said = tr("reading {share}%", share=int(share * 100))
        if self._wanted == END:
            said += tr(", then to the end")
        elif isinstance(self._wanted, _After):
            said += (
                tr(", then to the next change")
                if self._wanted.change
                else tr(", then to the next stage")
            )
        elif self._wanted is not None:
            said += tr(", then to event {event}", event=self._wanted + 1)
        return said

    async def _read(self, history: History) -> None:
        now = asyncio.get_running_loop().time
        tell, show = now() + TELL, now() + SHOW
        while not history.whole:
            while (wait := self._quiet_from - now()) > 0:
                await asyncio.sleep(wait)
            end = now() + SLICE
            try:
                while not history.whole and now() < end:
                    history.load_more(PORTION)
            except RecordingError as error:
                history.torn = plural(
                    "{error} Its {count} event before that is shown.",
                    "{error} Its {count} events before that are shown.",
                    len(history),
                    error=error.message,
                )
            due = self._due(history)
            if due is not None and history.step_end(due) < len(history) - 1:
                self._arrive(due)  # with all that rides along
            elif now() >= show:
                self._walk.show()
                show = now() + SHOW
            elif now() >= tell:
                self._walk.tell_header()
                tell = now() + TELL
            await asyncio.sleep(0)
        if self._wanted is not None:
            due = self._due(history)
            self._arrive(len(history) - 1 if due is None else due)
        else:
            self._walk.show()
        self._walk.all_read()

    def _due(self, history: History) -> int | None:
        """Return the event that is requested, once it has been read."""
        wanted = self._wanted
        if isinstance(wanted, _After):
            return wanted.find(history)
        return wanted if wanted is not None and wanted < len(history) else None

    def _arrive(self, index: int) -> None:
        self._wanted = None
        self._walk.move_to(index)
