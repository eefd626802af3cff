"""docs/teaching.md can be followed: its keys, titles and questions are there."""

import re
from pathlib import Path

import pytest
from textual.binding import Binding

from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.routes import ROUTES
from walkthrough.tui.features.quiz.box import QuizBox
from walkthrough.tui.widgets.actions import BY_ID

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "teaching.md").read_text("utf-8")
CARD = re.search(r"on a card:\n\n(.*?)\n\n", TEXT, re.DOTALL)
CHINESE = (ROOT / "docs" / "zh" / "teaching.md").read_text("utf-8")
ENTERED = {
    "en": re.findall(r"`H`, then `Down` to \*\*(.+?)\*\*, Enter", TEXT),
    "zh": re.findall(r"`H`，再按 `Down` 到\*\*(.+?)\*\*，Enter", CHINESE),
}


def test_every_key_on_the_card_is_a_key() -> None:
    assert CARD is not None
    named = re.findall(r"`([^`]+)`", CARD[1])
    keys = {key for action in BY_ID.values() for key in action.shown.split()}
    at_a_question = {each.key for each in QuizBox.BINDINGS if isinstance(each, Binding)}
    assert {"h", "o", "enter"} <= at_a_question
    keys |= {"h", "o", "Enter"}
    assert len(named) > 10
    assert set(named) <= keys


@pytest.mark.parametrize("language", ENTERED)
def test_the_titles_are_those_on_home(language: str) -> None:
    first, *then = ROUTES["45-minutes"].scenarios
    assert f"walkthrough {first}\n" in TEXT
    titles = [scenarios.load(name).title.says(language) for name in then]
    assert ENTERED[language] == titles, "each one line below the last"


ASKED = {
    # Where the page says that the screen asks, and how it says so.
    "handshake-before-accept.connect": "connects as soon as listen has returned",
    "handshake-before-accept.gone": "what accept4 will return",
    "accept-parks.returns": "when accept4 will return",
    "accept-parks.who": "what its thread does",
    "burst.wakes": "how often the loop must be woken",
    "burst.stop": "what if the loop waited for epoll now",
    "backlog-full.third": "what the third client sees",
    "backlog-full.later": "what happens to the third later",
    "backlog-full.how-many": "how many fit into the queue",
}


def test_the_questions_are_those_that_the_screen_asks() -> None:
    asked = {
        question.id
        for name in {id.partition(".")[0] for id in ASKED}
        for question in scenarios.load_lesson(scenarios.find(name)).question
    }
    assert set(ASKED) <= asked
    bold = [" ".join(each.split()) for each in re.findall(r"\*\*([^*]+)\*\*", TEXT)]
    places = [next(n for n, each in enumerate(bold) if said in each) for said in ASKED.values()]
    assert places == sorted(places), "in the order of the page"
