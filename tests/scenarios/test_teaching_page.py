"""docs/teaching.md can be followed: its keys are there, and lead where it says."""

import re
from pathlib import Path

import pytest

from walkthrough.model.events import ClientActed, begins_stage
from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios
from walkthrough.tui.widgets.actions import BY_ID

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "teaching.md").read_text("utf-8")
CARD = re.search(r"on a card:\n\n(.*?)\n\n", TEXT, re.DOTALL)
CHINESE = (ROOT / "docs" / "zh" / "teaching.md").read_text("utf-8")
ENTERED = {
    "en": re.findall(r"`H`,(?: choose)? \*\*(.+?)\*\*, Enter", TEXT),
    "zh": re.findall(r"`H`，选\*\*(.+?)\*\*，Enter", CHINESE),
}


def test_every_key_on_the_card_is_a_key() -> None:
    assert CARD is not None
    named = re.findall(r"`([^`]+)`", CARD[1])
    keys = {key for action in BY_ID.values() for key in action.shown.split()}
    assert len(named) > 10
    assert set(named) <= keys


@pytest.mark.parametrize("language", ENTERED)
def test_the_titles_are_those_on_home(language: str) -> None:
    wanted = ("accept-parks", "burst", "backlog-full")
    assert ENTERED[language] == [scenarios.load(name).title.says(language) for name in wanted]


@pytest.mark.parametrize(
    ("name", "times", "stage"),
    [
        ("handshake-before-accept", 7, "pollOpen"),
        ("accept-parks", 8, "accept"),
        ("burst", 8, "accept"),  # the ninth waits for the server to park
        ("backlog-full", 9, "accept"),  # listen begins twice
    ],
)
def test_n_leads_where_the_page_says(name: str, times: int, stage: str) -> None:
    begun: list[str] = []
    for _, event in load(ROOT / "scenarios" / name / "recording.jsonl"):
        if begins_stage(event) and event.stage is not None:
            begun.append(str(event.stage))
        if isinstance(event, ClientActed) and len(begun) >= times:
            break
    assert begun[times - 1] == stage
