"""The table of the actions of predict mode. Answering has keys of its own, in the box."""

from walkthrough.i18n.messages import message
from walkthrough.tui.widgets.action import Action, Group, begun

ACTIONS: tuple[Action, ...] = (
    Action(
        "predict",
        ("p",),
        "p",
        message("predict"),
        message("Predict mode on or off: what comes next is asked before it is shown; notes wait."),
        Group.LEARN,
        begun,
        6,
    ),
    Action(
        "predict_review",
        ("R",),
        "R",
        message("review"),
        message("What was predicted: the score, and what to look at again."),
        Group.LEARN,
        begun,
    ),
    Action(
        "predict_classroom",
        (),
        "Ctrl+P",
        message("classroom"),
        message("Predict mode for an audience, without a score, or for one; in a question: h."),
        Group.LEARN,
        begun,
    ),
    Action(
        "predict_own",
        (),
        "Ctrl+P",
        message("own questions"),
        message("Predict mode with the scenario's own questions only, or all; in a question: o."),
        Group.LEARN,
        begun,
    ),
)
