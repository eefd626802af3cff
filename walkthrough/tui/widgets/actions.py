"""The one table of what a user can do: keys, labels, help, and when it is allowed.

Bindings, the key bar, the help screen and the command palette all read it. It knows no widget:
an action's id names the method of one of `walkthrough.tui.screens.controllers` that carries it
out.
"""

from walkthrough.tui.features.client import bindings as client_actions
from walkthrough.tui.features.goals import bindings as goal_actions
from walkthrough.tui.features.navigation import bindings as timeline_actions
from walkthrough.tui.features.presentation import bindings as present_actions
from walkthrough.tui.features.processes import bindings as process_actions
from walkthrough.tui.features.quiz import bindings as predict_actions
from walkthrough.tui.features.reference import bindings as reference_actions
from walkthrough.tui.features.search import bindings as find_actions
from walkthrough.tui.panes.source import bindings as source_actions
from walkthrough.tui.screens import walk_bindings
from walkthrough.tui.screens.home import walk_bindings as home_actions

ACTIONS = (
    *walk_bindings.ACTIONS,
    *client_actions.ACTIONS,
    *timeline_actions.ACTIONS,
    *source_actions.ACTIONS,
    *process_actions.ACTIONS,
    *goal_actions.ACTIONS,
    *predict_actions.ACTIONS,
    *reference_actions.ACTIONS,
    *present_actions.ACTIONS,
    *find_actions.ACTIONS,
    *home_actions.ACTIONS,
)

BY_ID = {action.id: action for action in ACTIONS}
