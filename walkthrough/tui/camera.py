"""The screen without a terminal: pictures of a recording's steps, for casts and SVG files.

It is the screen itself that is drawn, with nobody in front of it: a picture shows what somebody
would see who had gone there.
"""

import asyncio
from collections.abc import Callable
from functools import cache
from typing import Any

from rich.color import ColorSystem
from rich.style import Style
from textual.pilot import Pilot

from walkthrough.model.events import begins_stage
from walkthrough.state.history import History
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.features.search.screenshot import self_contained
from walkthrough.tui.screens.walk import LessonFactory
from walkthrough.view.screen_picture import PictureRequest, ScreenPicture


class Camera:
    """Takes pictures of walks.

    Args:
        lesson_factory: What makes the lesson of a walk.
    """

    def __init__(self, lesson_factory: LessonFactory) -> None:
        self._lesson_factory = lesson_factory

    def __call__(
        self, history: History, wanted: PictureRequest, look: Callable[[ScreenPicture], None]
    ) -> None:
        """Show each step that is wanted to ``look``, in order."""
        app = WalkthroughApp(
            lesson_factory=self._lesson_factory, language=wanted.language, history=history
        )
        steps = history.steps() if wanted.events is None else wanted.events

        async def go(pilot: Pilot[Any]) -> None:
            for index in steps:
                app.walk.move_to(index)
                await pilot.pause()
                look(_picture(app, history, index))
            app.exit()

        size = (wanted.columns, wanted.rows)
        asyncio.run(app.run_async(headless=True, size=size, auto_pilot=go))
        if app.failures:
            raise app.failures[0]


def _picture(app: WalkthroughApp, history: History, index: int) -> ScreenPicture:
    first = history.event(history.step_start(index))
    return ScreenPicture(
        index,
        history.event(index).time_ns,
        str(first.stage) if begins_stage(first) else "",
        tuple(
            tuple((each.text, _look(each.style)) for each in strip.simplify())
            for strip in app.screen._compositor.render_strips()
        ),
        lambda: self_contained(app.export_screenshot()),
    )


@cache  # a screen has some dozens, and each picture hundreds of texts
def _look(style: Style | None) -> str:
    """Return the parameters of the SGR sequence for a style; "" for none."""
    if style is None:
        return ""
    before, _, _ = style.render("x", color_system=ColorSystem.TRUECOLOR).partition("m")
    return before.removeprefix("\x1b[") if before != "x" else ""
