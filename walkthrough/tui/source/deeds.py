"""What the actions of the source pane do."""

from walkthrough.tui.part import Part


class SourceViews(Part):
    """The part of the source pane."""
