"""Finds what a line of the instrumented Python calls, by what its module imports and by names."""

import re
from collections.abc import Callable, Iterable, Iterator

from walkthrough.source.calls import CALL, NO_FUNCTIONS, bare
from walkthrough.source.functions import Body, Definition
from walkthrough.source.library import INSTRUMENTED, SourceLibrary

_PYTHON_IMPORT = re.compile(
    r"^from walkthrough\.capture\.(instrumented[\w.]*) import (.+)$", re.MULTILINE
)
_BRACKETED = re.compile(r"\((\s[^)]*)\)")


class PythonDefinitions:
    """Definitions in the instrumented server.

    Args:
        library: Where source is read from.
        function_at: Tells the function that a line of a file is in.
    """

    def __init__(
        self, library: SourceLibrary, function_at: Callable[[str, int], tuple[str, Body] | None]
    ) -> None:
        self._library = library
        self._function_at = function_at

    def called(
        self, file: str, line: int, lines: tuple[str, ...], ahead: Definition | None
    ) -> Iterator[Definition]:
        """Yield what may be called on a line.

        Args:
            file: As events name it.
            line: From 1.
            lines: The file.
            ahead: What the trace enters next from there, if that is known.
        """
        code = bare(lines[line - 1])
        imports = dict(self._python_imports(lines))
        for match in CALL.finditer(code):
            of, name = match["of"].removesuffix(".").replace("()", ""), match["name"]
            if name in NO_FUNCTIONS:
                continue
            if of in imports:
                yield from self._python_function(imports[of][0], name, method=False)
            elif not of:
                there = imports.get(name, (file, name))
                yield from self._python_function(*there, method=False)
            elif ahead is not None and self._is_named(ahead, name):
                yield ahead
            elif of == "self":
                yield from self._python_function(file, name, method=True)
            else:
                yield from self._only_python(name)

    def _is_named(self, ahead: Definition, name: str) -> bool:
        lines = self._library.lines(ahead.file) or ()
        return f"def {name}(" in "".join(lines[ahead.line - 1 : ahead.line])

    def _python_function(self, file: str, name: str, *, method: bool) -> Iterator[Definition]:
        for line, text in enumerate(self._library.lines(file) or (), 1):
            if f"def {name}(" not in text or text.startswith(" ") is not method:
                continue
            if (at := self._function_at(file, line)) is not None:
                yield Definition(file, line, at[0])
                return

    def _python_imports(self, lines: Iterable[str]) -> Iterator[tuple[str, tuple[str, str]]]:
        """Yield what is imported from the server's own modules: name, its file, its name there."""
        text = _BRACKETED.sub(lambda match: " ".join(match[1].split()), "\n".join(lines))
        for match in _PYTHON_IMPORT.finditer(text):
            module = match[1].replace(".", "/")
            for part in match[2].rstrip(", ").split(","):
                there, _, here = part.strip().partition(" as ")
                is_module = self._library.lines(f"{module}/{there}.py") is not None
                yield (
                    here or there,
                    (f"{module}/{there}.py" if is_module else f"{module}.py", there),
                )

    def _only_python(self, name: str) -> Iterator[Definition]:
        """Find a method by its name alone, if only one class of the server has it."""
        found: list[Definition] = []
        for folder in ("", "/net", "/internal_poll", "/runtime", "/syscall", "/os", "/sync", "/io"):
            for file in self._library.folder(INSTRUMENTED + folder, ".py"):
                found += self._python_function(file, name, method=True)
        if len(found) == 1:
            yield found[0]
