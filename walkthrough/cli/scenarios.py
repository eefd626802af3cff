"""``walkthrough scenarios``: what scenarios there are, for people and for other programs."""

from itertools import groupby
from typing import Any

from rich.cells import cell_len
from rich.text import Text

from walkthrough.cli.errors import UsageError
from walkthrough.cli.output import Printer
from walkthrough.formatting.escaping import printable
from walkthrough.formatting.terminal import say, show_json
from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import message
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.chapters import by_chapter
from walkthrough.scenario.loader import ScenarioError
from walkthrough.scenario.misconceptions import seen_false
from walkthrough.scenario.routes import ROUTES, Route
from walkthrough.scenario.schema import LessonFile, Scenario
from walkthrough.scenario.validation.errors import instead


def show(tr: Catalogue, as_json: bool, route: str = "") -> int:
    """Print the available scenarios; one that is broken is named on standard error.

    Args:
        tr: What the command speaks.
        as_json: Whether they are printed for other programs.
        route: The name of the route whose scenarios alone are printed; "" for all.

    Returns:
        0, or 1 if one is broken.

    Raises:
        UsageError: There is no such route, or the scenarios cannot be read.
    """
    if route and route not in ROUTES:
        raise UsageError(
            message(
                "There is no route {found}; {instead}",
                found=ascii(route),
                instead=instead(route, ROUTES),
            )
        )
    loaded: list[tuple[Scenario, LessonFile]] = []
    broken = 0
    try:
        folders = scenarios.folders()
        for said in scenarios.shadowed_names(folders):
            say(f"walkthrough: {tr.text(said)}")
    except ScenarioError as error:
        raise UsageError(error.message) from error
    for folder in folders.values():
        try:
            loaded.append((scenarios.load_folder(folder), scenarios.load_lesson(folder)))
        except ScenarioError as error:
            broken += 1
            say(f"walkthrough: {tr.text(error.message)}")
    loaded.sort(key=lambda each: by_chapter(each[0].chapter, each[0].order, each[0].name))
    if route:
        on = ROUTES[route].scenarios
        loaded = [each for each in loaded if each[0].name in on]
        loaded.sort(key=lambda each: on.index(each[0].name))
    if as_json:
        show_json([_row(*each) for each in loaded], indent=2)
    else:
        _print([scenario for scenario, _ in loaded], tr, ROUTES.get(route))
    return 1 if broken else 0


def _print(loaded: list[Scenario], tr: Catalogue, route: Route | None) -> None:
    rows: list[tuple[str, ...]] = []
    headings = {}
    for heading, those in groupby(
        loaded, lambda each: route.title if route is not None else each.chapter.heading
    ):
        headings[len(rows)] = tr(heading)
        rows += [
            (
                each.name,
                ", ".join(each.servers),
                tr(each.level.label) if each.level is not None else "",
                _minutes(each, tr),
                printable(each.title.says(tr.language)),
            )
            for each in those
        ]
    printer = Printer()
    if sum(max(map(cell_len, column)) + 2 for column in zip(*rows, strict=True)) > printer.width:
        rows = [(*row[:2], row[-1]) for row in rows]
    printer.table((), [tuple(map(Text, row)) for row in rows], headings)


def _minutes(scenario: Scenario, tr: Catalogue) -> str:
    return tr("{count} min", count=scenario.minutes) if scenario.minutes is not None else ""


def _row(scenario: Scenario, lesson: LessonFile) -> dict[str, Any]:
    folder = scenarios.find(scenario.name)
    return {
        "name": scenario.name,
        "chapter": scenario.chapter.value,
        "order": scenario.order,
        "level": scenario.level.value if scenario.level is not None else None,
        "minutes": scenario.minutes,
        "after": list(scenario.after),
        "misconceptions": list(seen_false(scenario.name, lesson)),
        "routes": [route.name for route in ROUTES.values() if scenario.name in route.scenarios],
        "title": dict(scenario.title),
        "teaser": dict(scenario.teaser or scenario.title),
        "summary": dict(scenario.summary),
        "network": scenario.network,
        "address": scenario.address,
        "servers": list(scenario.servers),
        "needs": [need.value for need in scenario.needs],
        "program": "main.go" if (folder / scenarios.PROGRAM).is_file() else scenario.server.program,
        "stages": [stage.value for stage in scenario.expect.stages],
        "clients": sum(action.clients for action in scenario.script if action.do == "connect"),
        "notes": len(lesson.note),
        "questions": [question.id for question in lesson.question],
        "recording": (folder / scenarios.RECORDING).is_file(),
        "folder": str(folder),
    }
