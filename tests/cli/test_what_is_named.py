"""What is named on the command line and cannot be shown or run: one sentence that says what to do.

The screen, ``record`` and ``check`` are asked alike.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from walkthrough.capture import child
from walkthrough.cli import main
from walkthrough.lesson import scenario as scenarios
from walkthrough.tui.app import WalkthroughApp

SCENARIO = """
network = "tcp"
address = "127.0.0.1:0"
end.when = "server idle"
title = {en = "One", zh = "一"}
summary = {en = "One.", zh = "一。"}
"""

Refused = Callable[..., str]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the scenario ``mine`` in it, which has a Go program of its own."""
    monkeypatch.setenv(scenarios.ELSEWHERE, "")
    monkeypatch.chdir(tmp_path)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "scenario.toml").write_text(SCENARIO, "utf-8")
    (mine / "main.go").write_text("package main\n\nfunc main() {}\n", "utf-8")
    return tmp_path


@pytest.fixture
def refused(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Refused:
    """Give a command as if in a terminal; it must end with status 2 and the sentence returned."""

    def opened(app: WalkthroughApp) -> None:
        raise AssertionError("the screen was opened")

    monkeypatch.setattr(WalkthroughApp, "run", opened)

    def refused(*words: str) -> str:
        for stream in (sys.stdin, sys.stdout):
            monkeypatch.setattr(stream, "isatty", lambda: True)
        assert main(words) == 2
        said = capsys.readouterr()
        assert said.out == ""
        return said.err.removeprefix("walkthrough: ").rstrip("\n")

    return refused


@pytest.mark.parametrize("named", ["./mine/scenario.toml", "mine/main.go", "scenario.toml"])
@pytest.mark.parametrize("command", [[], ["check"], ["record", "-o", "x.jsonl"]])
def test_a_file_of_a_scenario_is_none(
    named: str, command: list[str], refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "/" not in named:
        monkeypatch.chdir("mine")
    said = refused(*command, named)
    assert "file: name" in said
    assert "folder" in said
    assert "there are:" not in said


@pytest.mark.parametrize("command", [[], ["--replay"], ["check"], ["record", "-o", "x.jsonl"]])
def test_a_folder_that_is_not_there(command: list[str], refused: Refused) -> None:
    said = refused(*command, "./nowhere")
    assert "here is no" in said
    assert "nowhere" in said
    assert "there are:" not in said


@pytest.mark.parametrize(
    ("named", "how"),
    [
        ("./mine", "walkthrough record ./mine -o ./mine/recording.jsonl"),
        ("mine", "walkthrough record mine -o mine/recording.jsonl"),
        ("./a b", "walkthrough record './a b' -o './a b/recording.jsonl'"),
    ],
)
def test_without_a_recording_it_is_said_how_to_make_one(
    named: str, how: str, refused: Refused, here: Path
) -> None:
    (here / "mine").rename(here / Path(named).name)
    assert refused(named, "--replay").endswith(f"has no recording yet: make one with `{how}`.")


OWN = "mine cannot be run: it has a Go program of its own, which only --server go runs."
GO_ONLY = "the-document-today cannot be run: it runs under --server go only."


@pytest.mark.parametrize(("named", "said"), [("./mine", OWN), ("the-document-today", GO_ONLY)])
def test_no_other_program_is_run_in_its_place(named: str, said: str, refused: Refused) -> None:
    assert refused(named, "--server", "python") == said
    told = refused("record", named, "--server", "python", "-o", "x.jsonl")
    assert told.splitlines()[-1].endswith(said)
    assert not Path("x.jsonl").exists()


def test_nor_by_the_process_behind_the_screen(
    here: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(child, "_end_with_the_screen", lambda: None)
    scenarios.look_beside(here / "mine")
    assert child.main(["mine", "python"]) == 2
    assert OWN.encode() in capfdbinary.readouterr().out


def test_a_mistake_in_its_file_is_told_before_the_screen_opens(
    refused: Refused, here: Path
) -> None:
    (here / "mine" / "scenario.toml").write_text("netwrok = 1")
    assert refused("./mine").startswith("mine/scenario.toml, line 1: unknown key 'netwrok'")
