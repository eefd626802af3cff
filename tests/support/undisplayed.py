"""What no terminal gets is drawn, but not put together for one.

Each widget draws its rows, with all that can go wrong, once whatever came before has been done: on
a terminal, too, it depends on how fast the machine is what is drawn in between. Textual then cuts
them where widgets overlap, tints those that are seen behind a dialog, and without a terminal throws
all of it away: a fifth of a screen's work. Whoever looks at the screen (``render_strips``, a saved
picture) gets the whole.

Nor is a row put together twice, so that it keeps nothing of that: to make the seven caches of each
of Textual's rows took longer than all that was found in them.
"""

from typing import Any, cast
from weakref import WeakKeyDictionary, WeakSet

import pytest
import textual.strip
from rich.console import RenderableType
from textual._compositor import Compositor
from textual._context import visible_screen_stack
from textual.geometry import Region, Size
from textual.renderables.background_screen import BackgroundScreen
from textual.renderables.blank import Blank
from textual.screen import Screen
from textual.strip import Strip


class _NothingKept:
    """Takes the place of a cache."""

    def get(self, key: object, default: Any = None) -> Any:
        """Return what is said in place of a value."""
        return default

    def __setitem__(self, key: object, value: object) -> None:
        """Keep nothing."""

    def clear(self) -> None:
        """Keep nothing."""


class _Drawing:
    """What is known of the screens that are drawn.

    Attributes:
        unseen: Whether what is drawn now is thrown away.
        untinted: The dialogs that were drawn without what is seen behind them.
        waiting: What is to be drawn once the screen has nothing else to do, with the screens that
            are seen behind it.
    """

    def __init__(self) -> None:
        self.unseen = False
        self.waiting: WeakKeyDictionary[Compositor, list[Screen[object]]] = WeakKeyDictionary()
        self.untinted: WeakSet[Screen[Any]] = WeakSet()

    def is_looked_at(self, compositor: Compositor) -> None:
        """Let a screen that was drawn without its background be drawn with it."""
        screen = compositor.root
        if not isinstance(screen, Screen) or screen not in self.untinted:
            return
        self.untinted.discard(screen)
        screen._styles_cache.clear()
        screen._layout_cache.clear()
        screen._dirty_regions.add(screen.size.region)
        if screen is screen.app.screen:  # for a screen behind another it is the other's matter
            visible_screen_stack.set(screen.app._background_screens)

    def draw(self, compositor: Compositor, behind: list[Screen[object]]) -> None:
        """Let the widgets draw what has changed of them, for nobody to see."""
        visible_screen_stack.set(behind)
        regions = compositor._dirty_regions.copy()
        compositor._dirty_regions.clear()
        if not regions:
            return
        self.unseen = True
        try:
            crop = Region.from_union(regions).intersection(compositor.size.region)
            for _ in compositor._get_renders(crop):
                pass
        finally:
            self.unseen = False


_drawing = _Drawing()


def draw_what_waits() -> bool:
    """Draw what would have been drawn for a terminal; return whether there was anything."""
    waiting = [*_drawing.waiting.items()]
    _drawing.waiting.clear()
    for compositor, behind in waiting:
        _drawing.draw(compositor, behind)
    return bool(waiting)


def use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let screens without a terminal draw like this."""
    drawing = _drawing
    drawing.waiting.clear()
    put_together, strips_of, rendered = (
        Compositor.render_update,
        Compositor.render_strips,
        Screen.render,
    )

    def render_update(
        self: Compositor,
        full: bool = False,
        screen_stack: list[Screen[object]] | None = None,
        simplify: bool = False,
    ) -> RenderableType | None:
        if full:  # for a picture
            drawing.is_looked_at(self)
            return put_together(self, full, screen_stack, simplify)
        if self._dirty_regions:
            drawing.waiting[self] = screen_stack or []
        return None

    def render_strips(self: Compositor, size: Size | None = None) -> list[Strip]:
        drawing.is_looked_at(self)
        return strips_of(self, size)

    def render(self: Screen[object]) -> RenderableType:
        found = rendered(self)
        if not drawing.unseen or not isinstance(found, BackgroundScreen):
            return found
        drawing.untinted.add(self)
        for _ in found.screen._compositor._get_renders():
            pass
        return cast("RenderableType", Blank(found.color))  # Textual takes it for one, too

    nothing_kept = _NothingKept()
    monkeypatch.setattr(textual.strip, "FIFOCache", lambda maxsize: nothing_kept)
    monkeypatch.setattr(Compositor, "render_update", render_update)
    monkeypatch.setattr(Compositor, "render_strips", render_strips)
    monkeypatch.setattr(Screen, "render", render)
