"""The table of the actions of presenting."""

from walkthrough.tui.widgets.action import Action, Group, always, begun

ACTIONS: tuple[Action, ...] = (
    Action(
        "present",
        ("P",),
        "P",
        ("present", "演示"),
        (
            "Two panes at a time, the step's note as a caption; 1 to 7 choose the second pane.",
            "每次只显示两个窗格，并把这一步的说明作为字幕；1 到 7 选择第二个窗格。",
        ),
        Group.LEARN,
        begun,
        19,
    ),
    Action(
        "play",
        ("t",),
        "t",
        ("play", "播放"),
        (
            "Step by itself, each event for the same time; again: pause. It pauses at bookmarks.",
            "自动单步，每个事件停留同样的时间；再按：暂停。遇到书签时会暂停。",
        ),
        Group.LEARN,
        begun,
        18,
    ),
    Action(
        "faster",
        ("plus", "equals_sign"),
        "+",
        ("faster", "加快"),
        ("Play faster.", "播放得快一些。"),
        Group.LEARN,
        always,
    ),
    Action(
        "slower",
        ("minus",),
        "-",
        ("slower", "放慢"),
        ("Play slower.", "播放得慢一些。"),
        Group.LEARN,
        always,
    ),
    Action(
        "swap_pane",
        ("B",),
        "B",
        ("other pane", "换窗格"),
        (
            "While presenting: show the next pane beside the source.",
            "演示时：在源码旁换上下一个窗格。",
        ),
        Group.LEARN,
        always,
    ),
    Action(
        "theme",
        ("T",),
        "T",
        ("colours", "配色"),
        ("Dark, light, high contrast.", "深色、浅色、高对比度。"),
        Group.VIEW,
        always,
    ),
)
