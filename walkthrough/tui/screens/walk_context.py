"""What the controllers of a walk see of it: never the screen itself.

Where the walk stands, how it is moved, how something is said or asked, and who has the keys. The
screen of a walk is one (`walkthrough.tui.screens.walk`); a test may have another.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol, TypeVar

from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.worker import Worker

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.scenario.goals import GoalTracker
from walkthrough.state.history import History
from walkthrough.tui.app_context import AppContext
from walkthrough.tui.panes.calls import CallsPane
from walkthrough.tui.panes.source.pane import SourcePane
from walkthrough.tui.panes.timeline.pane import TimelinePane
from walkthrough.tui.screens.background_loader import BackgroundLoader
from walkthrough.tui.screens.live_session import LiveSession
from walkthrough.tui.screens.status import WalkStatus
from walkthrough.tui.screens.walk_layout import WalkLayout
from walkthrough.tui.widgets.prompt import Prompt
from walkthrough.view.step import Viewer
from walkthrough.view.text import Row

Answer = TypeVar("Answer")


class Panes(NamedTuple):
    """The panes that controllers deal with."""

    source: SourcePane
    calls: CallsPane
    timeline: TimelinePane


class WalkContext(Protocol):
    """A walk.

    Attributes:
        language: The language that it speaks.
        hushed: Whether notes are hidden, since there is a question about them.
        goals: Which goals of the scenario have been reached; None before it is known, or of none.
        marked: Events that the user has marked: playing by itself pauses there.
        staying: The process that the walk stays with, as `ProcessSteps` has it; None for all.
        reader: Reads the rest of a recording.
        arrangement: Which panes are visible.
        prompt: The line at the bottom in which something is typed.
    """

    language: str
    hushed: bool
    goals: GoalTracker | None
    marked: frozenset[int]
    staying: int | None
    reader: BackgroundLoader
    arrangement: WalkLayout
    prompt: Prompt

    @property
    def tr(self) -> Catalogue:
        """The catalogue of that language."""

    # Where it stands

    @property
    def program(self) -> AppContext:
        """The program that it is in."""

    @property
    def history(self) -> History | None:
        """The events so far, None before a capture's header."""

    @property
    def lesson(self) -> Viewer | None:
        """The lesson, which joins events with source and notes; None before a capture's header."""

    @property
    def live(self) -> LiveSession | None:
        """The capture, None in a replay."""

    @property
    def status(self) -> WalkStatus:
        """Where the walk stands now."""

    @property
    def following(self) -> bool:
        """Whether what is shown is the newest event, whichever that will be."""

    def also_see(self) -> tuple[str, ...]:
        """List where more can be read about what the controllers show."""

    # What moves and draws it

    def move_to(self, index: int) -> None:
        """Put the cursor on event ``index``, once that has been read."""

    def stay(self, process: int | None) -> None:
        """Stay with a process from now on, as `ProcessSteps` has it; None for all of them."""

    def move_to_end(self) -> None:
        """Put the cursor on the last event, once that has been read."""

    def action_perform(self, id: str) -> None:
        """Carry out an action as its key does, or say why not."""

    def perform(self, id: str) -> bool:
        """Carry out an action, or say why not; return whether it is done, or will be."""

    def carry_out(self, id: str) -> None:
        """Do what an action does, without asking again whether it may be done."""

    def speak(self, language: str) -> None:
        """Say everything in another language from now on."""

    def show(self) -> None:
        """Draw everything again."""

    def tell_header(self) -> None:
        """Draw the header again."""

    def fit_panes(self) -> None:
        """Fit the panes to the terminal."""

    def mark_text(self, marker: Callable[[Row, str], Row] | None) -> None:
        """Let all panes mark what is searched for."""

    def leave(self) -> object:
        """End the server and the program."""

    # What is said and asked

    def say(self, text: str) -> None:
        """Say something for a few seconds."""

    def remark(self, text: str) -> None:
        """Say something about where the walk stands, until it moves."""

    def ask(self, dialog: Screen[Answer], answered: Callable[[Answer | None], None]) -> None:
        """Show a dialog, and pass its answer on."""

    async def take_messages_away(self) -> None:
        """Remove what was said for a few seconds."""

    # The focus, and what happens later

    @property
    def focused(self) -> Widget | None:
        """The widget that has the focus."""

    def set_focus(self, widget: Widget | None) -> None:
        """Give the focus to a widget."""

    def give_keys_back(self, widget: Widget | None) -> None:
        """Return the focus to the widget that had it before, or to none if that one is hidden."""

    def override_keys(self, actions: dict[str, str]) -> None:
        """Let keys mean other actions until the next call: action by key."""

    def set_modes(self, modes: Mapping[str, bool]) -> None:
        """Set classes of the screen, for its style sheets: what lies at its bottom, and such.

        All at once: each change of a class is a change of the style of all that is on the screen.
        """

    def has_mode(self, name: str) -> bool:
        """Return whether a class is set."""

    @property
    def is_attached(self) -> bool:
        """Whether it is on a screen."""

    def run_worker(
        self, work: Any, *, group: str, exclusive: bool = False, thread: bool = False
    ) -> Worker[Any]:
        """Do something while keys are still handled."""

    def set_interval(
        self, interval: float, callback: Callable[[], None], *, pause: bool = False
    ) -> Timer:
        """Do something every ``interval`` seconds."""

    def call_later(self, callback: Callable[[], None]) -> bool:
        """Do something once what has already arrived is handled."""

    def call_after_refresh(self, callback: Callable[[], None]) -> bool:
        """Do something once all is drawn."""

    def call_from_thread(self, callback: Callable[..., None], *arguments: object) -> None:
        """Do something in the screen's thread, from another one; wait until it is done."""
