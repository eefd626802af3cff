"""All parts of a walk's screen, in the order in which they are asked before an action is done."""

from walkthrough.tui.features.navigation.commands import Timeline
from walkthrough.tui.features.presentation.commands import Presenting
from walkthrough.tui.features.quiz.commands import Predict
from walkthrough.tui.features.search.commands import Finding
from walkthrough.tui.panes.source.commands import SourceViews
from walkthrough.tui.screens.controller import Part
from walkthrough.tui.screens.home.commands import Home
from walkthrough.tui.screens.walk_commands import Deeds

PARTS: tuple[type[Part], ...] = (
    Presenting,  # holds nothing back, and has to hear of every key
    Finding,  # while a search is on, n is its
    Predict,
    Timeline,
    SourceViews,
    Home,
    Deeds,
)
