"""Journeys through all that the screen can show, with a look at each state.

What is done is taken from the tables of actions, so that a new one is covered.
"""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, cast

import msgspec
import pytest
from textual.pilot import Pilot
from textual.widgets import Input
from textual.widgets._toast import Toast

from tests.support import go_library
from tests.support.compared_log import Log
from tests.support.feeds import FakeFeed
from tests.support.home_catalogue import (
    ABILITIES,
    BROKEN,
    ENTRIES,
    FIRST,
    RECENTS,
    TODAY,
    FakeCatalogue,
)
from tests.support.home_screen import home_of
from tests.support.process_logs import history_of_recording
from tests.support.quiz_screen import session_of
from tests.support.records import HEADER, FakeLesson, first_connection, history_of
from tests.support.screen import until
from walkthrough.i18n.messages import message
from walkthrough.lesson.lesson import Lesson
from walkthrough.model.events import Header, TracedProgram
from walkthrough.model.protocol import (
    CaptureFailed,
    CaptureFinished,
    CommandRefused,
    HaltLimitReached,
    ProgressReported,
    ServerChosen,
    ServerHalted,
    ServerRunning,
)
from walkthrough.quiz.answer import QuizAnswer
from walkthrough.quiz.question import QuestionKind
from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios
from walkthrough.source.document import load as load_document
from walkthrough.source.library import SourceLibrary
from walkthrough.source.notes import Notes
from walkthrough.state.history import History
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.features.presentation.commands import PresentationController
from walkthrough.tui.features.search.bars import CopyBar
from walkthrough.tui.screens.home.catalogue import RunBlocker
from walkthrough.tui.screens.home.widgets import ScenarioList
from walkthrough.tui.screens.session_source import SavedSession, SessionSource
from walkthrough.tui.screens.walk import WalkScreen
from walkthrough.tui.widgets.safe_input import SafeInput
from walkthrough.user_data.preferences import Preferences
from walkthrough.user_data.progress import Progress

SIZE = (120, 40)
Look = Callable[[WalkthroughApp, str], None]
_A_REASON = message("The server did not start: run it again.")
"""What the capture and the command line say is theirs; it has to be in the catalogue."""
_LEAVING = frozenset({"leave", "quit", "language"})
_PASSING = frozenset({"abilities", "document", "filter", "open", "picture", "search"})
"""The groups of workers that do one thing beside the screen, and end."""


class Traveller:
    """Presses keys, and looks at what they do."""

    def __init__(self, app: WalkthroughApp, pilot: Pilot[Any], look: Look) -> None:
        self.app, self.pilot, self._look = app, pilot, look

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Put a text in the place of what has been typed."""
        line = self.app.focused
        assert isinstance(line, Input)
        line.value = text
        line.cursor_position = len(text)
        await self.pilot.pause()

    async def go(self, index: int) -> None:
        """Go to an event."""
        self.app.walk.move_to(index)
        await self.pilot.pause()

    async def see(self, *keys: str, name: str = "") -> None:
        """Press keys, and look."""
        await self.press(*keys)
        await self.look(name or " ".join(keys))

    async def look(self, name: str) -> None:
        """Look at what there is, once nothing is done any more beside the screen."""
        await until(self.pilot, self._nothing_is_done_beside)
        await until(self.pilot, self._toasts_are_those_of_now)
        front = self.app.front()
        if isinstance(front, WalkScreen) and front.has_mode("-predicting") and front.live is None:
            await until(self.pilot, lambda: session_of(self.app).course.finished)
        await self.pilot.pause()
        self._look(self.app, name)

    def _nothing_is_done_beside(self) -> bool:
        return all(each.is_finished for each in self.app.workers if each.group in _PASSING)

    def _toasts_are_those_of_now(self) -> bool:
        return len(self.app.screen.query(Toast)) == len(self.app._notifications)

    async def back(self) -> None:
        """Close whatever was opened."""
        front = self.app.front()
        while self.app.screen is not front:
            self.app.pop_screen()
            await self.pilot.pause()
        for _ in range(3):
            zoomed = isinstance(front, WalkScreen) and front.arrangement.zoomed
            if not zoomed and not isinstance(self.app.focused, SafeInput | CopyBar):
                break
            await self.pilot.press("escape")
        self.app.clear_notifications()
        await self.pilot.pause()

    async def do_everything(self, without: frozenset[str] = frozenset()) -> None:
        """Carry out every action of the screen in front, and look at each."""
        front = self.app.front()
        assert front is not None
        at = self.app.walk.status.index if isinstance(front, WalkScreen) else 0
        for action in front.actions:
            if action.id in _LEAVING | without:
                continue
            front.action_perform(action.id)
            await self.look(action.id)
            assert self.app.front() is front, f"{action.id} leads away: see it by itself"
            if isinstance(front, WalkScreen) and action.id in ("predict", "present", "play"):
                front.action_perform(action.id)  # leaves it again
                await self.pilot.pause()
            await self.back()
            if isinstance(front, WalkScreen) and self.app.walk.status.index != at:
                await self.go(at)


def recorded(name: str) -> History:
    """Return the recording of a scenario."""
    return History.load(load(scenarios.find(name) / scenarios.RECORDING))


def real_lesson(header: Header) -> Lesson:
    """Return the lesson of a scenario, on a machine without any source."""
    folder = scenarios.find(header.scenario)
    own = scenarios.load_lesson(folder)
    return Lesson(
        header,
        SourceLibrary(None, Path("/nowhere"), Path("/nowhere")),
        Notes.load().plus(own.note),
        scenarios.load_folder(folder),
        own.question,
    )


class Journey(NamedTuple):
    """A way through the screen.

    Attributes:
        name: What it is about.
        take: Takes it, in a language.
    """

    name: str
    take: Callable[[str, Look], Coroutine[Any, Any, None]]


@asynccontextmanager
async def _travelling(look: Look, **named: Any) -> AsyncIterator[Traveller]:
    app = WalkthroughApp(**named)
    with pytest.MonkeyPatch.context() as patch:
        # Playing stays where it is while it is looked at, however long that takes.
        patch.setattr(PresentationController, "_play_on", lambda _: None)
        async with app.run_test(size=SIZE, notifications=True) as pilot:
            await pilot.pause()
            yield Traveller(app, pilot, look)


CONNECTION = recorded("first-connection")


async def everything(language: str, look: Look) -> None:
    """Every action on a walk, where a connection waits to be accepted."""
    async with _travelling(
        look, history=CONNECTION, lesson_factory=real_lesson, language=language
    ) as on:
        await on.look("begin")
        await on.go(200)
        await on.look("middle")
        await on.do_everything()
        await on.go(len(CONNECTION) - 1)
        await on.look("end")


async def recordings(language: str, look: Look) -> None:
    """What goes wrong and what is rare, in recordings that ship."""
    for name in (
        "backlog-full",
        "port-in-use",
        "client-resets",
        "many-connections",
        "dial",
        "udp",
        "unix-socket",
        "interrupted",
        "accept-deadline",
        "out-of-descriptors-at-accept",
    ):
        history = recorded(name)
        async with _travelling(
            look, history=history, lesson_factory=real_lesson, language=language
        ) as on:
            for share in (40, 75, 100):
                await on.go((len(history) - 1) * share // 100)
                await on.look(f"{name} at {share} %")
            await on.see("6", "6", name=f"{name}, ladder")
            await on.see("4", name=f"{name}, kernel")
    prefork = history_of_recording("prefork")
    async with _travelling(
        look, history=prefork, lesson_factory=real_lesson, language=language
    ) as on:
        await on.go(len(prefork) // 2)
        await on.see("I", name="one process of several")
        await on.see("6", "6", name="several processes, ladder")
        await on.see("4", name="several processes, kernel")


async def quiz(language: str, look: Look) -> None:
    """Predict mode, from the first question to the review."""
    async with _travelling(
        look, history=CONNECTION, lesson_factory=real_lesson, language=language
    ) as on:
        await on.see("p", name="predicting")
        await on.see("7", name="the timeline is not shown")
        on.app.clear_notifications()
        await on.see("n", name="question")
        await on.see("tab", name="question, the keys elsewhere")
        await on.press("space")
        await on.see("h", name="classroom")
        await on.press("h")
        await on.see("1", name="verdict")
        await on.press("enter")
        for number in range(6):
            await on.press("n")
            await on.see("2" if number % 2 else "1", name=f"verdict {number}")
            await on.press("enter")
        await on.see("n", "escape", name="skipped")
        await on.see("R", name="review")
        await on.press("escape")
        await on.see("p", name="left")


async def finding(language: str, look: Look) -> None:
    """What is typed: searches, filters, places to go to, notes."""
    async with _travelling(
        look, history=CONNECTION, lesson_factory=real_lesson, language=language
    ) as on:
        await on.press("slash")
        await on.type("accept")
        await on.look("searched")
        for where in ("source", "notes", "events"):
            await on.see("tab", name=f"searched in {where}")
        await on.see("enter", name="found")
        await on.see("N", name="before the first match")
        await on.see("N", "n", name="past the last match")
        await on.press("escape", "slash")
        await on.type("xyzzy")
        await on.look("nothing found")
        await on.see("enter", name="no match")
        await on.press("escape", "F")
        for typed in ("stage:", "step:", "call:", "g:", "thread:", "error:", "errors"):
            await on.type(typed)
            await on.look(f"filter {typed}")
        for typed in ("stage:9", "call:accept4"):
            await on.type(typed)
            await on.see("enter", name=f"filter {typed} entered")
        await on.see("space", name="filtered step")
        await on.press("home")
        await on.see("left", name="none before")
        await on.press("F")
        await on.type("")
        await on.see("enter", name="no filter")
        for typed in ("9999", "never", "1h", "4"):
            await on.press("g")
            await on.type(typed)
            await on.see("enter", name=f"go to {typed}")
            await on.press("escape")
        await on.press("m")
        await on.type("1")
        await on.see("enter", name="bookmark set")
        await on.see("m", name="bookmark")
        await on.see("enter", name="bookmark changed")
        await on.see("M", name="bookmarks")
        await on.press("escape")
        await on.see("m", "ctrl+d", name="bookmark removed")
        for key in ("left_square_bracket", "right_square_bracket"):
            await on.see(key, name=f"no bookmark, {key}")
        await on.press("question_mark", "slash")
        await on.type("xyzzy")
        await on.look("help, nothing found")
        await on.back()
        await on.press("ctrl+p")
        await on.type("xyzzy")
        await on.look("palette, nothing found")
        await on.back()


async def presenting(language: str, look: Look) -> None:
    """Presentation, and playing."""
    async with _travelling(
        look, history=CONNECTION, lesson_factory=real_lesson, language=language
    ) as on:
        await on.go(120)
        await on.see("P", name="presenting")
        for number in range(4):
            await on.see("v", name=f"second pane {number}")
        await on.see("t", name="playing")
        await on.see("t", name="paused")
        await on.press(*["plus"] * 12)
        await on.look("fastest")
        await on.press(*["minus"] * 24)
        await on.look("slowest")


async def source(language: str, look: Look) -> None:
    """The source pane, with Go, Python and a document."""
    folder = Path.cwd()
    async with _travelling(
        look,
        history=go_library.history(),
        lesson_factory=go_library.lessons(folder),
        language=language,
        document=load_document(folder / "door.md"),
    ) as on:
        for index in range(len(go_library.opening())):
            await on.go(index)
            await on.look(f"event {index}")
        await on.press("home", "space", "2")
        for number, key in enumerate(("d", "d", "d", "D", "D", "D", "e", "e", "s", "s", "s")):
            await on.see(key, name=f"source {number}, {key}")
        await on.do_everything(without=_EVERYWHERE_THE_SAME)
        await on.press("O")
        for name, typed in (
            ("no such document", "nowhere.md"),
            ("a document without code", "prose.md"),
            ("a document", "door.md"),
        ):
            await on.type(typed)
            await on.see("enter", name=name)


_EVERYWHERE_THE_SAME = frozenset({"help", "palette", "tour", "list_bookmarks", "predict_review"})


async def strace(language: str, look: Look) -> None:
    """A log beside the walk."""
    async with _travelling(
        look,
        history=history_of(first_connection(), HEADER),
        lesson_factory=real_lesson,
        language=language,
        strace=cast("Any", Log()),
    ) as on:
        await on.see("end", name="log")
        await on.see("5", "5", name="log zoomed")


async def live(language: str, look: Look) -> None:
    """A live walk: starting, halted, running, parked, refusing, silent, failed, ended."""
    events = first_connection()
    feed = FakeFeed(
        ServerChosen(server="go", why=_A_REASON),
        ProgressReported(phase="build", detail="net"),
    )
    async with _travelling(look, feed=feed, lesson_factory=real_lesson, language=language) as on:
        app = on.app
        session = app.walk.live
        assert session is not None
        waits, session.wait_a_second = session.wait_a_second, lambda: False  # type: ignore[method-assign]
        await until(on.pilot, lambda: feed.heard)
        await on.look("building")
        await on.see("c", name="not started yet")
        feed.say(ProgressReported(phase="start", detail=""))
        await until(on.pilot, lambda: feed.heard)
        await on.look("starting")
        header = msgspec.structs.replace(HEADER, exposed=("0.0.0.0:7099",))
        feed.say(header, *events[:20], ServerHalted(seq=19))
        await until(on.pilot, lambda: feed.heard and app.walk.status.index == 19)
        await on.look("halted, exposed")
        await on.do_everything(without=_EVERYWHERE_THE_SAME)
        while not waits():
            pass
        app.walk.show()
        await on.look("no answer")
        feed.say(ServerRunning())
        await until(on.pilot, lambda: feed.heard)
        await on.look("running")
        feed.say(ServerRunning(waiting=True))
        await until(on.pilot, lambda: feed.heard)
        await on.see("space", name="parked")
        await on.see("left", name="looking back")
        feed.say(CommandRefused(message=_A_REASON))
        await until(on.pilot, lambda: feed.heard)
        await on.look("refused")
        feed.say(*events[20:], CaptureFinished())
        await until(on.pilot, lambda: feed.heard)
        await on.see("end", name="ended")
        await on.see("space", name="over")


async def traced(language: str, look: Look) -> None:
    """A traced program: attached to, halted for a while, waiting; then detached, and replayed."""
    events = first_connection()
    program = TracedProgram(path="/srv/bin/shop", origin="attached", attached=(4242,), only="all")
    header = msgspec.structs.replace(HEADER, scenario="", command=("./shop",), program=program)
    feed = FakeFeed(ServerChosen(server="", why=_A_REASON), ProgressReported(phase="attach"))
    async with _travelling(look, feed=feed, lesson_factory=real_lesson, language=language) as on:
        app = on.app
        await until(on.pilot, lambda: feed.heard)
        await on.look("attaching")
        feed.say(header, ServerRunning(halts=True), *events[:3], ServerHalted(seq=2, limit_s=1e6))
        await until(on.pilot, lambda: feed.heard and app.walk.status.index == 2)
        await on.see("c", name="nowhere to connect to")
        feed.say(*events[3:20], ServerHalted(seq=19, limit_s=1e6))
        await until(on.pilot, lambda: feed.heard and app.walk.status.index == 19)
        await on.see("c", name="connect from elsewhere")
        feed.say(ServerRunning())
        await until(on.pilot, lambda: feed.heard)
        await on.see("space", name="running, traced")
        feed.say(ServerRunning(waiting=True))
        await until(on.pilot, lambda: feed.heard)
        await on.see("space", name="waiting for a client")
        await on.see("i", name="what is traced")
        feed.say(HaltLimitReached(limit_s=60), ServerRunning())
        await until(on.pilot, lambda: feed.heard)
        await on.look("halted for too long")
        feed.say(HaltLimitReached(limit_s=60, detached=True), CaptureFinished())
        await until(on.pilot, lambda: feed.heard)
        await on.look("detached")
    other = msgspec.structs.replace(
        header, server="program", program=TracedProgram(path="/srv/bin/shop", only="accept")
    )
    history = history_of(events, other)
    async with _travelling(
        look, history=history, lesson_factory=real_lesson, language=language
    ) as on:
        await on.look("a traced program's recording")


async def failing(language: str, look: Look) -> None:
    """A live walk that never begins, and one that fails."""
    feed = FakeFeed(CaptureFailed(message=_A_REASON))
    async with _travelling(look, feed=feed, lesson_factory=FakeLesson, language=language) as on:
        await until(on.pilot, lambda: feed.heard)
        await on.look("it never began")
    feed = FakeFeed(HEADER, *first_connection()[:20], ServerHalted(seq=19))
    async with _travelling(look, feed=feed, lesson_factory=real_lesson, language=language) as on:
        await until(on.pilot, lambda: feed.heard)
        feed.end()
        await until(on.pilot, lambda: not on.app.walk.status.mode.live)
        await on.look("it failed")


async def _live_and_home(
    on: Traveller, catalogue: FakeCatalogue, session: SavedSession | None
) -> None:
    """Go from home to a live walk, and back."""
    feed = FakeFeed(HEADER, *first_connection()[:20], ServerHalted(seq=19))
    catalogue.live = SessionSource(feed=feed, kept=lambda: session)
    home_of(on.app).query_one(ScenarioList).stand_on(OWN)
    await on.press("enter")
    await until(on.pilot, lambda: feed.heard)
    await on.press("H")


KEPT = Path("/nowhere/kept.jsonl")
OWN = replace(FIRST, name="own", servers=("go",))
"""A scenario that lets others connect, where no namespace can be had."""
ALONE = replace(OWN, name="alone")
"""A scenario in a namespace of its own."""


async def home(language: str, look: Look) -> None:
    """Home: every entry, every action, the prompt for a file, and the tour."""
    why = _A_REASON
    broken = replace(BROKEN, broken=why)
    kinds = ("server", "program", "ipv6", "mptcp", "port", "other")
    shipped = (*(each for each in ENTRIES if each is not BROKEN), replace(FIRST, name="mine"))
    entries = (*shipped, OWN, ALONE, broken)
    lacking = {
        (entry.name, server): RunBlocker(kind, why)
        for entry, kind in zip(shipped, kinds, strict=True)
        for server in ("go", "python")
    }
    able = replace(
        ABILITIES,
        lacking={**lacking, ("first-connection", "go"): RunBlocker("server", why)},
        known=frozenset(entry.name for entry in entries),
        alone=frozenset({ALONE.name}),
        exposed=frozenset({OWN.name}),
        no_namespace=why,
    )
    catalogue = FakeCatalogue(listed=entries, able=able, said=(why,))
    progress = Progress()
    progress.record(QuizAnswer(FIRST.name, "q", QuestionKind.SCENARIO, False, 3, (3,)))
    progress.record_walk(TODAY.name, seen=True)
    async with _travelling(
        look,
        lesson_factory=real_lesson,
        language=language,
        catalogue=catalogue,
        preferences=Preferences(),
        progress=progress,
    ) as on:
        await on.look("home, where what is believed comes next")
        progress.record(QuizAnswer(FIRST.name, "q", QuestionKind.SCENARIO, True, 0, (3,)))
        home_of(on.app).begin_again("")
        await on.see("home", name="home")
        for number in range(len(entries) + len(RECENTS)):
            await on.see("down", name=f"entry {number}")
        await on.do_everything(without=frozenset({"open", "replay", "tour"}))
        while home_of(on.app)._stock.route is not None:  # until all chapters are listed again
            home_of(on.app).do_route()
        await on.press("o")
        await on.type("/nowhere/")
        await on.look("no such folder")
        await on.back()
        await on.press("slash")
        await on.type("xyzzy")
        await on.look("nothing is listed")
        await on.press("escape", "home")
        await on.press("i")
        await until(on.pilot, lambda: not isinstance(on.app.screen, type(on.app.front())))
        for number in range(5):
            await on.look(f"tour {number + 1}")
            await on.press("enter")
        await on.press("H")
        await until(on.pilot, lambda: on.app.screen is home_of(on.app))
        kept = SavedSession(KEPT)
        for session in (None, kept, kept._replace(why=why)):
            await _live_and_home(on, catalogue, session)
            await until(on.pilot, lambda: on.app.screen is home_of(on.app))
            await on.look(f"home again, {session}")
        catalogue.refused[OWN.name] = why
        home_of(on.app).action_perform("open")
        await on.look("refused")


JOURNEYS: tuple[Journey, ...] = tuple(
    Journey(each.__name__, each)
    for each in (
        everything,
        recordings,
        quiz,
        finding,
        presenting,
        source,
        strace,
        live,
        traced,
        failing,
        home,
    )
)
