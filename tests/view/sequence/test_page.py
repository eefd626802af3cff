"""The sequence diagram's page: what stands below its rows."""

import pytest

from walkthrough.i18n.catalogue import catalogue
from walkthrough.recording.file import load
from walkthrough.scenario.loader import server_folder
from walkthrough.state.history import History
from walkthrough.view.sequence.page import SequencePage
from walkthrough.view.step import step_at

EN = catalogue("en")


def shown(history: History, index: int) -> list[str]:
    page = SequencePage()
    step = step_at(history, index, None, EN)
    page.show(step, 100)
    while not page.reached:
        page.show(step, 100)
    return ["".join(piece.text for piece in page.row(at)) for at in range(len(page))]


@pytest.mark.parametrize(("name", "call"), [("port-in-use", "bind"), ("first-connection", "bind")])
def test_nothing_is_said_to_go_on_below_its_own_result(name: str, call: str) -> None:
    history = History.load(load(server_folder().parent / name / "recording.jsonl"))
    looked, index = 0, history.beginning()
    while (following := history.next_step(index)) > index:
        index = following
        place = history.world(index).place
        if place.stage != call or place.step is not None:
            continue
        rows = shown(history, index)
        result = next(
            (at for at, row in enumerate(rows) if f"{call}(3, " in row and "= " in row), 0
        )
        going_on = [at for at, row in enumerate(rows) if f" {call} …" in row]
        assert not (result and going_on), rows
        looked += 1
    assert looked > 3


def test_between_two_rows_it_is_said_where_the_server_is() -> None:
    history = History.load(load(server_folder().parent / "first-connection" / "recording.jsonl"))
    assert any(
        " listenerBacklog …" in shown(history, index)[-1]
        for index in range(0, len(history) // 2, 7)
        if history.world(index).place.step == "listenerBacklog"
    )
