"""What the scenarios say at the end of a walk that one can try: each has it, and it can be done."""

import re
from pathlib import Path

import pytest

from walkthrough.cli.errors import UsageError
from walkthrough.cli.parser import parse
from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.protocol import ActCommand
from walkthrough.scenario import labs
from walkthrough.scenario import loader as scenarios
from walkthrough.tui.features.client.act_parser import parse_act
from walkthrough.tui.widgets.actions import BY_ID

EN = catalogue("en")
KEYS = {action.shown for action in BY_ID.values()}
SHELL = {"cat", "grep", "ip", "ls"}
FREE = {"FILE.md"}
"""What somebody puts something of their own for."""


def typed(name: str, language: str) -> list[str]:
    """Return what a scenario wants typed: it stands between backticks."""
    text = scenarios.load(name).try_next
    assert text is not None, name
    said = text.says(language)
    assert said.count("`") % 2 == 0, said
    return re.findall(r"`([^`]+)`", said)


def why_not(text: str, name: str) -> str:
    """Say why what is typed is nothing that can be typed; "" if it can be."""
    word, *rest = text.split()
    if text in KEYS or text in scenarios.names():
        return ""
    if word in SHELL:
        missing = [each for each in rest if each.startswith("/") and not Path(each).exists()]
        return f"no such file: {missing}" if missing else ""
    if word != "walkthrough":
        clients = range(1, len(scenarios.load(name).script) + 1)
        made = parse_act(text, clients, EN)
        return "" if isinstance(made, ActCommand) else made
    parse(rest, EN)  # raises where the command line is wrong; nothing is run
    command, *named = [each for each in rest if not each.startswith("-") and each not in FREE]
    if command in scenarios.names():
        return ""
    assert command in {"compare", "lab"}
    known = labs.names() if command == "lab" else scenarios.names()
    return "" if named and {*named} <= {*known} else f"no {command} of {named}"


@pytest.mark.parametrize("name", scenarios.names())
def test_there_is_something_to_try_and_it_can_be_typed(name: str) -> None:
    wanted = typed(name, "en")
    assert wanted, "nothing to press, to type or to open"
    assert sorted(typed(name, "zh")) == sorted(wanted)
    for text in wanted:
        assert why_not(text, name) == "", text


def test_what_can_not_be_typed_is_noticed() -> None:
    for text in ("no-such-scenario", "cat /proc/no/such", "connect to me", "walkthrough lab burst"):
        assert why_not(text, "burst"), text
    with pytest.raises(UsageError):
        why_not("walkthrough compare burst accept-parks one-too-many", "burst")


@pytest.mark.parametrize("name", ["close-while-accepting", "unix-socket"])
def test_a_line_that_a_goal_waits_for_can_come_from_another_client(name: str) -> None:
    """Once the script's client has sent something else, ``A`` no longer leads to the goal."""
    scenario = scenarios.load(name)
    line = scenario.server.close_on.strip()
    hows = [goal.how for goal in scenario.goal if goal.how and line in goal.how.says("en")]
    assert len(hows) == 1
    for language in ("en", "zh"):
        said = hows[0].says(language)
        assert line in said
        assert re.search(r"\bc(, |、)C\b", said)
