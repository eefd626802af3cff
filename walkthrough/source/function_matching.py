"""Finds the function of a document for a running function: by its name, or by its callers.

Pure: it gets the lines and functions of the running file.
"""

from collections.abc import Mapping
from itertools import chain

from walkthrough.source.alignment import AlignedFunction, align, alike
from walkthrough.source.document import Document, Passage
from walkthrough.source.functions import LineRange, package_of
from walkthrough.source.go_ast import Identifier
from walkthrough.source.go_code import read_code

MAIN = "main.main"
_BY_ALL = ("flag", "fmt", "log", "os")


def by_name(
    document: Document,
    function: str,
    lines: tuple[str, ...],
    functions: Mapping[str, LineRange],
    body: LineRange,
) -> tuple[Passage, AlignedFunction] | None:
    """Find a function under one of its names, if its declaration fits as well.

    Every program has a main, and its declaration says nothing: there what it does has to fit.

    Args:
        document: The document.
        function: The function, as Go prints it.
        lines: All lines of the running Go's file.
        functions: All functions of that file, by local and by linked name.
        body: The function's lines there.
    """
    names = [function, *(key for key, its in functions.items() if its == body)]
    for passage in dict.fromkeys(chain(*map(document.passages_of, names))):
        declared = document.lines[passage.body.first - 1]
        if not (says_whose(passage, function) or alike(declared, lines[body.first - 1])):
            continue
        if function != MAIN or _does_the_same(document, passage, lines, body):
            return passage, align(document.lines, passage.body, lines, body)
    return None


def called_instead(
    document: Document,
    file: str,
    lines: tuple[str, ...],
    functions: Mapping[str, LineRange],
    name: str,
    body: LineRange,
) -> Passage | None:
    """Find what the document calls where the running program calls ``name``.

    Two texts name the functions of their own program as they like: ``go handle(c)`` in the one is
    ``go serve(connection)`` in the other. The caller has to be in both and the declarations have to
    be alike; of several the one whose call stands on the corresponding line, else the one that is
    started as a goroutine if ``name`` is. See `by_name` for the arguments.
    """
    package = package_of(file)
    if package != "main" or "." in name or document.passages_of(f"{package}.{name}"):
        return None
    for caller, its in functions.items():
        calls = (
            [] if its == body else [call for call in _plain_calls(lines, its) if call[1] == name]
        )
        found = by_name(document, f"{package}.{caller}", lines, functions, its) if calls else None
        if found is None:
            continue
        passage, aligned = found
        fitting = [
            (number, started, one)
            for number, called, started in _plain_calls(document.lines, passage.body)
            for one in document.passages
            if one.name == called and one.name not in functions
            if alike(document.lines[one.body.first - 1], lines[body.first - 1])
        ]
        there = {line for line, exact in (aligned.at(number) for number, *_ in calls) if exact}
        starts = any(started for *_, started in calls)
        for chosen in (
            {one for number, _, one in fitting if number in there},
            {one for _, started, one in fitting if started == starts},
            {one for *_, one in fitting},
        ):
            if len(chosen) == 1:
                return chosen.pop()
    return None


def _does_the_same(
    document: Document, passage: Passage, lines: tuple[str, ...], body: LineRange
) -> bool:
    """Return whether two mains make for the most part the same calls of packages.

    What prints, logs or ends a program is called by all of them.
    """
    theirs = _package_calls(document.lines, passage.body)
    return not theirs or 2 * len(theirs & _package_calls(lines, body)) >= len(theirs)


def _package_calls(lines: tuple[str, ...], body: LineRange) -> set[tuple[str, str]]:
    """Return the functions of packages that a function calls: ``("net", "Listen")``."""
    code = read_code(lines[body.first - 1 : body.last])
    return {
        (call.of.name, call.name)
        for number in range(body.first, body.last + 1)
        for call in code.calls(number - body.first + 1)
        if not call.plain and isinstance(call.of, Identifier) and call.of.name not in _BY_ALL
    }


def says_whose(passage: Passage, function: str) -> bool:
    """Return whether a passage says by more than a bare name what it shows."""
    return passage.linked == function or "." in passage.name


def _plain_calls(lines: tuple[str, ...], body: LineRange) -> list[tuple[int, str, bool]]:
    """Return the calls in a Go function that have neither a package nor a receiver.

    Returns:
        The line, the name, and whether it is started as a goroutine.
    """
    code = read_code(lines[body.first - 1 : body.last])
    return [
        (number, call.name, call.started)
        for number in range(body.first + 1, body.last + 1)
        for call in code.calls(number - body.first + 1)
        if call.plain
    ]
