"""The table of the actions of home."""

from walkthrough.tui.action import Action

ACTIONS: tuple[Action, ...] = ()
