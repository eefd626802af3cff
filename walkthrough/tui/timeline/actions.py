"""The table of the actions of the timeline."""

from walkthrough.tui.action import Action

ACTIONS: tuple[Action, ...] = ()
