"""The Go packages at hand as text: the files that are built, and what a file imports.

Knows nothing of what is looked for in them.
"""

import re
from collections.abc import Iterable, Iterator

from walkthrough.source.library import SourceLibrary

_IMPORT = re.compile(r'^(?:import )?\t?(?:(\w+) )?"([\w./-]+)"')


class Packages:
    """The packages of a library, named by their paths; "" is the server's own.

    Args:
        library: Where source is read from.
    """

    def __init__(self, library: SourceLibrary) -> None:
        self._library = library

    def texts(self, package: str, near: str = "") -> Iterator[tuple[str, str]]:
        """Yield the files of a package and their texts; those named like ``near`` first."""
        stem = near.rpartition("/")[2].removesuffix(".go").partition("_")[0]
        files = self._library.folder(package, ".go")
        ordered = sorted(
            files,
            key=lambda one: (one != near, not one.rpartition("/")[2].startswith(stem or "/")),
        )
        for file in ordered:
            yield file, "\n".join(self._library.peek(file) or ())


def folder_of(file: str) -> str:
    """Return the package that a file is of, as `Packages` names it."""
    return file.rpartition("/")[0]


def imports(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield what a file imports: the name it has there, and the package."""
    for line in lines:
        if line.startswith(("func ", "type ", "var ", "const ")):
            return
        if (match := _IMPORT.match(line)) is not None:
            yield match[1] or match[2].rpartition("/")[2], match[2]
