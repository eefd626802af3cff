"""The application: themes, command palette, and which screen is in front: home or a walk.

What happens on a screen is decided by the screen.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual.app import App
from textual.command import CommandInput, Provider
from textual.events import Event, InputEvent, Key, MouseDown, MouseMove, MouseUp
from textual.filter import LineFilter, Monochrome
from textual.screen import Screen

from walkthrough.i18n.catalogue import Catalogue, catalogue
from walkthrough.i18n.messages import Message, message
from walkthrough.quiz.answer import QuizAnswer
from walkthrough.quiz.learned import LearnedQuestions
from walkthrough.state.event_source import Feed
from walkthrough.state.history import History
from walkthrough.tui.app_context import AppContext, PageWriter
from walkthrough.tui.features.search.command_palette import ActionProvider
from walkthrough.tui.screens.home.catalogue import HomeCatalogue
from walkthrough.tui.screens.home.screen import HomeScreen
from walkthrough.tui.screens.session_source import BookmarksFactory, SessionSource
from walkthrough.tui.widgets.dialogs import Palette
from walkthrough.tui.widgets.error_handling import MOST, ErrorBoundary, is_of_leaving, keep, named
from walkthrough.tui.widgets.focus import can_have_keys
from walkthrough.tui.widgets.gc_scheduler import hand_back
from walkthrough.tui.widgets.monochrome import MonochromeFilter
from walkthrough.tui.widgets.rows_view import class_of
from walkthrough.tui.widgets.safe_input import SafeInput
from walkthrough.tui.widgets.theme import DARK, THEMES
from walkthrough.user_data.preferences import Preferences, PreferencesFault
from walkthrough.user_data.progress import Progress
from walkthrough.view.text import safe
from walkthrough.view.text_styles import KINDS

if TYPE_CHECKING:
    from walkthrough.compare.follow import FollowedComparison
    from walkthrough.source.document import Document
    from walkthrough.tui.screens.walk import LessonFactory, WalkScreen


class WalkthroughApp(ErrorBoundary, App[None]):
    """The terminal program; ``run()`` it, then exit with its ``return_code``.

    Args:
        lesson_factory: Makes the lesson for a recording's or a capture's header.
        language: ``en`` or ``zh``.
        history: A recording to replay; or
        feed: a capture to follow.
        strace: An strace log to show beside it.
        bookmarks: Finds the bookmarks for a recording's or a capture's header.
        opened: All of these, if somebody has opened them together.
        catalogue: What home lists; None if there is no home.
        server: What home runs scenarios under at first; None for what was chosen last.
        preferences: What is remembered of this user; None to remember nothing.
        document: A document to show in the place of the source.
        progress: What this user has learned; None to keep that as long as the screen.
        page_writer: What makes a page of a walk; None to make none.

    Attributes:
        language: The language of the screen in front.
        preferences: What has been chosen, and the way to remember what is chosen now.
        progress: What this user has learned, and the way to remember more.
        learned: What was answered right in predict mode, in this run and before.
        catalogue: What home lists; None if there is no home.
        opened: The walk that is on the screen; None on home.
        tour_due: Whether the next walk begins with the tour.
        last_folder: Where a file was looked for last, as it was typed.
        failures: Errors of the program's own that have been reported.
    """

    TITLE = "walkthrough"
    ENABLE_COMMAND_PALETTE = True
    # Rows that are drawn one by one cannot be selected: it would mark nothing, and scroll panes
    # under a drag. The terminal's own selecting, with Shift, goes on as ever.
    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {class_of(kind) for kind in KINDS}
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {ActionProvider}
    CSS_PATH: ClassVar[list[str | PurePath]] = [
        "widgets/rows.tcss",
        "screens/walk.tcss",
        "panes/timeline/timeline.tcss",
        "panes/source/source.tcss",
        "features/quiz/quiz.tcss",
        "features/goals/goals.tcss",
        "features/reference/reference.tcss",
        "features/presentation/presentation.tcss",
        "features/search/search.tcss",
        "screens/home/home.tcss",
    ]

    def __init__(
        self,
        *,
        lesson_factory: "LessonFactory",
        language: str = "en",
        history: History | None = None,
        feed: Feed | None = None,
        strace: "FollowedComparison | None" = None,
        bookmarks: BookmarksFactory | None = None,
        opened: SessionSource | None = None,
        catalogue: HomeCatalogue | None = None,
        server: str | None = None,
        preferences: Preferences | None = None,
        document: "Document | None" = None,
        progress: Progress | None = None,
        page_writer: PageWriter | None = None,
    ) -> None:
        super().__init__()
        self.document = document
        self.page_writer = page_writer
        self.progress = progress if progress is not None else Progress()
        self.learned = LearnedQuestions(lambda: self.progress.known.times_right())
        self.preferences = preferences if preferences is not None else Preferences()
        self.language = language
        self.catalogue = catalogue
        # Tests and scripts that give no preferences want no tour either.
        self.tour_due = preferences is not None and not preferences.tour_seen
        self.last_folder = ""
        self.failures: list[Exception] = []
        self._lesson_factory = lesson_factory
        self._home_server = server or self.preferences.server or "auto"
        # Before the style sheets are read, which use the themes' own variables.
        for theme in THEMES:
            self.register_theme(theme)
        chosen = self.preferences.theme
        self.theme = chosen if chosen in {theme.name for theme in THEMES} else DARK.name
        if opened is None and (history is not None or feed is not None):
            opened = SessionSource(history=history, feed=feed, strace=strace, bookmarks=bookmarks)
        self.opened = opened
        self._walk = self._walk_of(opened) if opened is not None else None

    @property
    def walk(self) -> "WalkScreen":
        """The walk that is on the screen; there has to be one."""
        assert self._walk is not None, "no walk is on the screen"
        return self._walk

    def on_mount(self) -> None:
        """Show the walk, or home."""
        if self._walk is not None:
            self.push_screen(self._walk)
        else:
            self.push_screen(self._home())
        self._say_trouble()
        self._say_what_is_not_remembered()

    @property
    def has_home(self) -> bool:
        """Whether home is there, in front or below what was opened on it."""
        return any(isinstance(one, HomeScreen) for one in self.screen_stack)

    def begin_walk(self, opened: SessionSource) -> None:
        """Show a walk, in front of home and of nothing else: a box was opened over it meanwhile."""
        if self.has_home:
            while not isinstance(self.screen, HomeScreen):
                self.pop_screen()
        self.opened = opened
        self._walk = self._walk_of(opened)
        self.push_screen(self._walk)
        for remark in opened.remarks:
            self.notify(safe(self.tr.text(remark)), markup=False, timeout=8)

    def remember(self, **chosen: str | bool | None) -> None:
        """Remember what was chosen, and say so if that cannot be done."""
        self.preferences.remember(**chosen)
        self._say_trouble()

    def take_answer(self, answer: QuizAnswer) -> None:
        """Count an answer of predict mode, and remember it; say so if that cannot be done."""
        self.learned.take(answer)
        self.progress.record(answer)
        self._say_what_is_not_remembered()

    def take_walk(self, scenario: str, *, seen: bool = False, reached: Sequence[str] = ()) -> None:
        """Remember what a walk has shown; say so if that cannot be done.

        Args:
            scenario: The scenario's name, "" for none.
            seen: Whether it was seen to its end.
            reached: The ids of the goals that were reached.
        """
        self.progress.record_walk(scenario, seen=seen, reached=reached)
        self._say_what_is_not_remembered()

    def _say_what_is_not_remembered(self) -> None:
        for problem in self.progress.problems():
            self.notify(safe(self.tr.text(problem)), markup=False, timeout=8)

    @property
    def tr(self) -> Catalogue:
        """The catalogue of the language of the screen in front."""
        return catalogue(self.language)

    def speak(self, language: str) -> None:
        """Record the language that a screen speaks from now on, for the next start too."""
        self.language = language
        self.remember(language=language)

    def _say_trouble(self) -> None:
        trouble = self.preferences.trouble
        if trouble is not None:
            tr = self.tr
            said = (
                message("{path} was not understood ({why}): mend it, or remove it.")
                if trouble.fault is PreferencesFault.UNREADABLE
                else message(
                    "{path} cannot be written ({why}): what is chosen now is not remembered."
                )
            )
            text = tr(said, path=trouble.path, why=trouble.why)
            self.notify(safe(text), markup=False, timeout=8)

    def go_home(self, said: str = "") -> None:
        """Show home in the place of the walk, whose server has ended.

        Args:
            said: What home is to say first.
        """
        walk = self._walk
        if walk is None or walk not in self.screen_stack:
            return
        while self.screen is not walk:
            self.pop_screen()  # what was opened over it while its server ended
        left = walk.history.header.scenario if walk.history is not None else ""
        self._walk = self.opened = None
        if not self.is_headless:
            hand_back()
        below = self.screen_stack[-2]
        if isinstance(below, HomeScreen):
            self.pop_screen()
            below.begin_again(said)
        else:
            self.switch_screen(self._home(said, left))

    def _home(self, said: str = "", left: str = "") -> HomeScreen:
        assert self.catalogue is not None, "neither a walk nor a home to show"
        return HomeScreen(
            self.catalogue,
            self.language,
            self._home_server,
            said,
            self.progress,
            self.preferences.route or "",
            left,
        )

    def _walk_of(self, opened: SessionSource) -> "WalkScreen":
        from walkthrough.tui.screens.walk import (
            WalkScreen,  # home's first picture need not wait for it
        )

        return WalkScreen(
            lesson_factory=self._lesson_factory,
            language=self.language,
            history=opened.history,
            feed=opened.feed,
            strace=opened.strace,
            bookmarks=opened.bookmarks,
        )

    def front(self) -> "HomeScreen | WalkScreen | None":
        """Return the screen that actions are for, whatever lies over it."""
        if self._walk is not None:
            return self._walk
        return next((one for one in self.screen_stack[::-1] if isinstance(one, HomeScreen)), None)

    async def on_event(self, event: Event) -> None:
        """Carry out keys before more of a recording is read.

        Of the mouse's buttons only the left one does anything.
        """
        if isinstance(event, MouseDown | MouseUp) and event.button > 1:
            return
        if isinstance(event, Key):
            self._take_keys_from_hidden()
        moves = isinstance(event, MouseMove)
        if self._walk is not None and isinstance(event, InputEvent) and not moves:
            self._walk.reader.stand_back()
        await super().on_event(event)

    def _take_keys_from_hidden(self) -> None:
        """Take the focus from a hidden widget; the screen has it then.

        Textual does so when it lays a screen out again, and so not of who has come and gone
        between two layouts. The palette hides its line until the first actions are found: what is
        typed until then is for that line.
        """
        focused = self.focused if self.screen_stack else None  # it may be ending
        if isinstance(focused, CommandInput):
            return
        if focused is not None and not can_have_keys(focused):
            self.screen.set_focus(None)

    async def _check_bindings(self, key: str, priority: bool = False) -> bool:
        """Look for what a key does once the screen in front has been made, since that decides it.

        So that Escape, typed right behind the key that opens a box, closes it.
        """
        front = self.screen
        taken_away: asyncio.Task[None] | None = front._task
        if not front.is_mounted and taken_away is not None:
            made = asyncio.create_task(_wait(front))
            # It may be taken away before it is made, and is never made then.
            await asyncio.wait((made, taken_away), return_when=asyncio.FIRST_COMPLETED)
            made.cancel()
        return await super()._check_bindings(key, priority)

    def on_key(self, event: Key) -> None:
        """Send a key once more whose line was opened by the key before it.

        It was on its way to the widget that had the focus then. It begins again, as from the
        keyboard, so that the line's own bindings, Enter among them, are looked for.
        """
        line = self.focused
        missed = isinstance(line, SafeInput) and not line.has_passed(event)
        if missed or (isinstance(line, CommandInput) and event.is_printable):  # it lets none pass
            self.send_on(event)

    def send_on(self, event: Key) -> None:
        """Send a key to the widget that has the focus now: it reached one that has lost it.

        A widget that sends a key on must have given up the focus, or the key would come back to it
        for ever.
        """
        event.stop()
        event.prevent_default()
        if (ways := getattr(event, "ways", 0)) < _MOST_WAYS:
            self.post_message(SentOn(event.key, event.character, ways + 1))

    def fail_here(self, error: Exception) -> None:
        """Say that something could not be done, by an error of the program's own, and go on."""
        if len(self.failures) >= MOST:
            self._handle_exception(error)
            return
        self.failures.append(error)
        self.clear_notifications()
        self.notify(
            safe(
                self._said_of(
                    message(
                        "An error in walkthrough itself ({error}): what was asked for was not "
                        "done; everything else goes on. {details}"
                    ),
                    error,
                )
            ),
            markup=False,
            timeout=8,
        )

    def _handle_exception(self, error: Exception) -> None:
        """End with a sentence and status 2, where something indispensable has failed."""
        if is_of_leaving(error):
            return
        self.failures.append(error)
        waited_for: asyncio.Event = self._exception_event
        waited_for.set()  # who waits for the screen waits no more
        if not self._exit_renderables:
            said = self._said_of(
                message(
                    "An error in walkthrough itself ({error}) has ended the screen: start it "
                    "again. {details}"
                ),
                error,
            )
            self._exit_renderables.append(Text(safe(said)))
        self._exit, self._return_code = True, 2
        self._close_messages_no_wait()

    def _said_of(self, said: Message, error: Exception) -> str:
        tr, kept = self.tr, keep(error)
        details = (
            tr("What is needed to report it is in {file}.", file=str(kept))
            if kept is not None
            else ""
        )
        return tr(said, error=named(error), details=details).strip()

    async def _shutdown(self) -> None:
        """End the server as well, if the walk could not."""
        await super()._shutdown()
        if self.opened is not None and self.opened.feed is not None:
            await self.opened.feed.close()

    async def action_quit(self) -> None:
        """Leave by way of the screen, which ends the server."""
        if (front := self.front()) is not None:
            front.leave()
        else:
            self.exit()

    def leave_soon(self) -> bool:
        """Leave as the key does, asked by a signal's handler; return whether anything was shown."""
        if self._loop is None:
            return False
        self._loop.call_soon_threadsafe(self.call_later, self.action_quit)
        return True

    def clear_notifications(self) -> None:
        """Clear all that has been said so far.

        What was said a moment ago is a message on its way to this program, as `notify` sends it.
        So is this, behind it: cleared at once, the sentence before would come up afterwards.
        """
        self.call_later(self._clear_notifications)

    def _clear_notifications(self) -> None:
        if self._notifications:
            super().clear_notifications()

    def action_command_palette(self) -> None:
        """Search the actions, in the language of the screen."""
        # It gets no id: the one before it may not be gone yet, though it is not seen any more.
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(placeholder=self.tr("Search for an action…")))

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Under NO_COLOR, draw with no colour at all rather than with shades of grey."""
        filters = super().get_line_filters()
        if not self.no_color:
            return filters
        return [_UNCOLOURED if isinstance(one, Monochrome) else one for one in filters]


async def _wait(screen: Screen[Any]) -> None:
    """Wait until a screen has been made."""
    made: asyncio.Event = screen._mounted_event
    await made.wait()


_UNCOLOURED = MonochromeFilter()
_MOST_WAYS = 64
"""So often a key may be sent on: each time another one has opened or closed a line before it."""


class SentOn(Key):
    """A key that was sent on ``ways`` times."""

    def __init__(self, key: str, character: str | None, ways: int) -> None:
        super().__init__(key, character)
        self.ways = ways


SentOn.handler_name = Key.handler_name  # whoever handles a key handles it as one


if TYPE_CHECKING:

    def _as_context(app: WalkthroughApp) -> AppContext:
        """Types follow `app_of`: the app is what it says that it is."""
        return app
