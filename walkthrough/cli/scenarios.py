"""``walkthrough scenarios``: what scenarios there are, for people and for other programs."""

from itertools import groupby
from typing import Any

from rich.text import Text

from walkthrough.cli.errors import UsageError
from walkthrough.cli.output import Printer
from walkthrough.formatting.escaping import printable
from walkthrough.formatting.terminal import say, show_json
from walkthrough.i18n.catalogue import Catalogue
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.chapters import by_chapter
from walkthrough.scenario.loader import ScenarioError
from walkthrough.scenario.schema import LessonFile, Scenario


def show(tr: Catalogue, as_json: bool) -> int:
    """Print the available scenarios; one that is broken is named on standard error.

    Returns:
        0, or 1 if one is broken.
    """
    loaded: list[tuple[Scenario, LessonFile]] = []
    broken = 0
    try:
        names = scenarios.names()
        for said in scenarios.shadowed_names(names):
            say(f"walkthrough: {tr.text(said)}")
    except ScenarioError as error:
        raise UsageError(error.message) from error
    for name in names:
        try:
            folder = scenarios.find(name)
            loaded.append((scenarios.load_folder(folder), scenarios.load_lesson(folder)))
        except ScenarioError as error:
            broken += 1
            say(f"walkthrough: {tr.text(error.message)}")
    loaded.sort(key=lambda each: by_chapter(each[0].chapter, each[0].order, each[0].name))
    if as_json:
        show_json([_row(*each) for each in loaded], indent=2)
    else:
        _print([scenario for scenario, _ in loaded], tr)
    return 1 if broken else 0


def _print(loaded: list[Scenario], tr: Catalogue) -> None:
    rows: list[tuple[str, ...]] = []
    headings = {}
    for chapter, those in groupby(loaded, lambda each: each.chapter):
        headings[len(rows)] = tr(chapter.heading)
        rows += [
            (each.name, ", ".join(each.servers), printable(each.title.says(tr.language)))
            for each in those
        ]
    Printer().table((), [tuple(map(Text, row)) for row in rows], headings)


def _row(scenario: Scenario, lesson: LessonFile) -> dict[str, Any]:
    folder = scenarios.find(scenario.name)
    return {
        "name": scenario.name,
        "chapter": scenario.chapter.value,
        "order": scenario.order,
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
