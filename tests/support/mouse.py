"""A mouse for tests: reports as a terminal sends them (SGR, xterm's control sequences)."""

from typing import Any

from rich.cells import cell_len
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.pilot import Pilot

LEFT, MIDDLE, RIGHT, DRAG, UP, DOWN = 0, 1, 2, 32, 64, 65


class Mouse:
    """The mouse of the terminal that an app runs in; cells count from 0.

    The pilot's own clicks pass by the app, and by what it does with every event.
    """

    def __init__(self, pilot: Pilot[Any]) -> None:
        self._pilot = pilot

    async def click(self, x: float, y: float, button: int = LEFT, times: int = 1) -> None:
        """Press a button and let it go."""
        for _ in range(times):
            await self.report(button, x, y)
            await self.report(button, x, y, "m")

    async def wheel(self, x: float, y: float, way: int, times: int = 1) -> None:
        """Turn the wheel by some notches, which come all at once."""
        self._send("".join(f"\x1b[<{way};{int(x) + 1};{int(y) + 1}M" for _ in range(times)))
        await self._pilot.pause()

    async def report(self, code: int, x: float, y: float, end: str = "M") -> None:
        """Send one report."""
        self._send(f"\x1b[<{code};{int(x) + 1};{int(y) + 1}{end}")
        await self._pilot.pause()

    async def click_text(self, text: str, nth: int = 0, **how: int) -> None:
        """Click the first cell of a text on the screen, the ``nth`` of those that are there."""
        found = [
            (cell_len(line[:at]), y)
            for y, line in enumerate(picture_of(self._pilot.app).splitlines())
            for at in range(len(line))
            if line.startswith(text, at)
        ]
        assert len(found) > nth, f"{text} is not on the screen"
        await self.click(*found[nth], **how)

    def _send(self, reports: str) -> None:
        driver = self._pilot.app._driver
        assert driver is not None
        for event in XTermParser().feed(reports):
            driver.process_message(event)


def picture_of(app: App[Any]) -> str:
    """Return what is on the screen."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())
