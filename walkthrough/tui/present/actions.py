"""The table of the actions of presenting."""

from walkthrough.tui.action import Action

ACTIONS: tuple[Action, ...] = ()
