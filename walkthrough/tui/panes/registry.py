"""The panes of a walk: what layout, keys, help and borders know of each, in one place.

A pane is one row here and a class that draws it. Its words are its view's
(`walkthrough.view`), what it does when clicked is its class's.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import Message, message
from walkthrough.tui.screens.status import WalkStatus
from walkthrough.tui.widgets.action import Action, Group, Refusal, always

if TYPE_CHECKING:
    from walkthrough.view.step import StepContext


class Pane(Protocol):
    """A widget that draws something of each step of a walk.

    Attributes:
        key: Its key, with which its title begins; the walk sets it.
    """

    key: str

    def show(self, step: "StepContext") -> None:
        """Draw ``step``."""


class Cells(NamedTuple):
    """In which cell of the grid a pane is, from 0, by the name of the arrangement.

    Of the panes in one cell one is in front, and names the others on its border. walk.tcss says
    how large each cell is.
    """

    large: int
    medium: int
    short: int
    low: int
    narrow: int


UNDER_CALLS = Cells(large=3, medium=3, short=3, low=2, narrow=2)
"""The kernel's place, small and square; what shares it needs no rule in walk.tcss."""
BELOW = Cells(large=4, medium=4, short=3, low=2, narrow=2)
"""The sequence diagram's place, a broad one at the bottom where there is room."""


class PaneDescriptor(NamedTuple):
    """What there is to know of a pane without drawing it.

    Attributes:
        id: The widget's id; its action is ``pane_ID``.
        key: The key that leads to it.
        label: One or two words for the key bar.
        help: A sentence.
        widget: Makes it; imports it then, for home shows none.
        cells: Where it stands in the grid; None for the timeline, which lies below the grid.
        focus: The id of what gets the keys in it; "" for the pane itself.
        front: Whether it is in front of those that share its cell, at first.
        optional: Whether it is there only if there is a log beside the walk.
        refusal: Why one cannot go there now.
        bar: Place in the key bar, smallest first; 0 keeps it out.
    """

    id: str
    key: str
    label: Message
    help: Message
    widget: Callable[[], Pane]
    cells: Cells | None
    focus: str = ""
    front: bool = False
    optional: bool = False
    refusal: Refusal = always
    bar: int = 0


# Home has the keys of the panes in its help, and shows none: a pane is imported when it is made.


def _calls_pane() -> Pane:
    from walkthrough.tui.panes.calls import CallsPane

    return CallsPane()


def _kernel_pane() -> Pane:
    from walkthrough.tui.panes.kernel.pane import KernelPane

    return KernelPane()


def _path_pane() -> Pane:
    from walkthrough.tui.panes.path.pane import PathPane

    return PathPane()


def _sequence_pane() -> Pane:
    from walkthrough.tui.panes.sequence.pane import SequencePane

    return SequencePane()


def _source_pane() -> Pane:
    from walkthrough.tui.panes.source.pane import SourcePane

    return SourcePane()


def _strace_pane() -> Pane:
    from walkthrough.tui.panes.strace import StracePane

    return StracePane()


def _timeline_pane() -> Pane:
    from walkthrough.tui.panes.timeline.pane import TimelinePane

    return TimelinePane()


def _strace(status: WalkStatus, tr: Catalogue) -> str | None:
    return (
        None
        if status.strace
        else tr("No strace log belongs to this walk: open it with --strace LOG.")
    )


PANES: tuple[PaneDescriptor, ...] = (
    PaneDescriptor(
        id="path",
        key="1",
        label=message("path"),
        help=message("Go to the path; again: zoom it."),
        widget=_path_pane,
        cells=Cells(0, 0, 0, 0, 0),
    ),
    PaneDescriptor(
        id="source",
        key="2",
        label=message("source"),
        help=message("Go to the source; again: zoom it."),
        widget=_source_pane,
        cells=Cells(1, 1, 1, 1, 1),
        focus="source-lines",
    ),
    PaneDescriptor(
        id="calls",
        key="3",
        label=message("calls"),
        help=message("Go to the system calls; again: zoom them."),
        widget=_calls_pane,
        cells=Cells(2, 2, 2, 2, 2),
        bar=15,
    ),
    PaneDescriptor(
        id="strace",
        key="5",
        label=message("strace"),
        help=message("Go to the strace log of the walk (--strace LOG); again: zoom them."),
        widget=_strace_pane,
        cells=BELOW._replace(large=5),
        front=True,
        optional=True,
        refusal=_strace,
    ),
    PaneDescriptor(
        id="kernel",
        key="4",
        label=message("kernel"),
        help=message("Go to the kernel's view; again: zoom it."),
        widget=_kernel_pane,
        cells=UNDER_CALLS,
        front=True,
        bar=16,
    ),
    PaneDescriptor(
        id="sequence",
        key="6",
        label=message("ladder"),
        help=message("Go to the ladder of client, kernel and server; again: zoom it."),
        widget=_sequence_pane,
        cells=BELOW,
        bar=17,
    ),
    PaneDescriptor(
        id="timeline",
        key="7",
        label=message("timeline"),
        help=message("Go to the timeline; again: zoom it."),
        widget=_timeline_pane,
        cells=None,
    ),
)
"""All of them, in the order in which Tab goes through them."""

ACTIONS: tuple[Action, ...] = tuple(
    Action(
        f"pane_{each.id}",
        (each.key,),
        each.key,
        each.label,
        each.help,
        Group.VIEW,
        each.refusal,
        each.bar,
    )
    for each in sorted(PANES, key=lambda pane: pane.key)
)
"""Going to each of them, in the order of their keys."""
