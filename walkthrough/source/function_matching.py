"""Finds the function of a document that is a running function: by its name, or by who calls it.

Pure: it is handed the lines and functions of the running file.
"""

from collections.abc import Mapping
from itertools import chain

from walkthrough.source.alignment import Aligned, align, alike
from walkthrough.source.calls import CALL, NO_FUNCTIONS, bare
from walkthrough.source.document import Document, Passage
from walkthrough.source.functions import Body, package_of


def by_name(
    document: Document,
    function: str,
    lines: tuple[str, ...],
    functions: Mapping[str, Body],
    body: Body,
) -> tuple[Passage, Aligned] | None:
    """Find a function under one of its names, if its declaration fits as well.

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
        if says_whose(passage, function) or alike(declared, lines[body.first - 1]):
            return passage, align(document.lines, passage.body, lines, body)
    return None


def called_instead(
    document: Document,
    file: str,
    lines: tuple[str, ...],
    functions: Mapping[str, Body],
    name: str,
    body: Body,
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
        numbers = range(its.first + 1, its.last + 1)
        calls = [] if its == body else [n for n in numbers if name in _called(lines[n - 1])]
        found = by_name(document, f"{package}.{caller}", lines, functions, its) if calls else None
        if found is None:
            continue
        passage, aligned = found
        fitting = [
            (number, one)
            for number in range(passage.body.first + 1, passage.body.last + 1)
            for one in document.passages
            if one.name in _called(document.lines[number - 1]) and one.name not in functions
            if alike(document.lines[one.body.first - 1], lines[body.first - 1])
        ]
        there = {line for line, exact in map(aligned.at, calls) if exact}
        started = any(_starts(lines[number - 1]) for number in calls)
        for chosen in (
            {one for number, one in fitting if number in there},
            {one for number, one in fitting if _starts(document.lines[number - 1]) == started},
            {one for _, one in fitting},
        ):
            if len(chosen) == 1:
                return chosen.pop()
    return None


def says_whose(passage: Passage, function: str) -> bool:
    """Tell whether a passage says by more than a bare name what it shows."""
    return passage.linked == function or "." in passage.name


def _called(line: str) -> frozenset[str]:
    """Return the plain functions that a line of Go calls: of no package, of no value."""
    names = {match["name"] for match in CALL.finditer(bare(line)) if not match["of"]}
    return frozenset(names - NO_FUNCTIONS)


def _starts(line: str) -> bool:
    """Tell whether a line starts a goroutine."""
    return line.lstrip().startswith("go ")
