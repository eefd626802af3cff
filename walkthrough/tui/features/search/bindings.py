"""The table of the actions of finding."""

from walkthrough.i18n.messages import message
from walkthrough.tui.widgets.action import Action, Group, always, begun

ACTIONS: tuple[Action, ...] = (
    Action(
        "search",
        ("slash",),
        "/",
        message("search"),
        message("Search events, calls, source and notes for a text; Tab chooses which of them."),
        Group.FIND,
        begun,
        6,
    ),
    Action(
        "next_match",
        (),
        "n",
        message("next match"),
        message("While a search is on: go to the next match."),
        Group.FIND,
        begun,
    ),
    Action(
        "previous_match",
        (),
        "N",
        message("match before"),
        message("While a search is on: go to the match before. Esc ends the search."),
        Group.FIND,
        begun,
    ),
    Action(
        "filter",
        ("F",),
        "F",
        message("filter"),
        message(
            "Let a step go only to events that pass, such as call:accept4 errors; empty: to all."
        ),
        Group.FIND,
        begun,
        18,
    ),
    Action(
        "copy",
        ("y",),
        "y",
        message("copy"),
        message("Copy the source line (l), the system call (c) or the whole step (s) as text."),
        Group.FIND,
        begun,
    ),
    Action(
        "copy_line",
        (),
        "y l",
        message("copy the line"),
        message("Copy the source line that is executing."),
        Group.FIND,
        begun,
    ),
    Action(
        "copy_call",
        (),
        "y c",
        message("copy the call"),
        message("Copy the newest system call as strace writes it."),
        Group.FIND,
        begun,
    ),
    Action(
        "copy_step",
        (),
        "y s",
        message("copy the step"),
        message("Copy all that the screen says of this step."),
        Group.FIND,
        begun,
    ),
    Action(
        "save_screen",
        ("S",),
        "S",
        message("save picture"),
        message("Save the screen as an SVG picture in the current folder."),
        Group.FIND,
        always,
    ),
)
