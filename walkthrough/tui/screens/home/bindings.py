"""The one table of what a user can do on home: its keys, key bar, help and palette read it.

An action's id names a method of `walkthrough.tui.screens.home.screen.HomeScreen`, ``do_ID``.
"""

from walkthrough.tui.screens.walk_bindings import HELP, LANGUAGE, PALETTE
from walkthrough.tui.widgets.action import Action, Group, always

HOME_ACTIONS: tuple[Action, ...] = (
    Action(
        "open",
        ("enter",),
        "Enter",
        ("open", "打开"),
        (
            "Run the scenario live, or replay it where it cannot run; open the recording.",
            "实时运行场景，不能运行时则回放；或打开录制。",
        ),
        Group.WALK,
        always,
        1,
    ),
    Action(
        "replay",
        ("r",),
        "r",
        ("replay", "回放"),
        ("Replay the scenario's own recording.", "回放场景自带的录制。"),
        Group.WALK,
        always,
        4,
    ),
    Action(
        "server",
        ("s",),
        "s",
        ("server", "服务器"),
        (
            "Choose what scenarios run under: Go where it can be traced, Go, or Python.",
            "选择在哪个服务器上运行场景：自动、Go 或 Python。",
        ),
        Group.WALK,
        always,
        6,
    ),
    Action(
        "tour",
        ("i",),
        "i",
        ("tour", "导览"),
        (
            "Replay the first connection, and show in five short steps what is on the screen.",
            "回放第一个连接，用短短五步介绍屏幕上有什么。",
        ),
        Group.LEARN,
        always,
        7,
    ),
    Action(
        "filter",
        ("slash",),
        "/",
        ("filter", "筛选"),
        (
            "List only what holds the words that are typed.",
            "只列出包含所输入词语的项。",
        ),
        Group.FIND,
        always,
        5,
    ),
    Action(
        "open_file",
        ("o",),
        "o",
        ("file", "文件"),
        (
            "Open a recording, a log of strace's, or a scenario's folder by its path.",
            "按路径打开录制、strace 日志或场景文件夹。",
        ),
        Group.FIND,
        always,
        8,
    ),
    Action(
        "next_chapter",
        ("n",),
        "n",
        ("next chapter", "下一章"),
        ("Go to the next chapter.", "转到下一章。"),
        Group.VIEW,
        always,
        10,
    ),
    Action(
        "previous_chapter",
        ("b",),
        "b",
        ("chapter back", "上一章"),
        ("Go to the chapter before.", "转到上一章。"),
        Group.VIEW,
        always,
    ),
    Action(
        "next_pane",
        ("tab", "shift+tab"),
        "Tab",
        ("next pane", "下一窗格"),
        (
            "Go from the list to what is told of the scenario, and back.",
            "在列表与场景说明之间切换。",
        ),
        Group.VIEW,
        always,
    ),
    Action(
        "unfilter",
        ("escape",),
        "Esc",
        ("all", "全部"),
        ("List everything again.", "重新列出全部。"),
        Group.VIEW,
        always,
    ),
    LANGUAGE._replace(bar=9),
    HELP._replace(bar=3),
    PALETTE,
    Action(
        "quit",
        ("q", "ctrl+q", "ctrl+c"),
        "q",
        ("quit", "退出"),
        ("Leave.", "离开。"),
        Group.PROGRAM,
        always,
        2,
    ),
)
