"""The overview for users, docs/scenarios.md, speaks of the scenarios that there are."""

import re
from pathlib import Path

import pytest

from walkthrough.lesson import scenario as scenarios

TEXT = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text("utf-8")
ROWS = dict(re.findall(r"^\| `([\w-]+)` \|.*\| ([\w, ]+) \|$", TEXT, re.MULTILINE))
LINKS = re.findall(r"\]\(\.\./scenarios/([\w-]+)\)", TEXT)
SPELLED = {"go": "Go", "python": "Python"}


def test_it_lists_every_scenario_and_no_other() -> None:
    assert sorted(ROWS) == sorted(scenarios.names())


@pytest.mark.parametrize("name", scenarios.names())
def test_it_names_the_servers(name: str) -> None:
    assert ROWS[name] == ", ".join(SPELLED[each] for each in scenarios.load(name).servers)


def test_each_of_the_fourteen_beliefs_is_seen_false_somewhere() -> None:
    anchors = re.findall(r'<a id="(\d+)"></a>\1 \|', TEXT)
    assert anchors == [str(number) for number in range(1, 15)]
    assert set(LINKS) <= set(scenarios.names())
    rows = [line for line in TEXT.splitlines() if line.startswith("| <a id=")]
    assert all("](../scenarios/" in row for row in rows)
    used = set(re.findall(r"\[\d+\]\(#(\d+)\)", TEXT))
    assert used == set(anchors)
