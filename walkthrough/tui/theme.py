"""The colours, as data. Their use is in the .tcss files, which name only these variables."""

from textual.theme import Theme

DARK = Theme(
    name="walkthrough-dark",
    primary="#7aa2f7",
    secondary="#9aa5ce",
    accent="#e0af68",
    warning="#e0af68",
    error="#f7768e",
    success="#9ece6a",
    foreground="#d5d9e6",
    background="#14161f",
    surface="#191c27",
    panel="#232838",
    dark=True,
    variables={
        "ink": "#d5d9e6",
        "ink-dim": "#8790ab",
        "ink-done": "#9ece6a",
        "ink-current": "#ffc777",
        "ink-failed": "#ff8a9a",
        "ink-note": "#b4d3f5",
        "ink-keyword": "#bb9af7",
        "ink-string": "#a9c98a",
        "ink-number": "#ff9e64",
        "ink-type": "#7dcfff",
        "here": "#3a3522",
        "rule": "#3b4261",
        "rule-focus": "#e0af68",
    },
)

LIGHT = Theme(
    name="walkthrough-light",
    primary="#2e59a8",
    secondary="#565f89",
    accent="#8a5a00",
    warning="#8a5a00",
    error="#b3203a",
    success="#3b6e1f",
    foreground="#23263a",
    background="#fbfbf8",
    surface="#f5f5f0",
    panel="#e8e8e0",
    dark=False,
    variables={
        "ink": "#23263a",
        "ink-dim": "#62677f",
        "ink-done": "#3b6e1f",
        "ink-current": "#8a5a00",
        "ink-failed": "#b3203a",
        "ink-note": "#24508f",
        "ink-keyword": "#6b3fa0",
        "ink-string": "#47701f",
        "ink-number": "#a04a00",
        "ink-type": "#00648a",
        "here": "#fff0bf",
        "rule": "#c3c5cf",
        "rule-focus": "#8a5a00",
    },
)

THEMES = (DARK, LIGHT)
