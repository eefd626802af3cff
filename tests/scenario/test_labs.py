"""Labs: found beside their scenarios, complete in every language, and refused with one sentence."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from walkthrough.i18n.catalogue import languages
from walkthrough.scenario import labs, loader
from walkthrough.scenario.loader import ELSEWHERE, ScenarioError

NAMES = labs.names()


@pytest.mark.parametrize("name", NAMES)
def test_a_lab_is_whole(name: str) -> None:
    lab = labs.load(name)
    assert lab.scenario.name == f"{name}-lab"
    assert lab.scenario.servers == ("go",)
    assert labs.skeleton(lab).startswith("// ")
    texts = (lab.scenario.title, lab.scenario.summary, lab.texts.predict, lab.texts.answer)
    for text in (*texts, *lab.texts.hint):
        assert {*text} >= {*languages()}
    assert len(lab.texts.hint) >= 3, "from vague to concrete"
    promised = lab.scenario.expect
    assert promised.calls or promised.kernel or promised.printed


def test_a_scenario_without_a_lab_names_those_with_one() -> None:
    with pytest.raises(ScenarioError, match=r"first-connection has no lab; .* backlog-capped"):
        labs.load("first-connection")
    with pytest.raises(ScenarioError, match="did you mean backlog-capped"):
        labs.load("backlog-cappe")


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "mine"
    shutil.copytree(loader.find("backlog-capped"), folder)
    scenario = folder / loader.FILE
    scenario.write_text(scenario.read_text("utf-8").replace('"backlog-capped', '"mine'), "utf-8")
    monkeypatch.setenv(ELSEWHERE, str(folder))
    return folder / labs.FOLDER


@pytest.mark.usefixtures("own")
def test_a_lab_of_ones_own_is_found() -> None:
    assert "mine" in labs.names()
    assert labs.load("mine").scenario.name == "mine-lab"


def _without_hints(text: str) -> str:
    return (
        text[: text.index("[[hint]]")].replace("[predict]", "hint = []\n[predict]")
        + (text[text.index("[answer]") :])
    )


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        (labs.LAB, lambda text: text.replace("[answer]", "[anser]"), "unknown key 'anser'; did"),
        (labs.LAB, _without_hints, "there is no hint: give one"),
        (labs.LAB, lambda _: "[", "mine/lab/lab.toml is not TOML"),
        (loader.FILE, lambda text: text.replace("backlog = 8", "backlog = -1"), "at least 0"),
        (loader.FILE, lambda text: text.replace('"connect"', '"conect"'), "did you mean 'connect'"),
    ],
)
def test_a_mistake_is_one_sentence(
    file: str, change: Callable[[str], str], said: str, own: Path
) -> None:
    text = (own / file).read_text("utf-8")
    (own / file).write_text(change(text), "utf-8")
    with pytest.raises(ScenarioError) as refused:
        labs.load("mine")
    assert said in str(refused.value)
    assert str(refused.value).startswith("mine/lab/")


def test_a_lab_without_a_program_to_begin_with_says_so(own: Path) -> None:
    (own / loader.PROGRAM).unlink()
    with pytest.raises(ScenarioError, match=r"lab/main\.go cannot be read: No such file"):
        labs.skeleton(labs.load("mine"))
