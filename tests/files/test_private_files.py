"""Files that nobody else can have changed."""

import os
from pathlib import Path

import pytest

from walkthrough.files import private_files

pytestmark = pytest.mark.skipif(os.name != "posix", reason="owners and modes are POSIX's")
as_root = pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only root can make another user's files"
)
ANOTHER = 65534


def give(*paths: Path) -> None:
    for path in paths:
        os.chown(path, ANOTHER, ANOTHER, follow_symlinks=False)


def test_files_are_read_only_if_they_are_ours(tmp_path: Path) -> None:
    file, link, pipe = tmp_path / "file", tmp_path / "link", tmp_path / "pipe"
    file.write_bytes(b"x")
    file.chmod(0o644)
    link.symlink_to(file)
    os.mkfifo(pipe)
    assert private_files.read(file) == b"x"
    for other in (link, pipe, tmp_path):
        with pytest.raises(OSError):  # noqa: PT011 -- ELOOP, EPERM, EISDIR
            private_files.read(other)
    file.chmod(0o666)
    with pytest.raises(PermissionError):
        private_files.read(file)


@as_root
def test_nor_if_another_user_owns_them(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    give(tmp_path / "file")
    with pytest.raises(PermissionError):
        private_files.read(tmp_path / "file")


@pytest.mark.parametrize(("mode", "own"), [(0o755, True), (0o700, True), (0o777, False)])
def test_a_folder_that_others_may_write_to_is_not_our_own(
    tmp_path: Path, mode: int, own: bool
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    folder.chmod(mode)
    assert private_files.is_own_folder(folder) is own
    assert private_files.can_become_private(folder) is own
    assert not private_files.is_own_folder(tmp_path / "nothing")


def test_where_there_are_no_owners_all_is_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "geteuid")
    for name in ("O_NOFOLLOW", "O_NONBLOCK"):
        monkeypatch.delattr(os, name)
    (tmp_path / "file").write_bytes(b"x")
    tmp_path.chmod(0o777)
    assert private_files.is_own_folder(tmp_path)
    assert private_files.read(tmp_path / "file") == b"x"
