"""What a pane is given to draw: one event, the world after it, and what the lesson says of it."""

from dataclasses import dataclass

from walkthrough.lesson.steps import StepView
from walkthrough.model.events import AnyEvent
from walkthrough.replay.history import History
from walkthrough.replay.world import World
from walkthrough.tui.words import Words


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment of a walk.

    Attributes:
        history: All events so far; panes only read it.
        index: Number of the event shown, -1 before the first.
        event: That event, None before the first.
        world: Everything known after it.
        before: Everything known at the step before, to tell what changed.
        view: Source, notes and caption of the step, None before the first.
        words: The screen's words in the language chosen.
    """

    history: History
    index: int
    event: AnyEvent | None
    world: World
    before: World
    view: StepView | None
    words: Words
