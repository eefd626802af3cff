"""Where programs and modules may come from: never from the current folder.

Opening a stranger's folder must not run what is in it. Search paths often name the current folder
by an empty entry, as in ``PATH=$PATH:`` or ``PYTHONPATH=:/lib``.
Imports only modules that Python itself has loaded, since it is needed before everything else.
"""

import os
import sys


def absolute(value: str) -> list[str]:
    """Return the entries of a search path that do not depend on the current folder.

    Args:
        value: As in ``$PATH``; an empty entry stands for the current folder.
    """
    return [entry for entry in value.split(os.pathsep) if os.path.isabs(entry)]


def find_program(name: str) -> str | None:
    """Return the path of a program as execvp(3) would find it, but for relative entries of PATH.

    Args:
        name: Its name, without a folder.

    Raises:
        ValueError: The name has a folder, or is none.
    """
    return next(iter(find_programs(name)), None)


def find_programs(name: str) -> list[str]:
    """Return the paths of all programs called ``name``, in the order of ``$PATH``.

    Raises:
        ValueError: The name has a folder, or is none.
    """
    if not name or os.path.basename(name) != name:
        raise ValueError(f"{name!r} is no lone name of a program")
    suffix = ".exe" if os.name == "nt" else ""
    paths = (
        os.path.join(folder, name + suffix)
        for folder in absolute(os.environ.get("PATH", os.defpath))
    )
    return [path for path in paths if os.path.isfile(path) and os.access(path, os.X_OK)]


def is_current_folder(entry: str) -> bool:
    """Return whether an entry of a search path is the current folder, or one below it."""
    return not os.path.isabs(entry) or _same(entry, os.curdir)


def own_folder() -> str:
    """Return the folder that holds this very package."""
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def leave_out_current_folder() -> None:
    """Have nothing imported from the current folder from now on, unless this package lies there.

    ``python -m`` and an empty entry of PYTHONPATH put it first.
    """
    own = own_folder()
    sys.path[:] = [
        os.path.abspath(entry)
        for entry in sys.path
        if not is_current_folder(entry) or _same(entry or os.curdir, own) or entry in pythons_own()
    ]


def pythons_own() -> list[str]:
    """Return the folders of Python's own that it finds by itself: its library, and its packages."""
    library = os.path.dirname(os.__file__)
    folders = [library, os.path.join(library, "lib-dynload")]
    if (site := sys.modules.get("site")) is not None:
        folders += [*site.getsitepackages(), site.getusersitepackages()]
    return folders


def _same(one: str, other: str) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False  # one of them does not exist
