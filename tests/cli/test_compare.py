"""``walkthrough compare``: what it takes, what it says, and its exit statuses."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.need import need
from walkthrough.cli import main
from walkthrough.scenario import loader as scenarios

FIRST = scenarios.folder() / "first-connection" / "recording.jsonl"
LOG = """\
7 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
7 bind(3, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("127.0.0.1")}, 16) = 0
7 listen(3, 4096) = 0
"""


def put(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, "utf-8")
    return str(path)


def test_two_logs_that_are_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = put(tmp_path, "a.log", LOG), put(tmp_path, "b.log", LOG.replace("7 ", "9 "))
    assert main(["compare", one, other]) == 0
    assert "3 calls the same; 0 differ." in capsys.readouterr().out


def test_two_logs_that_differ(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = put(tmp_path, "a.log", LOG)
    other = put(tmp_path, "b.log", LOG.replace("4096", "128") + "7 close(3) = 0\n")
    assert main(["compare", one, other]) == 1
    out = capsys.readouterr().out
    assert "argument 2: 4096 against 128" in out
    assert "only b.log has this call" in out


def test_the_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = put(tmp_path, "a", LOG), put(tmp_path, "b", LOG + "boo\n")
    assert main(["compare", "--json", one, other]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["counts"]["same"] == 3
    assert [pair["stage"] for pair in document["pairs"]] == ["sysSocket", "bind", "listen"]
    assert document["right"]["remarks"] == ["1 line was not understood; line 4 is the first: boo"]


def test_a_recording_and_a_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = put(tmp_path, "a.log", LOG)
    assert main(["compare", str(FIRST), log]) == 1
    assert main(["compare", log, str(FIRST)]) == 1
    assert "only recording.jsonl" not in capsys.readouterr().err


def test_a_recording_and_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", str(FIRST), str(FIRST)]) == 0
    assert "0 differ." in capsys.readouterr().out


def test_two_recordings_of_two_scenarios(capsys: pytest.CaptureFixture[str]) -> None:
    other = FIRST.parents[1] / "port-in-use" / "recording.jsonl"
    assert main(["compare", str(FIRST), str(other)]) == 1
    assert "against -1 EADDRINUSE" in capsys.readouterr().out


def test_all_parts_of_a_log_are_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path, "log.7", LOG.replace("7 ", ""))
    put(tmp_path, "log.8", "close(3) = 0\n")
    whole = put(tmp_path, "whole", LOG + "8 close(3) = 0\n")
    assert main(["compare", str(tmp_path / "log"), whole]) == 0
    assert "4 calls the same" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty: trace with `strace -f -o LOG PROGRAM`"),
        (b"\x7fELF\x02\x01", "is a program, not a log: trace it with `strace -f -o LOG"),
        (gzip.compress(LOG.encode()), "is compressed: decompress it first, with `gunzip`"),
        (b"hello\nworld\n", "holds no system call that strace printed; its first line is 'hello'"),
        (b"\x1b[2Jhello\xf3\n", "'\\x1b[2Jhello\\xf3'"),
        (b'["some", "json"]\n', "looks like JSON: name an strace log"),
        (b"7 +++ exited with 0 +++\n", "holds no system call: trace with"),
        (b"7 getpid() = 7\n", "bad.log holds 1 system call, none of them about a socket"),
    ],
)
def test_what_cannot_be_compared(
    content: bytes, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.log"
    bad.write_bytes(content)
    assert main(["compare", str(bad), put(tmp_path, "a.log", LOG)]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["./nowhere.log", "./nowhere.log"], "There is no file nowhere.log"),
        (["/", "/"], "There is no scenario.toml in '/'"),
        ([str(FIRST)], "is compared with what? Name a second one"),
        (["first-conection", "first-connection"], "did you mean first-connection?"),
        ([str(FIRST), str(FIRST), "--log", "x"], "--log says where strace's log goes"),
    ],
)
def test_what_cannot_be_meant(
    words: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["compare", *words]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


@pytest.mark.live
def test_one_scenario_beside_strace(
    strace: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "kept.log"
    words = ["compare", "first-connection", "--server", "python", "--log", str(log)]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "Both have watched the same run." in out
    assert "= both" in out
    assert "listen(3" in log.read_text("utf-8")


@pytest.mark.live
def test_without_strace_it_says_how_to_get_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "walkthrough", "compare", "first-connection"]
    command += ["--server", "python"]
    environment = {**os.environ, "PATH": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == 2
    assert "strace" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.live
def test_a_scenario_and_its_recording(capsys: pytest.CaptureFixture[str]) -> None:
    need(sys.platform == "linux", "the servers need Linux")
    words = ["compare", "port-in-use", str(FIRST.parents[1] / "port-in-use" / "recording.jsonl")]
    assert main([*words, "--server", "go"]) in (0, 1)
    assert "EADDRINUSE" in capsys.readouterr().out
