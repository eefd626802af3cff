"""The table of the actions of finding."""

from walkthrough.tui.widgets.action import Action, Group, always, begun

ACTIONS: tuple[Action, ...] = (
    Action(
        "search",
        ("slash",),
        "/",
        ("search", "搜索"),
        (
            "Search events, calls, source and notes for a text; Tab chooses which of them.",
            "在事件、调用、源码和注解中搜索文字；Tab 选择在哪一处找。",
        ),
        Group.FIND,
        begun,
        6,
    ),
    Action(
        "next_match",
        (),
        "n",
        ("next match", "下一处"),
        (
            "While a search is on: go to the next match.",
            "搜索进行时：前往下一处匹配。",
        ),
        Group.FIND,
        begun,
    ),
    Action(
        "previous_match",
        (),
        "N",
        ("match before", "上一处"),
        (
            "While a search is on: go to the match before. Esc ends the search.",
            "搜索进行时：前往上一处匹配。Esc 结束搜索。",
        ),
        Group.FIND,
        begun,
    ),
    Action(
        "filter",
        ("F",),
        "F",
        ("filter", "过滤"),
        (
            "Let a step go only to events that pass, such as call:accept4 errors; empty: to all.",
            "让单步只走到通过的事件，例如 call:accept4 errors；留空则走到全部。",
        ),
        Group.FIND,
        begun,
        18,
    ),
    Action(
        "copy",
        ("y",),
        "y",
        ("copy", "复制"),
        (
            "Copy the source line (l), the system call (c) or the whole step (s) as text.",
            "把源码行（l）、系统调用（c）或整个步骤（s）复制为文本。",
        ),
        Group.FIND,
        begun,
    ),
    Action(
        "copy_line",
        (),
        "y l",
        ("copy the line", "复制源码行"),
        ("Copy the source line that is executing.", "复制正在执行的源码行。"),
        Group.FIND,
        begun,
    ),
    Action(
        "copy_call",
        (),
        "y c",
        ("copy the call", "复制调用"),
        (
            "Copy the newest system call as strace writes it.",
            "按 strace 的写法复制最新的系统调用。",
        ),
        Group.FIND,
        begun,
    ),
    Action(
        "copy_step",
        (),
        "y s",
        ("copy the step", "复制步骤"),
        (
            "Copy all that the screen says of this step.",
            "复制屏幕上关于这一步的全部内容。",
        ),
        Group.FIND,
        begun,
    ),
    Action(
        "save_screen",
        ("S",),
        "S",
        ("save picture", "存图"),
        (
            "Save the screen as an SVG picture in the current folder.",
            "把屏幕存为当前文件夹中的 SVG 图片。",
        ),
        Group.FIND,
        always,
    ),
)
