"""The table of the walk's own actions: stepping, the client, the panes, the program."""

from walkthrough.tui.panes.registry import ACTIONS as PANE_ACTIONS
from walkthrough.tui.screens.status import Mode, Standing
from walkthrough.tui.widgets.action import Action, Group, always, backward, begun, forward, of_live
from walkthrough.view.words import ScreenWords


def _run(standing: Standing, words: ScreenWords) -> str | None:
    return None if standing.mode is Mode.RUNNING else forward(standing, words)


def _next_stage(standing: Standing, words: ScreenWords) -> str | None:
    """At the edge of what has been read, wait for more as a jump does."""
    return None if standing.reading else forward(standing, words)


LANGUAGE = Action(
    "language",
    ("l",),
    "l",
    ("中文", "English"),
    ("Switch between English and Chinese.", "在中文与英文之间切换。"),
    Group.VIEW,
    always,
    11,
)
HELP = Action(
    "help",
    ("question_mark", "f1"),
    "?",
    ("keys", "按键"),
    ("Show these keys.", "显示这些按键。"),
    Group.PROGRAM,
    always,
    4,
)
PALETTE = Action(
    "palette",
    ("ctrl+p",),
    "Ctrl+P",
    ("actions", "操作"),
    ("Search all actions by name.", "按名称搜索所有操作。"),
    Group.PROGRAM,
    always,
)
"""What any screen has, home too."""

ACTIONS: tuple[Action, ...] = (
    Action(
        "step",
        ("space", "right"),
        "space →",
        ("step", "单步"),
        (
            "Go to the next event; at the live edge, release the server to it.",
            "前进到下一个事件；在最新处则放行服务器走到下一个事件。",
        ),
        Group.WALK,
        forward,
        1,
    ),
    Action(
        "back",
        ("left", "backspace"),
        "←",
        ("back", "后退"),
        (
            "Go back to the event before; every pane shows that moment.",
            "回到上一个事件；每个窗格都显示那一刻。",
        ),
        Group.WALK,
        backward,
        2,
    ),
    Action(
        "next_stage",
        ("n",),
        "n",
        ("next stage", "下一阶段"),
        (
            "Go on until another stage begins.",
            "前进到另一个阶段开始处。",
        ),
        Group.WALK,
        _next_stage,
        5,
    ),
    Action(
        "previous_stage",
        ("b", "N"),
        "b",
        ("stage back", "上一阶段"),
        ("Go back to where the stage before began.", "退回到上一个阶段开始处。"),
        Group.WALK,
        backward,
        13,
    ),
    Action(
        "run",
        ("r",),
        "r",
        ("run", "运行"),
        (
            "Let the server run on; pressed again it halts. In a replay: go to the end.",
            "让服务器继续运行，再按一次则停住；在回放中：到末尾。",
        ),
        Group.WALK,
        _run,
        6,
    ),
    Action(
        "pause",
        ("full_stop",),
        ".",
        ("pause", "暂停"),
        ("Halt the server at its next event.", "让服务器停在它的下一个事件。"),
        Group.WALK,
        of_live,
    ),
    Action(
        "first",
        ("home",),
        "Home",
        ("start", "开头"),
        ("Go to the first event.", "到第一个事件。"),
        Group.WALK,
        backward,
    ),
    Action(
        "edge",
        ("end", "G"),
        "End G",
        ("newest", "最新处"),
        ("Go to the newest event.", "到最新的事件。"),
        Group.WALK,
        begun,
        12,
    ),
    Action(
        "connect",
        ("c",),
        "c",
        ("connect", "连接"),
        ("Let a new client connect.", "让一个新客户端连接。"),
        Group.CLIENT,
        of_live,
        7,
    ),
    Action(
        "accept",
        ("a",),
        "a",
        ("accept", "接受"),
        (
            "Where the server dials: take the connection that it has made.",
            "服务器拨号的场景：接下它发起的连接。",
        ),
        Group.CLIENT,
        of_live,
    ),
    Action(
        "send",
        ("s",),
        "s",
        ("send", "发送"),
        ("Let the newest client send a line.", "让最新的客户端发送一行。"),
        Group.CLIENT,
        of_live,
        8,
    ),
    Action(
        "half_close",
        ("f",),
        "f",
        ("half-close", "半关闭"),
        (
            "Let the newest client say that it has nothing more to send (FIN).",
            "让最新的客户端声明不再发送（FIN）。",
        ),
        Group.CLIENT,
        of_live,
        10,
    ),
    Action(
        "close_client",
        ("x",),
        "x",
        ("close", "关闭"),
        ("Let the newest client close its connection.", "让最新的客户端关闭连接。"),
        Group.CLIENT,
        of_live,
        9,
    ),
    Action(
        "reset_client",
        ("X",),
        "X",
        ("reset", "重置"),
        (
            "Let the newest client throw its connection away (RST).",
            "让最新的客户端丢弃连接（RST）。",
        ),
        Group.CLIENT,
        of_live,
    ),
    Action(
        "receive",
        ("e",),
        "e",
        ("receive", "接收"),
        ("Let the newest client read what has come.", "让最新的客户端读取已到达的数据。"),
        Group.CLIENT,
        of_live,
    ),
    *PANE_ACTIONS,
    Action(
        "next_pane",
        ("tab",),
        "Tab",
        ("next pane", "下一窗格"),
        ("Go to the next pane.", "转到下一个窗格。"),
        Group.VIEW,
        always,
    ),
    Action(
        "previous_pane",
        ("shift+tab",),
        "Shift+Tab",
        ("previous pane", "上一窗格"),
        ("Go to the pane before.", "转到上一个窗格。"),
        Group.VIEW,
        always,
    ),
    Action(
        "zoom",
        ("z",),
        "z",
        ("zoom", "放大"),
        ("Give the pane the whole screen, or give it back.", "让窗格占满屏幕，或恢复。"),
        Group.VIEW,
        always,
        14,
    ),
    Action(
        "unzoom",
        ("escape",),
        "Esc",
        ("all panes", "全部窗格"),
        ("Show all panes again.", "恢复显示全部窗格。"),
        Group.VIEW,
        always,
    ),
    LANGUAGE,
    HELP,
    PALETTE,
    Action(
        "quit",
        ("q", "ctrl+q", "ctrl+c"),
        "q",
        ("quit", "退出"),
        ("End the server and leave.", "结束服务器并离开。"),
        Group.PROGRAM,
        always,
        3,
    ),
)
