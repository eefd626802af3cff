"""A scenario's prerequisites: they exist, and none of them comes after it."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.loader import ScenarioError
from walkthrough.scenario.validation.prerequisite_rules import prerequisite_mistakes


def said(name: str, after: Mapping[str, tuple[str, ...]]) -> list[str]:
    found = prerequisite_mistakes(name, after[name], lambda: after.keys(), after.__getitem__)
    return [str(each.message) for each in found]


def test_what_comes_with_the_program_is_right() -> None:
    after = {name: scenarios.load(name).after for name in scenarios.names()}
    assert any(after.values())
    for name in after:
        assert said(name, after) == [], name


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ({"a": (), "b": ("a",), "c": ("b", "a")}, []),
        (
            {"a": ("burts",), "burst": ()},
            ["after has 'burts', and there is no such scenario; did you mean 'burst'?"],
        ),
        (
            {"a": ("a",)},
            ["after has 'a', which comes after 'a' itself ('a' > 'a'): leave one of them out."],
        ),
        (
            {"a": ("x", "b"), "x": (), "b": ("c",), "c": ("a", "b")},
            [
                "after has 'b', which comes after 'a' itself ('a' > 'b' > 'c' > 'a'): leave one "
                "of them out."
            ],
        ),
        ({"a": ("b",), "b": ("c",), "c": ("b",)}, []),  # a circle, but not through this one
    ],
)
def test_mistakes(after: Mapping[str, tuple[str, ...]], expected: list[str]) -> None:
    assert said("a", after) == expected


def test_ones_own_are_looked_for_beside_it_and_among_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (scenarios.find("burst") / scenarios.FILE).read_text("utf-8")
    own = {
        "mine": '["burst", "other"]',
        "other": '["mine"]',
        "third": '["brust"]',
        "fourth": '["burst", "burst"]',
        "fifth": '["../burst"]',
    }
    for name, after in own.items():
        (tmp_path / name).mkdir()
        lines = [
            f"after = {after}" if line.startswith("after") else line
            for line in text.replace("burst.", f"{name}.").splitlines()
            if not line.startswith("name")
        ]
        (tmp_path / name / scenarios.FILE).write_text("\n".join(lines), "utf-8")
    monkeypatch.delenv(scenarios.ELSEWHERE, raising=False)
    for name, expected in (
        ("mine", "('mine' > 'other' > 'mine')"),
        ("third", "did you mean 'burst'?"),
        ("fourth", "after has 'burst' twice; name it once."),
        ("fifth", "which cannot be the name of a scenario"),
    ):
        with pytest.raises(ScenarioError, match="after has") as caught:
            scenarios.load_folder(tmp_path / name)
        assert expected in str(caught.value)
        assert f"{name}/scenario.toml, line " in str(caught.value)
