"""``walkthrough progress``: what was learned, for people and for other programs; and forgetting it.

All of it is in one file of this machine, which nothing else reads.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from rich.text import Text

from walkthrough.cli.errors import UsageError
from walkthrough.cli.forget import forget_progress
from walkthrough.cli.output import Printer
from walkthrough.formatting.escaping import printable
from walkthrough.formatting.terminal import say, show_json
from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import Message, message
from walkthrough.scenario import labs
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.chapters import by_chapter
from walkthrough.scenario.course import (
    CourseProposal,
    CourseScenario,
    CourseStanding,
    next_in,
    standing_of,
)
from walkthrough.scenario.loader import ScenarioError
from walkthrough.scenario.misconceptions import MISCONCEPTIONS
from walkthrough.scenario.routes import ROUTES
from walkthrough.scenario.schema import Scenario
from walkthrough.user_data.preferences import Preferences
from walkthrough.user_data.progress import Progress, progress_path
from walkthrough.user_data.progress_errors import ProgressFileError
from walkthrough.user_data.progress_summary import BeliefProgress, ProgressSummary
from walkthrough.view.quiz import KINDS


class _Row(NamedTuple):
    name: str
    heading: Message
    standing: CourseStanding


def run(tr: Catalogue, *, forget: str | bool | None, as_json: bool) -> int:
    """Print what was learned, or delete it.

    Args:
        tr: What the command speaks.
        forget: The scenario of which everything is deleted; True for all, None for nothing.
        as_json: Whether it is printed for other programs.

    Returns:
        0, or 1 if nothing was deleted because the answer was no.

    Raises:
        UsageError: The file cannot be used.
    """
    progress = Progress(progress_path())
    try:
        progress.read()
        for problem in progress.problems():
            say(f"walkthrough: {tr.text(problem)}")
        if forget is not None:
            return forget_progress(progress, None if isinstance(forget, bool) else forget, tr)
    except ProgressFileError as error:
        raise UsageError(error.message) from error
    loaded = _scenarios()
    if as_json:
        show_json(_document(progress, loaded), indent=2)
    else:
        _print(progress, loaded, tr)
    return 0


def _scenarios() -> list[Scenario]:
    """Return the available scenarios in the order of the course; `scenarios` names broken ones.

    Raises:
        UsageError: The environment names a folder that does not exist.
    """
    try:
        names = scenarios.names()
    except ScenarioError as error:
        raise UsageError(error.message) from error
    loaded = []
    for name in names:
        try:
            loaded.append(scenarios.load(name))
        except ScenarioError:
            continue
    return sorted(loaded, key=lambda each: by_chapter(each.chapter, each.order, each.name))


def _course(loaded: Sequence[Scenario]) -> list[CourseScenario]:
    return [
        CourseScenario(each.name, tuple(goal.id for goal in each.goal), each.after)
        for each in loaded
    ]


def _next(loaded: Sequence[Scenario], known: ProgressSummary) -> CourseProposal | None:
    route = ROUTES.get(Preferences.load().route or "")
    return next_in(_course(loaded), known, route=route)


# Printed


def _print(progress: Progress, loaded: Sequence[Scenario], tr: Catalogue) -> None:
    known, file, printer = progress.known, printable(str(progress.path)), Printer()
    if known.scenarios() or known.topics():
        for print_part in (_print_scenarios, _print_topics, _print_beliefs):
            print_part(printer, known, loaded, tr)
        kept = message("All of this is in {file}, and nowhere else.", file=file)
    else:
        kept = message(
            "Nothing is remembered yet: what you answer in predict mode (p), and what you have "
            "seen, will be in {file}.",
            file=file,
        )
    done = sum(standing_of(one, known.scenario(one.name)).done for one in _course(loaded))
    printer.sentences(tr("Scenarios done: {count} of {total}.", count=done, total=len(loaded)))
    with_lab = labs.names()
    passed = sum(known.lab(name).passed for name in with_lab)
    printer.sentences(tr("Labs done: {count} of {total}.", count=passed, total=len(with_lab)))
    if (proposed := _next(loaded, known)) is not None:
        command = f"walkthrough {proposed.scenario}"
        if (wrong := MISCONCEPTIONS.get(proposed.belief)) is not None:
            why = message(
                "Next: {command} (it shows what is wrong with “{belief}”)",
                command=command,
                belief=wrong.belief,
            )
            printer.sentences(tr.text(why))
        else:
            printer.sentences(tr("Next: {command}", command=command))
    printer.sentences(tr.text(kept))


def _print_scenarios(
    printer: Printer, known: ProgressSummary, loaded: Sequence[Scenario], tr: Catalogue
) -> None:
    rows = _rows(known, loaded)
    headings: dict[int, str] = {}
    for number, row in enumerate(rows):
        if not number or row.heading != rows[number - 1].heading:
            headings[number] = tr(row.heading)
    titles = (
        tr("Scenario"),
        tr("State"),
        tr("Goals"),
        tr("Questions right"),
        tr("Last day"),
    )
    cells = [
        (
            Text(row.name),
            Text(_state(row.standing, tr), "green" if row.standing.done else ""),
            Text(_fraction(row.standing.reached, row.standing.goals)),
            Text(_fraction(row.standing.right, row.standing.asked)),
            Text(row.standing.day or "-"),
        )
        for row in rows
    ]
    _table(printer, titles, cells, headings)


def _print_topics(
    printer: Printer, known: ProgressSummary, _loaded: Sequence[Scenario], tr: Catalogue
) -> None:
    names = {kind.value: tr(said) for kind, said in KINDS.items()}
    cells = [
        (Text(names.get(topic, topic)), Text(_fraction(tally.right, tally.asked)))
        for topic, tally in known.topics().items()
    ]
    _table(printer, (tr("Topic"), tr("Answers right")), cells)


def _print_beliefs(
    printer: Printer, known: ProgressSummary, _loaded: Sequence[Scenario], tr: Catalogue
) -> None:
    cells = [
        (
            Text(_called(number, tr)),
            Text(str(one.met)),
            Text(str(one.believed)),
            Text(_outcome(one, tr)),
        )
        for number, one in known.beliefs().items()
    ]
    titles = (tr("Misconception"), tr("Met"), tr("Believed"), tr("Since then"))
    _table(printer, titles, cells)


def _table(
    printer: Printer,
    titles: Sequence[str],
    cells: Sequence[Sequence[Text]],
    headings: Mapping[int, str] | None = None,
) -> None:
    if cells:
        printer.table(titles, cells, headings)
        printer.print()


def _rows(known: ProgressSummary, loaded: Sequence[Scenario]) -> list[_Row]:
    """Return the scenarios of which something is known; last, those that are here no more."""
    rows = []
    for scenario, place in zip(loaded, _course(loaded), strict=True):
        standing = standing_of(place, known.scenario(place.name))
        if standing.begun:
            rows.append(_Row(place.name, scenario.chapter.heading, standing))
    here = {scenario.name for scenario in loaded}
    for name in known.scenarios():
        if name not in here:
            standing = standing_of(CourseScenario(name), known.scenario(name))
            rows.append(_Row(name, message("Not among the scenarios here"), standing))
    return rows


def _state(standing: CourseStanding, tr: Catalogue) -> str:
    if standing.done:
        return tr.in_context("a scenario", "done")
    return tr.in_context("a scenario", "begun")


def _outcome(belief: BeliefProgress, tr: Catalogue) -> str:
    if not belief.believed:
        return "-"
    return tr("answered right") if belief.corrected else tr("not yet answered right")


def _called(number: int, tr: Catalogue) -> str:
    """Return a misconception with its number; the number alone if it is of a newer version."""
    known = MISCONCEPTIONS.get(number)
    return f"{number:>2} {tr(known.belief)}" if known is not None else f"{number:>2}"


def _fraction(some: int, whole: int) -> str:
    return f"{some}/{whole}" if whole else "-"


# For other programs


def _document(progress: Progress, loaded: Sequence[Scenario]) -> dict[str, Any]:
    known = progress.known
    proposed = _next(loaded, known)
    goals = {one.name: one.goals for one in _course(loaded)}
    names = [*goals, *(name for name in known.scenarios() if name not in goals)]
    return {
        "file": str(progress.path),
        "scenarios": [_scenario(name, known, goals.get(name)) for name in names],
        "topics": [
            {"topic": topic, "asked": tally.asked, "right": tally.right}
            for topic, tally in known.topics().items()
        ],
        "misconceptions": [
            {"number": number, "belief": _belief(number), **one._asdict()}
            for number, one in known.beliefs().items()
        ],
        "next": proposed.scenario if proposed is not None else None,
    }


def _belief(number: int) -> str:
    """Return what is believed, in English, as all that `--json` prints."""
    known = MISCONCEPTIONS.get(number)
    return known.belief.id if known is not None else ""


def _scenario(name: str, known: ProgressSummary, goals: tuple[str, ...] | None) -> dict[str, Any]:
    progress = known.scenario(name)
    standing = standing_of(CourseScenario(name, goals or ()), progress)
    return {
        "name": name,
        "here": goals is not None,
        "done": standing.done,
        "seen": progress.seen,
        "goals": list(goals or ()),
        "reached": list(progress.reached),
        "asked": standing.asked,
        "right": standing.right,
        "questions": [
            {"question": question, "asked": tally.asked, "right": tally.right}
            for question, tally in known.questions(name).items()
        ],
        "lab": known.lab(name)._asdict(),
        "day": progress.day,
    }
