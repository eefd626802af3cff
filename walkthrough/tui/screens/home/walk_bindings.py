"""The table of the actions by which a walk is left for home, and explained."""

from walkthrough.tui.widgets.action import Action, Group, always

ACTIONS: tuple[Action, ...] = (
    Action(
        "home",
        ("H",),
        "H",
        ("home", "主页"),
        (
            "End the server and go home; what was recorded is kept.",
            "结束服务器并回到主页；已录制的会保存。",
        ),
        Group.PROGRAM,
        always,
        18,
    ),
    Action(
        "tour",
        (),
        "Ctrl+P",
        ("tour", "导览"),
        (
            "Show in five short steps what is on the screen.",
            "用短短五步介绍屏幕上有什么。",
        ),
        Group.LEARN,
        always,
    ),
)
