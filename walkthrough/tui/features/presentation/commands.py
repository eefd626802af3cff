"""What the actions of presenting do: the large layout, playing by itself, the colours."""

from textual.timer import Timer
from textual.widget import Widget

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import Message, message
from walkthrough.tui.features.presentation.caption import Caption
from walkthrough.tui.screens.controller import Commands, Controller
from walkthrough.tui.screens.status import WalkMode
from walkthrough.tui.screens.walk_context import Panes, WalkContext
from walkthrough.tui.widgets.actions import BY_ID
from walkthrough.tui.widgets.theme import THEMES
from walkthrough.view.caption import note_of, times_to_read
from walkthrough.view.step import StepContext

_THEMES = {
    "walkthrough-dark": message("dark"),
    "walkthrough-light": message("light"),
    "walkthrough-contrast": message("high contrast"),
}


_UNITS = {
    "step": message("{seconds} s an event"),
    "next_change": message("{seconds} s a change"),
    "next_stage": message("{seconds} s a stage"),
}
"""What it can play by: the action that makes a move, and how its pace is said."""
PACES = (0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 13.0)
"""Seconds for a move; a note that is new has more of them (`times_to_read`)."""
USUAL_PACE = 2.0

_MOVES = frozenset(
    (
        "step",
        "back",
        "next_stage",
        "previous_stage",
        "next_change",
        "previous_change",
        "first",
        "edge",
        "run",
        "go_to",
    )
)
"""Actions by which a person takes over: they stop the playing."""


class PresentationController(Controller):
    """Presents to an audience: two panes and a caption, playing by itself, the colours."""

    def __init__(self, walk: WalkContext, panes: Panes) -> None:
        super().__init__(walk, panes)
        self._caption = Caption()
        self._pace = PACES.index(USUAL_PACE)
        self._timer: Timer | None = None
        self._stepping = False
        self._unit = "step"
        self._left = 0
        """How many more ticks the note that is shown has."""
        self._note = ""
        self._read_s = 0.0
        """Seconds that the step which is shown has, if its note has to be read; else 0."""
        self._step: StepContext | None = None

    @property
    def playing(self) -> bool:
        """Return whether it plays by itself."""
        return self._timer is not None

    def commands(self) -> Commands:
        """Return what carries out each action."""
        return {
            "present": self.present,
            "swap_pane": self.swap_pane,
            "play": self.play,
            "play_by": self.play_by,
            "faster": self.faster,
            "slower": self.slower,
            "theme": self.theme,
        }

    def above(self, id: str) -> tuple[Widget, ...]:
        """Return the caption; it is visible only while presenting."""
        return (self._caption,) if id == "keys" else ()

    def before(self, id: str) -> bool:
        """Stop playing once somebody moves the walk by hand."""
        if id in _MOVES and not self._stepping:
            self._stop()
        return False

    def clicked(self, index: int, *, roughly: bool) -> int:
        """Stop playing: clicking somewhere is moving by hand as well."""
        self._stop()
        return index

    def shown(self, step: StepContext) -> None:
        """Draw the caption; pause at what the user has marked."""
        moved = self._step is None or self._step.index != step.index
        self._step = step
        if self.playing and moved:
            self._hold(step)
        if self.playing and moved and step.index in self._walk.marked:
            self._stop()
            self._walk.say(self.tr("Paused at a bookmark; t plays on."))
        if self._walk.arrangement.presenting:
            self._tell()

    def translated(self) -> None:
        """Draw the caption in the other language."""
        self._tell()

    # The actions

    def present(self) -> None:
        """Show two panes and the caption, or all again."""
        walk = self._walk
        walk.arrangement.present(not walk.arrangement.presenting)
        walk.fit_panes()
        walk.show()

    def swap_pane(self) -> None:
        """Show the next pane beside the source."""
        walk = self._walk
        if walk.arrangement.presenting:
            walk.arrangement.swap()
        else:
            walk.say(self.tr("The second pane is changed while presenting: P presents."))

    def play(self) -> None:
        """Play, or pause."""
        if self.playing:
            self._stop()
            self._say_pace(self.tr("Paused; t plays on."))
        elif self._refusal() is not None and not self._waits():
            self._walk.say(self.tr("Paused: there is nothing more to play."))
        else:
            self._start()
            self._say_pace(self.tr("Plays by itself, {pace}; t pauses.", pace=self._said_pace))
        self._tell()

    def play_by(self) -> None:
        """Play by events, by changes of the kernel's state, or by stages."""
        units = [*_UNITS]
        self._unit = units[(units.index(self._unit) + 1) % len(units)]
        self._say_pace(self.tr("Plays by itself, {pace}; t pauses.", pace=self._said_pace))
        self._tell()

    def faster(self) -> None:
        """Give each event less time."""
        self._change_pace(-1, message("It cannot play faster than {pace}."))

    def slower(self) -> None:
        """Give each event more time."""
        self._change_pace(1, message("It cannot play slower than {pace}."))

    def theme(self) -> None:
        """Switch to the next colours."""
        app, names = self._walk.program, [theme.name for theme in THEMES]
        at = names.index(app.theme) if app.theme in names else -1
        app.theme = names[(at + 1) % len(names)]
        app.remember(theme=app.theme)
        said = (
            message("Colours: {name}; NO_COLOR is set, so none is shown.")
            if app.no_color
            else message("Colours: {name}.")
        )
        self._walk.say(self.tr(said, name=self.tr(_THEMES[app.theme])))

    # Playing

    @property
    def tr(self) -> Catalogue:
        """The catalogue of the language of the walk."""
        return self._walk.tr

    @property
    def _said_pace(self) -> Message:
        return _UNITS[self._unit].with_fields(seconds=f"{PACES[self._pace]:g}")

    def _hold(self, step: StepContext) -> None:
        """Give a note that was not there before the time that it takes to read it."""
        note = note_of(step)
        self._left = times_to_read(step) - 1 if note != self._note else 0
        self._read_s = PACES[self._pace] * (self._left + 1) if self._left else 0.0
        self._note = note

    def _start(self) -> None:
        self._stop()
        self._note = ""
        if self._step is not None:
            self._hold(self._step)
        self._timer = self._walk.set_interval(PACES[self._pace], self._play_on)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
            self._tell()

    def _change_pace(self, by: int, refusal: Message) -> None:
        pace = self._pace + by
        if not 0 <= pace < len(PACES):
            self._walk.say(self.tr(refusal, pace=self._said_pace))
            return
        self._pace = pace
        if self.playing:
            self._start()
        self._say_pace(self.tr("Pace: {pace}.", pace=self._said_pace))
        self._tell()

    def _say_pace(self, text: str) -> None:
        """Say whether it plays and how fast; the caption says that itself, and would be hidden."""
        if not self._walk.arrangement.presenting:
            self._walk.say(text)

    def _play_on(self) -> None:
        """Make one step, if one can be made now; pause where nothing more will come."""
        if self._left:
            self._left -= 1
            return
        if self._waits():
            return
        if self._refusal() is not None:
            self._stop()
            self._walk.say(self.tr("Paused: there is nothing more to play."))
            return
        before = self._walk.status
        self._stepping = True
        try:
            self._walk.action_perform(self._unit)
        finally:
            self._stepping = False
        # A filter lets nothing more pass. In predict mode a question is open, and will be answered.
        stuck = before.mode is WalkMode.REPLAY and self._walk.status.index == before.index
        if stuck and not self._walk.hushed:
            self._stop()

    def _refusal(self) -> str | None:
        walk = self._walk
        return BY_ID[self._unit].refusal(walk.status, walk.tr)

    def _waits(self) -> bool:
        """Return whether more is coming: from the server, from a client, or still to be read."""
        status = self._walk.status
        # On its way to a halt it may have sent events that are not drawn yet: it is waited for all
        # the same, or the step would wait by itself, and count as somebody's who steps by hand.
        if status.coming:
            return True
        coming = status.mode in (WalkMode.RUNNING, WalkMode.WAITING) or bool(status.reading)
        return status.at_edge and coming

    def _tell(self) -> None:
        if self._step is None:
            return
        tr = self.tr
        pace = self._said_pace
        if self.playing and self._read_s:
            pace = message("{seconds} s for this note").with_fields(seconds=f"{self._read_s:g}")
        state = tr(
            message("▶ plays, {pace}") if self.playing else message("‖ t plays, {pace}"),
            pace=pace,
        )
        status = self._walk.status
        asleep = status.mode is WalkMode.WAITING and status.at_edge
        if self._caption.is_attached:
            self._caption.tell(self._step, state, asleep=asleep)
