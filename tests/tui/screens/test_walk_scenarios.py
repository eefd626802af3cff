"""Every scenario opens on the screen: as the replay of its recording, and live."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.support.need import need
from tests.support.screen import act, press, speak, text_of
from walkthrough.capture.environment.doctor import can_trace_go
from walkthrough.capture.environment.requirements import why_not_runnable
from walkthrough.capture.environment.server_kind import ServerKind
from walkthrough.capture.workers.live_feed import LiveFeed
from walkthrough.i18n.catalogue import catalogue
from walkthrough.lesson.lesson import lesson_for
from walkthrough.model.protocol import (
    AnyCommand,
    CaptureFailed,
    CaptureFinished,
    Line,
    ServerHalted,
)
from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios
from walkthrough.source.go_root import find_go_root
from walkthrough.state.history import History
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.screens.status import WalkMode
from walkthrough.view.step import Viewer

NAMES = scenarios.names()
LANGUAGES = ("en", "zh")
PATIENCE = 120
"""Seconds until a server halts: on a machine that never built it, the first build is slow."""


def history_of(name: str) -> History:
    return History.load(load(scenarios.find(name) / scenarios.RECORDING))


def squeezed(text: str) -> str:
    """Take out what wrapping puts between words, the rule beside a note, and the thumb."""
    return "".join(text.replace("│", "").replace("┃", "").split())


def step_of_a_note(name: str, history: History, lesson: Viewer, language: str) -> tuple[int, str]:
    """Return the moment at which the server stands nearest to a note of the scenario's own."""
    own = {note.says(language) for note in scenarios.load_notes(scenarios.find(name))}
    near: list[tuple[int, int, str]] = []
    at = -1
    while (following := history.next_step(at)) != at:
        at = following
        view = lesson.view(history.event(at), history.world(at), language)
        for line, notes in view.notes.items():
            near += [(abs(line - view.line), at, note) for note in own & set(notes.split("\n"))]
        if view.caption in own:
            near.append((0, at, view.caption))
        if near and min(near)[0] == 0:  # nothing can be nearer
            break
    assert near, f"none of {name}'s own notes is ever in the file that is shown"
    _, at, note = min(near)
    return at, note


@pytest.mark.parametrize("name", NAMES)
async def test_its_recording_is_walked_by_stages_to_the_end_and_shows_a_note_of_its_own(
    name: str,
) -> None:
    history = history_of(name)
    version = history.header.go_version
    language = LANGUAGES[NAMES.index(name) % 2]
    app = WalkthroughApp(history=history, lesson_factory=lesson_for, language=language)
    async with app.run_test(size=(120, 56)) as pilot:
        assert name in text_of(app, "header")
        visited = [app.walk.status.index]
        await press(pilot, "n")
        visited.append(app.walk.status.index)
        while not app.walk.status.at_edge:
            await act(pilot, "next_stage")
            visited.append(app.walk.status.index)
            assert visited[-1] > visited[-2]
            assert text_of(app, "path").strip()
        assert len(visited) > len(scenarios.load(name).expect.stages)
        ended = catalogue(language)("the capture ended ({reason})").partition("{")[0]
        assert squeezed(ended) in squeezed(text_of(app, "header"))
        await press(pilot, "b", "left", "l")
        assert app.walk.status.index < visited[-1]
        need(find_go_root(version) is not None, f"the source of {version} is not installed")
        await speak(pilot, language)
        assert app.walk.lesson is not None
        at, note = step_of_a_note(name, history, app.walk.lesson, language)
        app.walk.move_to(at)
        await pilot.pause()
        shown, said = squeezed(text_of(app, "source-lines")), squeezed(note)
        assert said[:24] in shown or said[-24:] in shown


class Watched:
    """A live feed whose lines a test can await, once the screen has taken them in."""

    def __init__(self, feed: LiveFeed) -> None:
        self._feed = feed
        self._taken: asyncio.Queue[Line] = asyncio.Queue()

    async def lines(self) -> AsyncIterator[Line]:
        async for line in self._feed.lines():
            yield line
            self._taken.put_nowait(line)

    def send(self, command: AnyCommand) -> None:
        self._feed.send(command)

    async def close(self) -> None:
        await self._feed.close()

    async def until_halted(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while not isinstance(line := await self._taken.get(), ServerHalted):
                assert not isinstance(line, CaptureFailed | CaptureFinished), line


async def halted_after(pilot: Pilot[Any], feed: Watched, *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await feed.until_halted()
        await pilot.pause()


def runs() -> list[tuple[str, ServerKind]]:
    everywhere = [(name, ServerKind.GO) for name in NAMES]
    kinds = ("first-connection", "port-in-use", "udp", "unix-socket", "dial")
    return everywhere + [(name, ServerKind.PYTHON) for name in kinds]


@pytest.mark.live
@pytest.mark.parametrize(("name", "server"), runs())
async def test_it_opens_live(name: str, server: ServerKind) -> None:
    if server is ServerKind.GO:
        need(*can_trace_go())
    reason = why_not_runnable(scenarios.load(name), server)
    need(not reason, reason)
    feed = Watched(LiveFeed(name, server.value))
    language = LANGUAGES[NAMES.index(name) % 2]
    app = WalkthroughApp(feed=feed, lesson_factory=lesson_for, language=language)
    async with app.run_test(size=(120, 40)) as pilot:
        await feed.until_halted()
        await pilot.pause()
        assert app.walk.status.mode is WalkMode.HALTED
        assert name in text_of(app, "header")
        begun = app.walk.status.index
        await halted_after(pilot, feed, "space", "n", "space")
        assert app.walk.status.index > begun + 2
        while not app.walk.status.at_edge:  # the last event may be there before it is drawn
            await pilot.pause()
        assert text_of(app, "source-lines").strip()
        await pilot.press("q")
    assert app.return_code == 0
