import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkthrough.lesson import scenario
from walkthrough.lesson.format import Deed, LessonFile
from walkthrough.lesson.scenario import ScenarioError, load_folder, parse_scenario
from walkthrough.replay.points import Moment

WHOLE = """
name = "one"
network = "tcp"
address = "127.0.0.1:0"
timeout_s = 5

[title]
en = "One"
zh = "一"

[summary]
en = "A walk."
zh = "走一遍。"

[[script]]
when = "while accept is parked"
do = "connect"

[[script]]
when = "after accept"
do = "send"
data = "hello\\n"

[end]
when = "server idle"
"""


def test_a_scenario_is_read() -> None:
    read = parse_scenario(WHOLE, "one")
    assert (read.network, read.address, read.timeout_s) == ("tcp", "127.0.0.1:0", 5)
    assert (read.title.says("zh"), read.title.says("en"), read.title.says("fr")) == (
        "一",
        "One",
        "One",
    )
    assert [action.do for action in read.script] == [Deed.CONNECT, Deed.SEND]
    assert read.script[0].point.moment is Moment.PARKED
    assert (read.script[1].client, read.script[1].payload) == (1, b"hello\n")
    assert read.end.point.moment is Moment.IDLE


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises(ScenarioError):
        parse_scenario(text, "one")


def test_the_scenarios_at_hand_are_whole() -> None:
    assert "first-connection" in scenario.names()
    assert "server" not in scenario.names()
    for name in scenario.names():
        assert scenario.load(name).name == name
        assert scenario.find(name).is_dir()
        scenario.load_lesson(scenario.find(name))
    assert (scenario.server_folder() / "main.go").is_file()


def test_first_connection_goes_from_connect_to_close() -> None:
    script = scenario.load("first-connection").script
    assert [action.do.value for action in script] == ["connect", "send", "half-close", "close"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("first-conection", "did you mean first-connection?"),
        ("zzz", "There is no scenario 'zzz'; there are: "),
        ("../server", "There is no folder '../server'"),
        ("", "There is no scenario ''"),
        ("a\x1b[31m", "There is no scenario 'a\\x1b[31m'"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(name: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(said)):
        scenario.find(name)


def test_a_folder_without_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read"):
        load_folder(tmp_path)


def test_a_file_that_is_no_text_or_too_large_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "scenario.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ScenarioError, match="not UTF-8"):
        load_folder(tmp_path)
    file.write_bytes(b"#" * (scenario.LARGEST_FILE + 1))
    with pytest.raises(ScenarioError, match="too large"):
        load_folder(tmp_path)


def test_a_scenario_need_not_have_a_lesson(tmp_path: Path) -> None:
    assert scenario.load_lesson(tmp_path) == LessonFile()
    assert scenario.load_notes(tmp_path) == ()


def test_texts_of_both_languages_are_joined_as_the_language_does() -> None:
    text = WHOLE.replace('"A walk."', '"""\nA walk\nin Go.\n"""').replace(
        '"走一遍。"', '"""\n走一遍，\n再走。\n"""'
    )
    read = parse_scenario(text, "one")
    assert (read.summary.en, read.summary.zh) == ("A walk in Go.", "走一遍，再走。")


def own_folder(tmp_path: Path, name: str = "one") -> Path:
    place = tmp_path / "mine" / name
    place.mkdir(parents=True)
    (place / "scenario.toml").write_text(WHOLE.replace('name = "one"', f'name = "{name}"'), "utf-8")
    return place


def test_scenarios_elsewhere_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = own_folder(tmp_path, "first-connection")
    monkeypatch.setenv(scenario.ELSEWHERE, f"{os.pathsep}{place.parent}")
    assert scenario.find("first-connection") == place
    assert scenario.find("port-in-use") == scenario.folder() / "port-in-use"
    assert scenario.load("first-connection").title.en == "One"


def test_a_folder_by_its_path_is_found_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(scenario.ELSEWHERE, "/")
    place = own_folder(tmp_path)
    monkeypatch.chdir(place)
    for text in (".", "..", "../one", str(place)):
        assert scenario.is_folder(text)
    for text in (".", "../one", str(place)):
        assert scenario.is_folder(text)
        assert scenario.look_beside(Path(text)) == "one"
        assert scenario.find("one") == place
    assert os.environ[scenario.ELSEWHERE].split(os.pathsep) == [str(place.parent), "/"]


def test_a_folder_elsewhere_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(scenario.ELSEWHERE, "/nowhere")
    with pytest.raises(ScenarioError, match="WALKTHROUGH_SCENARIOS names '/nowhere', which is no"):
        scenario.names()


@pytest.mark.parametrize(
    ("text", "answer"),
    [("one", True), ("two", False), ("first-connection", False), ("a.jsonl", False)],
)
def test_a_name_is_no_folder(
    text: str, answer: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the folder here has a name that is known, the name counts."""
    monkeypatch.chdir(own_folder(tmp_path).parent)
    own_folder(tmp_path, "first-connection")
    assert scenario.is_folder(text) is answer


def test_a_recording_by_its_path_is_no_folder(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.touch()
    assert not scenario.is_folder(str(file))


def test_a_folder_without_a_scenario_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=re.escape("a\\x1b'")):
        scenario.look_beside(tmp_path / "a\x1b")
