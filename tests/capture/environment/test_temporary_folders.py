"""Temporary folders do not stay behind, whatever ends their owner."""

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from walkthrough.capture.environment.temporary_folders import TemporaryFolder, sweep

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="locks of flock(2)")

OWNER = """
import sys
from pathlib import Path
from walkthrough.capture.environment.temporary_folders import TemporaryFolder
folder = TemporaryFolder(Path(sys.argv[1]), "mine-")
(folder.path / "sub").mkdir()
(folder.path / "sub" / "file").touch()
print(folder.path, flush=True)
sys.stdin.read()
"""


def test_it_is_private_and_empty_and_goes(tmp_path: Path) -> None:
    with TemporaryFolder(tmp_path) as folder:
        assert folder.path.parent == tmp_path
        assert folder.path.stat().st_mode & 0o777 == 0o700
        assert list(folder.path.iterdir()) == []
        (folder.path / "left").write_text("something")
        folder.path.with_name(f"{folder.path.name}.lock").stat()
    folder.close()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_owner_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as owner:
        assert owner.stdout is not None
        left = Path(owner.stdout.readline().decode().strip())
        with TemporaryFolder(tmp_path, "mine-") as other:
            assert left.exists(), "its owner lives"
            others = [tmp_path / "mine-abcdefgh", tmp_path / "mine-examples.lock"]
            others[0].mkdir()
            others[1].symlink_to(left)
            owner.send_signal(signal.SIGKILL)
            owner.wait()
            sweep(tmp_path, "another-")
            assert left.exists()
            sweep(tmp_path, "mine-")
            assert not left.exists()
            assert other.path.exists()
            assert others[0].exists(), "a folder without a lock is somebody's own"
            assert others[1].is_symlink()


def test_a_child_that_was_forked_does_not_keep_it(tmp_path: Path) -> None:
    """Descriptors are closed by execve(2), so a server holds no lock of ours."""
    with TemporaryFolder(tmp_path):
        lock = next(tmp_path.glob("*.lock"))
        child = subprocess.Popen(["sleep", "60"], close_fds=False)
        try:
            held = {os.path.realpath(each) for each in Path(f"/proc/{child.pid}/fd").iterdir()}
            assert str(lock) not in held
        finally:
            child.kill()
            child.wait()


def test_whoever_sweeps_at_that_moment_is_waited_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the making of a lock file and its locking another may take it for a leftover."""
    real, calls = fcntl.flock, []

    def slow(handle: int, how: int) -> None:
        calls.append(handle)
        if len(calls) == 1:
            sweep(tmp_path)  # calls flock for the very same file, and removes it
        real(handle, how)

    monkeypatch.setattr("fcntl.flock", slow)
    with TemporaryFolder(tmp_path) as folder:
        locks = list(tmp_path.glob("*.lock"))
        assert [lock.name for lock in locks] == [f"{folder.path.name}.lock"]
    assert len(calls) > 2


def test_without_locks_there_are_folders_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(handle: int, how: int) -> None:
        raise OSError(37, os.strerror(37))  # ENOLCK

    monkeypatch.setattr("fcntl.flock", refuse)
    with TemporaryFolder(tmp_path) as one, TemporaryFolder(tmp_path) as other:
        assert one.path.exists()
        assert other.path.exists()
    assert list(tmp_path.iterdir()) == []


def test_where_none_can_be_made(tmp_path: Path) -> None:
    with pytest.raises(OSError):  # noqa: PT011 -- which one is the system's choice
        TemporaryFolder(tmp_path / "nowhere")
