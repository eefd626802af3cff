"""A recording as one page that replays anywhere a browser is."""

from functools import partial

from walkthrough.export.html.page import to_html
from walkthrough.export.registry import ExportFormat
from walkthrough.i18n.messages import message

FORMAT = ExportFormat(
    summary=message("one page that replays it in a browser"),
    suffix=".html",
    write=to_html,
    without_source=partial(to_html, source=False),
)
