"""The colours, as data. Their use is in the .tcss files, which name only these variables.

People who cannot see one of red, green and blue can still tell done, here and failed apart, and
every ink can be read on every ground: tests/tui/features/test_presentation.py computes both.
"""

from textual.theme import Theme

DARK = Theme(
    name="walkthrough-dark",
    primary="#7aa2f7",
    secondary="#9aa5ce",
    accent="#e0af68",
    warning="#e0af68",
    error="#ff8f70",
    success="#5fd0c5",
    foreground="#d5d9e6",
    background="#14161f",
    surface="#191c27",
    panel="#232838",
    dark=True,
    variables={
        "ink": "#d5d9e6",
        "ink-dim": "#98a1bb",
        "ink-done": "#5fd0c5",
        "ink-current": "#f5c542",
        "ink-failed": "#ff8f70",
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
    error="#a3123a",
    success="#006b7d",
    foreground="#23263a",
    background="#fbfbf8",
    surface="#f5f5f0",
    panel="#e8e8e0",
    dark=False,
    variables={
        "ink": "#23263a",
        "ink-dim": "#62677f",
        "ink-done": "#006b7d",
        "ink-current": "#8a5a00",
        "ink-failed": "#a3123a",
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

CONTRAST = Theme(
    name="walkthrough-contrast",
    primary="#7cc7ff",
    secondary="#ffffff",
    accent="#ffd84d",
    warning="#ffd84d",
    error="#ff8247",
    success="#6fdcff",
    foreground="#ffffff",
    background="#000000",
    surface="#0d0d0d",
    panel="#262626",
    dark=True,
    variables={
        "ink": "#ffffff",
        "ink-dim": "#c8c8c8",
        "ink-done": "#6fdcff",
        "ink-current": "#ffe56b",
        "ink-failed": "#ff8247",
        "ink-note": "#cfe6ff",
        "ink-keyword": "#e3b8ff",
        "ink-string": "#b9f0c8",
        "ink-number": "#ffc58a",
        "ink-type": "#9be7ff",
        "here": "#3d3500",
        "rule": "#9a9a9a",
        "rule-focus": "#ffd84d",
    },
)

THEMES = (DARK, LIGHT, CONTRAST)
