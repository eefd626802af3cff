"""What the actions of presenting do."""

from walkthrough.tui.part import Part


class Presenting(Part):
    """The part of presenting."""
