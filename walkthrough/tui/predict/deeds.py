"""What the actions of predict mode do."""

from walkthrough.tui.part import Part


class Predict(Part):
    """The part of predict mode."""
