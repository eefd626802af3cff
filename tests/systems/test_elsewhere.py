"""Replay, home, compare, export and scenarios work on every system; the rest is refused."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from walkthrough.scenario.loader import folder

ELSEWHERE = Path(__file__).with_name("elsewhere.py")
RECORDING = folder() / "first-connection" / "recording.jsonl"
LOG = """\
41 socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 3
41 bind(3, {sa_family=AF_INET, sin_port=htons(7205), sin_addr=inet_addr("127.0.0.1")}, 16) = 0
41 listen(3, 8) = 0
"""
CALLED = {"windows": "Windows", "macos": "Darwin"}
REFUSAL = "recordings can be replayed, nothing can be captured; capture on Linux"


@pytest.fixture(params=CALLED)
def system(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Elsewhere:
    """Runs commands there, with folders of their own."""

    def __init__(self, system: str, home: Path) -> None:
        self.system = system
        self.home = home

    def run(
        self, *words: str, keys: tuple[str, ...] | None = None
    ) -> subprocess.CompletedProcess[str]:
        screen = () if keys is None else ("--screen", *keys)
        kept = {f"XDG_{name}_HOME": str(self.home / name) for name in ("DATA", "CONFIG", "CACHE")}
        done = subprocess.run(
            [
                *(sys.executable, "-P", "-X", "warn_default_encoding", str(ELSEWHERE)),
                *(self.system, *screen, "--", *words),
            ],
            cwd=self.home,
            env={**os.environ, **kept, "HOME": str(self.home), "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done


@pytest.fixture
def elsewhere(system: str, tmp_path: Path) -> Elsewhere:
    (tmp_path / "server.log").write_text(LOG, "utf-8")
    return Elsewhere(system, tmp_path)


@pytest.mark.parametrize(
    "words",
    [
        ["record", "first-connection", "-o", "new.jsonl"],
        ["check", "first-connection"],
        ["compare", "first-connection"],
        ["compare", "first-connection", str(RECORDING)],
    ],
    ids=" ".join,
)
def test_capturing_is_refused_in_one_sentence(elsewhere: Elsewhere, words: list[str]) -> None:
    done = elsewhere.run(*words)
    assert (done.returncode, done.stdout) == (2, "")
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith(f"walkthrough: This is {CALLED[elsewhere.system]}: {REFUSAL}")
    assert not (elsewhere.home / "new.jsonl").exists()


@pytest.mark.parametrize(
    "words",
    [["first-connection"], ["first-connection", "--strace"], [str(RECORDING), "--strace"]],
    ids=["live", "live-strace", "replay-strace"],
)
def test_a_live_walk_is_refused_before_the_screen(elsewhere: Elsewhere, words: list[str]) -> None:
    done = elsewhere.run(*words, keys=())
    assert (done.returncode, done.stdout) == (2, "")
    assert REFUSAL in done.stderr


def test_the_refusal_speaks_chinese_too(elsewhere: Elsewhere) -> None:
    done = elsewhere.run("first-connection", "--lang", "zh", keys=())
    assert done.returncode == 2
    assert done.stderr.startswith(f"walkthrough: 这是 {CALLED[elsewhere.system]}")


def test_without_a_terminal_the_screen_is_refused(elsewhere: Elsewhere) -> None:
    done = elsewhere.run(str(RECORDING))
    assert done.returncode == 2
    assert "the screen needs a terminal" in done.stderr


def test_the_doctor_looks_at_what_replaying_needs(elsewhere: Elsewhere) -> None:
    done = elsewhere.run("doctor")
    assert done.returncode == 1
    assert f"this is {CALLED[elsewhere.system]}: recordings can be replayed" in done.stdout
    looked_at = {line[4:].split("  ")[0] for line in done.stdout.splitlines() if line[:1] in "o-"}
    assert looked_at - {""} == {"Linux", "Python", "Go", "Cache", "Terminal"}


def test_what_was_learned_is_told_and_forgotten(elsewhere: Elsewhere) -> None:
    told = json.loads(elsewhere.run("progress", "--json").stdout)
    assert told["next"] == "first-connection"
    file = Path(told["file"])
    file.parent.mkdir(parents=True)
    walk = '{"type":"walk","scenario":"udp","seen":true,"reached":["udp.old"]}\n'
    file.write_text('{"type":"progress","format":1}\n' + walk * 2, "utf-8")
    assert "udp " in elsewhere.run("progress").stdout
    assert "1 scenario" in elsewhere.run("progress", "--forget").stdout
    assert not file.exists()


def test_scenarios_are_listed(elsewhere: Elsewhere) -> None:
    listed = json.loads(elsewhere.run("scenarios", "--json").stdout)
    assert "first-connection" in {each["name"] for each in listed}


@pytest.mark.parametrize("to", ["json", "strace"])
def test_a_recording_is_exported(elsewhere: Elsewhere, to: str) -> None:
    printed = elsewhere.run("export", str(RECORDING), "--to", to)
    written = elsewhere.run("export", str(RECORDING), "--to", to, "-o", "out")
    assert (printed.returncode, written.returncode) == (0, 0)
    assert "listen" in printed.stdout
    assert (elsewhere.home / "out").read_text("utf-8") == printed.stdout


def test_files_are_compared(elsewhere: Elsewhere) -> None:
    assert elsewhere.run("compare", str(RECORDING), str(RECORDING)).returncode == 0
    assert elsewhere.run("compare", str(RECORDING), "server.log").returncode == 1


@pytest.mark.parametrize("name", [str(RECORDING), "server.log"], ids=["recording", "log"])
def test_a_file_is_stepped_through(elsewhere: Elsewhere, name: str) -> None:
    shown = elsewhere.run(
        name, keys=("escape", "n", "n", "b", "space", "left", "3", "4", "z", "z", "end")
    )
    assert shown.returncode == 0, shown.stderr
    assert "REPLAY" in shown.stdout
    assert "listen" in shown.stdout


def test_bookmarks_searches_and_pictures_are_kept(elsewhere: Elsewhere) -> None:
    (elsewhere.home / "run.jsonl").write_bytes(RECORDING.read_bytes())
    keys = (
        "escape",
        "n",
        "n",
        "m",
        *"here",
        "enter",
        "slash",
        *"listen",
        "enter",
        "S",
        "question_mark",
    )
    assert elsewhere.run("run.jsonl", keys=keys).returncode == 0
    kept = sorted(path.name for path in elsewhere.home.iterdir() if path.is_file())
    assert [name for name in kept if name.startswith("run.") and name != "run.jsonl"]
    assert [name for name in kept if name.endswith(".svg")]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_home_says_that_nothing_runs_here(elsewhere: Elsewhere, language: str) -> None:
    shown = elsewhere.run("--lang", language, keys=("escape", "j"))
    assert shown.returncode == 0, shown.stderr
    assert " -- " in shown.stdout, "every scenario is marked as one to replay"
    assert "Go" not in {line[1:3] for line in shown.stdout.splitlines()}
    assert "Py" not in {line[1:3] for line in shown.stdout.splitlines()}
    assert CALLED[elsewhere.system] in shown.stdout


def test_home_opens_a_scenario_as_a_replay(elsewhere: Elsewhere) -> None:
    shown = elsewhere.run(keys=("escape", "enter", "n", "n"))
    assert shown.returncode == 0, shown.stderr
    assert "REPLAY" in shown.stdout
