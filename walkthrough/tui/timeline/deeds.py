"""What the actions of the timeline do."""

from walkthrough.tui.part import Part


class Timeline(Part):
    """The part of the timeline."""
