"""The lines above and below the panes: where the walk stands, what went wrong, the keys.

They draw what they are given; the screen decides.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual import events

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import message
from walkthrough.model.events import Header
from walkthrough.tui.screens.status import NEXT_ACT, WalkMode, WalkStatus
from walkthrough.tui.widgets.action import Action, works_now
from walkthrough.tui.widgets.actions import ACTIONS
from walkthrough.tui.widgets.perform import Perform
from walkthrough.tui.widgets.rows_view import ListedRows
from walkthrough.view.event_text import sentence, who
from walkthrough.view.text import Piece, Row, elide, safe, width_of, wrap
from walkthrough.view.traced_program import halted, program_name, waits

if TYPE_CHECKING:
    from walkthrough.view.step import StepContext


def server_of(header: Header, tr: Catalogue) -> str:
    """Name what ran: ``Go 1.27.3``, or the instrumented server."""
    if header.server == "go":
        return safe(f"Go {header.go_version.removeprefix('go')}".strip())
    if header.server == "python":
        return safe(tr.beside((tr("Python server"), header.server_version)))
    if header.server == "program":
        return tr("seen by its system calls")
    return safe(header.server)


def mode_of(status: WalkStatus, tr: Catalogue, *, short: bool = False) -> str:
    """Say what the source of the events is doing, as the header begins."""
    if status.mode is WalkMode.REPLAY:
        return tr("REPLAY")
    if status.mode.live and not status.at_edge:
        return tr("LIVE, {doing}", doing=tr("looking back (End returns)"))
    traced = status.traced
    if traced is not None and status.mode is WalkMode.HALTED:
        return tr("LIVE, {doing}", doing=halted(traced, tr))
    if traced is not None and status.mode is WalkMode.WAITING:
        return tr("LIVE, {doing}", doing=waits(traced, tr, short=short))
    if status.mode is WalkMode.WAITING:
        doing = status.waker.said(tr, status.act_is_due, short=short, repeats=status.repeats)
    elif status.at_rest:
        at_rest = (
            message("at rest: a client's act is due ({keys})")
            if status.act_is_due
            else message("at rest: no client's act is due ({keys})")
        )
        doing = tr(at_rest, keys=NEXT_ACT)
    else:
        doing = tr(_DOING[status.mode])
    return tr("LIVE, {doing}", doing=doing)


_DOING = {
    WalkMode.STARTING: message("starting"),
    WalkMode.HALTED: message("halted"),
    WalkMode.RUNNING: message("running"),
    WalkMode.EXITED: message("the server has ended, its clients can still act"),
    WalkMode.ENDED: message("the capture has ended"),
    WalkMode.FAILED: message("stopped"),
}


class ClickableBar(ListedRows, can_focus=False):
    """Rows in the first of which something may be clicked: a subclass says what is where."""

    thumb = 0

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._spans: list[tuple[int, int, str]] = []
        """First cell, the cell after it, and the action that is asked for, "" for none."""

    def on_click(self, event: events.Click) -> None:
        """Do what was clicked."""
        x, y = event.offset - self.gutter.top_left
        for start, end, id in self._spans:
            if id and y == 0 and start <= x < end:
                self.post_message(Perform(id))


class Headline(ClickableBar, can_focus=False):
    """A bar whose first row names the program, and at its right the language: a click switches it.

    Between them stand what it is about and, at the right, something else that can be clicked.
    """

    def headline(
        self, tr: Catalogue, about: str, right: str, language: str, action: str, least_room: int = 0
    ) -> Row:
        """Lay out that row.

        Args:
            tr: The catalogue of the language to say it in.
            about: What it is about; it is cut to the room that the rest leaves.
            right: What is left of the language.
            language: What the language is called.
            action: What a click on ``right`` asks for, "" for nothing.
            least_room: With this many cells or fewer, what it is about is left out.
        """
        name, apart = " walkthrough", "   "
        room = self.columns - cell_len(f"{name}{right}{apart}{language}") - 1
        what = tr.beside((name, about)).removeprefix(name) if room > least_room else ""
        about = elide(what, room - 1)
        gap = " " * max(1, room - cell_len(about))
        begins = cell_len(f"{name}{about}{gap}")
        ends = begins + cell_len(right)
        after = ends + cell_len(apart)
        self._spans = [
            (begins, ends, action),
            (after, after + cell_len(language), "language"),
        ]
        return (
            Piece(name, "heading"),
            Piece(about),
            Piece(gap),
            Piece(right + apart, "strong"),
            Piece(language + " ", "key"),
        )


_APART = 2
"""Cells between what has happened and on whose behalf: one would look like a space."""
_SPACIOUS = 36
"""From so many rows on a long sentence in the header takes a second one."""


class HeaderBar(Headline, can_focus=False):
    """Two lines: what is being walked and where in it; then what has happened.

    A click on the position asks where to go, one on the language switches it.
    """

    def __init__(self) -> None:
        super().__init__(id="header")
        self._inputs: tuple[Header | None, StepContext | None, WalkStatus, Catalogue] | None = None

    def tell(
        self, header: Header | None, step: "StepContext | None", status: WalkStatus, tr: Catalogue
    ) -> None:
        """Draw where the walk stands."""
        self._inputs = (header, step, status, tr)
        self._draw()

    def on_resize(self) -> None:
        """Both lines are cut to the width."""
        self._draw()

    def _draw(self) -> None:
        if self._inputs is None:
            return
        header, step, status, tr = self._inputs
        rows = [self._first(header, status, tr), *self._second(step, status, tr)]
        self.show_rows(rows)
        if self.styles.height is None or self.styles.height.value != len(rows):
            self.styles.height = len(rows)

    def _first(self, header: Header | None, status: WalkStatus, tr: Catalogue) -> Row:
        what = ""
        if header is not None:
            named = program_name(header) or safe(header.scenario)
            what = tr.beside((named, server_of(header, tr)))
        at = tr("no event yet")
        if status.last >= 0:
            end = tr("live edge") if status.mode.live else tr("end")
            reached = status.reading or (end if status.at_edge else "")
            number = tr("event {at}/{of}", at=status.index + 1, of=status.last + 1)
            only = tr("only {process}", process=status.staying) if status.staying else ""
            at = tr.beside((number, only, status.remark, reached))
        return self.headline(
            tr,
            what,
            at,
            tr.in_context("the language, in the header", "EN"),
            "go_to" if status.last >= 0 else "",
        )

    def _second(self, step: "StepContext | None", status: WalkStatus, tr: Catalogue) -> list[Row]:
        mode = " " + mode_of(status, tr) + " "
        said = actor = ""
        if step is not None and step.event is not None:
            asleep = status.mode is WalkMode.WAITING and status.at_edge
            said = sentence(
                step.event, tr, asleep=asleep, kernel=step.world.kernel, several=step.world.several
            )
            actor = who(step.event, tr, step.world)
        kind = "failed" if status.mode is WalkMode.FAILED else "live"
        room = self.columns - cell_len(mode) - 3
        if cell_len(said) > room and self.app.size.height >= _SPACIOUS:
            row = (Piece(mode, kind), Piece("  " + said, "strong"))
            return wrap(row, self.columns - 1, cell_len(mode) + 2)[:2]
        if cell_len(said) > room:
            mode = " " + mode_of(status, tr, short=True) + " "
            room = self.columns - cell_len(mode) - 3
        said = elide(said, room)
        row = (Piece(mode, kind), Piece("  " + said, "strong"))
        if actor and width_of(row) + _APART + cell_len(actor) + 1 <= self.columns:
            gap = " " * (self.columns - width_of(row) - cell_len(actor) - 1)
            return [(*row, Piece(gap), Piece(actor, "dim"))]
        return [row]


class Banner(ListedRows, can_focus=False):
    """What must not be overlooked: torn, failed, exited. Takes no space when there is nothing."""

    def __init__(self) -> None:
        super().__init__(id="banner")
        self._lines: tuple[str, ...] = ()

    def tell(self, lines: tuple[str, ...]) -> None:
        """Show these sentences, each on a line of its own."""
        self._lines = lines
        self._draw()

    def on_resize(self) -> None:
        """Sentences are wrapped to the width."""
        self._draw()

    def _draw(self) -> None:
        rows: list[Row] = []
        # While it takes no room it has no width of its own.
        width = self.columns if self.size.width else self.app.size.width - 1
        for line in self._lines:
            rows.extend(wrap((Piece("! ", "failed"), Piece(safe(line))), width, 2)[:3])
        self.show_rows(rows)
        if self.styles.height is None or self.styles.height.value != len(rows):
            self.styles.height = len(rows)
            self.display = bool(rows)


class KeysBar(ClickableBar, can_focus=False):
    """The keys that work now, as many as there is room for; a click does the same."""

    def __init__(self, actions: Sequence[Action] = ACTIONS) -> None:
        super().__init__(id="keys")
        self._actions = actions
        self._inputs: tuple[WalkStatus, Catalogue, frozenset[str] | None] | None = None

    def tell(self, status: WalkStatus, tr: Catalogue, only: frozenset[str] | None = None) -> None:
        """Draw the keys for where the walk stands.

        Args:
            status: Where.
            tr: The catalogue of the language to say it in.
            only: The ids of the actions whose keys work, where that does not depend on the status.
        """
        if self._inputs != (status, tr, only):
            self._inputs = (status, tr, only)
            self._draw()

    def on_resize(self) -> None:
        """As many keys are shown as fit."""
        self._draw()

    def _draw(self) -> None:
        if self._inputs is None:
            return
        status, tr, only = self._inputs
        chosen = set()
        # While a prompt is in its place it has no width of its own.
        room = (self.size.width or self.app.size.width) - self.thumb - 1
        for action in sorted((a for a in self._actions if a.bar), key=lambda a: a.bar):
            if not (works_now(action, status, tr) if only is None else action.id in only):
                continue
            cells = _cells(action, tr, status)
            if cells > room:
                break
            room -= cells
            chosen.add(action.id)
        pieces = [Piece(" ")]
        self._spans = []
        at = 1
        for action in self._actions:
            if action.id not in chosen:
                continue
            pieces.append(Piece(action.shown, "key"))
            pieces.append(Piece(" " + action.name(tr, status)))
            pieces.append(Piece("  "))
            cells = _cells(action, tr, status)
            self._spans.append((at, at + cells - 2, action.id))
            at += cells
        self.show_rows([tuple(pieces)])


def _cells(action: Action, tr: Catalogue, status: WalkStatus) -> int:
    return cell_len(action.shown) + 1 + cell_len(action.name(tr, status)) + 2
