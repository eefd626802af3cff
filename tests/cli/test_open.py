"""``walkthrough`` alone, and what is remembered from one start to the next."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from walkthrough.cli import main
from walkthrough.cli.catalogue import ScenarioCatalogue
from walkthrough.i18n.messages import message
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.screens.session_source import SavedSession, SessionSource
from walkthrough.user_data.language import language_of
from walkthrough.user_data.preferences import Preferences, preferences_path

Command = Callable[..., int]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[WalkthroughApp]:
    """With folders of its own; the apps that would have run."""
    for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG", "WALKTHROUGH_SCENARIOS"):
        monkeypatch.delenv(variable, raising=False)
    apps: list[WalkthroughApp] = []
    monkeypatch.setattr(WalkthroughApp, "run", lambda app: apps.append(app))
    return apps


@pytest.fixture
def start(opened: list[WalkthroughApp], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Give a command as if in a terminal."""

    def start(*words: str) -> int:
        for stream in (sys.stdin, sys.stdout):
            monkeypatch.setattr(stream, "isatty", lambda: True)
        monkeypatch.setenv("TERM", "xterm")
        return main(words)

    return start


def test_alone_it_opens_home(start: Command, opened: list[WalkthroughApp]) -> None:
    assert start() == 0
    (app,) = opened
    assert app.opened is None
    assert isinstance(app.catalogue, ScenarioCatalogue)
    assert app.tour_due
    assert app._home_server == "auto"
    assert not preferences_path().exists(), "to look is not to choose"


def test_a_scenario_that_is_named_has_a_home_behind_it(
    start: Command, opened: list[WalkthroughApp]
) -> None:
    assert start("burst", "--replay") == 0
    (app,) = opened
    assert app.opened is not None
    assert app.opened.history is not None
    assert app.opened.history.header.scenario == "burst"
    assert app.catalogue is not None


def test_what_is_remembered_holds_until_it_is_said_otherwise(
    start: Command, opened: list[WalkthroughApp], monkeypatch: pytest.MonkeyPatch
) -> None:
    Preferences.load().remember(language="zh", server="python", tour_seen=True)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    assert start() == 0
    assert start("--lang", "en", "--server", "go") == 0
    assert [(app.language, app._home_server, app.tour_due) for app in opened] == [
        ("zh", "python", False),
        ("en", "go", False),
    ]
    assert Preferences.load().language == "zh"


def test_the_list_speaks_the_language_that_was_chosen(
    start: Command, opened: list[WalkthroughApp], capsys: pytest.CaptureFixture[str]
) -> None:
    Preferences.load().remember(language="zh")
    assert start("scenarios") == 0
    assert "第一个连接" in capsys.readouterr().out
    assert start("scenarios", "--lang", "en") == 0
    assert "The first connection" in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff", b'{"language": 7, "server": "perl"}'])
def test_a_broken_file_of_preferences_stops_nothing(
    start: Command, content: bytes, opened: list[WalkthroughApp]
) -> None:
    preferences_path().parent.mkdir(parents=True)
    preferences_path().write_bytes(content)
    assert start() == 0
    (app,) = opened
    assert (app.language, app._home_server) == ("en", "auto")
    assert app.preferences.trouble is not None
    assert preferences_path().read_bytes() == content


def test_nor_does_a_config_folder_that_cannot_be(
    start: Command, opened: list[WalkthroughApp], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/dev/null/config")
    assert start() == 0
    (app,) = opened
    app.preferences.remember(theme="walkthrough-light")
    assert "cannot be written" in str(app.preferences.trouble)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--replay"], "--replay shows a scenario's recording: name one"),
        (["--strace"], "--strace aligns a log with a walk: name a scenario or a recording as well"),
        (["--strace", "x.log"], "--strace aligns a log with a walk"),
        (["--server", "perl"], "invalid choice"),
    ],
)
def test_what_needs_a_scenario_is_refused(
    start: Command,
    words: list[str],
    said: str,
    opened: list[WalkthroughApp],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert start(*words) == 2
    assert said in capsys.readouterr().err
    assert opened == []


def test_scenarios_that_cannot_be_found_are_told_before_the_screen_opens(
    start: Command,
    opened: list[WalkthroughApp],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("WALKTHROUGH_SCENARIOS", "/nowhere")
    assert start() == 2
    assert "names '/nowhere', which is no folder" in capsys.readouterr().err
    assert opened == []


def test_without_a_terminal_there_is_no_home(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "the screen needs a terminal" in capsys.readouterr().err


def test_where_a_session_is_kept_is_said_when_it_is_left(
    start: Command,
    opened: list[WalkthroughApp],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    kept: SavedSession | None = SavedSession(Path("/kept/burst-1.jsonl"))

    def run(app: Any) -> None:
        app.opened = SessionSource(kept=lambda: kept)

    monkeypatch.setattr(WalkthroughApp, "run", run)

    def left(*words: str) -> str:
        assert start(*words) == 0
        return capsys.readouterr().err

    assert left() == "Session saved: walkthrough /kept/burst-1.jsonl\n"
    assert left("--lang", "zh") == "这次会话已保存：walkthrough /kept/burst-1.jsonl\n"
    kept = SavedSession(Path("/kept/a b.jsonl"))
    assert left() == "Session saved: walkthrough '/kept/a b.jsonl'\n"
    kept = SavedSession(Path("/kept"), message("Permission denied"))
    assert left().startswith(
        "This session could not be kept, since /kept cannot be written (Permission denied): "
    )
    assert left("--lang", "zh").startswith("这次会话未能保存，因为无法写入 /kept（权限不足）：")
    kept = None
    assert left() == ""


def test_it_is_said_in_the_language_that_was_chosen_on_the_screen(
    start: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(app: Any) -> None:
        app.opened = SessionSource(kept=lambda: SavedSession(Path("/kept/burst-1.jsonl")))
        app.language = "zh"  # with the key l

    monkeypatch.setattr(WalkthroughApp, "run", run)
    assert start("--lang", "en") == 0
    assert capsys.readouterr().err.startswith("这次会话已保存：")


@pytest.mark.parametrize(
    ("asked", "remembered", "locale", "expected"),
    [
        ("en", "zh", "zh_CN.UTF-8", "en"),
        (None, "zh", "en_US.UTF-8", "zh"),
        (None, "en", "zh_CN.UTF-8", "en"),
        (None, None, "zh_CN.UTF-8", "zh"),
        (None, None, "C", "en"),
    ],
)
def test_which_language(
    asked: str | None,
    remembered: str | None,
    locale: str,
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    assert language_of(asked, remembered) == expected


def test_help_says_what_it_does_alone(start: Command, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    found = " ".join(capsys.readouterr().out.split())
    assert "alone: home, which lists what there is" in found
    assert "default: home, where all of them are listed" in found
