"""Folders that somebody else can have changed, and in which words it is said."""

import os
import stat
import tempfile
from pathlib import Path

import pytest

from walkthrough.capture.environment import folder_objections
from walkthrough.files import private_files

pytestmark = pytest.mark.skipif(os.name != "posix", reason="owners and modes are POSIX's")
as_root = pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only root can make another user's files"
)
ANOTHER = 65534


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shared cache folder, and a /tmp of our own beside it."""
    (tmp_path / "shared").mkdir(mode=0o755)
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "shared"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    return tmp_path


def give(*paths: Path) -> None:
    for path in paths:
        os.chown(path, ANOTHER, ANOTHER, follow_symlinks=False)


def test_a_new_folder_is_private_whatever_the_umask(home: Path) -> None:
    before = os.umask(0)
    try:
        deep = home / "shared" / "a" / "b"
        private_files.make(deep)
    finally:
        os.umask(before)
    assert [stat.S_IMODE(each.stat().st_mode) for each in (deep, deep.parent)] == [0o700, 0o700]
    assert folder_objections.objection(deep) is None


def test_an_own_folder_that_others_could_only_read_becomes_private(home: Path) -> None:
    folder = home / "shared" / "walkthrough"
    folder.mkdir(mode=0o755)
    assert "mode 755" in str(folder_objections.objection(folder))
    private_files.make(folder)
    assert folder_objections.objection(folder) is None


@pytest.mark.parametrize("mode", [0o777, 0o757, 0o1777])
def test_one_that_others_could_write_to_is_left_alone(home: Path, mode: int) -> None:
    folder = home / "shared" / "walkthrough"
    folder.mkdir()
    folder.chmod(mode)
    private_files.make(folder)
    assert f"mode {mode:o}" in str(folder_objections.objection(folder))


def test_links_and_files_are_no_folders(home: Path) -> None:
    (home / "link").symlink_to(home / "shared")
    (home / "file").touch()
    assert str(folder_objections.objection(home / "link")) == "it is a symbolic link"
    assert str(folder_objections.objection(home / "file")) == "it is no folder"
    assert folder_objections.objection(home / "nothing") is not None


@pytest.mark.parametrize(
    ("mode", "trusted"), [(0o755, True), (0o700, True), (0o1777, True), (0o777, False)]
)
def test_folders_above(home: Path, mode: int, trusted: bool) -> None:
    folder = home / "shared" / "walkthrough"
    (home / "shared").chmod(mode)
    assert (folder_objections.parents_objection(folder) is None) == trusted
    folder.mkdir(mode=0o700)
    assert (folder_objections.objection(folder) is None) == trusted


def test_a_group_of_one_is_nobody_else(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = home / "shared" / "walkthrough"
    (home / "shared").chmod(0o775)
    for alone in (True, False):
        monkeypatch.setattr(
            private_files, "_is_of_this_user_alone", lambda group, alone=alone: alone
        )
        assert (folder_objections.parents_objection(folder) is None) == alone


@as_root
def test_folders_above_that_are_another_users(home: Path) -> None:
    folder = home / "shared" / "walkthrough"
    folder.mkdir(mode=0o700)
    give(home / "shared")  # sticky or not: its owner can move all that is in it
    (home / "shared").chmod(0o1777)
    assert f"belongs to another user ({ANOTHER})" in str(folder_objections.objection(folder))
