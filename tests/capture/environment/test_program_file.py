"""Which program is meant, and why it cannot be run: found out before anything is."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from walkthrough.capture.environment import program_file
from walkthrough.capture.errors import CaptureError

ELF = Path(sys.executable).resolve()


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a program in it that nobody asked for, and an entry of PATH that names it."""
    monkeypatch.chdir(tmp_path)
    script(tmp_path / "ls", "#!/bin/sh\n")
    monkeypatch.setenv("PATH", os.pathsep.join(("", ".", *os.environ["PATH"].split(os.pathsep))))


def script(path: Path, text: str, mode: int = 0o755) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_lone_name_is_looked_up_on_the_path_and_never_in_the_current_folder() -> None:
    found = program_file.find("ls")
    assert found.path.is_absolute()
    assert found.path != Path("ls").absolute()
    assert program_file.find("./ls").path == Path("./ls")


def test_of_a_script_its_interpreter_is_what_runs(tmp_path: Path) -> None:
    inner = script(tmp_path / "inner", f"#!{ELF} -I\n")
    outer = script(tmp_path / "outer", f"#! {inner}\n")
    assert program_file.find(str(outer)).binary == ELF


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "There is no program with an empty name: name one."),
        ("a\0b", "A program's name cannot hold a NUL byte: name another."),
        (
            "no-such-program",
            "There is no program no-such-program on PATH: install it, or name its file with a "
            "folder.",
        ),
        ("..", "There is no program .. on PATH: install it, or name its file with a folder."),
        (
            "mine\x1b[2J",
            "mine\\x1b[2J is not on PATH: to trace the file in this folder, name it as "
            "./mine\\x1b[2J.",
        ),
        (
            "./absent",
            "absent cannot be run (No such file or directory): name another program.",
        ),
        ("./folder", "folder is a folder: name a program."),
        ("/dev/null", "/dev/null is no file: name a program."),
        (
            "./plain",
            "plain may not be executed: make it executable (chmod +x), or name the program that "
            "runs it before it.",
        ),
        (
            "./text",
            "text is no program that Linux runs: it is neither an ELF file nor a script that "
            "begins with #!.",
        ),
        (
            "./empty",
            "empty is no program that Linux runs: it is neither an ELF file nor a script that "
            "begins with #!.",
        ),
        (
            "./nothing",
            "nothing is a script that names no program that runs it: its first line has to be #! "
            "and the path of one.",
        ),
        (
            "./itself",
            "itself is a script that names no program that runs it: its first line has to be #! "
            "and the path of one.",
        ),
        (
            "./orphan",
            "/no/such/interpreter cannot be run (No such file or directory): name another program.",
        ),
    ],
)
def test_what_cannot_be_run_is_refused_in_a_sentence(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "folder").mkdir()
    script(tmp_path / "mine\x1b[2J", "#!/bin/sh\n")
    script(tmp_path / "plain", "#!/bin/sh\n", 0o644)
    script(tmp_path / "text", "hello\n")
    script(tmp_path / "empty", "")
    script(tmp_path / "nothing", "#!   \n")
    script(tmp_path / "itself", f"#!{tmp_path}/itself\n")
    script(tmp_path / "orphan", "#!/no/such/interpreter\n")
    with pytest.raises(CaptureError) as refused:
        program_file.find(name)
    # Of a script its interpreter is named, by its whole path.
    assert str(refused.value).removeprefix(f"{tmp_path}/") == said


def test_rights_that_a_traced_program_does_not_get_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "privileged"
    program.write_bytes(ELF.read_bytes()[:4096])
    program.chmod(0o755)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert program_file.find(str(program)).remarks == ()
    program.chmod(0o4755)
    (said,) = map(str, program_file.find(str(program)).remarks)
    assert "runs without them" in said
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert program_file.find(str(program)).remarks == ()


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
@pytest.mark.parametrize(
    ("argv0", "name"),
    [
        ("{folder}/server", "server"),
        ("server: master process", "server"),  # a title
        ("elsewhere", "program"),
        ("", "program"),
        ("..", "program"),
    ],
)
def test_a_process_is_called_as_its_program_was_called(
    argv0: str, name: str, tmp_path: Path
) -> None:
    program, link = tmp_path / "program", tmp_path / "server"
    shutil.copy(shutil.which("cat") or "", program)
    link.symlink_to(program)
    with subprocess.Popen(
        [argv0.format(folder=tmp_path)],
        executable=link,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"x")
        assert process.stdout.read(1) == b"x"  # it runs, and has got its command line
        assert program_file.name_of_process(process.pid) == name
        process.stdin.close()
    with pytest.raises(OSError, match=r"\d"):
        program_file.name_of_process(2**22 + 1)
