"""Draws the pictures in this folder anew, from the recording of first-connection.

Run it from the checkout: ``python docs/screens/draw.py``. Where the Go toolchain of the recording
is missing, the source pane says so, and the pictures are not worth keeping.
"""

import asyncio
import re
from pathlib import Path

from walkthrough.lesson.scenario import RECORDING, find
from walkthrough.lesson.steps import lesson_for
from walkthrough.model.events import AnyEvent, CallReturned, ClientActed
from walkthrough.recording.file import load
from walkthrough.replay.history import History
from walkthrough.tui.app import WalkthroughApp

FOLDER = Path(__file__).parent
FONTS = "DejaVu Sans Mono, Menlo, Consolas, Noto Sans Mono CJK SC, monospace"


def connected(event: AnyEvent) -> bool:
    """Tell whether a client has just connected."""
    return isinstance(event, ClientActed) and event.action == "connect"


def accepted(event: AnyEvent) -> bool:
    """Tell whether accept4 has just returned a connection."""
    return isinstance(event, CallReturned) and event.call == "accept4" and event.error is None


async def draw(history: History, name: str, size: tuple[int, int], language: str, at: int) -> None:
    """Write one picture, with fonts that are on the reader's machine in place of a web font."""
    app = WalkthroughApp(history=history, lesson_factory=lesson_for, language=language)
    async with app.run_test(size=size) as pilot:
        app.walk.move_to(at)
        await pilot.pause()
        svg = app.export_screenshot(title="walkthrough first-connection")
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"terminal-\d+", "terminal", svg).replace("Fira Code, monospace", FONTS)
    svg = svg.replace("Fira Code", FONTS)
    (FOLDER / f"{name}.svg").write_text(svg, encoding="utf-8")


async def main() -> None:
    """Draw all of them."""
    history = History.load(load(find("first-connection") / RECORDING))
    events = [history.event(index) for index in range(len(history))]
    connect = next(event.seq for event in events if connected(event))
    accept = next(event.seq for event in events if accepted(event))
    for size in ((120, 40), (80, 24)):
        where = f"{size[0]}x{size[1]}"
        await draw(history, f"first-connection-{where}-en", size, "en", connect)
        await draw(history, f"first-connection-{where}-zh", size, "zh", accept)


if __name__ == "__main__":
    asyncio.run(main())
