"""A cache of programs that is only kept where nobody else can have changed it."""

import os
import stat
import tempfile
from pathlib import Path

import pytest

from walkthrough.capture.environment import folder_objections, program_cache
from walkthrough.capture.errors import CaptureError

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


def test_the_usual_folder_is_made_private(home: Path) -> None:
    assert program_cache.writable() == home / "shared" / "walkthrough"
    assert program_cache.readable() == (home / "shared" / "walkthrough",)
    assert program_cache.objection() is None


def test_a_linked_home_is_followed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "link").symlink_to("shared")
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "link"))
    assert program_cache.writable() == home / "shared" / "walkthrough"


def test_where_others_may_write_another_folder_is_taken(home: Path) -> None:
    (home / "shared").chmod(0o777)
    own = home / "tmp" / f"walkthrough-{os.geteuid()}"
    assert "others may write to" in str(program_cache.objection())
    assert program_cache.writable() == own
    assert program_cache.readable() == (own,)
    assert not (home / "shared" / "walkthrough").exists()


@as_root
@pytest.mark.parametrize("what", ["walkthrough", "builds", "parent"])
def test_what_another_user_has_prepared_is_not_used(home: Path, what: str) -> None:
    builds = home / "shared" / "walkthrough" / "builds"
    builds.mkdir(parents=True)
    builds.parent.chmod(0o700)
    (builds / "planted").mkdir()
    give(
        {"walkthrough": builds.parent, "builds": builds, "parent": home / "shared"}[what],
        builds / "planted",
    )
    own = home / "tmp" / f"walkthrough-{os.geteuid()}"
    assert program_cache.readable() == ()
    assert "another user" in str(program_cache.objection()) or "somebody else" in str(
        program_cache.objection()
    )
    assert program_cache.writable() == own


@as_root
def test_a_name_that_somebody_else_has_taken_is_given_up_once_and_for_all(home: Path) -> None:
    give(home / "shared")
    taken = home / "tmp" / f"walkthrough-{os.geteuid()}"
    taken.mkdir(mode=0o700)
    give(taken)
    own = program_cache.writable()
    assert own.name.startswith(f"{taken.name}-")
    assert folder_objections.objection(own) is None
    assert program_cache.readable() == (own,)
    assert program_cache.writable() == own, "the next time it is found again"


def test_no_folder_that_is_private_anywhere(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for each in ("shared", "tmp"):
        (home / each).chmod(0o777)
    with pytest.raises(CaptureError, match="XDG_CACHE_HOME"):
        program_cache.writable()


# what is kept


def kept(home: Path, content: str = "program") -> Path:
    new = home / f"new-{content}"
    new.mkdir(mode=0o700)
    (new / program_cache.NAME).write_text(content)
    folder = home / "KEY"
    assert program_cache.keep(new / program_cache.NAME, folder) == folder / program_cache.NAME
    assert not new.exists() or program_cache.is_whole(folder)
    return folder


def test_a_program_is_kept_with_its_digest(home: Path) -> None:
    folder = kept(home)
    assert program_cache.is_whole(folder)
    assert sorted(path.name for path in folder.iterdir()) == ["server", "server.sha256"]
    assert stat.S_IMODE((folder / "server").stat().st_mode) == 0o700


def test_the_first_stays(home: Path) -> None:
    kept(home, "one")
    assert (kept(home, "two") / "server").read_text() == "one"


@pytest.mark.parametrize("there", ["file", "link", "folder", "changed"])
def test_what_is_not_whole_makes_room(home: Path, there: str) -> None:
    folder = home / "KEY"
    if there == "file":
        folder.touch()
    elif there == "link":
        folder.symlink_to("/etc")
    elif there == "folder":
        (folder / "server").mkdir(parents=True)
    else:
        (kept(home, "old") / "server").write_text("planted")
    assert not program_cache.is_whole(folder)
    assert (kept(home) / "server").read_text() == "program"
    assert program_cache.is_whole(folder)
    assert list(home.glob(".refused-*")) == []


@as_root
@pytest.mark.parametrize("whose", ["server", "server.sha256", "."])
def test_what_another_user_owns_is_not_whole(home: Path, whose: str) -> None:
    folder = kept(home)
    give(folder / whose)
    assert not program_cache.is_whole(folder)


@as_root
def test_a_folder_that_cannot_be_emptied_makes_room_all_the_same(home: Path) -> None:
    """As an ordinary user, for whom another's folder is closed."""
    home.chmod(0o755)
    own = home / "own"
    own.mkdir(mode=0o700)
    planted = own / "KEY"
    (planted / "deep").mkdir(parents=True)
    give(own)
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            for parent in home.parents:  # pytest's own folders are for root alone
                if parent.name.startswith(("pytest-", "popen-")):
                    os.chmod(parent, 0o755)
            os.setgroups([])
            os.setgid(ANOTHER)
            os.setuid(ANOTHER)
            status = 0 if (kept(own) / "server").read_text() == "program" else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert planted.stat().st_uid == ANOTHER
