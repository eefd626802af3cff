"""The table of the actions of finding."""

from walkthrough.tui.action import Action

ACTIONS: tuple[Action, ...] = ()
