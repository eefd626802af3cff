"""What a half-translated scenario lacks is said, language by language, and is no mistake."""

from pathlib import Path

import pytest

from walkthrough.i18n.catalogue import catalogue
from walkthrough.scenario import loader
from walkthrough.scenario.checks.languages import missing_texts, untranslated
from walkthrough.scenario.loader import ScenarioError

SCENARIO = """\
network = "tcp"
address = "127.0.0.1:0"
title.en = "Half"
{title}
[summary]
en = "A walk."
zh = "走一遍。"
[end]
when = "server idle"
[[goal]]
id = "half.seen"
look.en = "Something."
how.en = "Do it."
how.zh = "做。"
when = "after listen"
"""
LESSON = """\
[[note]]
id = "half.a"
function = "net.Listen"
text = ""
says.en = "Only English."

[[question]]
id = "half.q"
when = "after listen"
ask.en = "What?"
ask.zh = "什么？"
why = { en = "So it is.", zh = "就是这样。" }
[[question.choice]]
says.en = "This."
right = true
[[question.choice]]
says = { en = "That.", zh = "那个。" }
"""


@pytest.fixture
def half(tmp_path: Path) -> Path:
    folder = tmp_path / "half"
    folder.mkdir()
    (folder / "scenario.toml").write_text(SCENARIO.format(title=""))
    (folder / "lesson.toml").write_text(LESSON)
    return folder


def said(folder: Path, *languages: str) -> list[str]:
    scenario, lesson = loader.load_folder(folder), loader.load_lesson(folder)
    return [*map(str, untranslated(scenario, lesson, languages))]


def test_a_half_translated_scenario_falls_back_to_english(half: Path) -> None:
    scenario, lesson = loader.load_folder(half), loader.load_lesson(half)
    assert (scenario.title.says("zh"), scenario.summary.says("zh")) == ("Half", "走一遍。")
    assert lesson.note[0].says("zh") == "Only English."
    assert [choice.says("zh") for choice in lesson.question[0].choice] == ["This.", "那个。"]


def test_what_is_missing_is_said(half: Path) -> None:
    assert said(half, "en", "zh") == [
        "zh: 4 texts are missing, and shown in English: title, goal half.seen look, note half.a, "
        "question half.q choice 1."
    ]
    (found,) = untranslated(loader.load_folder(half), loader.load_lesson(half), ("en", "zh"))
    assert catalogue("zh")(found).startswith("zh：缺少 4 个文本")


def test_all_that_is_missing_is_listed_for_programs(half: Path) -> None:
    scenario, lesson = loader.load_folder(half), loader.load_lesson(half)
    found = missing_texts(scenario, lesson, ("en", "zh", "de"))
    assert found["zh"] == [
        "title",
        "goal half.seen look",
        "note half.a",
        "question half.q choice 1",
    ]
    assert {"title", "summary", "question half.q why"} <= set(found["de"])
    assert set(found) == {"zh", "de"}


def test_of_many_some_are_named(half: Path) -> None:
    found, _ = said(half, "en", "de")
    assert found.startswith("de: 9 texts are missing")
    assert found.endswith("note half.a, and 4 more.")


def test_texts_without_a_catalogue_are_said_and_no_mistake(half: Path) -> None:
    (half / "scenario.toml").write_text(SCENARIO.format(title='title.zh = "半"\ntitle.fr = "Demi"'))
    (half / "lesson.toml").unlink()
    assert said(half, "en", "zh") == [
        "zh: 1 text is missing, and shown in English: goal half.seen look.",
        "fr: its texts are not shown, for there is no catalogue of that language; there are: en, "
        "zh.",
    ]
    assert loader.load_folder(half).title.says("fr") == "Demi"


def test_scenarios_of_the_project_lack_nothing() -> None:
    for name in loader.names():
        assert not said(loader.find(name), "en", "zh")


@pytest.mark.parametrize(
    ("title", "wrong"),
    [
        ('title.french = "Demi"', "line 4 (title): unknown key 'french'; a text has languages as"),
        ("title.zh = 3", "line 4 (title): zh has to be a text, and is 3."),
        ('title.zh = ""', "line 4 (title): zh is empty; it has to say something."),
    ],
)
def test_a_broken_text_is_refused(half: Path, title: str, wrong: str) -> None:
    (half / "scenario.toml").write_text(SCENARIO.format(title=title))
    with pytest.raises(ScenarioError) as error:
        loader.load_folder(half)
    assert f"half/scenario.toml, {wrong}" in str(error.value)


def test_a_text_without_english_is_refused(half: Path) -> None:
    file = half / "scenario.toml"
    file.write_text(file.read_text().replace("title.en", "title.zh"))
    with pytest.raises(ScenarioError, match=r"missing key 'en' in \[title\]"):
        loader.load_folder(half)


def test_texts_beside_the_other_keys_are_read_as_before(half: Path) -> None:
    file = half / "lesson.toml"
    file.write_text(file.read_text().replace("says.", ""))
    lesson = loader.load_lesson(half)
    assert lesson.note[0].says("en") == "Only English."
    assert lesson.question[0].choice[0].says("zh") == "This."


def test_texts_in_both_places_are_refused(half: Path) -> None:
    file = half / "lesson.toml"
    file.write_text(file.read_text().replace("[[question]]", 'zh = "注。"\n\n[[question]]', 1))
    with pytest.raises(ScenarioError, match="unknown key 'zh'"):
        loader.load_lesson(half)
