"""Presses keys in the screen itself, without a terminal, in this process."""

import asyncio
import time
import traceback
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from textual import events
from textual._xterm_parser import XTermParser
from textual.geometry import Size
from textual.message import Message
from textual.pilot import Pilot

from key_runs.targets import Finding, Ran, Target
from key_runs.typing import InputAction, clicked, pressed
from walkthrough.cli.catalogue import ScenarioCatalogue
from walkthrough.cli.open import OpenRequest, open_wanted
from walkthrough.lesson.lesson import lesson_for
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.features.search.bars import CopyBar
from walkthrough.tui.screens.help import HelpScreen
from walkthrough.tui.widgets.safe_input import SafeInput
from walkthrough.user_data.preferences import Preferences

_PATIENCE = 120.0
"""Seconds, of a busy machine, in which the screen must answer."""
_EVERY = 25
"""After so many actions it is asked whether ? still answers."""
_ROOMY = (100, 30)


class FrozenError(Exception):
    """The screen does not answer any more, or works without an end."""


def started(target: Target) -> WalkthroughApp:
    """Return the program, as it is started from the command line."""
    opened = None
    if target.what:
        opened = open_wanted(OpenRequest(target.what, target.server, target.replay, trial=False))
    return WalkthroughApp(
        lesson_factory=lesson_for,
        language=target.language,
        opened=opened,
        catalogue=ScenarioCatalogue(),
        server=target.server,
        preferences=Preferences.load(),
    )


class Session:
    """The program, started once, and what is done in it."""

    def __init__(self, app: WalkthroughApp) -> None:
        self.app = app
        self._came = 0
        self._counted()

    def _counted(self) -> None:
        """Count the keys that come to the app: more than were pressed are posted by somebody."""
        before: Callable[[events.Event], Awaitable[None]] = self.app.on_event

        async def on_event(event: events.Event) -> None:
            self._came += isinstance(event, events.Key)
            await before(event)

        setattr(self.app, "on_event", on_event)  # noqa: B010 - a method of one instance

    @property
    def over(self) -> bool:
        """Whether a key has ended the program."""
        return self.app._exit

    async def do(self, action: InputAction, pilot: Pilot[Any]) -> None:
        """Do something, and let the screen come to rest."""
        app = self.app
        if action.size is not None:
            await resize(pilot, *action.size)
        elif action.click is not None:
            for event in XTermParser().feed(clicked(action.click, app.size)):
                self._send(event)
        elif action.paste is not None:
            self._send(events.Paste(action.paste))
        elif action.wait:
            await asyncio.sleep(action.wait / 1000)
        for key in action.keys:
            self._send(events.Key(*pressed(key)))
        await self._rest(pilot)

    def _send(self, event: Message) -> None:
        event.set_sender(self.app)
        driver = self.app._driver
        if driver is not None:
            driver.process_message(event)

    async def _rest(self, pilot: Pilot[Any]) -> None:
        """Let everybody take what came.

        Raises:
            FrozenError: A key comes again and again.
        """
        end = time.monotonic() + _PATIENCE
        await pilot.pause(0)
        while not self.over:
            came = self._came
            await pilot.pause(0)
            if self._came == came:
                return
            if time.monotonic() > end:
                raise FrozenError(f"keys are posted without an end; {self._keys_with()}")

    def _keys_with(self) -> str:
        screen = type(self.app.screen).__name__
        focused = self.app.focused
        return f"on {screen}, the keys with {type(focused).__name__ if focused else 'nobody'}"

    async def escape(self, pilot: Pilot[Any], most: int = 12) -> None:
        """Press Escape until nothing lies over the walk or home, and no line has the keys.

        Raises:
            FrozenError: That does not come about.
        """
        for _ in range(most):
            front = self.app.front()
            if self.over or (
                self.app.screen is front and not isinstance(self.app.focused, SafeInput | CopyBar)
            ):
                return
            await self.do(InputAction(keys=("escape",)), pilot)
        raise FrozenError(f"Escape leads nowhere; {self._keys_with()}")

    async def answers(self, pilot: Pilot[Any], size: tuple[int, int] = _ROOMY) -> None:
        """See whether ? still shows the keys.

        Raises:
            FrozenError: It does not.
        """
        if self.app.size != size:
            await resize(pilot, *size)
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            await self.escape(pilot)
            await self.do(InputAction(keys=("?",)), pilot)
            for _ in range(20):
                if self.over:
                    return
                if isinstance(self.app.screen, HelpScreen):
                    await self.do(InputAction(keys=("escape",)), pilot)
                    return
                await asyncio.sleep(0.05)
            # Something may have been opened meanwhile: once more.
        raise FrozenError(f"? is not answered; {self._keys_with()}")


async def resize(pilot: Pilot[Any], width: int, height: int) -> None:
    """Give the terminal another size, as a terminal says it."""
    app, size = pilot.app, Size(width, height)
    driver = app._driver
    if driver is not None:
        driver._size = (width, height)
        app.post_message(events.Resize(size, size))
    await pilot.pause(0)


async def press(target: Target, actions: Sequence[InputAction], ran: Ran) -> None:
    """Do all in a target, started again whenever it was left; write down what went wrong."""
    at = 0
    began = time.monotonic()
    while at < len(actions) and not ran.findings:
        ran.starts += 1
        try:
            session = Session(started(target))
            async with session.app.run_test(size=(120, 40)) as pilot:
                while at < len(actions) and not session.over:
                    at += 1
                    ran.keys += len(actions[at - 1].keys)
                    await session.do(actions[at - 1], pilot)
                    for error in session.app.failures:
                        raise error
                    if at % _EVERY == 0 or at == len(actions):
                        await session.answers(pilot)
            for error in session.app.failures:
                raise error
            if session.app.return_code not in (0, None):
                said = f"status {session.app.return_code}: {session.app._exit_renderables!r}"
                ran.findings.append(Finding("status", said[:2000], at))
        except FrozenError as error:
            ran.findings.append(Finding("frozen", str(error), at))
        except TimeoutError:
            ran.findings.append(Finding("frozen", f"no rest in {_PATIENCE:.0f} s", at))
        except Exception as error:
            text = "".join(traceback.format_exception(error))[-6000:]
            ran.findings.append(Finding(f"raised {type(error).__name__}", text, at))
    ran.seconds = time.monotonic() - began
