"""The table of the actions of presenting."""

from walkthrough.i18n.messages import message
from walkthrough.tui.screens.status import WalkStatus
from walkthrough.tui.widgets.action import Action, Group, always, begun


def _presents(status: WalkStatus) -> bool:
    return status.presenting


ACTIONS: tuple[Action, ...] = (
    Action(
        "present",
        ("P",),
        "P",
        message("present"),
        message(
            "Two panes at a time, the step's note as a caption; 1 to 7 choose the second pane."
        ),
        Group.LEARN,
        begun,
        19,
    ),
    Action(
        "play",
        ("t",),
        "t",
        message("play"),
        message(
            "Step by itself, a note for as long as it takes to read; again: pause. It pauses at "
            "bookmarks."
        ),
        Group.LEARN,
        begun,
        18,
    ),
    Action(
        "play_by",
        ("U",),
        "U",
        message("play by"),
        message("Play by events, by changes of the kernel's state, or by stages."),
        Group.LEARN,
        begun,
        17,
        _presents,
    ),
    Action(
        "faster",
        ("plus", "equals_sign"),
        "+",
        message("faster"),
        message("Play faster."),
        Group.LEARN,
        always,
        20,
        _presents,
    ),
    Action(
        "slower",
        ("minus",),
        "-",
        message("slower"),
        message("Play slower."),
        Group.LEARN,
        always,
        20,
        _presents,
    ),
    Action(
        "swap_pane",
        ("B",),
        "B",
        message("other pane"),
        message("While presenting: show the next pane next to the source."),
        Group.LEARN,
        always,
        16,
        _presents,
    ),
    Action(
        "theme",
        ("T",),
        "T",
        message("colours"),
        message("Dark, light, high contrast."),
        Group.VIEW,
        always,
    ),
)
