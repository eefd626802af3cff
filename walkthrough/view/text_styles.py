"""The kinds of text that rows hold. What each looks like is in rows.tcss and timeline.tcss.

They are component classes of the application, not of each view: the style of every component class
of a widget is looked up whenever the widget gets or loses the keys, and whenever the screen gets or
loses a class, and there are as many kinds as there are views.
"""

TIMELINE_KINDS = ("playhead", "running", "calling", *(f"band{number}" for number in range(1, 9)))
"""Kinds that only the timeline has."""

KINDS = (
    "dim",
    "strong",
    "done",
    "current",
    "ahead",
    "failed",
    "heading",
    "changed",
    "key",
    "result",
    "bar",
    "note",
    "here",
    "cursor",
    "live",
    "keyword",
    "string",
    "comment",
    "number",
    "type",
    "function",
    "gutter",
    "found",
    *TIMELINE_KINDS,
)


def class_of(kind: str) -> str:
    """Return the component class of a kind."""
    return f"rows--{kind}"
