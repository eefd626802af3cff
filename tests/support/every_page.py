"""Compares pages with the panes that they were made from, step by step, in a real browser.

``python -m tests.support.every_page [--firefox] RECORDING…`` says of each recording how many steps
were compared, and what is different; without a recording all that ship are compared.
"""

import io
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.support.browser import PageReader, started
from tests.support.firefox import started_firefox
from walkthrough.export.html.page import to_html
from walkthrough.export.html.panes import WalkPanes
from walkthrough.export.html.steps import WalkSteps
from walkthrough.i18n.catalogue import readable_catalogues
from walkthrough.lesson.lesson import lesson_for
from walkthrough.recording.file import load
from walkthrough.scenario.loader import server_folder
from walkthrough.state.history import History
from walkthrough.view.sequence.ladder import LadderRow, said_by
from walkthrough.view.sequence.page import SequencePage
from walkthrough.view.step import step_at
from walkthrough.view.text import Row

ALL_TEXTS = """(() => {
  const { walk, data } = window.walkthrough, said = {};
  for (const language of data.languages) {
    said[language] = walk.data.events.map((_, step) => {
      const panes = {};
      for (const name of Object.keys(walk.data.panes[language])) {
        if (name === "lanes") panes[name] = walk.data.lanes[walk.numbers(language, name, step)[0]];
        else if (name === "ladder") panes[name] = walk.numbers(language, name, step).map(
          (each) => walk.data.ladder[each].length > 2 ? walk.data.ladder[each][8]
            : walk.data.ladder[each][1].filter((_, at) => at % 2 === 0).join(""));
        else panes[name] = walk.texts(language, name, step);
      }
      return panes;
    });
  }
  return said;
})()"""
"""What the page's own script makes of its data: the text of every pane at every step."""

Texts = dict[str, list[str]]


def _text(row: Row) -> str:
    return "".join(piece.text for piece in row)


def said_by_view(recording: Path, language: str) -> Iterator[Texts]:
    """Yield what the view says at each step, made without the page's tables and differences."""
    history = History.load(load(recording))
    lesson = lesson_for(history.header)
    steps = WalkSteps(history, lesson)
    (tr,) = (each for each in readable_catalogues() if each.language == language)
    panes = WalkPanes(history, lesson, steps.timeline, steps.goals, tr)
    ladder = SequencePage()
    shown: Texts = {}
    for index in steps.indexes:
        step = step_at(history, index, lesson, tr)
        for name, rows in panes.at(step):
            if rows is not None:
                shown[name] = [_text(each.row) for each in rows]
        while not (ladder.show(step, 96) is None or ladder.reached):
            pass
        shown["ladder"] = [
            said_by(row) if isinstance(row, LadderRow) else _text(row) for row in ladder.ladder()
        ]
        shown["lanes"] = ladder.lanes()
        yield {**shown}


def differences(browser: PageReader, recording: Path, folder: Path) -> tuple[int, list[str]]:
    """Return how many steps were compared in all languages, and where they differ."""
    out = io.BytesIO()
    to_html(load(recording), out)
    page = folder / "page.html"
    page.write_bytes(out.getvalue())
    open_page(browser, page)
    said, wrong, count = browser.evaluate(ALL_TEXTS), [], 0
    for language, steps in said.items():
        for number, expected in enumerate(said_by_view(recording, language)):
            count += 1
            found = steps[number]
            wrong += [
                f"{recording.parent.name} {language}, step {number}, {name}: "
                f"{found.get(name)} is not {rows}"
                for name, rows in expected.items()
                if found.get(name, []) != rows
            ]
        if len(steps) != number + 1:
            wrong.append(
                f"{recording.parent.name} {language}: {len(steps)} steps, not {number + 1}"
            )
    return count, wrong + browser.errors


def open_page(browser: PageReader, page: Path, query: str = "") -> None:
    """Open a page and wait until it is unpacked."""
    browser.open(f"{page.as_uri()}{query}")
    browser.evaluate(
        "new Promise((done) => { const look = () => window.walkthrough ? done(1) :"
        " requestAnimationFrame(look); look(); })"
    )


def main(*files: str) -> int:
    """Compare and report; return 1 if anything differs."""
    start = started_firefox if "--firefox" in files else started
    files = tuple(each for each in files if each != "--firefox")
    recordings = [*map(Path, files)] or sorted(server_folder().parent.glob("*/recording.jsonl"))
    status = 0
    with tempfile.TemporaryDirectory() as name, start(Path(name) / "profile") as browser:
        for recording in recordings:
            begun = time.monotonic()
            count, wrong = differences(browser, recording, Path(name))
            size = (Path(name) / "page.html").stat().st_size
            took = time.monotonic() - begun
            print(f"{recording.parent.name}: {count} steps, {size} bytes, {took:.1f} s", flush=True)
            print(*wrong[:10], sep="\n", end="\n" * bool(wrong))
            status = status or int(bool(wrong))
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
