"""Says what every pane shows at every step of recordings, in a process that has no screen.

``python -m tests.support.every_step RECORDING…`` prints, for each recording and language, how many
steps there are and what is wrong with their rows.
"""

import gc
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from walkthrough.i18n.catalogue import catalogue
from walkthrough.lesson.lesson import Lesson, StepView, lesson_for
from walkthrough.model.stages import Stage
from walkthrough.quiz.generator import QuestionGenerator
from walkthrough.quiz.score import QuizScore
from walkthrough.recording.file import load
from walkthrough.state.history import History
from walkthrough.state.timeline.timeline import EventTimeline
from walkthrough.view.calls import CallRows
from walkthrough.view.caption import caption_rows
from walkthrough.view.event_text import sentence, who
from walkthrough.view.kernel_pane import kernel_rows, last_change, parts, parts_before, same
from walkthrough.view.path import path_rows
from walkthrough.view.quiz import bar_rows, question_rows, review_rows, verdict_rows
from walkthrough.view.sequence.page import SequencePage
from walkthrough.view.source.breadcrumb import breadcrumb
from walkthrough.view.source.content import SourceMode
from walkthrough.view.source.navigation import place_of
from walkthrough.view.source.page import source_page
from walkthrough.view.source.rows import SourceRows
from walkthrough.view.source.values import value_rows
from walkthrough.view.step import StepContext, step_at
from walkthrough.view.text import Row, safe, width_of
from walkthrough.view.text_styles import KINDS
from walkthrough.view.timeline.page import TimelinePage, here_of, label_width
from walkthrough.view.timeline.scale import scale_for

LANGUAGES = ("en", "zh")
HEIGHT = 16
WIDTHS = {"path": 32, "source": 56, "calls": 60, "kernel": 48, "sequence": 96, "timeline": 118}
"""Cells of each pane: about as many as on a screen of 120x40."""
KINDS_AND_NONE = frozenset((*KINDS, ""))
_ALL_FOLDED: dict[Stage, bool] = {}


class Walk:
    """The panes of one walk in one language; what they keep between steps is kept.

    In predict mode there are no notes, and no timeline.
    """

    def __init__(
        self, history: History, lesson: Lesson, language: str, *, predicts: bool = False
    ) -> None:
        self._history, self._language, self._lesson = history, language, lesson
        self._predicts = predicts
        self.tr = catalogue(language)
        self._source, self._other = SourceRows(), SourceRows()
        self._sequence = SequencePage()
        self._kernel_made_for: tuple[object, ...] = ()
        timeline = EventTimeline(history)
        while timeline.take():
            pass
        width = WIDTHS["timeline"]
        scale = scale_for(len(history), width - label_width(HEIGHT), growing=False)
        self._timeline = TimelinePage(timeline, width, HEIGHT, scale, catalogue(language))

    def step(self, index: int) -> Iterator[tuple[str, list[Row], int]]:
        """Yield the panes at an event: name, rows, cells that a row may have."""
        step = step_at(self._history, index, self._lesson, self.tr, hushed=self._predicts)
        assert step.event is not None
        said = sentence(step.event, self.tr, kernel=step.world.kernel)
        assert said.strip()
        assert safe(said) == said
        assert step.event.thread is None or who(step.event, self.tr)
        width = WIDTHS["path"]
        path = [row.row for row in path_rows(step.world, _ALL_FOLDED, self.tr, width)]
        yield "path", path, width
        width = WIDTHS["calls"]
        calls = CallRows(step, width)
        assert calls.title(width)
        last = range(max(len(calls) - HEIGHT, 0), len(calls))  # those in sight
        yield "calls", [calls.row(number) for number in last], width
        width = WIDTHS["kernel"]
        made_for = (*parts(step), *parts_before(step), last_change(step))
        unchanged = same(made_for, self._kernel_made_for)  # worlds share what did not change
        if self._predicts or not unchanged:
            self._kernel_made_for = made_for
            yield "kernel", kernel_rows(step, width).rows, width
        width = WIDTHS["sequence"]
        while not (self._sequence.show(step, width) is None or self._sequence.reached):
            pass
        last = range(max(len(self._sequence) - HEIGHT, 0), len(self._sequence))
        rows = [self._sequence.header, self._sequence.lifelines]
        yield "sequence", rows + [self._sequence.row(number) for number in last], width
        width = WIDTHS["timeline"]
        if not self._predicts:
            yield "timeline", self._timeline.rows(here_of(step), 0, None), width
        yield "caption", caption_rows(step, "", width, 4), width
        yield from self._of_source(step)

    def _of_source(self, step: StepContext) -> Iterator[tuple[str, list[Row], int]]:
        view = step.view or StepView()
        width = WIDTHS["source"]
        place = place_of(view, step.index, None)
        page = source_page(step, place, SourceMode.BESIDE, 2 * width, HEIGHT)
        assert page.title("2", width)
        tr = catalogue(self._language)
        for text, column in ((self._source, page.main), (self._other, page.other)):
            if column is None:
                continue
            text.lay_out(column.column, tr, page.empty, width)
            text.set_inset(HEIGHT)
            first, last = text.sight
            top = max(first - HEIGHT // 3, 0)
            around = range(top, min(max(top + HEIGHT, last + 1), len(text)))
            yield "source", [text.row(number) for number in around], width
        yield "breadcrumb", [breadcrumb(page.names, page.numbers, width)[0]], width
        yield "values", value_rows(view, self.tr, width, 4), width

    def quiz(self) -> Iterator[tuple[str, list[Row], int]]:
        """Yield all questions with what came of them, and the review."""
        course, score, tr = QuestionGenerator(self._history), QuizScore(), self.tr
        course.read_to(len(self._history) - 1, len(self._history))
        course.end()
        width = WIDTHS["timeline"]
        last = course.step_of(len(self._history) - 1)
        for asked in course.settled_between(0, last):
            yield "question", [each.row for each in question_rows(asked, tr, width, 0)], width
            given = score.answer(asked, len(score) % len(asked.options))
            yield "verdict", [each.row for each in verdict_rows(given, tr, width)], width
            rows = bar_rows(score, [given], None, tr, width, said="")
            yield "bar", rows, width
        rows = [each.row for each in review_rows(score, 0, tr, width)]
        yield "review", rows, width


def mistakes(name: str, row: Row, width: int) -> Iterator[str]:
    """Yield what is wrong with a row of a pane."""
    if width_of(row) > width:
        yield f"{name}: wider than {width}: {row}"
    if KINDS_AND_NONE.issuperset(kind for _, kind in row):
        said = "".join(text for text, _ in row)
        if safe(said) == said:  # so is every part of it
            return
    for text, kind in row:
        if safe(text) != text:
            yield f"{name}: a terminal would obey it: {text!r}"
        if kind and kind not in KINDS:
            yield f"{name}: no kind {kind!r} is known"


def walked(history: History, lesson: Lesson, language: str) -> tuple[int, list[str]]:
    """Return how many steps a recording has, and what is wrong with their rows."""
    walk = Walk(history, lesson, language)
    steps, index, wrong = 0, history.beginning(), dict[str, None]()
    seen = defaultdict[int, set[Row]](set)

    def look(where: str, rows: Iterable[Row], width: int) -> None:
        new = set(rows) - seen[width]  # most stay as they were
        seen[width] |= new
        for row in new:
            wrong.update(dict.fromkeys(mistakes(where, row, width)))

    while True:
        steps += 1
        for name, rows, width in walk.step(index):
            look(f"{index} {name}", rows, width)
        following = history.next_step(index)
        if following <= index:
            break
        index = following
    for name, rows, width in walk.quiz():
        look(name, rows, width)
    return steps, list(wrong)


def main(*files: str) -> None:
    """Print what is made of recordings, as JSON."""
    gc.disable()  # what is made is kept, and there are next to no cycles to be found
    found: dict[str, dict[str, tuple[int, list[str]]]] = {}
    for file in files:
        history = History.load(load(Path(file)))
        lesson = lesson_for(history.header)
        found[file] = {language: walked(history, lesson, language) for language in LANGUAGES}
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
