"""The table of the actions of the timeline."""

from walkthrough.i18n.messages import message
from walkthrough.tui.widgets.action import Action, Group, begun

ACTIONS: tuple[Action, ...] = (
    Action(
        "go_to",
        ("g",),
        "g",
        message("go to"),
        message("Go to an event by its number, a time or a stage; g again: the first event."),
        Group.FIND,
        begun,
        20,
    ),
    Action(
        "bookmark",
        ("m",),
        "m",
        message("bookmark"),
        message("Set a bookmark here, with a note of your own; where there is one: edit it."),
        Group.FIND,
        begun,
        21,
    ),
    Action(
        "list_bookmarks",
        ("M",),
        "M",
        message("bookmarks"),
        message("List the bookmarks: go to one, edit its note, remove it."),
        Group.FIND,
        begun,
    ),
    Action(
        "previous_bookmark",
        ("left_square_bracket",),
        "[",
        message("bookmark back"),
        message("Go back to the bookmark before."),
        Group.FIND,
        begun,
    ),
    Action(
        "next_bookmark",
        ("right_square_bracket",),
        "]",
        message("next bookmark"),
        message("Go to the next bookmark."),
        Group.FIND,
        begun,
    ),
)
