"""What screens and controllers see of the program that they are in: never the app itself.

The app imports the screens; what those ask of it is written down here, so that they need not
import it.
"""

from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from textual.events import Key
from textual.message_pump import MessagePump
from textual.worker import Worker

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import Message
from walkthrough.model.events import Header
from walkthrough.quiz.answer import QuizAnswer
from walkthrough.quiz.learned import LearnedQuestions
from walkthrough.tui.screens.home.catalogue import HomeCatalogue
from walkthrough.tui.screens.session_source import SessionSource
from walkthrough.tui.screens.status import WalkStatus
from walkthrough.tui.widgets.action import Action
from walkthrough.user_data.preferences import Preferences
from walkthrough.user_data.progress import Progress

if TYPE_CHECKING:  # home, which shows no source, is to be drawn soon
    from walkthrough.source.document import Document


class PageWriter(Protocol):
    """Writes pages that replay a walk; the program that starts the screen has one."""

    def __call__(self, header: Header, lines: Sequence[bytes]) -> tuple[str, Message | str]:
        """Return the page of the events of these lines, and what is to be said of it, if anything.

        Raises:
            MessageError: It cannot be made.
        """


class ActionTarget(Protocol):
    """A screen that carries out actions of a table: home, or a walk."""

    actions: tuple[Action, ...]
    language: str

    @property
    def tr(self) -> Catalogue:
        """The catalogue of that language."""

    @property
    def status(self) -> WalkStatus:
        """Where the walk stands; on home, nowhere."""

    def action_perform(self, id: str) -> None:
        """Carry out an action, or say why not."""

    def leave(self) -> object:
        """End what runs, and the program."""


class AppContext(Protocol):
    """The program: what is remembered of its user, and which screen is in front.

    Attributes:
        theme: The name of the colours.
        document: The text that is shown in the place of the source.
        tour_due: Whether the next walk begins with the tour.
        last_folder: Where a file was looked for last, as it was typed.
        language: The language of the screen in front.
        preferences: What has been chosen.
        progress: What this user has learned.
        learned: What was answered right in predict mode, in this run and before.
        catalogue: What home lists; None if there is no home.
        opened: The walk that is on the screen; None on home.
        page_writer: What makes a page of a walk; None if this program makes none.
    """

    theme: Any  # a reactive attribute
    page_writer: PageWriter | None
    document: "Document | None"
    tour_due: bool
    last_folder: str
    language: str
    preferences: Preferences
    progress: Progress
    learned: LearnedQuestions
    catalogue: HomeCatalogue | None
    opened: SessionSource | None

    @property
    def tr(self) -> Catalogue:
        """The catalogue of that language."""

    @property
    def has_home(self) -> bool:
        """Whether home is there, in front or below what was opened on it."""

    @property
    def no_color(self) -> bool:
        """Whether colours are not to be shown."""

    def remember(self, **chosen: str | bool | None) -> None:
        """Remember what was chosen, and say so if that cannot be done."""

    def take_answer(self, answer: QuizAnswer) -> None:
        """Count an answer of predict mode, and remember it; say so if that cannot be done."""

    def take_walk(self, scenario: str, *, seen: bool = False, reached: Sequence[str] = ()) -> None:
        """Remember that a walk was seen to its end, or which of its goals were reached."""

    def speak(self, language: str) -> None:
        """Record the language that a screen speaks from now on."""

    def front(self) -> ActionTarget | None:
        """Return the screen that actions are for, whatever lies over it."""

    def begin_walk(self, opened: SessionSource) -> None:
        """Show a walk in front of home."""

    def go_home(self, said: str = "") -> None:
        """Show home in the place of the walk, whose server has ended."""

    def send_on(self, event: Key) -> None:
        """Send a key to the widget that has the focus now."""

    def clear_notifications(self) -> None:
        """Take the messages away."""

    def copy_to_clipboard(self, text: str) -> None:
        """Ask the terminal to put a text on the clipboard."""

    def export_screenshot(self) -> str:
        """Return the screen as an SVG picture."""

    def action_command_palette(self) -> None:
        """Search the actions."""

    def run_worker(
        self, work: Coroutine[Any, Any, None], *, group: str, exclusive: bool
    ) -> Worker[None]:
        """Let something be done that outlives the screen."""


def app_of(node: MessagePump) -> AppContext:
    """Return the program that a widget or a screen is in."""
    app: Any = node.app
    context: AppContext = app
    return context
