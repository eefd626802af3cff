"""What home says of how far one is in a scenario, and why one comes next.

Derived from plain records; knows no widget.
"""

from typing import NamedTuple

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import Message
from walkthrough.i18n.texts import Texts
from walkthrough.scenario.course import CourseStanding
from walkthrough.view.text import Piece, Row


class CourseMark(NamedTuple):
    """How far one is in a scenario.

    Attributes:
        standing: What was done in it.
        next: Whether it comes next.
        beliefs: What was believed, is not corrected, and is seen false there.
        why: That of them for which it comes next; None if it is only the first not done.
        after: The title of what comes next, once this one is done; None if that is not known.
        before: What should be known before: the titles of scenarios.
    """

    standing: CourseStanding = CourseStanding()
    next: bool = False
    beliefs: tuple[Message, ...] = ()
    why: Message | None = None
    after: Texts | None = None
    before: tuple[Texts, ...] = ()


def mark_row(mark: CourseMark) -> Row:
    """Return what stands before a scenario's teaser: ``→✓ ``, as wide for one without marks."""
    standing = mark.standing
    done = Piece("✓", "done") if standing.done else Piece("~" if standing.begun else " ", "result")
    return Piece("→" if mark.next else " ", "current"), done, Piece(" ")


def next_sentence(mark: CourseMark, tr: Catalogue) -> str:
    """Say that a scenario comes next, and why; "" for one that does not."""
    if not mark.next:
        return ""
    if mark.why is None:
        return tr("It comes next.")
    return tr("It comes next: it shows what is wrong with “{belief}”.", belief=mark.why)


def standing_sentence(standing: CourseStanding, tr: Catalogue) -> str:
    """Say what was done in a scenario; "" if nothing was."""
    if not standing.begun:
        return ""
    parts = [
        tr.in_context("a scenario", "done")
        if standing.done
        else tr.in_context("a scenario", "begun")
    ]
    if standing.goals:
        parts.append(
            tr("goals reached: {count} of {total}", count=standing.reached, total=standing.goals)
        )
    if standing.asked:
        parts.append(
            tr("questions right: {count} of {total}", count=standing.right, total=standing.asked)
        )
    return tr("; ").join(parts)
