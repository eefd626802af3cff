"""The application: themes, command palette, and one screen. What happens is the screen's."""

from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import App, SystemCommand
from textual.command import CommandPalette
from textual.events import Event, InputEvent, MouseMove
from textual.filter import LineFilter, Monochrome
from textual.screen import Screen

from walkthrough.replay.feed import Feed
from walkthrough.replay.history import History
from walkthrough.tui.actions import ACTIONS
from walkthrough.tui.theme import DARK, THEMES
from walkthrough.tui.uncoloured import Uncoloured
from walkthrough.tui.walk import LessonFactory, WalkScreen
from walkthrough.tui.words import words_of

if TYPE_CHECKING:
    from walkthrough.compare.following import Following


class WalkthroughApp(App[None]):
    """The terminal program; ``run()`` it, then exit with its ``return_code``.

    Args:
        lesson_factory: Makes the lesson for a recording's or a capture's header.
        language: ``en`` or ``zh``.
        history: A recording to replay; or
        feed: a capture to follow.
        strace: A log of strace's to show beside it.
    """

    TITLE = "walkthrough"
    ENABLE_COMMAND_PALETTE = True
    CSS_PATH: ClassVar[list[str | PurePath]] = [
        "rows.tcss",
        "walk.tcss",
        "timeline/timeline.tcss",
        "source/source.tcss",
        "predict/predict.tcss",
        "present/present.tcss",
        "find/find.tcss",
        "home/home.tcss",
    ]

    def __init__(
        self,
        *,
        lesson_factory: LessonFactory,
        language: str = "en",
        history: History | None = None,
        feed: Feed | None = None,
        strace: "Following | None" = None,
    ) -> None:
        super().__init__()
        # Before the style sheets are read, which use the themes' own variables.
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = DARK.name
        self.walk = WalkScreen(
            lesson_factory=lesson_factory,
            language=language,
            history=history,
            feed=feed,
            strace=strace,
        )

    def on_mount(self) -> None:
        """Show the walk."""
        self.push_screen(self.walk)

    async def on_event(self, event: Event) -> None:
        """Let what a key does come before what is read of a recording meanwhile."""
        if isinstance(event, InputEvent) and not isinstance(event, MouseMove):
            self.walk.reader.stand_back()
        await super().on_event(event)

    async def action_quit(self) -> None:
        """Leave by way of the screen, which ends the server."""
        self.walk.leave()

    def action_command_palette(self) -> None:
        """Search the actions, in the language of the walk."""
        if not CommandPalette.is_open(cast("App[object]", self)):
            words = words_of(self.walk.language)
            self.push_screen(CommandPalette(placeholder=words.palette, id="--command-palette"))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Yield what the command palette offers: the action table."""
        walk = self.walk
        for action in ACTIONS:
            if action.id != "palette":
                yield SystemCommand(
                    action.label_in(walk.language),
                    action.help_in(walk.language),
                    lambda id=action.id: walk.action_perform(id),
                )

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Under NO_COLOR, draw with no colour at all rather than with shades of grey."""
        filters = super().get_line_filters()
        if not self.no_color:
            return filters
        return [_UNCOLOURED if isinstance(one, Monochrome) else one for one in filters]


_UNCOLOURED = Uncoloured()
