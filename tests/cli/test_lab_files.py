"""A lab's files: nobody's program is replaced, and nothing but a program is read."""

import os
from pathlib import Path

import pytest

from walkthrough.cli.errors import UsageError
from walkthrough.cli.lab_files import (
    LARGEST_PROGRAM,
    begin,
    own_program,
    read_program,
    run_folder,
    runs_folder,
)
from walkthrough.scenario import labs
from walkthrough.scenario.loader import RECORDING, load_folder

LAB = labs.load("backlog-capped")


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def test_where_a_program_is(tmp_path: Path) -> None:
    (tmp_path / "main.go").mkdir()
    assert own_program(LAB, None) == Path("backlog-capped/main.go")
    assert own_program(LAB, "there") == Path("there/main.go")
    assert own_program(LAB, "there/main.go") == Path("there/main.go")
    assert own_program(LAB, str(tmp_path / "main.go")) == tmp_path / "main.go" / "main.go"


def test_a_program_that_is_there_is_never_replaced(tmp_path: Path) -> None:
    file = tmp_path / "new" / "main.go"
    begin(LAB, file)
    assert read_program(file).decode() == labs.skeleton(LAB)
    file.write_text("mine")
    with pytest.raises(UsageError, match=r"cannot be written .*File exists"):
        begin(LAB, file)
    assert file.read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "no folder\x1b").write_bytes(b"")
    with pytest.raises(UsageError) as refused:
        begin(LAB, tmp_path / "no folder\x1b" / "main.go")
    assert str(refused.value).isprintable()


@pytest.mark.parametrize("kind", ["pipe", "folder", "huge", "missing", "endless"])
def test_what_is_no_program_is_not_read(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "main\x1b.go"
    match kind:
        case "pipe":
            os.mkfifo(file)
        case "folder":
            file.mkdir()
        case "huge":
            with file.open("wb") as out:
                out.truncate(LARGEST_PROGRAM + 1)
        case "endless":
            file.symlink_to("/dev/zero")
    said = {"pipe": "no regular", "endless": "no regular", "huge": "too large"}
    with pytest.raises(UsageError, match=said.get(kind, "cannot be read")) as refused:
        read_program(file)
    assert str(refused.value).isprintable()


def test_a_run_is_a_scenario_of_its_own() -> None:
    with run_folder(LAB, b"package main\n") as folder:
        assert folder.parent == runs_folder()
        assert load_folder(folder) == LAB.scenario
        assert (folder / "main.go").read_bytes() == b"package main\n"
        (folder / RECORDING).write_bytes(b"of this program")
        assert folder.stat().st_mode & 0o077 == 0
    with run_folder(LAB, b"package other\n") as folder:
        assert (folder / "main.go").read_bytes() == b"package other\n"
        assert not (folder / RECORDING).exists(), "it was another program's"


def test_one_run_at_a_time() -> None:
    with (
        run_folder(LAB, b""),
        pytest.raises(UsageError, match="is being run already"),
        run_folder(LAB, b""),
    ):
        pass
    with run_folder(LAB, b""):
        pass


def test_a_run_that_cannot_be_kept_is_one_sentence(tmp_path: Path) -> None:
    runs_folder().parent.mkdir(parents=True)
    runs_folder().write_bytes(b"")
    with pytest.raises(UsageError, match="cannot be kept"), run_folder(LAB, b""):
        pass
