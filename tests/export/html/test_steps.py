"""Every step can be had back from what a page stores, and it stops where the screen stops."""

from pathlib import Path

from tests.export.html.conftest import SCENARIOS, WrittenPage
from walkthrough.export.html.rows import applied
from walkthrough.i18n.catalogue import catalogue
from walkthrough.lesson.lesson import lesson_for
from walkthrough.recording.file import load
from walkthrough.state.history import History
from walkthrough.view.calls import CallRows
from walkthrough.view.kernel_pane import kernel_rows
from walkthrough.view.step import step_at

FIRST = SCENARIOS / "first-connection" / "recording.jsonl"
SAMPLED = 7
"""Every so many steps are looked at."""


def history_of(file: Path) -> History:
    return History.load(load(file))


def shown(page: WrittenPage, language: str, pane: str) -> list[list[str]]:
    """Return the texts of a pane at each step."""
    walk, numbers = page.data["walk"], list[int]()
    found = []
    for changed in walk["panes"][language][pane]:
        numbers = applied(numbers, changed)
        found.append(["".join(walk["rows"][each][2::2]) for each in numbers])
    return found


def squeezed(rows: list[str]) -> str:
    return "".join("".join(rows).split())


def test_panes_say_what_the_screen_says_at_its_own_width(first_connection: WrittenPage) -> None:
    """The screen wraps and cuts; the words are the same."""
    history = history_of(FIRST)
    lesson = lesson_for(history.header)
    events = first_connection.data["walk"]["events"]
    for language in ("en", "zh"):
        kernel = shown(first_connection, language, "kernel")
        calls = shown(first_connection, language, "calls")
        for number in range(0, len(events), SAMPLED):
            step = step_at(history, events[number], lesson, catalogue(language))
            on_screen = ["".join(p.text for p in row) for row in kernel_rows(step, 48).rows]
            assert squeezed(kernel[number]) == squeezed(on_screen), number
            on_screen_calls = CallRows(step, 400)
            rows = [on_screen_calls.row(at) for at in range(len(on_screen_calls))]
            assert calls[number] == ["".join(p.text for p in row) for row in rows], number


def test_it_stops_where_the_screen_stops(first_connection: WrittenPage) -> None:
    history, walk = history_of(FIRST), first_connection.data["walk"]
    events = walk["events"]
    for stops, following in (
        (walk["stages"], history.next_stage),
        (walk["changes"], history.next_change),
    ):
        for number, index in enumerate(events):
            after = next((stop for stop in stops if stop > number), len(events) - 1)
            assert events[after] == following(index)


def test_the_step_an_event_belongs_to(first_connection: WrittenPage) -> None:
    history, walk = history_of(FIRST), first_connection.data["walk"]
    for start, end in zip(walk["starts"], walk["events"], strict=True):
        assert history.step_start(end) == start
        assert history.step_end(start) == end
    assert walk["events"][0] == history.beginning()
    assert walk["events"][-1] == len(history) - 1 == walk["count"] - 1
