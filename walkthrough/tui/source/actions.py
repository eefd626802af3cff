"""The table of the actions of the source pane."""

from walkthrough.tui.action import Action

ACTIONS: tuple[Action, ...] = ()
