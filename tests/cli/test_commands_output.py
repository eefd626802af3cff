"""`-o`, `--force` and `--mode` of every command that writes a file, as a user types them."""

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from walkthrough.cli import main

SHIPPED = Path(__file__).parents[2] / "scenarios" / "first-connection" / "recording.jsonl"
FORMATS = ("json", "strace")


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    copy = tmp_path / "r.jsonl"
    shutil.copyfile(SHIPPED, copy)
    copy.chmod(0o600)
    return copy


def refused(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    assert main([str(word) for word in words]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    return said.err


@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize("force", [(), ("--force",)])
@pytest.mark.parametrize("how", ["itself", "hard link", "symbolic link"])
def test_an_export_never_overwrites_its_recording(
    recording: Path,
    capsys: pytest.CaptureFixture[str],
    to: str,
    force: tuple[str, ...],
    how: str,
) -> None:
    content, name = recording.read_bytes(), recording.with_name("other")
    if how == "hard link":
        name.hardlink_to(recording)
    elif how == "symbolic link":
        name.symlink_to(recording)
    else:
        name = recording
    said = refused(capsys, "export", recording, "--to", to, "-o", name, *force)
    assert "is what is read here" in said
    assert recording.read_bytes() == content


@pytest.mark.parametrize("words", [(), ("-o", "-"), ("-o", "/dev/stdout")])
def test_nor_does_it_grow_by_its_own_export(recording: Path, words: tuple[str, ...]) -> None:
    content = recording.read_bytes()
    command = [sys.executable, "-m", "walkthrough", "export", str(recording), "--to", "json"]
    with recording.open("ab") as file:
        done = subprocess.run([*command, *words], stdout=file, stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == 2
    assert b"is what is read here" in done.stderr
    assert recording.read_bytes() == content


@pytest.mark.parametrize("to", FORMATS)
def test_any_file_that_is_there_asks_for_force(
    recording: Path, capsys: pytest.CaptureFixture[str], to: str
) -> None:
    out = recording.with_name("out")
    out.write_text("years of work")
    assert "--force" in refused(capsys, "export", recording, "--to", to, "-o", out)
    assert out.read_text() == "years of work"
    assert main(["export", str(recording), "--to", to, "-o", str(out), "--force"]) == 0
    assert out.stat().st_size > 5_000
    assert out.stat().st_mode & 0o777 == 0o600


def test_an_export_has_at_most_the_mode_of_its_recording(recording: Path) -> None:
    recording.chmod(0o400)
    out = recording.with_name("out")
    words = ["export", str(recording), "--to", "json", "-o", str(out)]
    assert main(words) == 0
    assert out.stat().st_mode & 0o777 == 0o400
    assert main([*words, "--force", "--mode", "644"]) == 0
    assert out.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("to", FORMATS)
def test_pipes_and_devices_are_written_to(recording: Path, to: str) -> None:
    pipe = recording.with_name("pipe")
    os.mkfifo(pipe)
    came: list[bytes] = []
    reader = threading.Thread(target=lambda: came.append(pipe.read_bytes()))
    reader.start()
    assert main(["export", str(recording), "--to", to, "-o", str(pipe)]) == 0
    reader.join()
    assert main(["export", str(recording), "--to", to, "-o", str(pipe.with_name("out"))]) == 0
    assert came == [pipe.with_name("out").read_bytes()]
    assert pipe.is_fifo()
    assert main(["export", str(recording), "--to", to, "-o", os.devnull, "--force"]) == 0
    assert Path(os.devnull).is_char_device()


def test_standard_output_by_any_name_is_the_same(recording: Path) -> None:
    def exported(*words: str) -> bytes:
        command = [sys.executable, "-m", "walkthrough", "export", str(recording), "--to", "json"]
        return subprocess.run(
            [*command, *words], stdout=subprocess.PIPE, check=True, timeout=60
        ).stdout

    found = exported()
    assert json.loads(found)["header"]["scenario"] == "first-connection"
    assert exported("-o", "-") == exported("-o", "/dev/stdout") == found


@pytest.mark.parametrize("mode", ["9", "u+r", "0888", "1777", "-644", "00644", "６４４"])
def test_what_is_no_mode_is_refused(
    recording: Path, capsys: pytest.CaptureFixture[str], mode: str
) -> None:
    out = recording.with_name("out")
    said = refused(capsys, "export", recording, "--to", "json", "-o", out, f"--mode={mode}")
    assert "is no mode such as 644" in said
    assert not out.exists()


@pytest.mark.parametrize("name", ["scenario.toml", "lesson.toml"])
@pytest.mark.parametrize(
    "command", [("record", "-o"), pytest.param(("compare", "--log"), marks=pytest.mark.live)]
)
def test_what_a_run_writes_does_not_replace_its_scenario(
    tmp_path: Path, command: tuple[str, str], name: str
) -> None:
    mine = tmp_path / "first-connection"
    shutil.copytree(SHIPPED.parent, mine)
    content = (mine / name).read_bytes()
    verb, option = command
    words = [verb, str(mine), "--server", "python", option, str(mine / name), "--force"]
    done = subprocess.run(
        [sys.executable, "-m", "walkthrough", *words], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert "is what is read here" in done.stderr
    assert (mine / name).read_bytes() == content


def test_a_recording_that_cannot_be_written_is_refused_before_anything_is_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "walkthrough.capture.environment.backends.choose", lambda server: pytest.fail("it ran")
    )
    for name in ("none/r.jsonl", ".", "link"):
        (tmp_path / "link").unlink(missing_ok=True)
        (tmp_path / "link").symlink_to("nothing")
        refused(capsys, "record", "first-connection", "-o", tmp_path / name)


@pytest.mark.live
def test_a_recording_goes_to_standard_output() -> None:
    words = ["record", "first-connection", "--server", "python", "-o", "-"]
    done = subprocess.run(
        [sys.executable, "-m", "walkthrough", *words], capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert (lines[0]["type"], lines[-1]["type"]) == ("header", "capture_ended")
    assert b"events in standard output" in done.stderr


@pytest.mark.live
def test_the_log_of_a_comparison_is_an_output_too(
    tmp_path: Path, strace: str, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log"
    log.write_text("years of work")
    words = ("compare", "first-connection", "--server", "python", "--log", str(log))
    assert "--force" in refused(capsys, *words)
    assert log.read_text() == "years of work"
    assert main([*words, "--force"]) == 0
    assert "accept4(" in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["log"]
