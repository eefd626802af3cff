"""The one table of what a user can do: keys, labels, help, and when it is allowed.

Bindings, the key bar, the help screen and the command palette all read it. It knows no widget:
an action's id names the method of one of the `walkthrough.tui.parts` that carries it out.
"""

from walkthrough.tui import walk_actions
from walkthrough.tui.find import actions as find_actions
from walkthrough.tui.home import actions as home_actions
from walkthrough.tui.predict import actions as predict_actions
from walkthrough.tui.present import actions as present_actions
from walkthrough.tui.source import actions as source_actions
from walkthrough.tui.timeline import actions as timeline_actions

ACTIONS = (
    *walk_actions.ACTIONS,
    *timeline_actions.ACTIONS,
    *source_actions.ACTIONS,
    *predict_actions.ACTIONS,
    *present_actions.ACTIONS,
    *find_actions.ACTIONS,
    *home_actions.ACTIONS,
)

BY_ID = {action.id: action for action in ACTIONS}
