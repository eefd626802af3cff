"""``walkthrough progress --forget``: deletes what was learned."""

import os
import sys

from walkthrough.cli.errors import UsageError
from walkthrough.formatting.escaping import printable
from walkthrough.formatting.terminal import say, show
from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import Message, message, plural
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.loader import ScenarioError
from walkthrough.user_data.progress import Progress

_YES = ("y", "yes", "是")


def forget_progress(progress: Progress, scenario: str | None, tr: Catalogue) -> int:
    """Delete what is remembered, and say what that was; at a terminal only if that is meant.

    Args:
        progress: What is remembered.
        scenario: Of which scenario; None for everything.
        tr: What the command speaks.

    Returns:
        0, or 1 if nothing was deleted because the answer was no.

    Raises:
        ProgressFileError: Nothing was deleted.
        UsageError: There is no such scenario.
    """
    known = progress.known
    if scenario is not None and scenario not in known.scenarios():
        _refuse_unknown(scenario)
        show(tr("Nothing is remembered of {scenario}.", scenario=printable(scenario)))
        return 0
    names = [scenario] if scenario is not None else [*known.scenarios(), ""]
    answers = sum(one.asked for name in names for one in known.questions(name).values())
    if not os.path.lexists(str(progress.path)):
        show(tr("Nothing is remembered."))
        return 0
    file = printable(str(progress.path))
    asked = message(
        "This deletes {what} from {file}. Type y and Enter to go on.",
        what=_what(scenario, len(known.scenarios()), answers),
        file=file,
    )
    if sys.stdin.isatty() and sys.stderr.isatty():
        say(tr.text(asked))
        if sys.stdin.readline().strip().casefold() not in _YES:
            say(tr("Nothing was deleted."))
            return 1
    gone = progress.forget(scenario)
    what = _what(scenario, gone.scenarios, gone.answers)
    show(tr("Deleted from {file}: {what}.", file=file, what=what))
    return 0


def _refuse_unknown(scenario: str) -> None:
    try:
        scenarios.find(scenario)
    except ScenarioError as error:
        raise UsageError(error.message) from error


def _what(scenario: str | None, walked: int, answers: int) -> Message:
    """Say what is deleted."""
    count = plural("{count} answer", "{count} answers", answers)
    if scenario is not None:
        return message(
            "what was learned in {scenario} ({answers})",
            scenario=printable(scenario),
            answers=count,
        )
    return plural(
        "what was learned in {count} scenario ({answers})",
        "what was learned in {count} scenarios ({answers})",
        walked,
        answers=count,
    )
