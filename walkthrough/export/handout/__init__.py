"""A recording as a handout to print: its stages, the ladder, questions, and their key."""

from walkthrough.export.handout.document import to_handout
from walkthrough.export.registry import ExportFormat, FormatOption
from walkthrough.i18n.messages import message

FORMAT = ExportFormat(
    summary=message("a handout to print: its stages, its ladder, questions and their key"),
    suffix=".html",
    write=to_handout,
    takes=frozenset({FormatOption.SOURCE, FormatOption.LANGUAGE}),
)
