"""The list of misconceptions, its page, and the answers that stand for one belong together."""

import re
from pathlib import Path

import pytest

from walkthrough.i18n.catalogue import catalogue
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.misconceptions import MISCONCEPTIONS

ZH = catalogue("zh")
DOCS = Path(__file__).parents[2] / "docs"
_PARTS = re.split(r"^## (\d+)\. (.*)$", (DOCS / "misconceptions.md").read_text("utf-8"), flags=re.M)
SECTIONS = {
    int(number): (title, text)
    for number, title, text in zip(_PARTS[1::3], _PARTS[2::3], _PARTS[3::3], strict=True)
}
BELIEVED = {
    (choice.believes, name)
    for name in scenarios.names()
    for question in scenarios.load_lesson(scenarios.find(name)).question
    for choice in question.choice
    if choice.believes
}


def test_the_page_has_each_under_its_number_and_name() -> None:
    assert [*MISCONCEPTIONS] == [*SECTIONS] == [*range(1, 19)]
    for number, (title, text) in SECTIONS.items():
        assert title == str(MISCONCEPTIONS[number].belief)
        assert "**Believed:**" in text
        assert "**In fact:**" in text
        assert ("**Seen in**" in text) == bool(MISCONCEPTIONS[number].scenarios)
        assert "**Seen in**" in text or "**Not seen yet.**" in text or "**Not seen yet:**" in text


def test_the_chinese_page_calls_each_what_the_screen_calls_it() -> None:
    page = (DOCS / "zh" / "misconceptions.md").read_text("utf-8")
    titles = dict(re.findall(r"^## (\d+)\. (.*)$", page, flags=re.M))
    assert titles == {str(n): ZH(known.belief) for n, known in MISCONCEPTIONS.items()}
    for part in re.split(r"^## \d+\. ", page, flags=re.M)[1:]:
        assert re.findall(r"^\*\*(相信：|实际：|见于)\*\*", part, flags=re.M) == [
            "相信：",
            "实际：",
            "见于",
        ]


@pytest.mark.parametrize("number", MISCONCEPTIONS)
def test_where_it_is_seen_to_be_false_is_on_the_page_and_asked_there(number: int) -> None:
    linked = re.findall(r"\]\(\.\./scenarios/([\w-]+)\)", SECTIONS[number][1])
    assert set(linked) <= set(scenarios.names())
    assert set(MISCONCEPTIONS[number].scenarios) <= set(linked)
    for name in MISCONCEPTIONS[number].scenarios:
        assert (number, name) in BELIEVED, f"no wrong choice of {name} believes {number}"


def test_every_wrong_choice_of_every_scenario_is_explained() -> None:
    for name in scenarios.names():
        for question in scenarios.load_lesson(scenarios.find(name)).question:
            for choice in question.choice:
                if not choice.right:
                    assert choice.why is not None, question.id
                    assert {*choice.why} >= {"en", "zh"}, question.id
                    assert choice.why.says("en").endswith("."), question.id
                    assert choice.why.says("zh").endswith("。"), question.id


def test_the_overview_of_scenarios_leads_to_the_page() -> None:
    text = (DOCS / "scenarios.md").read_text("utf-8")
    used = {int(n) for n in re.findall(r"\[(\d+)\](?!:)", text)}
    defined = {int(n) for n in re.findall(r"^\[(\d+)\]: misconceptions\.md#\1-", text, re.M)}
    assert used == defined
    assert used <= set(MISCONCEPTIONS)
