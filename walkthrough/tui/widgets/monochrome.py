"""Draws without colours, for NO_COLOR: what only a background set apart is set apart by reverse."""

from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

_APART = 0.25
"""From this difference in brightness (0 to 1) to its surroundings on, a background is a mark."""


@lru_cache(2048)
def _without_colour(style: Style, background: Color) -> Style:
    reverse = bool(style.reverse)
    if style.bgcolor is not None and not style.bgcolor.is_default:
        own = Color.from_rich_color(style.bgcolor)
        if abs(own.brightness - background.brightness) > _APART:
            reverse = not reverse
    return Style(
        bold=style.bold,
        dim=style.dim,
        italic=style.italic,
        underline=style.underline,
        strike=style.strike,
        reverse=reverse,
        link=style.link,
    ) + Style.from_meta(style.meta)


class MonochromeFilter(LineFilter):
    """Takes the colours out of segments and keeps bold, underline and reverse."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments without colours."""
        return [
            Segment(text, None if style is None else _without_colour(style, background), control)
            for text, style, control in segments
        ]
