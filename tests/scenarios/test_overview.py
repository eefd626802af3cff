"""The overview for users, docs/scenarios.md, speaks of the scenarios that there are."""

import re
from pathlib import Path

import pytest
from rich.cells import cell_len

from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.chapters import Chapter

TEXT = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text("utf-8")
ROWS = dict(re.findall(r"^\| `([\w-]+)` \|.*\| ([\w, ]+) \|$", TEXT, re.MULTILINE))
RANK = {chapter: number for number, chapter in enumerate(Chapter)}
SPELLED = {"go": "Go", "python": "Python"}


def test_it_lists_every_scenario_and_no_other() -> None:
    assert sorted(ROWS) == sorted(scenarios.names())


@pytest.mark.parametrize("name", scenarios.names())
def test_it_names_the_servers(name: str) -> None:
    assert ROWS[name] == ", ".join(SPELLED[each] for each in scenarios.load(name).servers)


def test_it_lists_them_by_chapter_as_home_does() -> None:
    headings = [line.removeprefix("## ") for line in TEXT.splitlines() if line.startswith("## ")]
    chapters = [each for each in Chapter if each is not Chapter.OWN]
    assert headings[: len(chapters)] == [str(each.heading) for each in chapters]
    places = [(RANK[one.chapter], one.order) for one in map(scenarios.load, ROWS)]
    assert places == sorted(set(places)), "in order, and no two in one place"


_TELLING = re.compile(r"\bE[A-Z]{4,}\b|\bAF_INET6?\b|\bSIG[A-Z]+\b|\b\d{2,}\b|/proc")
"""What of an answer gives it away wherever it stands: an error, a family, a signal, a number."""


@pytest.mark.parametrize("name", scenarios.names())
def test_home_does_not_answer_the_questions_of_the_lesson(name: str) -> None:
    scenario = scenarios.load(name)
    lesson = scenarios.load_lesson(scenarios.find(name))
    for language in ("en", "zh"):
        teaser = scenario.teaser.says(language) if scenario.teaser is not None else ""
        shown = "\n".join((scenario.title.says(language), teaser, scenario.summary.says(language)))
        for question in lesson.question:
            asked = question.ask.says(language)
            for choice in question.choice:
                if choice.right:
                    given = {*_TELLING.findall(choice.says(language))}
                    given -= {*_TELLING.findall(asked)}
                    assert not given & {*_TELLING.findall(shown)}, (question.id, language)
                    answer = choice.says(language).rstrip(".。")
                    assert len(answer) < 8 or answer not in shown, question.id


@pytest.mark.parametrize("name", scenarios.names())
def test_what_home_says_of_it_fits_a_small_terminal(name: str) -> None:
    scenario = scenarios.load(name)
    assert scenario.chapter is not Chapter.OWN
    assert scenario.teaser is not None
    for language in ("en", "zh"):
        assert cell_len(scenario.title.says(language)) <= 33
        assert 10 <= cell_len(scenario.teaser.says(language)) <= 37  # a ✓ stands before it


@pytest.mark.parametrize("name", scenarios.names())
def test_its_goals_are_few_and_fit_a_small_terminal(name: str) -> None:
    goals = scenarios.load(name).goal
    assert 1 <= len(goals) <= 4
    for goal in goals:
        assert goal.how is not None
        for language in ("en", "zh"):
            assert cell_len(goal.look.says(language)) <= 70
            assert cell_len(goal.how.says(language)) <= 76
