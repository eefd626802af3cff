"""The caption of presenting speaks of the step that is shown, and of no other."""

import dataclasses

import pytest

from walkthrough.i18n.catalogue import Catalogue, catalogue
from walkthrough.lesson.lesson import lesson_for
from walkthrough.model.events import ClientActed, ProcessExited
from walkthrough.recording.file import load
from walkthrough.scenario.loader import server_folder
from walkthrough.state.history import History
from walkthrough.view.caption import MOST_TIMES, READ_IN_ONE, caption_rows, note_of, times_to_read
from walkthrough.view.copied_text import whole_step
from walkthrough.view.step import StepContext, step_at
from walkthrough.view.text import cell_width

EN, ZH = catalogue("en"), catalogue("zh")


def walked(name: str, tr: Catalogue = EN) -> list[StepContext]:
    """Return every step of a scenario's recording."""
    history = History.load(load(server_folder().parent / name / "recording.jsonl"))
    lesson = lesson_for(history.header)
    steps: list[StepContext] = []
    index = history.beginning()
    while not steps or index > steps[-1].index:
        steps.append(step_at(history, index, lesson, tr))
        index = history.next_step(index)
    return steps


@pytest.mark.parametrize("name", ["backlog-full", "port-in-use"])
def test_what_is_not_done_by_the_server_has_no_note_of_where_it_stands(name: str) -> None:
    steps = walked(name)
    others = [each for each in steps if isinstance(each.event, ClientActed | ProcessExited)]
    assert others
    for step in others:
        assert note_of(step) == ""
        assert len([row for row in caption_rows(step, "", 200, 4) if row]) == 1
        assert f"{EN('Note')}: " not in whole_step(step, EN)
    noted = [each for each in steps if note_of(each)]
    assert len(noted) > 20
    assert all(each.view is not None and each.failed_at < 0 for each in noted)


def test_what_is_asleep_is_so_in_the_caption_too() -> None:
    step = next(each for each in walked("backlog-full") if "about to make" in _head(each))
    assert _head(step, asleep=True).startswith("asleep in the system call")


def _head(step: StepContext, *, asleep: bool = False) -> str:
    return caption_rows(step, "", 200, 4, asleep=asleep)[0][0].text


def test_a_long_note_has_more_time() -> None:
    steps = walked("first-connection")
    times = {times_to_read(each) for each in steps}
    assert {1, MOST_TIMES} <= times
    for step in steps:
        needed = cell_width(note_of(step)) / READ_IN_ONE
        assert times_to_read(step) >= min(needed, MOST_TIMES)
    assert times_to_read(dataclasses.replace(steps[-1], view=None)) == 1


@pytest.mark.parametrize("tr", [EN, ZH], ids=["en", "zh"])
def test_of_a_note_that_is_too_long_whole_sentences_are_shown(tr: Catalogue) -> None:
    cut = 0
    for step in walked("first-connection", tr):
        rows = caption_rows(step, "", 78, 5)
        assert len(rows) <= 5
        note = ["".join(piece.text for piece in row) for row in rows if row[0].kind == "note"]
        whole = "".join(note_of(step).split())
        said = "".join("".join(note).removesuffix(" …").split())
        if said and said != whole:
            cut += 1
            assert whole.startswith(said)
            assert said[-1] in ".!?。！？"
    assert cut


def test_a_sentence_that_is_too_long_by_itself_is_cut_where_the_room_ends() -> None:
    step = next(each for each in walked("first-connection") if len(note_of(each)) > 300)
    *_, last = caption_rows(step, "", 40, 2)
    assert last[0].text.endswith("…")
    assert last[0].text.rstrip("…")[-1] not in ".!?"
