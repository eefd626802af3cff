"""The names of the kinds of text that rows hold. Who draws them decides how they look."""

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
