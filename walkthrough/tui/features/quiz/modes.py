"""How predict mode is used: who answers, and which questions are asked."""

from typing import NamedTuple

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import message

CLASSROOM = {
    True: message("Classroom mode: an audience answers aloud, and no score is kept."),
    False: message("Answers are one person's again, and are scored."),
}
OWN_ONLY = {
    True: message("Only the scenario's own questions are asked from now on."),
    False: message("Questions made from the trace are asked as well."),
}
"""What is said of a mode that was switched on or off."""


class QuizModes(NamedTuple):
    """How predict mode is used; remembered until it is changed.

    Attributes:
        classroom: An audience answers aloud, and answers are not scored.
        own_only: The scenario's own questions are all that is asked.
    """

    classroom: bool = False
    own_only: bool = False


def modes_in_words(modes: QuizModes, tr: Catalogue) -> tuple[str, ...]:
    """Name how predict mode is used, in a word or two each; nothing where it is as usual."""
    names = [
        (modes.classroom, message("classroom")),
        (modes.own_only, message("own questions only")),
    ]
    return tuple(tr(name) for chosen, name in names if chosen)
