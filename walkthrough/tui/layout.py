"""Which panes are in sight: by the terminal's size, by the tab chosen, by zoom.

It sets classes on the screen; walk.tcss says what they mean.
"""

from rich.text import Text
from textual.screen import Screen
from textual.widget import Widget

from walkthrough.tui.rows import ListedRows, Piece, wrap
from walkthrough.tui.words import Words

PANES = ("path", "source", "calls", "strace", "kernel")
_TABS = ("calls", "strace", "kernel")
"""Where there is no room for all of these, one of them is in front."""
LEAST_COLUMNS, LEAST_ROWS = 60, 16
WIDE_COLUMNS, TALL_ROWS = 100, 26
"""From this width on there is a third column, and from this height on it holds two panes."""

_FOCUS = {pane: "#source-lines" if pane == "source" else f"#{pane}" for pane in PANES}


class Layout:
    """The panes' arrangement: `tab` is the one of calls, strace and kernel that is in front.

    Args:
        strace: Whether there is a log to show.
    """

    def __init__(self, *, strace: bool = False) -> None:
        self._panes = tuple(pane for pane in PANES if strace or pane != "strace")
        self.tab = "strace" if strace else "kernel"
        self.zoomed = ""
        self.tabbed = False
        self._titles: dict[str, str] = {}

    def fit(self, screen: Screen[None], words: Words) -> None:
        """Arrange for the terminal's size as it is now."""
        width, height = screen.app.size
        tiny = width < LEAST_COLUMNS or height < LEAST_ROWS
        wide, tall = width >= WIDE_COLUMNS, height >= TALL_ROWS
        self.tabbed = not (wide and tall)
        screen.set_class(tiny, "-tiny")
        screen.set_class(wide, "-wide")
        screen.set_class(self.tabbed, "-tabbed")
        screen.set_class("strace" in self._panes, "-strace")
        if tiny:
            text = words.too_small.format(
                columns=LEAST_COLUMNS, rows=LEAST_ROWS, width=width, height=height
            )
            screen.query_one("#too-small", ListedRows).show_rows(
                wrap((Piece(text, "strong"),), max(width, 1))
            )
        self._apply(screen)
        self.name_tabs(screen)

    def choose(self, screen: Screen[None], pane: str) -> None:
        """Go to a pane; if it is the one already, zoom it or give the screen back."""
        if self.current(screen) == pane:
            self.zoom(screen)
            return
        self._bring(screen, pane)

    def turn(self, screen: Screen[None], by: int) -> None:
        """Go to the next pane, or by -1 to the one before."""
        current = self.current(screen)
        at = self._panes.index(current) if current else (-1 if by > 0 else 0)
        self._bring(screen, self._panes[(at + by) % len(self._panes)])

    def zoom(self, screen: Screen[None]) -> None:
        """Give the current pane the whole screen, or give it back."""
        self.zoomed = "" if self.zoomed else self.current(screen) or "source"
        self._apply(screen)

    def unzoom(self, screen: Screen[None]) -> None:
        """Show all panes."""
        self.zoomed = ""
        self._apply(screen)

    def current(self, screen: Screen[None]) -> str:
        """Return the pane with the focus, "" if none has it."""
        focused: Widget | None = screen.focused
        return next((pane for pane, at in _FOCUS.items() if focused and f"#{focused.id}" == at), "")

    def name_tabs(self, screen: Screen[None]) -> None:
        """Where one of the tabs hides the others, name the hidden ones on its border."""
        tabs = {pane: screen.query_one(_FOCUS[pane]) for pane in _TABS if pane in self._panes}
        names = {pane: _plain(tab) if self.tabbed else "" for pane, tab in tabs.items()}
        if names != self._titles:
            self._titles = names
            short = len(names) > 2
            for pane, tab in tabs.items():
                others = [
                    _short(name) if short else name for at, name in names.items() if at != pane
                ]
                tab.border_subtitle = Text(" · ".join(others) if self.tabbed else "")

    def _bring(self, screen: Screen[None], pane: str) -> None:
        if pane in _TABS:
            self.tab = pane
        if self.zoomed:
            self.zoomed = pane
        self._apply(screen)
        screen.query_one(_FOCUS[pane]).focus(scroll_visible=False)

    def _apply(self, screen: Screen[None]) -> None:
        for pane in _TABS:
            screen.set_class(self.tab == pane, f"-tab-{pane}")
        for pane in self._panes:
            screen.query_one(f"#{pane}").set_class(pane == self.zoomed, "-zoomed")
        screen.set_class(bool(self.zoomed), "-zoom")


def _short(title: str) -> str:
    """Leave out what a title counts, but not that something has changed."""
    return title.partition(" · ")[0].removesuffix(" *") + " *" * title.endswith(" *")


def _plain(widget: Widget) -> str:
    # The getter gives markup; what is wanted is the text.
    title = widget.border_title
    return Text.from_markup(title).plain if title else ""
