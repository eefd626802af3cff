"""The table of the actions of predict mode."""

from walkthrough.tui.action import Action

ACTIONS: tuple[Action, ...] = ()
