"""Pictures of the screen, compared with those that a person has looked at.

All are kept as text, which a reviewer can read in a diff, some also with the styles of all cells.
``WALKTHROUGH_UPDATE_SNAPSHOTS=1`` writes them again; look at every one that changed.
"""

import os
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from rich.style import Style
from textual.geometry import Region

from tests.support.records import HEADER, FakeLesson, first_connection, history_of, index_of
from walkthrough.model.events import AnyEvent, CallEntered, ClientActed, FunctionEntered
from walkthrough.tui.app import WalkthroughApp

KINDS = ("bold", "dim", "italic", "underline", "reverse", "strike")
FOLDER = Path(__file__).parents[1] / "tui" / "snapshots"
EVENTS = first_connection()
STEPS = {
    "socket": index_of(EVENTS, CallEntered, "socket"),
    "note": index_of(EVENTS, FunctionEntered, "net.setDefaultSockopts"),
    "queue": next(event.seq for event in EVENTS if isinstance(event, ClientActed)),
    "end": len(EVENTS) - 1,
}


def styles_of(app: WalkthroughApp) -> str:
    """Return what the screen is drawn in: a line for each run of cells in one style.

    From textual, whose version is pinned, and in our own words: how rich writes an SVG changes.
    """
    lines = []
    for number, strip in enumerate(app.screen._compositor.render_strips()):
        runs = groupby(strip, key=lambda segment: _spelled(segment.style))
        lines += [
            f"{number:3} {style}: {''.join(segment.text for segment in run)!r}"
            for style, run in runs
        ]
    return "\n".join(lines) + "\n"


def _spelled(style: Style | None) -> str:
    if style is None:
        return "plain"
    colours = [
        "default" if colour is None or colour.is_default else colour.get_truecolor().hex
        for colour in (style.color, style.bgcolor)
    ]
    return " ".join([" on ".join(colours), *(word for word in KINDS if getattr(style, word))])


class Picture(NamedTuple):
    """One state of the screen: its characters, and what they are drawn in."""

    text: str
    styles: str


def drawn(app: WalkthroughApp, region: Region | None = None) -> str:
    """Return the characters on the screen, or in a part of it."""
    strips = app.screen._compositor.render_strips()
    if region is not None:
        rows = strips[region.y : region.bottom]
        strips = [strip.crop(region.x, region.right) for strip in rows]
    return "\n".join(strip.text.rstrip() for strip in strips) + "\n"


async def picture(
    size: tuple[int, int],
    language: str,
    at: int,
    *keys: str,
    events: list[AnyEvent] | None = None,
) -> Picture:
    app = WalkthroughApp(
        history=history_of(EVENTS if events is None else events, HEADER),
        lesson_factory=FakeLesson,
        language=language,
    )
    async with app.run_test(size=size) as pilot:
        app.walk.move_to(at)
        await pilot.press(*keys)
        await pilot.pause()
        return Picture(drawn(app), styles_of(app))


def compare(name: str, shown: Picture, *, colours: bool = False) -> None:
    """Hold a picture against the one that is kept."""
    parts = [("txt", shown.text), ("styles", shown.styles)]
    for suffix, content in parts if colours else parts[:1]:
        kept = FOLDER / f"{name}.{suffix}"
        if os.environ.get("WALKTHROUGH_UPDATE_SNAPSHOTS"):
            FOLDER.mkdir(exist_ok=True)
            kept.write_text(content, encoding="utf-8")
        assert kept.exists(), f"no {kept.name} yet; WALKTHROUGH_UPDATE_SNAPSHOTS=1 writes it"
        assert content == kept.read_text(encoding="utf-8"), (
            f"{kept.name} is drawn otherwise; if it should be, WALKTHROUGH_UPDATE_SNAPSHOTS=1 "
            "keeps what is drawn now"
        )
