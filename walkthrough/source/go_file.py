"""Reads what a Go file declares, out of its syntax tree.

Source may be torn, a fragment, or not Go at all. What is broken is parsed one declaration at a
time, so that it does not spoil the others, and only up to a limit: recovering from errors takes the
parser fifty times as long as parsing valid source.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from walkthrough.source.go_ast import GoFile, GoFunction, GoVariable
from walkthrough.source.go_parser import CHUNK, parse_text, results_of, text_of, type_of

if TYPE_CHECKING:
    from tree_sitter import Node

_BROKEN = 1 << 16
"""Characters with errors in them that are parsed of one file: a second or two at worst."""
_HEADING = 100
"""Characters that parsing the first line of a function counts for, in addition to its length."""
_LONGEST_LINE = 5000
# gofmt begins a declaration in column 0, and ends it with a brace there.
_BEGINS = re.compile(r"(?:func|type|var|const|import|package)\b")
_LINKNAME = re.compile(r"//go:linkname\s+(\w+)\s+(\S+)")
_VERSION = re.compile(r"v\d+")


@lru_cache(maxsize=128)
def parse_file(lines: tuple[str, ...]) -> GoFile:
    """Parse a Go file, valid or not; what cannot be parsed declares nothing."""
    return _FileParser(lines).parse()


def declared_function(line: str) -> GoFunction | None:
    """Return the function that one line of Go begins to declare, as line 1; None if it does not."""
    if not line.startswith("func"):
        return None
    text = line[:_LONGEST_LINE]
    for complete in (f"{text}\n}}" if text.rstrip().endswith("{") else text, _heading(text)):
        found = GoFile.empty()
        _declare(found, parse_text(complete), 0)
        if found.functions and found.functions[0].name:
            return found.functions[0]._replace(last=0)
    return None


def _heading(line: str) -> str:
    """Return a declaration up to the function's name, with an empty body."""
    start = len("func ")
    if line[start : start + 1] == "(":
        start = line.find(")", start) + 1
    ends = [at for at in (line.find("(", start), line.find("[", start)) if at >= 0]
    return f"{line[: min(ends, default=0)]}() {{}}"


class _FileParser:
    """Parses one file, in chunks; of a chunk with errors each declaration by itself."""

    def __init__(self, lines: tuple[str, ...]) -> None:
        self._lines = lines
        self._begins = [n for n, line in enumerate(lines) if _BEGINS.match(line) is not None]
        self._effort = _BROKEN
        self._found = GoFile.empty()

    def parse(self) -> GoFile:
        for first, last in self._chunks():
            text = "\n".join(self._lines[first:last])
            if len(text) <= CHUNK and self._effort > 0:
                root = parse_text(text)
                if not root.has_error:
                    _declare(self._found, root, first)
                    continue
                self._effort -= len(text)
            begins = self._begins
            inside = begins[bisect_right(begins, first) : bisect_left(begins, last)]
            for begin, end in pairwise([first, *inside, last]):
                if self._effort > -_BROKEN:
                    self._declaration(begin, end)
        return self._found

    def _chunks(self) -> Iterator[tuple[int, int]]:
        """Cut the file where declarations begin, into as few parts as can be parsed at once."""
        start, size = 0, 0
        for begin, end in pairwise([0, *filter(None, self._begins), len(self._lines)]):
            length = sum(map(len, self._lines[begin:end])) + end - begin
            if size + length > CHUNK and start < begin:
                yield start, begin
                start, size = begin, 0
            size += length
        yield start, len(self._lines)

    def _declaration(self, begin: int, end: int) -> None:
        """Parse one declaration by itself."""
        text = "\n".join(self._lines[begin:end])
        alone = GoFile.empty()
        broken = True
        if len(text) <= CHUNK and self._effort > 0:
            root = parse_text(text)
            broken = root.has_error
            self._effort -= len(text) if broken else 0
            _declare(alone, root, begin)
        if broken and self._lines[begin].startswith("func"):
            # Braces may be missing, so the layout tells where the function ends.
            self._effort -= _HEADING + len(self._lines[begin])
            known = [*alone.functions, declared_function(self._lines[begin])]
            alone.functions[:] = [
                one._replace(first=begin + 1, last=self._end(begin, end))
                for one in known[:1]
                if one is not None
            ]
        self._found.functions.extend(alone.functions)
        self._found.types.update(alone.types)
        self._found.variables.update(alone.variables)
        self._found.imports.update(alone.imports)
        self._found.dot_imports.extend(alone.dot_imports)
        self._found.links.update(alone.links)

    def _end(self, begin: int, end: int) -> int:
        """Return the last line of a function by its layout, from 1; 0 if its end is missing."""
        opening = self._lines[begin].rstrip()
        if opening.endswith("}") and opening.count("{") == opening.count("}"):
            return begin + 1
        braces = (n + 1 for n in range(begin + 1, end) if self._lines[n].startswith("}"))
        return next(braces, 0)


def declaration_around(lines: tuple[str, ...], line: int) -> tuple[int, int]:
    """Return the first and last line, from 1, of the declaration that a line belongs to."""
    first = line
    while first > 1 and _BEGINS.match(lines[first - 1]) is None:
        first -= 1
    last = line
    while last < len(lines) and _BEGINS.match(lines[last]) is None:
        last += 1
    return first, last


def _declare(found: GoFile, root: "Node", before: int) -> None:
    """Add what a syntax tree declares, of a text that has ``before`` lines of the file above it."""
    for node in root.children:
        match node.type:
            case "function_declaration" | "method_declaration":
                found.functions.append(_function(node, before))
            case "type_declaration":
                for each in node.named_children:
                    name = text_of(each.child_by_field_name("name"))
                    if name and each.type in ("type_spec", "type_alias"):
                        found.types[name] = type_of(each.child_by_field_name("type"), before)
            case "var_declaration":
                found.variables.update(_variables(node, before))
            case "import_declaration":
                for name, path in _imports(node):
                    if name == ".":
                        found.dot_imports.append(path)
                    else:
                        found.imports[name] = path
            case "comment" if (link := _LINKNAME.match(text_of(node))) is not None:
                found.links[link[1]] = link[2]


def _function(node: "Node", before: int) -> GoFunction:
    receiver, pointer = "", False
    own = node.child_by_field_name("receiver")
    for each in own.named_children if own is not None else ():
        written = each.child_by_field_name("type")
        receiver = type_of(written).name
        pointer = written is not None and written.type == "pointer_type"
    body = node.child_by_field_name("body")
    ends = body is not None and not (body.children and body.children[-1].is_missing)
    return GoFunction(
        text_of(node.child_by_field_name("name")),
        receiver,
        pointer,
        before + node.start_point.row + 1,
        before + body.end_point.row + 1 if body is not None and ends else 0,
        results_of(node, before),
    )


def _variables(node: "Node", before: int) -> Iterator[tuple[str, GoVariable]]:
    specs = [
        each
        for inside in node.named_children
        for each in (inside.named_children if inside.type == "var_spec_list" else [inside])
        if each.type == "var_spec"
    ]
    for spec in specs:
        written, value = map(spec.child_by_field_name, ("type", "value"))
        values = value.named_children if value is not None else []
        for at, name in enumerate(spec.children_by_field_name("name")):
            # One call may return the values of several variables.
            several = len(values) == 1
            one = values[0] if several else values[at] if at < len(values) else None
            yield (
                text_of(name),
                GoVariable(
                    before + name.start_point.row + 1,
                    type_of(written, before) if written is not None else None,
                    text_of(one),
                    at if several else 0,
                ),
            )


def _imports(node: "Node") -> Iterator[tuple[str, str]]:
    for inside in node.named_children:
        for spec in inside.named_children if inside.type == "import_spec_list" else [inside]:
            path = text_of(spec.child_by_field_name("path")).strip('"`')
            parts = path.split("/")
            if len(parts) > 1 and _VERSION.fullmatch(parts[-1]) is not None:
                parts.pop()  # math/rand/v2 is package rand
            yield text_of(spec.child_by_field_name("name")) or parts[-1], path
