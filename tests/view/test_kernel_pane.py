"""What the kernel pane says above its entries."""

import pytest

from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.events import ProcessExited
from walkthrough.recording.file import load
from walkthrough.scenario.loader import server_folder
from walkthrough.state.history import History
from walkthrough.view.kernel_pane import kernel_rows
from walkthrough.view.step import step_at


@pytest.mark.parametrize(
    ("language", "running", "ended"),
    [
        (
            "en",
            "This step changed nothing (view: event {})",
            "The server has ended; this is how it was at event {}",
        ),
        ("zh", "这一步没有变化（视图来自事件 {}）", "服务端已结束；这是事件 {} 时的样子"),
    ],
)
def test_what_is_left_of_a_server_that_has_ended_is_not_passed_off_as_now(
    language: str, running: str, ended: str
) -> None:
    history = History.load(load(server_folder().parent / "accept-deadline" / "recording.jsonl"))
    exits = next(
        index for index in range(len(history)) if isinstance(history.event(index), ProcessExited)
    )
    view = history.last_view(exits) + 1
    said = []
    for index in (history.previous_step(exits), len(history) - 1):
        rows = kernel_rows(step_at(history, index, None, catalogue(language)), 100)
        said.append("".join(piece.text for piece in rows.rows[0]))
        assert rows.rows_of_last_change == 1
    assert said == [running.format(view), ended.format(view)]
