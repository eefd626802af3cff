"""Draws the pictures under docs/screens anew, from live walks with the Go server.

The server stands still between `net.Listen`'s return and the first Accept; a client connects. At
that moment the source in sight is the scenario's own. In another picture strace's log, of a run of
its own, lies beside the walk. Needs Go, ptrace, strace and the package cairosvg.

    python scripts/draw_screens.py
"""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import cairosvg
from textual.pilot import Pilot

from walkthrough.capture.feed import LiveFeed
from walkthrough.cli.laid_beside import ON_THE_SPOT, lay_beside
from walkthrough.compare.following import Following
from walkthrough.lesson.steps import lesson_for
from walkthrough.model.events import ClientActed, FunctionReturned
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.standing import Mode

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screens"
FONT = "DejaVu Sans Mono"
CHINESE = "Noto Sans Mono CJK SC"
PATIENCE = 60.0  # seconds
PICTURES = {"walk-120x40": (120, 40), "walk-80x24": (80, 24)}


async def until(condition: Callable[[], bool]) -> None:
    """Let the application work until something is so."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)


async def walk_to_listening(app: WalkthroughApp, pilot: Pilot[None]) -> None:
    """Step until net.Listen has returned, and let a client connect."""
    walk = app.walk

    def newest() -> object:
        history = walk.history
        return history.event(history.lead(len(history) - 1)) if history else None

    def listened() -> bool:
        event = newest()
        return isinstance(event, FunctionReturned) and event.function == "net.Listen"

    await until(lambda: walk.standing.mode is Mode.HALTED)
    while not listened():
        before = newest()
        await pilot.press("space")
        await until(
            lambda before=before: newest() != before and walk.standing.mode is Mode.HALTED  # type: ignore[misc]
        )
    await pilot.press("c")
    await until(lambda: isinstance(newest(), ClientActed))


async def draw(name: str, size: tuple[int, int], strace: Following | None = None) -> None:
    """Walk to the moment and write one picture."""
    feed = LiveFeed("first-connection", "go")
    app = WalkthroughApp(feed=feed, lesson_factory=lesson_for, strace=strace)
    async with app.run_test(size=size) as pilot:
        await walk_to_listening(app, pilot)
        app.clear_notifications()
        await pilot.pause(0.5)
        svg = app.export_screenshot(title="walkthrough first-connection")
    write(svg, name)


def write(svg: str, name: str) -> None:
    """Write one picture as PNG."""
    # a web font would be fetched; the picture is made with fonts that are here
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code", FONT)
    # the renderer looks in one font only, so words in Chinese are given theirs
    svg = re.sub(
        r"<text ([^>]*)>([^<]*[\u4e00-\u9fff][^<]*)</text>",
        rf'<text \1 style="font-family:{CHINESE}">\2</text>',
        svg,
    )
    cairosvg.svg2png(bytestring=svg.encode(), write_to=str(FOLDER / f"{name}.png"))


async def main() -> None:
    """Draw all of them."""
    FOLDER.mkdir(exist_ok=True)
    for name, size in PICTURES.items():
        await draw(name, size)
    await draw("strace-120x40", (120, 40), lay_beside(ON_THE_SPOT, "first-connection", "go"))


if __name__ == "__main__":
    asyncio.run(main())
