"""What the actions of finding do."""

from walkthrough.tui.part import Part


class Finding(Part):
    """The part of finding."""
