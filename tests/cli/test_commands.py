"""The command line: rows of what a user may type, and what happens then."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from walkthrough import __version__
from walkthrough.cli import main
from walkthrough.scenario.routes import ROUTES
from walkthrough.user_data.language import language_of

SHIPPED = Path(__file__).parents[2] / "scenarios" / "first-connection" / "recording.jsonl"
HEADER = '{"type":"header","format":%d,"server":"go"}\n'
EVENT = '{"type":"thread_started","seq":0,"time_ns":1,"thread":5}\n'


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "walkthrough", *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run it; it must end with status 2 and one sentence on stderr, which is returned."""
    assert main(list(arguments)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("walkthrough: ")
    assert said.err.count("\n") == 1
    assert "Traceback" not in said.err
    return said.err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["record"], "required"),
        (["record", "first-connection"], "-o"),
        (["record", "first-conection", "-o", "x"], "first-connection"),
        (["record", "first-connection", "-o", "x", "--server", "perl"], "invalid choice"),
        (["record", "../../etc", "-o", "x"], "etc"),
        (["export", "/nowhere/at-all.jsonl", "--to", "json"], "/nowhere/at-all.jsonl"),
        (["export", str(SHIPPED), "--to", "poem"], "invalid choice"),
        (["export", str(SHIPPED), "--to", "json", "-o", "/nowhere/out.json"], "/nowhere/out.json"),
        (["--frobnicate"], "--help"),
        (["first-connection"], "terminal"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert expected in refused(capsys, *arguments)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "empty"),
        ("hello\n", "not a recording"),
        ('{"some":"json"}\n', "not a recording"),
        ("\x00\xff\x1b[31m", "not a recording"),
        (HEADER % 99, "upgrade walkthrough"),
        (HEADER % 1 + "{broken}\n" + EVENT, "line 2"),
    ],
)
def test_what_is_no_recording(
    content: str, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "f.jsonl"
    file.write_text(content, "utf-8")
    assert expected in refused(capsys, "export", str(file), "--to", "json").lower()


def test_a_torn_recording_is_exported_up_to_the_tear(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "torn.jsonl"
    file.write_text(HEADER % 1 + EVENT + '{"type":"thread_st')
    assert main(["export", str(file), "--to", "json"]) == 0
    said = capfd.readouterr()
    assert len(json.loads(said.out)["events"]) == 1
    assert "breaks off in line 3" in said.err


def test_a_hostile_name_reaches_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, "record", "\x1b[2Jboo", "-o", "x")
    assert "\x1b" not in said


def test_export_gives_one_document(tmp_path: Path) -> None:
    out = tmp_path / "f.json"
    done = run("export", str(SHIPPED), "--to", "json", "-o", str(out))
    assert (done.returncode, done.stdout) == (0, "")
    document = json.loads(out.read_text("utf-8"))
    assert document["header"]["type"] == "header"
    lines = SHIPPED.read_text("utf-8").splitlines()
    assert document["events"] == [json.loads(line) for line in lines[1:]]


def test_a_failed_export_leaves_nothing_half_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text(HEADER % 1 + EVENT + "{broken}\n" + EVENT)
    out = tmp_path / "out.json"
    out.write_text("what was there before")
    refused(capsys, "export", str(broken), "--to", "json", "-o", str(out), "--force")
    assert out.read_text() == "what was there before"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["broken.jsonl", "out.json"]


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    command = [sys.executable, "-m", "walkthrough", "export", str(SHIPPED), "--to", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as exporting:
        assert exporting.stdout is not None
        assert exporting.stderr is not None
        exporting.stdout.close()
        assert exporting.stderr.read() == b""
        exporting.wait(30)


def test_the_scenarios_of_a_route(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenarios", "--route", "45-minutes", "--json"]) == 0
    names = [row["name"] for row in json.loads(capsys.readouterr().out)]
    assert names == [*ROUTES["45-minutes"].scenarios]
    assert main(["scenarios", "--route", "45-minutes", "--lang", "en"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "45 minutes"
    assert [line.split()[0] for line in lines[1:]] == names
    assert "did you mean '45-minutes'?" in refused(capsys, "scenarios", "--route", "45-minute")


def test_scenarios(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenarios", "--lang", "en"]) == 0
    found = capsys.readouterr().out
    lines = found.splitlines()
    assert lines[0] == "The whole way"
    (first,) = (line.split("  ") for line in lines if line.startswith("first-connection "))
    assert [*map(str.strip, filter(None, first))][:2] == ["first-connection", "go, python"]
    assert first[-1].strip() == "The first connection"
    assert main(["scenarios", "--lang", "zh"]) == 0
    assert "第一个连接" in capsys.readouterr().out
    assert main(["scenarios", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    burst = rows["burst"]
    assert (burst["level"], burst["minutes"], burst["after"]) == (
        "introductory",
        8,
        ["accept-parks"],
    )
    assert (burst["misconceptions"], burst["routes"]) == ([7], ["45-minutes", "document"])
    words = [line.partition(" ")[0] for line in lines]
    assert [word for word in words if word in rows] == list(rows), "in the same order"
    row = rows["first-connection"]
    assert (row["chapter"], row["order"]) == ("flow", 1)
    assert set(row["teaser"]) == {"en", "zh"}
    assert set(row["title"]) == set(row["summary"]) == {"en", "zh"}
    assert (row["network"], row["address"], row["clients"]) == ("tcp", "127.0.0.1:0", 1)
    assert (row["servers"], row["program"]) == (["go", "python"], "accept")
    assert row["stages"][0] == "resolveAddrList"
    assert row["questions"]
    assert row["recording"] is True
    assert Path(row["folder"], "scenario.toml").is_file()


def test_which_of_two_scenarios_is_meant_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WALKTHROUGH_SCENARIOS", str(tmp_path))
    built_in = SHIPPED.parent
    shutil.copytree(built_in, tmp_path / built_in.name)
    said = f"{built_in.name} is taken from {tmp_path / built_in.name}, and not from {built_in}.\n"
    assert main(["scenarios"]) == 0
    assert capsys.readouterr().err == f"walkthrough: {said}"
    (tmp_path / built_in.name / "scenario.toml").write_text("")
    recording = str(tmp_path / "recording.jsonl")
    assert main(["record", built_in.name, "-o", recording]) == 2
    assert capsys.readouterr().err.startswith(f"walkthrough: {said}")
    assert main(["record", str(tmp_path / built_in.name), "-o", recording]) == 2
    assert said not in capsys.readouterr().err


def test_a_broken_scenario_does_not_hide_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WALKTHROUGH_SCENARIOS", str(tmp_path))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "scenario.toml").write_text("netwrok = 1\x1b[2J")
    assert main(["scenarios"]) == 1
    said = capsys.readouterr()
    assert said.err.startswith("walkthrough: mine/scenario.toml is not TOML")
    assert "\x1b" not in said.err
    assert "first-connection" in said.out


def test_help_and_version_name_every_command() -> None:
    shown = run("--help")
    assert shown.returncode == 0
    for command in ("record", "check", "export", "scenarios", "progress", "doctor"):
        assert f"walkthrough {command}" in shown.stdout
        assert run(command, "--help").returncode == 0
    assert run("--version").stdout == f"walkthrough {__version__}\n"


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from walkthrough.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'textual', 'rich', 'ptrace', 'elftools', 'capstone', 'asyncio', 'msgspec',"
        " 'pathlib', 'platformdirs', 'dataclasses', 'inspect', 'traceback', 'babel', 'hashlib'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stderr == "[]\n"


@pytest.mark.parametrize(
    "error", ["MemoryError", "ImportError('/lib/_core.so: failed to map segment from shared')"]
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_that_there_is_no_memory_can_be_said_without_more(error: str, language: str) -> None:
    code = (
        "import sys\n"
        "class Full:\n"
        "    def find_spec(self, name, *where):\n"
        f"        if name.startswith('msgspec'): raise {error}\n"
        "sys.meta_path.insert(0, Full())\n"
        "from walkthrough.cli import main\n"
        f"sys.exit(main(['scenarios', '--lang', {language!r}]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr == (
        "walkthrough: there is not enough memory; close other programs, or raise ulimit -v.\n"
    )


@pytest.mark.parametrize(
    ("asked", "environment", "expected"),
    [
        ("zh", {"LANG": "en_US.UTF-8"}, "zh"),
        (None, {"LANG": "zh_CN.UTF-8"}, "zh"),
        (None, {"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        (None, {"LANG": "de_DE.UTF-8"}, "en"),
        (None, {}, "en"),
    ],
)
def test_language(
    asked: str | None,
    environment: dict[str, str],
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    assert language_of(asked) == expected


@pytest.mark.live
def test_record_under_the_instrumented_server(tmp_path: Path) -> None:
    file = tmp_path / "f.jsonl"
    done = run("record", "first-connection", "--server", "python", "-o", str(file))
    assert done.returncode == 0, done.stderr
    assert "instrumented" in done.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    recorded = file.read_bytes()
    again = run("record", "first-connection", "--server", "python", "-o", str(file))
    assert again.returncode == 2, "a recording is not replaced"
    assert "--force" in again.stderr
    assert file.read_bytes() == recorded
    forced = run("record", "first-connection", "--server", "python", "-o", str(file), "--force")
    assert forced.returncode == 0, forced.stderr
    assert file.read_bytes() != recorded
    assert [each.name for each in tmp_path.iterdir()] == ["f.jsonl"]


@pytest.mark.live
def test_a_recording_whose_time_was_up_says_how_it_gets_more(tmp_path: Path) -> None:
    folder = tmp_path / "endless"
    folder.mkdir()
    (folder / "scenario.toml").write_text(
        'name = "endless"\nnetwork = "tcp"\naddress = "127.0.0.1:0"\ntimeout_s = 0.5\n'
        '[title]\nen = "t"\nzh = "t"\n[summary]\nen = "s"\nzh = "s"\n'
        '[end]\nwhen = "server exited"\n[expect]\nexit_code = 0\n'
    )
    file = tmp_path / "f.jsonl"
    done = run("record", str(folder), "--server", "python", "-o", str(file))
    assert done.returncode == 2
    assert "the end never came" in done.stderr
    assert done.stderr.endswith("A slow or busy machine needs more of it: try --slow 4.\n")
    assert file.is_file()


@pytest.mark.live
def test_without_go_the_instrumented_server_is_taken_and_says_why(tmp_path: Path) -> None:
    environment = dict(os.environ, WALKTHROUGH_GO="/nowhere", PATH="/usr/bin:/bin")
    command = [sys.executable, "-m", "walkthrough", "record", "first-connection"]
    out = ["-o", str(tmp_path / "f.jsonl")]
    auto = subprocess.run(
        [*command, *out], env=environment, capture_output=True, text=True, timeout=60
    )
    assert auto.returncode == 0, auto.stderr
    assert "WALKTHROUGH_GO" in auto.stderr
    go = subprocess.run(
        [*command, "-o", str(tmp_path / "go.jsonl"), "--server", "go"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert go.returncode == 2
    assert "WALKTHROUGH_GO" in go.stderr


def test_another_file_is_not_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    precious = tmp_path / "thesis.txt"
    precious.write_text("years of work")
    assert main(["record", "first-connection", "--server", "python", "-o", str(precious)]) == 2
    assert "thesis.txt" in capsys.readouterr().err
    assert precious.read_text() == "years of work"


def test_replay_needs_nothing_of_the_capture() -> None:
    """On a system without ptrace a recording opens all the same: nothing of it is imported."""
    code = """
import asyncio, sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("ptrace", "elftools", "capstone"):
            raise ModuleNotFoundError(name)
        if name.startswith("walkthrough.capture"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Missing())
from walkthrough.lesson.lesson import lesson_for
from walkthrough.recording.file import load
from walkthrough.state.history import History
from walkthrough.tui.app import WalkthroughApp

async def main():
    history = History.load(load(sys.argv[1]))
    app = WalkthroughApp(history=history, lesson_factory=lesson_for, language="en")
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("n", "right", "left", "G")
        print(app.walk.status.index == len(history) - 1)

asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(SHIPPED)], capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "True\n", done.stderr
