"""Folders and files that nobody but this user, and root, can have changed.

What is read or run from a cache has to be the user's own: in a folder that others may write to
somebody else could have put it there. Owners and modes are checked as sshd(8) does for its
StrictModes. What holds once stays so: somebody who cannot write to any of the folders cannot
replace one later either, so paths may be used afterwards. Where a system has no owners, all is the
user's.
"""

import contextlib
import os
import stat
from pathlib import Path

OTHERS = 0o077
"""The permissions of everybody else."""
_WRITE_OF_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def others_may_write(status: os.stat_result) -> bool:
    """Return whether somebody else may write: a group of this user's alone is nobody else."""
    if not hasattr(os, "geteuid"):
        return False
    writable = status.st_mode & _WRITE_OF_OTHERS
    if writable == stat.S_IWGRP:
        return not _is_of_this_user_alone(status.st_gid)
    return bool(writable)


def is_trusted(owner: int) -> bool:
    """Return whether an owner is this user, or root."""
    return owner in (0, os.geteuid()) or owner == _unmapped()


def _unmapped() -> int:
    """Return the owner that system files have in a user namespace without a mapped root.

    See user_namespaces(7), "Unmapped user and group IDs"; -1 outside of such a namespace.
    """
    try:
        overflow = int(Path("/proc/sys/kernel/overflowuid").read_text())
        ranges = [line.split() for line in Path("/proc/self/uid_map").read_text().splitlines()]
        mapped = any(int(low) <= overflow < int(low) + int(count) for low, _, count in ranges)
    except (OSError, ValueError):
        return -1
    return -1 if mapped else overflow


def _is_of_this_user_alone(group: int) -> bool:
    """Return whether a group is the private one that many systems give each user."""
    import grp
    import pwd

    with contextlib.suppress(KeyError):
        name = pwd.getpwuid(os.geteuid()).pw_name
        entry = grp.getgrgid(group)
        return entry.gr_name == name and set(entry.gr_mem) <= {name}
    return False


def is_own_folder(folder: Path) -> bool:
    """Return whether a folder is this user's, and nobody else may write to it; see `objection` too.

    Args:
        folder: One in a private folder.
    """
    try:
        status = folder.lstat()
    except OSError:
        return False
    ours = stat.S_ISDIR(status.st_mode) and _is_this_users(status)
    return ours and not others_may_write(status)


def make(folder: Path) -> None:
    """Make a private folder, and missing ones above it; an existing one of ours becomes private.

    Raises:
        OSError: It cannot be made.
    """
    for each in reversed((folder, *folder.parents)):
        with contextlib.suppress(FileExistsError):
            each.mkdir(mode=0o700)
    if can_become_private(folder) and folder.lstat().st_mode & OTHERS:
        folder.chmod(0o700)


def can_become_private(folder: Path) -> bool:
    """Return whether `make` makes ``folder`` private, if nobody may change those above it.

    A folder of ours that others could write to is left alone: its content may be theirs.
    """
    try:
        status = folder.lstat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    ours = stat.S_ISDIR(status.st_mode) and _is_this_users(status)
    return ours and not others_may_write(status)


def _is_this_users(status: os.stat_result) -> bool:
    return not hasattr(os, "geteuid") or status.st_uid == os.geteuid()


def is_own_file(status: os.stat_result) -> bool:
    """Return whether a file is a regular one of this user's, which nobody else may write to."""
    return (
        stat.S_ISREG(status.st_mode)
        and _is_this_users(status)
        and not status.st_mode & _WRITE_OF_OTHERS
    )


def read(path: Path) -> bytes:
    """Return the content of a file of this user.

    Raises:
        OSError: It cannot be read, or is somebody else's (EPERM).
    """
    wanted = (getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))
    handle = os.open(path, os.O_RDONLY | sum(wanted))
    with os.fdopen(handle, "rb") as file:
        if not is_own_file(os.fstat(handle)):
            raise PermissionError(1, "somebody else may have written it", str(path))
        return file.read()
