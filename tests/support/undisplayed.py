"""What no terminal gets is drawn, but not put together for one.

Each widget draws its rows whenever it would for a terminal, with all that can go wrong. Textual
then cuts them where widgets overlap, and without a terminal throws the pieces away: a tenth of a
screen's work. Whoever looks at the screen (``render_strips``, a saved picture) gets all of it.
"""

import pytest
from rich.console import RenderableType
from textual._compositor import Compositor
from textual._context import visible_screen_stack
from textual.geometry import Region
from textual.screen import Screen


def use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let screens without a terminal draw like this."""
    put_together = Compositor.render_update

    def render_update(
        self: Compositor,
        full: bool = False,
        screen_stack: list[Screen[object]] | None = None,
        simplify: bool = False,
    ) -> RenderableType | None:
        if full:  # for a picture
            return put_together(self, full, screen_stack, simplify)
        visible_screen_stack.set(screen_stack or [])
        regions = self._dirty_regions.copy()
        self._dirty_regions.clear()
        if regions:
            for _ in self._get_renders(Region.from_union(regions).intersection(self.size.region)):
                pass
        return None

    monkeypatch.setattr(Compositor, "render_update", render_update)
