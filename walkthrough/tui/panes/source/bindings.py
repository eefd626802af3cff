"""The table of the actions of the source pane."""

from walkthrough.tui.widgets.action import Action, Group, always, begun

ACTIONS: tuple[Action, ...] = (
    Action(
        "next_view",
        ("v",),
        "v",
        ("next view", "切换视图"),
        (
            "Source: Go alone, Go and Python beside each other, your document.",
            "源码：只看 Go、Go 与 Python 并排、你的文档。",
        ),
        Group.VIEW,
        begun,
        18,
    ),
    Action(
        "fold",
        ("o",),
        "o",
        ("fold", "折叠"),
        (
            "Source: fold away what the call chain does not pass through, or show all of it.",
            "源码：折叠调用链没有经过的部分，或全部显示。",
        ),
        Group.VIEW,
        begun,
        19,
    ),
    Action(
        "definition",
        ("d",),
        "d",
        ("definition", "定义"),
        (
            "Source: look at what is called on the line (Enter: on one clicked); again: deeper.",
            "源码：查看这一行所调用函数的定义（Enter：点选的那一行）；再按更深一层。",
        ),
        Group.VIEW,
        begun,
        20,
    ),
    Action(
        "definition_back",
        ("D", "u"),
        "D u",
        ("look back", "返回"),
        (
            "Source: back from a definition, one level; a step goes back at once.",
            "源码：从定义返回一层；单步则直接回到执行处。",
        ),
        Group.VIEW,
        begun,
    ),
    Action(
        "choose_document",
        ("O",),
        "O",
        ("document", "文档"),
        (
            "Choose a Markdown document whose Go blocks are shown in the place of the source.",
            "选择一个 Markdown 文档，用其中的 Go 代码块代替源码显示。",
        ),
        Group.VIEW,
        always,
    ),
    Action(
        "view_beside",
        (),
        "Ctrl+P",
        ("Go and Python", "Go 与 Python"),
        (
            "Source: show Go and the instrumented server's Python beside each other.",
            "源码：并排显示 Go 与 Python 服务器的源码。",
        ),
        Group.VIEW,
        begun,
    ),
    Action(
        "view_document",
        (),
        "Ctrl+P",
        ("view document", "查看文档"),
        (
            "Source: show the document's own Go blocks.",
            "源码：显示文档自己的 Go 代码块。",
        ),
        Group.VIEW,
        begun,
    ),
)
