"""Which scenario comes next."""

from pathlib import Path

import pytest

from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.chapters import by_chapter
from walkthrough.scenario.order import following


def test_each_leads_to_the_next_as_home_lists_them() -> None:
    listed = sorted(
        map(scenarios.load, scenarios.names()),
        key=lambda each: by_chapter(each.chapter, each.order, each.name),
    )
    names = [each.name for each in listed]
    found = [following(name) for name in names]
    assert [each.name if each is not None else "" for each in found] == [*names[1:], ""]


def test_after_ones_own_or_an_unknown_one_nothing_is_proposed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "mine"
    own.mkdir()
    text = (scenarios.find("burst") / scenarios.FILE).read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith(("chapter", "name"))]
    (own / scenarios.FILE).write_text("\n".join(lines), "utf-8")
    monkeypatch.setenv(scenarios.ELSEWHERE, str(tmp_path))
    assert following("mine") is None
    assert following("no-such-scenario") is None


def test_what_cannot_be_read_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    after = following("burst")
    assert after is not None
    for name in (after.name, "torn", "odd"):
        (tmp_path / name).mkdir()
    (tmp_path / after.name / scenarios.FILE).write_text('chapter = "poller"\norder = 3\n')
    (tmp_path / "torn" / scenarios.FILE).write_bytes(b"chapter = \xff")
    (tmp_path / "odd" / scenarios.FILE).write_text('chapter = "nowhere"')
    monkeypatch.setenv(scenarios.ELSEWHERE, str(tmp_path))
    later = following("burst")
    assert later is not None
    assert later.name != after.name
