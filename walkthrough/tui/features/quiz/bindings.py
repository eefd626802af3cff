"""The table of the actions of predict mode. Answering has keys of its own, in the box."""

from walkthrough.tui.widgets.action import Action, Group, begun

ACTIONS: tuple[Action, ...] = (
    Action(
        "predict",
        ("p",),
        "p",
        ("predict", "预测"),
        (
            "Predict mode on or off: what comes next is asked before it is shown; notes wait.",
            "开关预测模式：接下来会怎样，先问，后揭晓；其间不显示注释。",
        ),
        Group.LEARN,
        begun,
        3,
    ),
    Action(
        "predict_review",
        ("R",),
        "R",
        ("review", "预测小结"),
        (
            "What was predicted: the score, and what to look at again.",
            "预测得怎样：得分，以及值得再看的地方。",
        ),
        Group.LEARN,
        begun,
    ),
)
