"""What the actions of home do."""

from walkthrough.tui.part import Part


class Home(Part):
    """The part of home."""
