"""All parts of a walk's screen, in the order in which they are asked before an action is done."""

from walkthrough.tui.deeds import Deeds
from walkthrough.tui.find.deeds import Finding
from walkthrough.tui.home.deeds import Home
from walkthrough.tui.part import Part
from walkthrough.tui.predict.deeds import Predict
from walkthrough.tui.present.deeds import Presenting
from walkthrough.tui.source.deeds import SourceViews
from walkthrough.tui.timeline.deeds import Timeline

PARTS: tuple[type[Part], ...] = (
    Presenting,  # holds nothing back, and has to hear of every key
    Finding,  # while a search is on, n is its
    Predict,
    Timeline,
    SourceViews,
    Home,
    Deeds,
)
