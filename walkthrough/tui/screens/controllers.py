"""All controllers of a walk, in the order in which they are asked before an action."""

from walkthrough.tui.features.client.commands import ClientController
from walkthrough.tui.features.goals.commands import GoalController
from walkthrough.tui.features.navigation.commands import TimelineController
from walkthrough.tui.features.presentation.commands import PresentationController
from walkthrough.tui.features.processes.commands import ProcessController
from walkthrough.tui.features.quiz.commands import QuizController
from walkthrough.tui.features.reference.commands import ReferenceController
from walkthrough.tui.features.search.commands import FindController
from walkthrough.tui.panes.source.commands import SourceController
from walkthrough.tui.screens.controller import Commands, Controller
from walkthrough.tui.screens.home.commands import HomeController
from walkthrough.tui.screens.session_source import BookmarksFactory
from walkthrough.tui.screens.walk_commands import WalkController
from walkthrough.tui.screens.walk_context import Panes, WalkContext
from walkthrough.tui.widgets.actions import BY_ID


def controllers_of(
    walk: WalkContext, panes: Panes, bookmarks_of: BookmarksFactory
) -> tuple[Controller, ...]:
    """Return the controllers of a walk."""
    return (
        PresentationController(
            walk, panes
        ),  # keeps nothing from being done, and has to hear of every key
        FindController(walk, panes),  # while a search is on, n is its
        QuizController(walk, panes),
        GoalController(walk, panes),
        ReferenceController(walk, panes),
        TimelineController(walk, panes, bookmarks_of),
        ClientController(walk, panes),
        SourceController(walk, panes),
        ProcessController(walk, panes),  # questions and filters are asked first
        HomeController(walk, panes),
        WalkController(walk, panes),
    )


def commands_of(controllers: tuple[Controller, ...]) -> Commands:
    """Return what carries out each action; every action of the table has exactly one."""
    commands: Commands = {}
    for controller in controllers:
        for id, command in controller.commands().items():
            assert id not in commands, f"{id} has two commands"
            commands[id] = command
    assert commands.keys() == BY_ID.keys(), commands.keys() ^ BY_ID.keys()
    return commands
