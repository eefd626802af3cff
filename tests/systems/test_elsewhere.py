"""Replay, home, compare, export and scenarios work on every system; the rest is refused."""

import contextlib
import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.systems.elsewhere import CommandElsewhere
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


SECONDS = 120


class OtherSystem:
    """A process that has become another system and runs commands there."""

    def __init__(self, system: str, what: str, home: Path) -> None:
        requests, self._requests = os.pipe()
        self._answers, answers = os.pipe()
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-P", "-X", "warn_default_encoding", str(ELSEWHERE)),
                *(system, what, str(requests), str(answers)),
            ],
            cwd=home,
            env={**os.environ, **folders(home)},
            stdin=subprocess.DEVNULL,
            pass_fds=(requests, answers),
        )
        os.close(requests)
        os.close(answers)

    def run(self, command: CommandElsewhere) -> int:
        """Run a command and return its exit status."""
        os.write(self._requests, json.dumps(command).encode() + b"\n")
        assert select.select([self._answers], [], [], SECONDS)[0], f"{command.words} goes on"
        return int(os.read(self._answers, 64))

    def end(self) -> None:
        os.close(self._requests)
        try:
            self.process.wait(SECONDS)
        finally:
            self.process.kill()
            os.close(self._answers)


def folders(home: Path) -> dict[str, str]:
    kept = {f"XDG_{name}_HOME": str(home / name) for name in ("DATA", "CONFIG", "CACHE")}
    return {**kept, "HOME": str(home), "LANG": "C.UTF-8"}


Systems = dict[tuple[str, str], OtherSystem]


@pytest.fixture(scope="module")
def systems(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Systems]:
    started: Systems = {}
    home = tmp_path_factory.mktemp("nobody")
    with contextlib.ExitStack() as stack:
        for system in CALLED:
            for what in ("commands", "screens"):
                other = started[system, what] = OtherSystem(system, what, home)
                stack.callback(other.end)
        yield started
    assert list(home.iterdir()) == [], "what a command writes is its own user's"


class Elsewhere:
    """Runs commands there, with folders of their own."""

    def __init__(self, system: str, home: Path, systems: Systems) -> None:
        self.system = system
        self.home = home
        self._systems = systems

    def run(
        self, *words: str, keys: tuple[str, ...] | None = None
    ) -> subprocess.CompletedProcess[str]:
        pressed = None if keys is None else list(keys)
        printed = [self.home.parent / f"{self.home.name}.{name}" for name in ("out", "err")]
        command = CommandElsewhere(
            list(words), pressed, str(self.home), folders(self.home), *map(str, printed)
        )
        status = self._systems[self.system, "commands" if keys is None else "screens"].run(command)
        said = []
        for file in printed:
            said.append(file.read_text("utf-8"))
            file.unlink()
        done = subprocess.CompletedProcess(words, status, *said)
        assert "Traceback" not in done.stderr, done.stderr
        return done


@pytest.fixture
def elsewhere(system: str, tmp_path: Path, systems: Systems) -> Elsewhere:
    (tmp_path / "server.log").write_text(LOG, "utf-8")
    return Elsewhere(system, tmp_path, systems)


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
