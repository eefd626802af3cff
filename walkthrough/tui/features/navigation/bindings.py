"""The table of the actions of the timeline."""

from walkthrough.tui.widgets.action import Action, Group, begun

ACTIONS: tuple[Action, ...] = (
    Action(
        "go_to",
        ("g",),
        "g",
        ("go to", "跳转"),
        (
            "Go to an event by its number, a time or a stage; g again: the first event.",
            "按编号、时间或阶段跳到某个事件；再按 g：第一个事件。",
        ),
        Group.FIND,
        begun,
        20,
    ),
    Action(
        "bookmark",
        ("m",),
        "m",
        ("bookmark", "书签"),
        (
            "Set a bookmark here, with a note of your own; where there is one: edit it.",
            "在此处设书签，可写备注；已有书签则编辑它。",
        ),
        Group.FIND,
        begun,
        21,
    ),
    Action(
        "list_bookmarks",
        ("M",),
        "M",
        ("bookmarks", "书签列表"),
        (
            "List the bookmarks: go to one, edit its note, remove it.",
            "列出书签：前往、编辑备注或删除。",
        ),
        Group.FIND,
        begun,
    ),
    Action(
        "previous_bookmark",
        ("left_square_bracket",),
        "[",
        ("bookmark back", "上一书签"),
        ("Go back to the bookmark before.", "回到上一个书签。"),
        Group.FIND,
        begun,
    ),
    Action(
        "next_bookmark",
        ("right_square_bracket",),
        "]",
        ("next bookmark", "下一书签"),
        ("Go to the next bookmark.", "到下一个书签。"),
        Group.FIND,
        begun,
    ),
)
