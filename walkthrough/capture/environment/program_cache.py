"""A program that is kept for the next time: kept whole, and looked at before it is run again.

Beside it lies the digest that it had when it was built. Both have to be this user's own, in a
folder of his own; whoever asks has seen to the folders above (`cache`).
"""

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
from pathlib import Path

from walkthrough.capture.environment import private_files

NAME = "server"
_DIGEST = "server.sha256"
_TAKEN = (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR)
_REFUSED = ".refused-"


def is_whole(folder: Path) -> bool:
    """Tell whether the program in ``folder`` is there, and is the one that was kept."""
    if not private_files.is_own_folder(folder):
        return False
    try:
        promised = private_files.read(folder / _DIGEST)
        program = private_files.read(folder / NAME)
    except OSError:
        return False
    return os.access(folder / NAME, os.X_OK) and promised == _digest(program)


def keep(program: Path, folder: Path) -> Path:
    """Move the folder that holds a new program, and nothing else, to ``folder``.

    What is there and is not whole makes room for it. Whoever builds the same at once ends with the
    same program: the first stays.

    Returns:
        The program.

    Raises:
        OSError: It cannot be moved.
    """
    program.chmod(0o700)
    (program.parent / _DIGEST).write_bytes(_digest(program.read_bytes()))
    while True:
        try:
            os.rename(program.parent, folder)
            break
        except OSError as error:
            if error.errno not in _TAKEN:
                raise
        if is_whole(folder):
            break
        # Its contents may be another user's, and then cannot be removed; but the name is ours.
        aside = folder.with_name(f"{_REFUSED}{secrets.token_hex(8)}")
        with contextlib.suppress(FileNotFoundError):
            os.rename(folder, aside)
        if os.path.isdir(aside) and not os.path.islink(aside):
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.unlink(missing_ok=True)
    return folder / NAME


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode() + b"\n"
