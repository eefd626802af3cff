"""The screen of a walk: owns the cursor, routes actions, and hands each pane the step to draw.

Panes never ask each other; what they want is posted as a message.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import Click
from textual.reactive import Reactive
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget

from walkthrough.i18n.catalogue import Catalogue, catalogue
from walkthrough.i18n.messages import Message, message
from walkthrough.model.events import Header
from walkthrough.model.protocol import ActionSkipped, CommandRefused, HaltLimitReached, ServerHalted
from walkthrough.scenario.exposure import host_of, is_wildcard
from walkthrough.scenario.goals import GoalTracker
from walkthrough.scenario.loader import ScenarioError
from walkthrough.source.notes import NoteError
from walkthrough.state.event_source import Feed
from walkthrough.state.history import History
from walkthrough.tui.app_context import AppContext, app_of
from walkthrough.tui.panes.calls import CallsPane
from walkthrough.tui.panes.path.pane import GoTo
from walkthrough.tui.panes.registry import Pane, PaneDescriptor
from walkthrough.tui.panes.source.pane import SourcePane
from walkthrough.tui.panes.strace import StracePane
from walkthrough.tui.panes.timeline.pane import TimelinePane
from walkthrough.tui.screens.background_loader import END, BackgroundLoader
from walkthrough.tui.screens.controllers import commands_of, controllers_of
from walkthrough.tui.screens.live_session import LiveSession
from walkthrough.tui.screens.session_source import BookmarksFactory
from walkthrough.tui.screens.start_pane import StartPane
from walkthrough.tui.screens.status import (
    WakeSource,
    WalkMode,
    WalkStatus,
    repeated_packet,
    waker_of,
)
from walkthrough.tui.screens.typeahead import Typeahead
from walkthrough.tui.screens.walk_context import Panes
from walkthrough.tui.screens.walk_layout import WalkLayout
from walkthrough.tui.widgets.action import Group
from walkthrough.tui.widgets.actions import ACTIONS, BY_ID
from walkthrough.tui.widgets.bars import Banner, HeaderBar, KeysBar
from walkthrough.tui.widgets.class_styles import give_classes
from walkthrough.tui.widgets.dialogs import Box
from walkthrough.tui.widgets.error_handling import ErrorBoundary, is_leaving
from walkthrough.tui.widgets.focus import give_keys_back, taken_by
from walkthrough.tui.widgets.gc_scheduler import GcScheduler
from walkthrough.tui.widgets.messages import place_messages
from walkthrough.tui.widgets.perform import Perform
from walkthrough.tui.widgets.prompt import Prompt
from walkthrough.tui.widgets.rows_view import ListedRows, RowsView
from walkthrough.user_data.bookmarks import Bookmarks
from walkthrough.view.banner import warnings_at
from walkthrough.view.next_act import skipped
from walkthrough.view.process_text import name_in
from walkthrough.view.step import StepContext, Viewer, step_at
from walkthrough.view.text import Row, safe
from walkthrough.view.traced_program import ATTACHED, TracedWalk, connect_command

RAN_ON = message("It was halted for {seconds} s, so it runs on now.")
DETACHED = message(
    "It was halted for {seconds} s, so it was detached, and runs on: {command} attaches again."
)
FRAME = 1 / 30
"""Seconds. While the server runs, the screen is drawn again at most this often."""
_BATCH = 200
"""After this many lines of a capture in a row, keys and drawing get their turn."""

if TYPE_CHECKING:
    from walkthrough.compare.follow import FollowedComparison


LessonFactory = Callable[[Header], Viewer]
Answer = TypeVar("Answer")
AnyPane = TypeVar("AnyPane", bound=Pane)


class WalkScreen(ErrorBoundary, Screen[None]):
    """One walk, live or replayed.

    Args:
        lesson_factory: Makes the lesson once the header is known.
        language: ``en`` or ``zh``.
        history: The recording to replay; or
        feed: the capture to follow.
        strace: An strace log to show beside it.
        bookmarks: Finds the bookmarks once the header is known; without it they are not kept.
    """

    AUTO_FOCUS = ""
    # The widget with the focus draws itself again; the whole screen would cost more than a step.
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(",".join(action.keys), f"perform('{action.id}')", action.label.id, show=False)
        for action in ACTIONS
        if action.keys
    ]
    actions = ACTIONS

    def __init__(
        self,
        *,
        lesson_factory: LessonFactory,
        language: str,
        history: History | None = None,
        feed: Feed | None = None,
        strace: "FollowedComparison | None" = None,
        bookmarks: BookmarksFactory | None = None,
    ) -> None:
        super().__init__()
        self._lesson_factory = lesson_factory
        self._lesson: Viewer | None = None
        self._no_lesson: Message | str = ""
        self.language = language
        self.live = LiveSession(feed) if feed is not None else None
        self._history = history
        self._index = -1
        self._following = True
        self._leaving = False
        self._early: list[str] = []  # what was asked for before there was anything to show
        self._remark = ""
        self.hushed = False  # whether notes are hidden
        self.goals: GoalTracker | None = None
        self._frame: Timer | None = None
        self._strace = strace
        self.arrangement = WalkLayout(self, strace=strace is not None)
        self.marked: frozenset[int] = frozenset()
        """Events that the user has marked: playing by itself pauses there."""
        self.staying: int | None = None  # the process that it stays with
        self._tidier = GcScheduler(self)
        self.reader = BackgroundLoader(self)
        self._typeahead = Typeahead(self)
        self._overridden: dict[str, list[Binding]] = {}
        self._under_dialog = False
        self._shown: StepContext | None = None
        # Kept, since looking one up costs much of what drawing it costs.
        self._header, self._banner, self._start = HeaderBar(), Banner(), StartPane()
        self._keys = KeysBar()
        self.prompt = Prompt()
        self._panes = {each.id: each.widget() for each in self.arrangement.panes}
        for each in self.arrangement.panes:
            self._panes[each.id].key = each.key
            self._widget(each).set_class(each.cells is not None, "pane")
        self.controllers = controllers_of(
            self,
            Panes(self._pane(SourcePane), self._pane(CallsPane), self._pane(TimelinePane)),
            bookmarks or (lambda header: Bookmarks()),
        )
        self._commands = commands_of(self.controllers)

    # What is on the screen, top to bottom

    def compose(self) -> ComposeResult:
        """Lay out header, panes and key bar."""
        self.arrangement.begin({each.id: self._widget(each) for each in self.arrangement.panes})
        yield self._header
        yield self._banner
        yield self._start
        yield from self._above("panes")
        with Container(id="panes"):
            yield from map(self._widget, self.arrangement.grid())
        yield from self._above("timeline")
        yield from (self._widget(each) for each in self.arrangement.panes if each.cells is None)
        yield from self._above("keys")
        yield self.prompt
        yield self._keys
        yield ListedRows(id="too-small")

    def _widget(self, pane: PaneDescriptor) -> Widget:
        return cast("Widget", self._panes[pane.id])

    def _pane(self, kind: type[AnyPane]) -> AnyPane:
        return next(pane for pane in self._panes.values() if isinstance(pane, kind))

    def _above(self, id: str) -> Iterator[Widget]:
        # Not mounted later: keys are taken as soon as the screen has been made, with all in it.
        return (widget for part in self.controllers for widget in part.above(id))

    def on_mount(self) -> None:
        """Begin: at the first event of a recording, or by listening to the capture."""
        self.fit_panes()
        place_messages(self, self._last_rows)
        for part in self.controllers:
            part.mounted()
        if self._history is not None:
            self._index = self._history.beginning()
            self._following = False
            self._begin_lesson(self._history.header)
            self.reader.begin(self._history)
        else:
            self._read()
            self._count_seconds()
            self.set_interval(1, self._wait_a_second)
        self._tidier.begin()
        self.show()
        for id in self._early:
            self.call_later(self.action_perform, id)
        self._early.clear()

    async def on_unmount(self) -> None:
        """Leave no server behind, however the screen was closed."""
        self._leaving = True  # its last lines may still come, and the panes are gone
        self._tidier.end()
        if self.live is not None:
            await self.live.feed.close()

    def on_resize(self) -> None:
        """Fit the panes to the terminal."""
        self.fit_panes()

    def _last_rows(self) -> int:
        """Return the row below which nothing may be covered: a question, a caption, a line, keys.

        The timeline may be, and where there is none the last rows of the panes.
        """
        timeline = self._pane(TimelinePane)
        above = [timeline] if timeline.region else self.query("#panes, #start")
        return max(each.region.bottom for each in above)

    # Where the walk stands

    @property
    def tr(self) -> Catalogue:
        """The catalogue of the language that the walk speaks."""
        return catalogue(self.language)

    @property
    def status(self) -> WalkStatus:
        """Where the walk stands now."""
        last = len(self._history) - 1 if self._history is not None else -1
        mode = self.live.mode if self.live is not None else WalkMode.REPLAY
        reading = self.reader.said(self.tr)
        strace, remark = self._strace is not None, self._remark
        waker, repeats = WakeSource.CONNECT, ""
        if mode is WalkMode.WAITING and self._history is not None:
            world = self._history.world(last)
            waker, repeats = waker_of(world), repeated_packet(world)
        taken = taken_by(self.focused)
        return WalkStatus(
            mode,
            self._index,
            last,
            strace,
            reading,
            waker,
            repeats,
            remark,
            offered=self.live.offered if self.live is not None else None,
            coming=self.live is not None and self.live.coming and self._following,
            quiet=self.live is not None and self.live.quiet,
            asking=self.has_class("-asking"),
            presenting=self.arrangement.presenting,
            from_home=self.program.has_home,
            several=self._history is not None and self._history.of_processes.several,
            staying=self._stays_with(),
            lent=frozenset(self._overridden) | taken.own,
            through=taken.through,
            traced=self._traced(mode),
        )

    def _traced(self, mode: WalkMode) -> TracedWalk | None:
        """Return what there is to say of a traced program, None if none is walked live."""
        history, live = self._history, self.live
        if live is None or not mode.live or history is None or history.header.program is None:
            return None
        connect = connect_command(history.world(len(history) - 1)) if len(history) else ""
        attached = history.header.program.origin == ATTACHED
        return TracedWalk(connect, attached, live.halt_left)

    def _stays_with(self) -> str:
        if self.staying is None or self._history is None or self._index < 0:
            return ""
        world = self._history.world(self._index)
        return name_in(world, self.staying or self._history.header.pid)

    def stay(self, process: int | None) -> None:
        """Stay with a process from now on, or with none."""
        self.staying = process
        if self.live is not None and self._history is not None:
            self.live.only = None if process is None else process or self._history.header.pid
        self.show()

    @property
    def following(self) -> bool:
        """Return whether what is shown is the newest event, whichever that will be."""
        return self._following

    @property
    def history(self) -> History | None:
        """The events so far, None before a capture's header."""
        return self._history

    @property
    def lesson(self) -> Viewer | None:
        """The lesson, which joins events with source and notes; None before a capture's header."""
        return self._lesson

    def also_see(self) -> tuple[str, ...]:
        """List where more can be read about what the controllers show."""
        return tuple(place for part in self.controllers for place in part.also_see())

    def _is_gone(self) -> bool:
        """Return whether the screen is being removed: its panes are removed before it is.

        It does not draw, or open anything, once home has taken its place.
        """
        panes = map(self._widget, self.arrangement.panes)
        drawn = (self._header, self._banner, self._start, *panes, self._keys)
        whole = all(one.is_attached for one in drawn)
        return self._leaving or is_leaving(self) or not whole

    def show(self) -> None:
        """Draw everything for the step under the cursor."""
        if self._is_gone():
            return
        tr = self.tr
        status = self.status
        self._shown = step = self._step()
        self._tell_header(status, tr)
        self._banner.tell(self._warnings(step))
        self._tell_keys(status)
        starting = step is None or step.event is None
        self.set_modes({"-starting": starting and self.live is not None})
        if self.live is not None and starting:
            start = self._start
            start.tell(tr, self.live.chosen, self.live.progress)
            if self.live.failure:
                start.fail(self.tr.text(self.live.failure))
        if step is None:
            return
        if self._strace is not None:
            ended = not status.mode.live and not status.reading
            aligned = self._strace.align(step.history, ended=ended)
            self._pane(StracePane).lay(aligned, ended=ended)
        for id, pane in self._panes.items():
            pane.show(self.arrangement.source_of(step) if id == "source" else step)
        self.arrangement.name_tabs(tr)
        for part in self.controllers:
            part.shown(step)
        self._tidier.later()
        self._typeahead.go_on()

    def _tell_keys(self, status: WalkStatus) -> None:
        """Draw the key bar; under a dialog no key of the walk's works."""
        self._keys.tell(status, self.tr, frozenset() if self._under_dialog else None)

    def on_descendant_focus(self) -> None:
        """Some keys mean something else now, or no longer."""
        if self.is_mounted and not self._is_gone():
            self._tell_keys(self.status)

    def on_descendant_blur(self) -> None:
        """Likewise, where the focus went to nothing."""
        self.on_descendant_focus()

    def on_screen_suspend(self) -> None:
        """Another screen is in front."""
        front = self.app.screen
        self._under_dialog = not (isinstance(front, Box) and front.points_at_keys)
        if not self._is_gone():
            self._tell_keys(self.status)

    def on_screen_resume(self) -> None:
        """The keys are the walk's again."""
        self._under_dialog = False
        if not self._is_gone():
            self._tell_keys(self.status)

    def tell_header(self) -> None:
        """Draw the header alone: how far a recording has been read changes often."""
        if not self._is_gone():
            self._tell_header(self.status, self.tr)

    def _tell_header(self, status: WalkStatus, tr: Catalogue) -> None:
        header = self._history.header if self._history is not None else None
        self._header.tell(header, self._shown, status, tr)

    def _step(self) -> StepContext | None:
        if self._history is None:
            return None
        tr = self.tr
        return step_at(self._history, self._index, self._lesson, tr, hushed=self.hushed)

    def _begin_lesson(self, header: Header) -> None:
        """Make the lesson; without one the walk goes on, and says what is missing."""
        try:
            self._lesson = self._lesson_factory(header)
        except (NoteError, ScenarioError) as error:
            self._no_lesson = error.message

    def _warnings(self, step: StepContext | None) -> tuple[str, ...]:
        tr = self.tr
        said = []
        if self.live is not None and self.live.failure and self.live.begun:
            said.append(self.tr.text(self.live.failure))
        if self.live is not None and self.live.silent:
            said.append(
                tr(
                    "The server does not answer: it may be computing, or stopped by another "
                    "program. Looking back works; q ends it."
                )
            )
        if self.live is not None and self.live.detached is not None and self._history is not None:
            limit = round(self.live.detached.limit_s)
            again = f"walkthrough trace -p {self._history.header.pid}"
            said.append(tr(DETACHED, seconds=limit, command=again))
        said += self._exposed()
        if self._history is not None and self._history.torn:
            said.append(self.tr.text(self._history.torn))
        if self._no_lesson:
            said.append(self.tr.text(self._no_lesson))
        if step is not None:
            world = step.world
            if (
                self.live is not None
                and self.live.long_quiet
                and self.live.mode.live
                and self._following  # before the first stage there never is one behind the edge
                and not world.begun
                and not connect_command(world)  # it has listened since before it was traced
            ):
                said.append(
                    tr("The server runs, and has come to no stage of the path yet. Does it listen?")
                )
            said += warnings_at(world, tr)
        return tuple(said)

    def _exposed(self) -> tuple[str, ...]:
        """Say that others can connect, from before the server has taken a step to its end."""
        if self.live is None or self._history is None:
            return ()
        addresses = self._history.header.exposed
        if not addresses or self.live.mode in (WalkMode.ENDED, WalkMode.FAILED):
            return ()
        tr = self.tr
        everywhere = any(is_wildcard(host_of(each)) for each in addresses)
        sentence = (
            message(
                "This server listens on every interface of this machine ({addresses}): others "
                "on your network can connect to it."
            )
            if everywhere
            else message(
                "This server listens on {addresses}: others on your network can connect to it."
            )
        )
        return (tr(sentence, addresses=tr.listed(addresses)),)

    def move_to(self, index: int) -> None:
        """Put the cursor on event ``index`` or the last of its step, once that has been read."""
        if self.reader.want(index):
            self.tell_header()
            return
        if self._history is None or not len(self._history):
            return
        last = len(self._history) - 1
        self._remark = ""
        self._index = self._history.step_end(min(max(index, 0), last))
        self._following = self.live is not None and self._index >= last
        self.show()

    def move_to_end(self) -> None:
        """Put the cursor on the last event, once that has been read."""
        self.move_to(END if self.reader.going_on else len(self._history or ()) - 1)

    # The live feed

    @work(exclusive=True, group="feed")
    async def _read(self) -> None:
        """Process the capture's lines until it ends; draw once a frame, at once when it halts."""
        live = self.live
        assert live is not None
        count = 0
        async for line in live.feed.lines():
            mode, had_header = live.mode, live.history is not None
            chosen = live.chosen
            live.receive(line)
            if isinstance(line, CommandRefused):
                self.say(self.tr.text(line.message))
            elif isinstance(line, ActionSkipped):
                self.say(skipped(line, self.tr))
            elif isinstance(line, HaltLimitReached) and not line.detached:
                self.say(self.tr(RAN_ON, seconds=round(line.limit_s)))
            if live.history is not None and not had_header:
                self._history = live.history
                self._begin_lesson(live.history.header)
            if live.chosen is not chosen:
                self._say_chosen()
            self._draw_soon(at_once=live.mode is not mode or isinstance(line, ServerHalted))
            count += 1
            if count % _BATCH == 0:
                await asyncio.sleep(0)
        if live.mode.live or live.mode is WalkMode.STARTING:
            live.fail(
                self.tr(
                    "The capture ended without saying why; what was captured can still be stepped."
                )
            )
        self._draw_now()

    def _draw_soon(self, *, at_once: bool = False) -> None:
        if at_once:
            self._draw_now()
        elif self._frame is None:
            self._frame = self.set_timer(FRAME, self._draw_now)

    def _draw_now(self) -> None:
        if self._frame is not None:
            self._frame.stop()
            self._frame = None
        if self._history is not None and self._following:
            self._index = len(self._history) - 1
        if self.is_attached:
            self.show()

    @work(exclusive=True, group="clock")
    async def _count_seconds(self) -> None:
        assert self.live is not None
        seconds = 0
        while self.live.mode is WalkMode.STARTING:
            self._start.tick(seconds)
            await asyncio.sleep(1)
            seconds += 1

    def _wait_a_second(self) -> None:
        """Say so once a server that was released has not answered for long; count a halt down."""
        if self.live is None:
            return
        if self.live.wait_a_second():
            self.show()
        elif self.live.halt_left is not None:
            self.tell_header()

    def _say_chosen(self) -> None:
        assert self.live is not None
        chosen = self.live.chosen
        assert chosen is not None
        tr = self.tr
        server = {"go": tr("Go server"), "python": tr("Python server")}.get(
            chosen.server, chosen.server
        )
        why = self.tr.text(chosen.why)
        said = [tr("Server: {server}. {why}", server=server, why=why) if server else why]
        said += [self.tr.text(remark) for remark in chosen.remarks]
        self.say(tr.sentences(said))

    def remark(self, text: str) -> None:
        """Say something about where the walk stands, beside the position, until it moves."""
        self._remark = text
        self.tell_header()

    def say(self, text: str) -> None:
        """Say something for a few seconds, in the place of what was said before."""
        self.app.clear_notifications()
        self.notify(safe(text), markup=False, timeout=4)

    # What controllers ask for (`walk_context.py`)

    @property
    def program(self) -> AppContext:
        """The program that it is in."""
        return app_of(self)

    def ask(self, dialog: Screen[Answer], answered: Callable[[Answer | None], None]) -> None:
        """Show a dialog, and pass its answer on."""
        self.app.push_screen(dialog, answered)

    async def take_messages_away(self) -> None:
        """Remove what was said for a few seconds."""
        await self.query("ToastHolder").remove()

    def mark_text(self, marker: Callable[[Row, str], Row] | None) -> None:
        """Let all panes mark what is searched for."""
        for view in self.query("#panes RowsView, #header").results(RowsView):
            view.mark(marker)

    def set_modes(self, modes: Mapping[str, bool]) -> None:
        """Set classes of the screen, for its style sheets."""
        new = give_classes(self, modes)  # most steps change none
        if new and self.is_mounted and not self._is_gone():
            self._tell_keys(self.status)

    def has_mode(self, name: str) -> bool:
        """Return whether a class is set."""
        return self.has_class(name)

    def give_keys_back(self, widget: Widget | None) -> None:
        """Return the focus to the widget that had it before, or to none if that one is hidden."""
        give_keys_back(self, widget)

    def override_keys(self, actions: dict[str, str]) -> None:
        """Let keys mean other actions until the next call: action by key."""
        bound = self._bindings.key_to_bindings
        for key, usual in self._overridden.items():
            bound[key] = usual
        self._overridden = {key: bound.get(key, []) for key in actions}
        for key, action in actions.items():
            bound[key] = [Binding(key, f"perform('{action}')", show=False)]
        if self.is_mounted and not self._is_gone():
            self._tell_keys(self.status)

    def call_from_thread(self, callback: Callable[..., None], *arguments: object) -> None:
        """Do something in the screen's thread, from another one; wait until it is done."""
        self.app.call_from_thread(callback, *arguments)

    def all_read(self) -> None:
        """Note that a recording has been read whole, and drawn."""
        self._tidier.begin()

    # Actions: what each does is in the controllers

    def action_perform(self, id: str) -> None:
        """Carry out an action of the table, or say why not; in its turn, if others wait."""
        if not self._typeahead.queues(id):
            self.perform(id)

    def perform(self, id: str) -> bool:
        """Carry out an action, or say why not; once all is there, if it is not yet.

        Returns:
            Whether it is done, or will be as soon as the server stands.
        """
        if self._is_gone() or not self.is_mounted:
            if not self._leaving and not is_leaving(self):
                self._early.append(id)
            return False
        if self._frame is not None:
            self._draw_now()  # a key goes on from the newest event that has arrived, drawn or not
        if id == "unzoom" and self.reader.forget():
            self.tell_header()
            return False
        if self._typeahead.waits_for_the_start(id):
            return True
        refusal = BY_ID[id].refusal(self.status, self.tr)
        if refusal is not None:
            if not any(part.refused(id) for part in self.controllers):
                self.say(refusal)
            return False
        if any(part.before(id) for part in self.controllers):
            return False
        if self._typeahead.waits(id):
            return True
        self.carry_out(id)
        return True

    def carry_out(self, id: str) -> None:
        """Do what an action does, without asking again whether it may be done."""
        if BY_ID[id].group is Group.WALK:
            self.app.clear_notifications()  # it was about the step before, and lies over the panes
        self._commands[id]()

    def speak(self, language: str) -> None:
        """Say everything in another language from now on."""
        self.language = language
        self._remark = ""
        self.app.clear_notifications()
        self.fit_panes()
        self.show()
        for part in self.controllers:
            part.translated()

    def on_perform(self, message: Perform) -> None:
        """Carry out what was clicked."""
        self.action_perform(message.id)

    def on_click(self, event: Click) -> None:
        """Bring what a border names to the front; zoom whose title is clicked twice."""
        if tab := self.arrangement.tab_at(event):
            self.action_perform(f"pane_{tab}")
        elif pane := self.arrangement.title_at(event):
            if event.chain == 2:
                self.action_perform("zoom")
            elif self.arrangement.current() != pane:
                self.action_perform(f"pane_{pane}")

    def on_go_to(self, message: GoTo) -> None:
        """Go where a pane was clicked."""
        index = message.index
        for part in self.controllers:
            index = part.clicked(index, roughly=message.roughly)
        self.move_to(index)

    def on_timeline_pane_turned(self, message: TimelinePane.Turned) -> None:
        """Step as the keys do, but without releasing a server or saying anything at either end."""
        status = self.status
        if message.by > 0 and not status.at_edge and not self._following:
            self.action_perform("step")
        elif message.by < 0 and status.index > 0:
            self.action_perform("back")

    def fit_panes(self) -> None:
        """Fit the panes to the terminal and name them in the language."""
        self.arrangement.fit(self.tr)

    @work(exclusive=True, group="leave")
    async def leave(self) -> None:
        """End the server and the program; status 2 if there never was anything to see."""
        live = self.live
        if live is None:
            self.app.exit()
            return
        await live.feed.close()
        if live.failure and not live.begun:
            # As text: a message may quote what anyone wrote, and markup would be obeyed.
            self.app.exit(return_code=2, message=Text(safe(self.tr.text(live.failure))))
        else:
            self.app.exit()
