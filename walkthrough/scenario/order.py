"""Which scenario comes after another one, in the order of the chapters."""

import tomllib

from walkthrough.scenario import loader
from walkthrough.scenario.chapters import Chapter, by_chapter
from walkthrough.scenario.loader import ScenarioError
from walkthrough.scenario.schema import LAST, Scenario


def following(name: str) -> Scenario | None:
    """Return the scenario that comes after ``name``; None after the last, or for one's own.

    What cannot be read is passed over: whoever opens it is told why.
    """
    places = {}
    try:
        for each in loader.names():
            if (place := _place(each)) is not None:
                places[each] = place
    except ScenarioError:
        return None
    later = [place for place in places.values() if name in places and place > places[name]]
    for _, _, after in sorted(later):
        try:
            return loader.load(after)
        except ScenarioError:
            continue
    return None


def _place(name: str) -> tuple[int, int, str] | None:
    """Return where a scenario is listed, without checking the rest of its file."""
    try:
        tables = tomllib.loads((loader.find(name) / loader.FILE).read_text("utf-8-sig"))
        chapter, order = Chapter(tables.get("chapter", Chapter.OWN)), tables.get("order", LAST)
    except (OSError, ValueError, ScenarioError):  # neither TOML nor UTF-8, no such chapter
        return None
    if chapter is Chapter.OWN or not isinstance(order, int):
        return None
    return by_chapter(chapter, order, name)
