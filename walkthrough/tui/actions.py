"""The one table of what a user can do: keys, labels, help, and when it is allowed.

Bindings, the key bar, the help screen and the command palette all read it. It knows no widget:
an action's id names the method of `walkthrough.tui.deeds.Deeds` that carries it out.
"""

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from walkthrough.tui.standing import Mode, Standing
from walkthrough.tui.words import Words

Refusal = Callable[[Standing, Words], str | None]
"""Why an action cannot be carried out now, in a sentence; None if it can."""


class Group(Enum):
    """Headings of the help screen: English, Chinese."""

    WALK = ("Walk", "行走")
    CLIENT = ("Client", "客户端")
    VIEW = ("View", "视图")
    PROGRAM = ("Program", "程序")


class Action(NamedTuple):
    """One thing a user can do.

    Attributes:
        id: Name of the action, and of the method of `Deeds`.
        keys: Textual key names; the first is the one that is shown.
        shown: How the keys are written on the screen.
        label: One or two words: English, Chinese.
        help: A sentence: English, Chinese.
        group: Its heading on the help screen.
        refusal: Why it cannot be done now.
        bar: Place in the key bar, smallest first; 0 keeps it out. What does not fit is left out.
    """

    id: str
    keys: tuple[str, ...]
    shown: str
    label: tuple[str, str]
    help: tuple[str, str]
    group: Group
    refusal: Refusal
    bar: int = 0

    def label_in(self, language: str) -> str:
        """Return the label in ``language``."""
        return self.label[language == "zh"]

    def help_in(self, language: str) -> str:
        """Return the help sentence in ``language``."""
        return self.help[language == "zh"]


def _always(standing: Standing, words: Words) -> str | None:
    return None


def _begun(standing: Standing, words: Words) -> str | None:
    return words.refuse_starting if standing.mode is Mode.STARTING else None


def _forward(standing: Standing, words: Words) -> str | None:
    """Refuse to go on where there is nothing ahead and nothing to release."""
    if not standing.at_edge:
        return None
    return {
        Mode.REPLAY: words.refuse_end,
        Mode.STARTING: words.refuse_starting,
        Mode.RUNNING: words.refuse_running,
        Mode.WAITING: words.refuse_waiting,
        Mode.ENDED: words.refuse_ended,
        Mode.FAILED: words.refuse_ended,
        Mode.HALTED: None,
    }[standing.mode]


def _backward(standing: Standing, words: Words) -> str | None:
    return words.refuse_start if standing.index <= 0 else None


def _run(standing: Standing, words: Words) -> str | None:
    return None if standing.mode is Mode.RUNNING else _forward(standing, words)


def _of_live(standing: Standing, words: Words) -> str | None:
    """Refuse what only a live server can be told."""
    if standing.mode.live:
        return None
    return {
        Mode.REPLAY: words.refuse_replay,
        Mode.STARTING: words.refuse_starting,
    }.get(standing.mode, words.refuse_ended)


def _strace(standing: Standing, words: Words) -> str | None:
    return None if standing.strace else words.refuse_strace


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
        _forward,
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
        _backward,
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
        _forward,
        5,
    ),
    Action(
        "previous_stage",
        ("b", "N"),
        "b",
        ("stage back", "上一阶段"),
        ("Go back to where the stage before began.", "退回到上一个阶段开始处。"),
        Group.WALK,
        _backward,
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
        ("p",),
        "p",
        ("pause", "暂停"),
        ("Halt the server at its next event.", "让服务器停在它的下一个事件。"),
        Group.WALK,
        _of_live,
    ),
    Action(
        "first",
        ("home", "g"),
        "Home g",
        ("start", "开头"),
        ("Go to the first event.", "到第一个事件。"),
        Group.WALK,
        _backward,
    ),
    Action(
        "edge",
        ("end", "G"),
        "End G",
        ("newest", "最新处"),
        ("Go to the newest event.", "到最新的事件。"),
        Group.WALK,
        _begun,
        12,
    ),
    Action(
        "connect",
        ("c",),
        "c",
        ("connect", "连接"),
        ("Let a new client connect.", "让一个新客户端连接。"),
        Group.CLIENT,
        _of_live,
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
        _of_live,
    ),
    Action(
        "send",
        ("s",),
        "s",
        ("send", "发送"),
        ("Let the newest client send a line.", "让最新的客户端发送一行。"),
        Group.CLIENT,
        _of_live,
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
        _of_live,
        10,
    ),
    Action(
        "close_client",
        ("x",),
        "x",
        ("close", "关闭"),
        ("Let the newest client close its connection.", "让最新的客户端关闭连接。"),
        Group.CLIENT,
        _of_live,
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
        _of_live,
    ),
    Action(
        "receive",
        ("e",),
        "e",
        ("receive", "接收"),
        ("Let the newest client read what has come.", "让最新的客户端读取已到达的数据。"),
        Group.CLIENT,
        _of_live,
    ),
    Action(
        "pane_path",
        ("1",),
        "1",
        ("path", "路径"),
        ("Go to the path; again: zoom it.", "转到路径；再按：放大。"),
        Group.VIEW,
        _always,
    ),
    Action(
        "pane_source",
        ("2",),
        "2",
        ("source", "源码"),
        ("Go to the source; again: zoom it.", "转到源码；再按：放大。"),
        Group.VIEW,
        _always,
    ),
    Action(
        "pane_calls",
        ("3",),
        "3",
        ("calls", "调用"),
        ("Go to the system calls; again: zoom them.", "转到系统调用；再按：放大。"),
        Group.VIEW,
        _always,
        15,
    ),
    Action(
        "pane_kernel",
        ("4",),
        "4",
        ("kernel", "内核"),
        ("Go to the kernel's view; again: zoom it.", "转到内核视图；再按：放大。"),
        Group.VIEW,
        _always,
        16,
    ),
    Action(
        "pane_strace",
        ("5",),
        "5",
        ("strace", "strace"),
        (
            "Go to strace's lines beside the walk (--strace LOG); again: zoom them.",
            "转到行走旁边的 strace 各行（--strace LOG）；再按：放大。",
        ),
        Group.VIEW,
        _strace,
    ),
    Action(
        "next_pane",
        ("tab",),
        "Tab",
        ("next pane", "下一窗格"),
        ("Go to the next pane.", "转到下一个窗格。"),
        Group.VIEW,
        _always,
    ),
    Action(
        "previous_pane",
        ("shift+tab",),
        "Shift+Tab",
        ("previous pane", "上一窗格"),
        ("Go to the pane before.", "转到上一个窗格。"),
        Group.VIEW,
        _always,
    ),
    Action(
        "zoom",
        ("z",),
        "z",
        ("zoom", "放大"),
        ("Give the pane the whole screen, or give it back.", "让窗格占满屏幕，或恢复。"),
        Group.VIEW,
        _always,
        14,
    ),
    Action(
        "unzoom",
        ("escape",),
        "Esc",
        ("all panes", "全部窗格"),
        ("Show all panes again.", "恢复显示全部窗格。"),
        Group.VIEW,
        _always,
    ),
    Action(
        "language",
        ("l",),
        "l",
        ("中文", "English"),
        ("Switch between English and Chinese.", "在中文与英文之间切换。"),
        Group.VIEW,
        _always,
        11,
    ),
    Action(
        "help",
        ("question_mark", "f1"),
        "?",
        ("keys", "按键"),
        ("Show these keys.", "显示这些按键。"),
        Group.PROGRAM,
        _always,
        4,
    ),
    Action(
        "palette",
        ("ctrl+p",),
        "Ctrl+P",
        ("actions", "操作"),
        ("Search all actions by name.", "按名称搜索所有操作。"),
        Group.PROGRAM,
        _always,
    ),
    Action(
        "quit",
        ("q", "ctrl+q", "ctrl+c"),
        "q",
        ("quit", "退出"),
        ("End the server and leave.", "结束服务器并离开。"),
        Group.PROGRAM,
        _always,
        3,
    ),
)

BY_ID = {action.id: action for action in ACTIONS}
