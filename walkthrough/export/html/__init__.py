"""A recording as one page that replays anywhere a browser is."""

from walkthrough.export.html.page import to_html
from walkthrough.export.registry import ExportFormat, FormatOption
from walkthrough.i18n.messages import message

FORMAT = ExportFormat(
    summary=message("one page that replays it in a browser"),
    suffix=".html",
    write=to_html,
    takes=frozenset({FormatOption.SOURCE}),
)
