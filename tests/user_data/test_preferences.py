"""What is remembered: read, written, and never in the way when it cannot be."""

import json
import os
from pathlib import Path

import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkthrough.user_data.preferences import Preferences, PreferencesFault, preferences_path
from walkthrough.user_data.preferences_file import FILE, config_file, remembered_language


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config" / "walkthrough" / "preferences.json"


def test_a_first_start_has_chosen_nothing_and_writes_nothing(file: Path) -> None:
    preferences = Preferences.load(file)
    assert preferences == Preferences(path=file)
    assert preferences.trouble is None
    assert not file.exists()


def test_what_is_remembered_is_there_at_the_next_start(file: Path) -> None:
    Preferences.load(file).remember(language="zh", document="/books/网络.md", tour_seen=True)
    again = Preferences.load(file)
    assert (again.language, again.document, again.tour_seen) == ("zh", "/books/网络.md", True)
    assert (again.theme, again.server, again.trouble) == (None, None, None)
    assert (again.classroom, again.own_only) == (False, False)
    again.remember(classroom=True, own_only=True)
    once_more = Preferences.load(file)
    assert (once_more.classroom, once_more.own_only, once_more.language) == (True, True, "zh")
    assert os.listdir(file.parent) == [file.name]


def test_what_is_chosen_no_more_is_forgotten(file: Path) -> None:
    Preferences.load(file).remember(document="a.md", theme="light")
    Preferences.load(file).remember(document=None)
    assert json.loads(file.read_text()) == {"theme": "light"}


def test_what_another_program_remembered_meanwhile_stays(file: Path) -> None:
    one, other = Preferences.load(file), Preferences.load(file)
    one.remember(theme="light")
    other.remember(language="en")
    assert Preferences.load(file).theme == "light"
    file.write_text('{"of_a_later_version": [1], "theme": "light"}')
    one.remember(language="zh")
    assert json.loads(file.read_text())["of_a_later_version"] == [1]


def test_save_keeps_all_fields(file: Path) -> None:
    preferences = Preferences.load(file)
    preferences.server, preferences.theme = "python", "dark"
    preferences.save()
    assert Preferences.load(file) == Preferences(server="python", theme="dark", path=file)


def test_only_known_fields_can_be_remembered(file: Path) -> None:
    with pytest.raises(TypeError, match="colour"):
        Preferences.load(file).remember(colour="red")
    assert not file.exists()


def test_without_a_file_a_choice_lasts_as_long_as_the_program() -> None:
    preferences = Preferences()
    preferences.remember(language="zh")
    assert (preferences.language, preferences.trouble) == ("zh", None)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"{", "it is no JSON"),
        (b"\xff\xfe", "it is no JSON"),
        (b"[" * 100_000, "it is no JSON"),
        (b"[]", "it is no JSON object"),
        (b'{"language": "fr"}', 'language is "fr"'),
        (b'{"tour_seen": 1}', "tour_seen is 1"),
        (b'{"document": ""}', 'document is ""'),
        (b'{"theme": {"\\u001b[2J": 1}}', "theme is"),
        (b" " * (1 << 20) + b"{}", "it is too long"),
    ],
)
def test_a_broken_file_is_as_if_nothing_had_been_chosen(file: Path, text: bytes, why: str) -> None:
    file.parent.mkdir(parents=True)
    file.write_bytes(text)
    preferences = Preferences.load(file)
    assert preferences.trouble is not None
    assert preferences.trouble.fault is PreferencesFault.UNREADABLE
    assert why in str(preferences.trouble)
    assert str(preferences.trouble).isprintable()
    assert preferences == Preferences(path=file, trouble=preferences.trouble)


def test_one_wrong_value_leaves_the_others(file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.write_text('{"language": "fr", "theme": "light", "server": "go"}')
    preferences = Preferences.load(file)
    assert (preferences.language, preferences.theme, preferences.server) == (None, "light", "go")


def test_a_broken_file_is_put_aside_before_a_new_one_is_written(file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.write_text("theme: light")
    preferences = Preferences.load(file)
    preferences.remember(language="zh")
    assert preferences.trouble is None
    assert Preferences.load(file).language == "zh"
    assert file.with_name("preferences.json.broken").read_text() == "theme: light"


def test_a_folder_in_the_way_is_told_and_nothing_raised(file: Path) -> None:
    (file / "something").mkdir(parents=True)
    preferences = Preferences.load(file)
    assert "it is no file" in str(preferences.trouble)


def test_a_pipe_is_not_waited_for(file: Path) -> None:
    file.parent.mkdir(parents=True)
    os.mkfifo(file)
    assert "it is no file" in str(Preferences.load(file).trouble)


def test_what_cannot_be_written_is_told_and_holds_for_this_start(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("a file where a folder should be")
    preferences = Preferences.load(tmp_path / "config" / "preferences.json")
    preferences.remember(language="zh")
    assert preferences.language == "zh"
    assert preferences.trouble is not None
    assert preferences.trouble.fault is PreferencesFault.UNWRITABLE
    assert "is not remembered" in str(preferences.trouble)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        preferences = Preferences.load(tmp_path / "preferences.json")
        preferences.remember(theme="dark")
    finally:
        tmp_path.chmod(0o700)
    assert "Permission denied" in str(preferences.trouble)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    kept, link = tmp_path / "dotfiles.json", tmp_path / "preferences.json"
    kept.write_text("{}")
    link.symlink_to(kept)
    Preferences.load(link).remember(theme="dark")
    assert link.is_symlink()
    assert json.loads(kept.read_text()) == {"theme": "dark"}


def test_it_lies_in_the_config_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert preferences_path() == tmp_path / "walkthrough" / "preferences.json"
    Preferences.load().remember(theme="dark")
    assert preferences_path().is_file()


@pytest.mark.parametrize("config", [None, "", " ", "relative", "{home}/of my own/", "/"])
@pytest.mark.parametrize("home", [None, "{home}", "{home}/", "/", "", "relative"])
def test_it_lies_where_platformdirs_says(
    config: str | None, home: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for variable, value in (("XDG_CONFIG_HOME", config), ("HOME", home)):
        if value is None:
            monkeypatch.delenv(variable, raising=False)
        else:
            monkeypatch.setenv(variable, value.format(home=tmp_path))
    assert config_file() == str(Path(platformdirs.user_config_dir("walkthrough"), FILE))


@pytest.mark.parametrize(
    ("content", "language"),
    [(b'{"language": "zh"}', "zh"), (b'{"language": "fr"}', None), (b"{", None), (None, None)],
)
def test_the_language_is_remembered_for_commands(
    content: bytes | None, language: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    if content is not None:
        preferences_path().parent.mkdir()
        preferences_path().write_bytes(content)
    assert remembered_language() == Preferences.load().language == language


@given(document=st.text(st.characters(), min_size=1), seen=st.booleans())
def test_any_path_comes_back(
    tmp_path_factory: pytest.TempPathFactory, document: str, seen: bool
) -> None:
    file = tmp_path_factory.mktemp("any") / "preferences.json"
    Preferences.load(file).remember(document=document, tour_seen=seen)
    again = Preferences.load(file)
    assert (again.document, again.tour_seen) == (document, seen)


def test_a_path_that_is_no_utf8_comes_back(file: Path) -> None:
    document = os.fsdecode(b"/books/\xff.md")
    Preferences.load(file).remember(document=document)
    assert Preferences.load(file).document == document
