"""The tour: five boxes, one after the other, each beside the pane that it explains.

It lies over a walk and does nothing to it: the server stays where it stands.
"""

from typing import ClassVar, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.screen import Screen

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import message
from walkthrough.tui.screens.home.popover import around, popover_offset
from walkthrough.tui.screens.walk_layout import WalkLayout
from walkthrough.tui.widgets.dialogs import Box
from walkthrough.tui.widgets.key_hints import KeyHints
from walkthrough.tui.widgets.rows_view import ListedRows, set_title
from walkthrough.view.text import Piece, Row, wrap

TEXTS = (
    message(
        "The server's way through net.Listen and Accept: eight stages, and the finer "
        "steps inside them. > is where it stands now, ✓ is behind it, · lies ahead."
    ),
    message(
        "The source that is being executed, at the line where the server stands. The notes say "
        "why that line is there."
    ),
    message(
        "Each system call and the kernel's answer, as strace would write them, under "
        "the stage that makes the call."
    ),
    message(
        "What the kernel holds at this moment: sockets, the accept queue, what epoll watches. "
        "* is what this step has changed."
    ),
    message(
        "Client, kernel and server as a ladder; all events on a line; and the keys. "
        "space steps, ← goes back, n goes to the next stage, c lets a client connect. "
        "? lists them all."
    ),
)
TITLES = (
    message("Path"),
    message("Source"),
    message("System calls"),
    message("Kernel"),
    message("Ladder, timeline, keys"),
)


_WIDTH = 46
"""Cells of a line of text."""
_FRAME = Size(4, 2)
"""What border and padding add to the text."""
_TOURED = "-toured"
_NEXT, _BACK = "turn(1)", "turn(-1)"
_CLICKS = (_NEXT, _BACK, "end")
"""What a click on each key of `HomeWords.tour_keys` does; those of the last station are fewer."""


class TourStop(NamedTuple):
    """One step of the tour.

    Attributes:
        pane: The pane to bring to the front.
        marked: The widgets that are lit, and beside which the box stands.
    """

    pane: str
    marked: tuple[str, ...]


STATIONS = (
    TourStop("path", ("#path",)),
    TourStop("source", ("#source",)),
    TourStop("calls", ("#calls",)),
    TourStop("kernel", ("#kernel",)),
    TourStop("sequence", ("#sequence", "#timeline", "#keys")),
)


class TourBox(ListedRows, can_focus=False):
    """The box; a click goes on, one on a key does what that does."""

    thumb = 0

    class Clicked(Message):
        """Somebody wants the action ``action`` of the tour."""

        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def __init__(self) -> None:
        super().__init__(id="tour")
        self._keys: KeyHints | None = None

    def say(self, rows: list[Row], keys: KeyHints) -> None:
        """Draw these rows, and the keys below them."""
        self._keys = keys
        self.show_rows([*rows, *keys.rows("key")])

    def on_click(self, event: events.Click) -> None:
        """Go on, or do what the key does that was clicked."""
        action = self._keys.at_foot(event, self) if self._keys is not None else ""
        self.post_message(self.Clicked(action or _NEXT))


class TourScreen(Box[None]):
    """One tour over a walk, which is seen behind it.

    A screen of its own, so that no key of the tour is one of the walk's, and so that the panes
    behind the box do not cut its wide characters where their borders are.

    Args:
        layout: The walk's panes.
        tr: The catalogue of the language to say it in.
    """

    points_at_keys = True

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space,right", "turn(1)", show=False),
        Binding("left,backspace", "turn(-1)", show=False),
        Binding("escape", "end", show=False),
        Binding("q,ctrl+c", "app.quit", show=False),
    ]

    def __init__(self, layout: WalkLayout, tr: Catalogue) -> None:
        super().__init__()
        self._layout, self._walk, self._tr = layout, layout.screen, tr
        self._at = 0
        self._outer = Size()
        # To be put in front again: the tour brings others there.
        cell = ("kernel", "calls", "sequence", "strace")
        self._before = next((p for p in cell if layout.in_sight(p)), "kernel")
        self._focused = self._walk.focused

    def compose(self) -> ComposeResult:
        """Lay out the box."""
        yield TourBox()

    def on_mount(self) -> None:
        """Begin with the first pane."""
        self._layout.unzoom()
        # The walk is laid out in its own time, and not before the callbacks of the screen above it.
        self._walk.screen_layout_refresh_signal.subscribe(self, self._follow, immediate=True)
        self._show()

    def on_resize(self) -> None:
        """Fit the box into the terminal as it is now; the panes are followed as they move."""
        self._say()
        self._place()

    async def on_tour_box_clicked(self, message: TourBox.Clicked) -> None:
        """Go on, back, or end it."""
        await self.run_action(message.action)

    def action_turn(self, by: int) -> None:
        """Go to the next station, or by -1 to the one before; after the last it is over."""
        self.app.clear_notifications()  # they lie where the box may go
        self._at = max(self._at + by, 0)
        if self._at < len(STATIONS):
            self._show()
        else:
            self.action_end()

    def action_end(self) -> None:
        """Take the box away, and put the panes back as they were."""
        self._unmark()
        self._bring(self._before)
        self.dismiss()

    def _show(self) -> None:
        """Light the pane of this station, say what it is, and place the box beside it."""
        station = STATIONS[self._at]
        self._bring(station.pane)
        self._unmark()
        for marked in station.marked:
            self._walk.query(marked).add_class(_TOURED)
        self._say()
        self._place()

    def _bring(self, pane: str) -> None:
        """Put a pane in front of those that share its place, and leave the focus where it was."""
        self._walk.set_focus(None)  # choosing the pane that has it would zoom it
        self._layout.choose(pane)
        # A pane is given the focus by way of the app's queue; this comes after it.
        self.app.call_later(self._walk.set_focus, self._focused)

    def _say(self) -> None:
        tr = self._tr
        last = self._at == len(STATIONS) - 1
        width = min(_WIDTH, self.app.size.width - _FRAME.width)
        rows = [*wrap((Piece(tr(TEXTS[self._at])),), width), ()]
        keys = KeyHints(
            tr("Enter begins   ← back") if last else tr("Enter next   ← back   Esc ends"),
            "   ",
            _CLICKS[:2] if last else _CLICKS,
            width,
        )
        box = self.query_one(TourBox)
        box.say(rows, keys)
        self._outer = Size(width, box.virtual_size.height) + _FRAME
        box.styles.width, box.styles.height = self._outer
        set_title(box, f"{self._at + 1}/{len(STATIONS)} " + tr(TITLES[self._at]))

    def _follow(self, walk: Screen[None]) -> None:
        """Follow the panes to where they are now."""
        self._place()

    def _place(self) -> None:
        if self._at >= len(STATIONS) or not self.is_attached:
            return
        box = self.query_one(TourBox)
        regions = [self._walk.query_one(each).region for each in STATIONS[self._at].marked]
        box.styles.offset = popover_offset(around(regions), self._outer, self.app.size)

    def _unmark(self) -> None:
        self._walk.query(f".{_TOURED}").remove_class(_TOURED)
