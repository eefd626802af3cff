"""The timeline: all events on one line, stages as bands, a lane for each goroutine and thread.

It takes the history in piece by piece, draws what it was told so far, and says with messages where
it was clicked. Bookmarks are given to it; others keep them.
"""

from collections.abc import Mapping

from textual import events
from textual.message import Message
from textual.timer import Timer

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.model.events import CaptureEnded
from walkthrough.state.history import History
from walkthrough.state.timeline.timeline import EventTimeline
from walkthrough.tui.panes.path.pane import GoTo
from walkthrough.tui.widgets.rows_view import ListedRows
from walkthrough.view.step import StepContext
from walkthrough.view.timeline.page import TimelinePage, here_of, label_width, lane_slots, shares
from walkthrough.view.timeline.scale import scale_for

_TICK = 1 / 50
"""Seconds between two slices of a long history."""
_STEP = 1 / 30
"""Seconds between two steps of a drag, at least."""
_DRAW_EVERY = 8
"""While a long history is processed, it is drawn again after this many slices."""


class TimelinePane(ListedRows):
    """All events, whatever their number, on the width there is.

    Attributes:
        timeline: What is drawn, None before there is a history.
    """

    thumb = 0

    class Turned(Message):
        """Someone asks for the next step, or with -1 for the one before."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    key = ""

    def __init__(self) -> None:
        super().__init__(id="timeline")
        self.timeline: EventTimeline | None = None
        self._step: StepContext | None = None
        self._history: History | None = None
        self._revised = 0  # which of its revisions the timeline is of
        self._page: TimelinePage | None = None
        self._bookmarks: Mapping[int, str] = {}
        self._landings: tuple[int, Mapping[int, str]] | None = None
        self._skip = 0
        self._reader: Timer | None = None
        self._ticks = 0
        self._wanted = -1
        self._going: Timer | None = None

    def show(self, step: StepContext) -> None:
        """Draw the timeline with the cursor at ``step``."""
        if step.history.revised != self._revised:
            self._revised = step.history.revised
            self._page = None  # it keeps what it has drawn
        if step.history is not self._history:
            self._history = step.history
            self.timeline = EventTimeline(step.history)
            self._skip = 0
        self._step = step
        assert self.timeline is not None
        if self._reader is None and self.timeline.take():
            self._ticks = 0
            self._reader = self.set_interval(_TICK, self._read_on)
        self._draw()

    def bookmark(self, notes: Mapping[int, str]) -> None:
        """Draw these bookmarks from now on: by the event that each is at, its note."""
        self._bookmarks, self._landings = notes, None
        self._draw()

    def _read_on(self) -> None:
        """Process another slice; a long history must not keep the keys waiting."""
        if self.timeline is None or self._reader is None:
            return
        more = self.timeline.take()
        self._ticks += 1
        if not more:
            self._reader.stop()
            self._reader = None
        if not more or self._ticks % _DRAW_EVERY == 0:
            self._draw()

    def _draw(self) -> None:
        step, timeline = self._step, self.timeline
        width, height = self.size
        if step is None or timeline is None or not width or not height:
            return
        history, index = step.history, step.index
        if index < 0:
            self.show_rows([])
            return
        page = self._page_for(timeline, history, width, height, step.tr)
        notes = self._landed(history)
        page.bookmark([page.scale.columns(landing)[0] for landing in notes])
        here = here_of(step, focused=self.has_focus)
        self.show_rows(page.rows(here, self._skip, notes.get(index)))

    def _landed(self, history: History) -> Mapping[int, str]:
        """Return the notes by where the cursor stands when it is at their events."""
        if self._landings is None or self._landings[0] != len(history):
            there = {
                history.step_end(seq): note
                for seq, note in self._bookmarks.items()
                if seq < len(history)
            }
            self._landings = (len(history), there)
        return self._landings[1]

    def _page_for(
        self, timeline: EventTimeline, history: History, width: int, height: int, tr: Catalogue
    ) -> TimelinePage:
        """Return the page that was drawn on last if it still fits, else a new one."""
        count = len(history)
        whole = history.torn or isinstance(history.event(count - 1), CaptureEnded)
        scale = scale_for(count, width - label_width(height), growing=not whole)
        if self._page is None or not self._page.fits(timeline, (width, height, scale, tr)):
            self._page = TimelinePage(timeline, width, height, scale, tr)
        return self._page

    def on_resize(self) -> None:
        """The line is as long as the pane is wide."""
        self._draw()

    def watch_has_focus(self, has_focus: bool) -> None:
        """The title shows which widget has the focus."""
        super().watch_has_focus(has_focus)
        self._draw()

    # Mouse

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Go where it was clicked, and follow the mouse until it is let go."""
        if event.button == 1 and (index := self._event_at(event.x)) is not None:
            self.capture_mouse()
            self.post_message(GoTo(index, roughly=True))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Follow the mouse, one step at a time: a step to anywhere may take a while."""
        if self.app.mouse_captured is not self:
            return
        index = self._event_at(event.x, outside=True)
        if index is None:
            return
        self._wanted = index
        if self._going is None:
            self._going = self.set_timer(_STEP, self._go)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let go, where the mouse was last."""
        if self.app.mouse_captured is self:
            self.release_mouse()
            if self._going is not None:
                self._going.stop()
                self._go()

    def _go(self) -> None:
        self._going = None
        self.post_message(GoTo(self._wanted, roughly=True))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Go a step forward, but not past what has happened; over the names: show others."""
        event.stop()
        event.prevent_default()
        self._turn(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Go a step back; over the names of the lanes: show those before."""
        event.stop()
        event.prevent_default()
        self._turn(event, -1)

    def _turn(self, event: events.MouseEvent, by: int) -> None:
        if self._most_skipped() and event.x < label_width(self.size.height):
            self._scroll(by)
        else:
            self.post_message(self.Turned(by))

    def _event_at(self, x: int, *, outside: bool = False) -> int | None:
        """Return the event under cell ``x``, None if there is none.

        With ``outside`` what lies left or right of the line counts as its end.
        """
        if self._page is None or self._history is None or not len(self._history):
            return None
        column = x - label_width(self.size.height)
        if not 0 <= column < self._page.scale.width:
            if not outside:
                return None
            column = min(max(column, 0), self._page.scale.width - 1)
        return min(self._page.scale.events(column)[0], len(self._history) - 1)

    # Lanes that there is no room for

    def action_scroll_up(self) -> None:
        """Show the goroutine before the first that is shown."""
        self._scroll(-1)

    def action_scroll_down(self) -> None:
        """Show the goroutine after the last that is shown."""
        self._scroll(1)

    def action_page_up(self) -> None:
        """Show as many goroutines as fit, before those that are shown."""
        self._scroll(-self._room())

    def action_page_down(self) -> None:
        """Show as many goroutines as fit, after those that are shown."""
        self._scroll(self._room())

    def _room(self) -> int:
        if self.timeline is None:
            return 0
        return shares(self.timeline.lanes, lane_slots(self.size.height))[0]

    def _scroll(self, by: int) -> None:
        if self.timeline is not None:
            self._skip = min(max(self._skip + by, 0), self._most_skipped())
            self._draw()

    def _most_skipped(self) -> int:
        """Return how many goroutines there is no room for."""
        lanes = self.timeline.lanes if self.timeline is not None else None
        return max(lanes.goroutines - self._room(), 0) if lanes is not None else 0
