import errno
import os
import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkthrough.scenario import loader
from walkthrough.scenario.loader import ScenarioError, load_folder, parse_scenario
from walkthrough.scenario.schema import ActionKind, LessonFile
from walkthrough.state.triggers import PointKind

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
    assert [action.do for action in read.script] == [ActionKind.CONNECT, ActionKind.SEND]
    assert read.script[0].point.kind is PointKind.PARKED
    assert (read.script[1].client, read.script[1].payload) == (1, b"hello\n")
    assert read.end.point.kind is PointKind.IDLE


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises(ScenarioError):
        parse_scenario(text, "one")


def test_the_scenarios_at_hand_are_whole() -> None:
    assert "first-connection" in loader.names()
    assert "server" not in loader.names()
    for name in loader.names():
        assert loader.load(name).name == name
        assert loader.find(name).is_dir()
        loader.load_lesson(loader.find(name))
    assert (loader.server_folder() / "main.go").is_file()


def test_first_connection_goes_from_connect_to_close() -> None:
    script = loader.load("first-connection").script
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
        loader.find(name)


def test_a_folder_without_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read"):
        load_folder(tmp_path)


def test_a_file_that_is_no_text_or_too_large_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "scenario.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ScenarioError, match="not UTF-8"):
        load_folder(tmp_path)
    file.write_bytes(b"#" * (loader.LARGEST_FILE + 1))
    with pytest.raises(ScenarioError, match="too large"):
        load_folder(tmp_path)


def test_a_scenario_need_not_have_a_lesson(tmp_path: Path) -> None:
    assert loader.load_lesson(tmp_path) == LessonFile()
    assert loader.load_notes(tmp_path) == ()


def test_texts_of_both_languages_are_joined_as_the_language_does() -> None:
    text = WHOLE.replace('"A walk."', '"""\nA walk\nin Go.\n"""').replace(
        '"走一遍。"', '"""\n走一遍，\n再走。\n"""'
    )
    read = parse_scenario(text, "one")
    assert (read.summary.says("en"), read.summary.says("zh")) == ("A walk in Go.", "走一遍，再走。")


def own_folder(tmp_path: Path, name: str = "one") -> Path:
    place = tmp_path / "mine" / name
    place.mkdir(parents=True)
    (place / "scenario.toml").write_text(WHOLE.replace('name = "one"', f'name = "{name}"'), "utf-8")
    return place


def test_scenarios_elsewhere_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = own_folder(tmp_path, "first-connection")
    monkeypatch.setenv(loader.ELSEWHERE, f"{os.pathsep}{place.parent}")
    assert loader.find("first-connection") == place
    assert loader.find("port-in-use") == loader.folder() / "port-in-use"
    assert loader.load("first-connection").title.says("en") == "One"


def test_a_folder_by_its_path_is_found_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(loader.ELSEWHERE, "/")
    place = own_folder(tmp_path)
    monkeypatch.chdir(place)
    for text in (".", "..", "../one", str(place)):
        assert loader.is_folder(text)
    for text in (".", "../one", str(place)):
        assert loader.is_folder(text)
        assert loader.add_folder(Path(text)) == "one"
        assert loader.find("one") == place
    assert os.environ[loader.ELSEWHERE].split(os.pathsep) == [str(place), "/"]


def test_of_a_folder_named_by_its_path_only_that_one_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not what lies beside it, which may be called as something that was named before."""
    monkeypatch.setenv(loader.ELSEWHERE, "")
    first, second = own_folder(tmp_path), own_folder(tmp_path / "other", "two")
    beside = own_folder(tmp_path / "other")
    assert [loader.add_folder(each) for each in (first, second)] == ["one", "two"]
    assert (loader.find("one"), loader.find("two")) == (first, second)
    assert loader.add_folder(beside) == "one"
    assert loader.find("one") == beside
    assert loader.shadowed_names(["one", "two"]) == ()


def test_which_of_two_is_taken_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = own_folder(tmp_path, "first-connection")
    built_in = loader.folder() / "first-connection"
    twice = os.pathsep.join([str(mine.parent), str(loader.folder())])
    monkeypatch.setenv(loader.ELSEWHERE, twice)
    said = f"first-connection is taken from {mine}, and not from {built_in}."
    assert [*map(str, loader.shadowed_names(loader.names()))] == [said]
    assert loader.shadowed_names(["port-in-use", "zzz"]) == ()


@pytest.mark.parametrize("name", ["x" * 300, "a:b"], ids=["too long", "a colon"])
def test_a_folder_that_cannot_be_looked_at_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(loader.ELSEWHERE, "")
    if ":" in name:
        own_folder(tmp_path, name)
    with pytest.raises(ScenarioError, match=r"There is no folder|':' in its path"):
        loader.add_folder(tmp_path / "mine" / name)
    assert not loader.is_folder(f"./{name}")


def forbid(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Have the kernel refuse what lies in ``folder``, for root as well."""
    real = Path.stat

    def stat(path: Path, **more: bool) -> os.stat_result:
        if path.parent == folder:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path, **more)

    monkeypatch.setattr(Path, "stat", stat)


def test_a_folder_that_may_not_be_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = own_folder(tmp_path)
    forbid(monkeypatch, place)
    for use in (loader.add_folder, loader.load_folder, loader.load_lesson):
        with pytest.raises(ScenarioError, match=r"one/\S+ cannot be read: Permission denied\."):
            use(place)


def test_scenarios_that_may_not_be_listed_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def scandir(path: str) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", path)

    monkeypatch.setenv(loader.ELSEWHERE, str(tmp_path))
    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(ScenarioError, match="cannot be read: Permission denied"):
        loader.names()


def test_a_folder_elsewhere_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(loader.ELSEWHERE, "/nowhere")
    with pytest.raises(ScenarioError, match="WALKTHROUGH_SCENARIOS names '/nowhere', which is no"):
        loader.names()


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
    assert loader.is_folder(text) is answer


def test_a_recording_by_its_path_is_no_folder(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.touch()
    assert not loader.is_folder(str(file))


def test_a_folder_without_a_scenario_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=re.escape("a\\x1b'")):
        loader.add_folder(tmp_path / "a\x1b")


def test_on_a_slow_machine_every_limit_of_time_is_longer() -> None:
    scenario = loader.load("accept-deadline")
    slowed = scenario.slowed(20)
    assert (scenario.timeout_s, scenario.server.deadline_ms) == (20, 800)
    assert (slowed.timeout_s, slowed.server.deadline_ms) == (400, 16_000)
    assert (
        msgspec.structs.replace(slowed, timeout_s=scenario.timeout_s, server=scenario.server)
        == scenario
    )
    assert (
        loader.load("first-connection").slowed(2).server == loader.load("first-connection").server
    )
