"""What is named on the command line and cannot be shown or run: one sentence that says what to do.

The screen, ``record`` and ``check`` are asked alike.
"""

import gzip
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from walkthrough.capture.workers import live as live_worker
from walkthrough.capture.workers.live_feed import LiveFeed
from walkthrough.cli import main
from walkthrough.model.protocol import EXPOSE, PACKETS, CaptureFailed
from walkthrough.scenario import loader as scenarios
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
        monkeypatch.setenv("TERM", "xterm")
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


OWN = "mine cannot be run here: It has its own Go program, which only --server go runs."
GO_ONLY = "the-document-today cannot be run here: It runs under --server go only."


@pytest.mark.parametrize(("named", "said"), [("./mine", OWN), ("the-document-today", GO_ONLY)])
def test_no_other_program_is_run_in_its_place(named: str, said: str, refused: Refused) -> None:
    assert refused(named, "--server", "python") == said
    found = refused("record", named, "--server", "python", "-o", "x.jsonl")
    assert found.splitlines()[-1].endswith(said)
    assert not Path("x.jsonl").exists()


def test_nor_by_the_process_behind_the_screen(
    here: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(live_worker, "end_with_the_screen", lambda: None)
    scenarios.add_folder(here / "mine")
    assert live_worker.main(["mine", "python"]) == 2
    *_, last = capfdbinary.readouterr().out.splitlines()
    assert str(msgspec.json.decode(last, type=CaptureFailed).message) == OWN


def test_a_mistake_in_its_file_is_told_before_the_screen_opens(
    refused: Refused, here: Path
) -> None:
    (here / "mine" / "scenario.toml").write_text("netwrok = 1")
    assert refused("./mine").startswith("mine/scenario.toml, line 1: unknown key 'netwrok'")


LOG = b"7 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3\n7 listen(3, 128) = 0\n"
NO_LOGS = [
    (b"", "is empty"),
    (b"\x7fELF\x02\x01\x01\0\0\0\0", "log"),
    (gzip.compress(LOG), "is compressed: decompress it first, with `gunzip`"),
    (b"No. Time Source Destination\n1 0.0 127.0.0.1 127.0.0.1 TCP\n", "log"),
]


@pytest.mark.parametrize(("content", "why"), NO_LOGS, ids=["empty", "elf", "gzip", "text"])
@pytest.mark.parametrize("beside", [False, True])
def test_a_file_that_is_no_log(
    content: bytes, why: str, beside: bool, refused: Refused, tmp_path: Path
) -> None:
    (tmp_path / "a.log").write_bytes(content)
    words = ("first-connection", "--replay", "--strace", "a.log") if beside else ("a.log",)
    said = refused(*words)
    assert "a.log" in said
    assert why in said
    assert "\n" not in said


@pytest.mark.parametrize("words", [["a.log"], ["first-connection", "--strace", "a.log"]])
def test_a_log_without_sockets_is_not_opened(
    words: list[str], refused: Refused, tmp_path: Path
) -> None:
    (tmp_path / "a.log").write_bytes(b"7 close(3) = 0\n7 getpid() = 7\n")
    assert "none of them about a socket: trace a program that has one" in refused(*words)


@pytest.mark.parametrize("words", [["./none.log"], ["first-connection", "--strace", "none.log"]])
def test_a_log_that_is_not_there(words: list[str], refused: Refused) -> None:
    said = refused(*words)
    assert "none.log" in said
    assert "\n" not in said


@pytest.mark.parametrize(
    "words", [["first-connection", "--replay", "--strace"], ["--strace", "first-connection"]]
)
def test_without_strace_no_log_is_made(
    words: list[str], refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second is the same as the first, live: a scenario's name is no log's."""
    monkeypatch.setenv("PATH", "/nowhere")
    said = refused(*words, "--server", "python") if "--replay" not in words else refused(*words)
    assert "install strace" in said


def test_a_log_is_opened_and_one_laid_beside(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "a.log").write_bytes(LOG + b"what is this\n")
    for stream in (sys.stdin, sys.stdout):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    opened: list[WalkthroughApp] = []
    monkeypatch.setattr(WalkthroughApp, "run", lambda app: opened.append(app))
    assert main(["a.log"]) == 0
    assert "a.log: 1 line was not understood" in capsys.readouterr().err
    assert main(["first-connection", "--replay", "--strace", "a.log"]) == 0
    assert len(opened) == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--expose"], "--expose lets others connect to a scenario's server: name one, as in"),
        (
            ["first-connection", "--replay", "--expose"],
            "--expose goes with a scenario that is run, and a recording is not.",
        ),
        (
            [str(scenarios.find("udp") / scenarios.RECORDING), "--expose"],
            "--expose goes with a scenario that is run, and a recording is not.",
        ),
    ],
)
def test_only_what_is_run_can_be_exposed(
    words: list[str], sentence: str, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(scenarios.ELSEWHERE)
    assert refused(*words).startswith(sentence)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--packets"], "--packets captures the packets of a scenario that is run: name one"),
        (["first-connection", "--replay", "--packets"], "--packets goes with a scenario that is"),
        ([str(scenarios.find("udp") / scenarios.RECORDING), "--packets"], "--packets goes with a"),
        (["ipv4-any", "--packets", "--expose"], "--packets runs the server in a network namespace"),
    ],
)
def test_only_what_is_run_inside_has_packets(
    words: list[str], sentence: str, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(scenarios.ELSEWHERE)
    assert refused(*words).startswith(sentence)


def test_who_asks_for_it_has_the_capture_told(here: Path) -> None:
    assert LiveFeed("mine", "go", packets=True)._command[-3:] == ["mine", "go", PACKETS]
    assert LiveFeed("mine", "go", expose=True)._command[-3:] == ["mine", "go", EXPOSE]
    assert LiveFeed("mine", "go")._command[-2:] == ["mine", "go"]
