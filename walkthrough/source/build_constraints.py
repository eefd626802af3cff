"""Tells whether Go builds a file, by its name and its ``//go:build`` line.

Pure: it is given names and text. Programs are built for Linux, without cgo, and for the processor
of the machine on which a recording was made, wherever it is looked at. ``// +build`` lines were in
use before Go 1.17; no Go that is supported has one without the other.
"""

import re
from collections.abc import Callable, Set
from typing import NamedTuple

from walkthrough.source.go_parser import parse_fragment, query, text_of

# Known in the names of files, among them those that Go only reserves.
_SYSTEMS = frozenset(
    (
        *("aix", "android", "darwin", "dragonfly", "freebsd", "hurd", "illumos", "ios", "js"),
        *("linux", "nacl", "netbsd", "openbsd", "plan9", "solaris", "wasip1", "windows", "zos"),
    )
)
_PROCESSORS = frozenset(
    (
        *("386", "amd64", "amd64p32", "arm", "arm64", "arm64be", "armbe", "loong64", "mips"),
        *("mips64", "mips64le", "mips64p32", "mips64p32le", "mipsle", "ppc", "ppc64", "ppc64le"),
        *("riscv", "riscv64", "s390", "s390x", "sparc", "sparc64", "wasm"),
    )
)
_TAGS = frozenset(("linux", "unix", "gc"))
"""The tags of our builds, beside the processor's: no cgo, no race detector, no tags of a user."""
_GOARCH = {"aarch64": "arm64", "riscv64": "riscv64", "loongarch64": "loong64"}
"""What Go calls the machines on which our programs run, by uname(2)'s name; else amd64."""
_FEATURES = {"amd64": "amd64.v1", "arm64": "arm64.v8.0"}
"""The tags of what a processor can do, as far as Go asks for it by default."""
_LONGEST = 1000
"""The most characters of a constraint that Go accepts."""
_DEEPEST = 100
_TOKEN = re.compile(r"\s*(&&|\|\||[!()]|[\w.]+|\S)")
_TAG = re.compile(r"[\w.]+")
_USES_C = re.compile(r'^(?:import)?[ \t]+"C"[ \t]*(?://.*)?$', re.MULTILINE)
_RELEASE = re.compile(r"go1\.(\d{1,6})")

EXPERIMENTS = "internal/buildcfg/exp.go"
"""Go's file that says which experiments are on; `experiments` reads it."""


class ConstraintError(ValueError):
    """A ``//go:build`` line does not follow the grammar."""


class BuildContext(NamedTuple):
    """What a Go file is built for.

    Attributes:
        release: The minor version of Go: 27 for Go 1.27. None if unknown: all release tags hold.
        on: The experiments that are on, ``goexperiment.name``.
        goarch: The processor, as Go calls it.
    """

    release: int | None = None
    on: Set[str] = frozenset()
    goarch: str = "amd64"

    def has(self, tag: str) -> bool:
        """Return whether a tag holds."""
        release = _RELEASE.fullmatch(tag)
        if release is not None:
            return self.release is None or int(release[1]) <= self.release
        own = (self.goarch, _FEATURES.get(self.goarch))
        return tag in _TAGS or tag in own or tag in self.on

    def builds(self, name: str, text: str) -> bool:
        """Return whether a file is built.

        Args:
            name: Its name, without folder.
            text: The file, or its beginning with the imports.
        """
        if not builds_name(name, self.goarch) or _USES_C.search(text) is not None:
            return False
        constraint = build_line(text)
        try:
            return constraint is None or evaluate(constraint, self.has)
        except ConstraintError:
            return False  # Go refuses to build it


def context_of(
    go_version: str, on: Set[str] = frozenset(), machine: str = "x86_64"
) -> BuildContext:
    """Return the build context of a version of Go.

    Args:
        go_version: ``go1.27.3``; "" if unknown.
        on: The `experiments` that are on.
        machine: What it is built for, as uname(2) calls it.
    """
    release = _RELEASE.match(go_version)
    number = int(release[1]) if release is not None else None
    return BuildContext(number, on, _GOARCH.get(machine, "amd64"))


def builds_name(name: str, goarch: str = "amd64") -> bool:
    """Tell by a file's name alone whether it may be built: ``_GOOS``, ``_GOARCH``, ``_test``."""
    if name.startswith(("_", ".")) or name.endswith("_test.go"):
        return False
    # What comes before the first underscore is never a system: linux.go is built everywhere.
    _, *parts = name.partition(".")[0].split("_")
    last, before = (*parts[::-1], "", "")[:2]
    if last in _PROCESSORS:
        return last == goarch and (before not in _SYSTEMS or before == "linux")
    return last not in _SYSTEMS or last == "linux"


def build_line(text: str) -> str | None:
    """Return the constraint of a file, None if it has none.

    It comes before the package clause, preceded only by comments and blank lines.
    """
    inside = False
    for line in map(str.strip, text.split("\n")):
        if inside or line.startswith("/*"):
            _, ended, rest = line.removeprefix("/*").partition("*/")
            inside = not ended
            if ended and rest.strip():
                return None
        elif line.startswith("//go:build") and line[10:11] in ("", " ", "\t"):
            return line[10:].strip()
        elif line and not line.startswith("//"):
            return None
    return None


def evaluate(constraint: str, holds: Callable[[str], bool]) -> bool:
    """Evaluate a constraint: tags, ``!``, ``&&``, ``||`` and parentheses.

    Args:
        constraint: What follows ``//go:build``.
        holds: Tells whether a tag holds.

    Raises:
        ConstraintError: It does not follow the grammar.
    """
    if len(constraint) > _LONGEST:
        raise ConstraintError
    return _Evaluator(_TOKEN.findall(constraint), holds).evaluate()


def experiments(text: str) -> frozenset[str]:
    """Return the tags of the experiments that are on by default: ``goexperiment.name``.

    Args:
        text: The file `EXPERIMENTS`.
    """
    root = parse_fragment(text)
    found = set()
    for declared in query("(short_var_declaration) @declared", root) if root is not None else ():
        if text_of(declared.child_by_field_name("left")) != "baseline":
            continue
        for element in query("(keyed_element) @element", declared):
            name, value = text_of(element.named_child(0)), text_of(element.named_child(1))
            # A name instead of true or false depends on the processor; with 64 bits it is on.
            if value != "false":
                found.add(f"goexperiment.{name.lower()}")
    return frozenset(found)


class _Evaluator:
    """Evaluates the tokens of one constraint, from left to right."""

    def __init__(self, tokens: list[str], holds: Callable[[str], bool]) -> None:
        self._tokens, self._holds = tokens[::-1], holds

    def evaluate(self) -> bool:
        value = self._either(0)
        if self._tokens:
            raise ConstraintError
        return value

    def _either(self, depth: int) -> bool:
        value = self._both(depth)
        while self._take("||"):
            value = self._both(depth) or value
        return value

    def _both(self, depth: int) -> bool:
        value = self._one(depth)
        while self._take("&&"):
            value = self._one(depth) and value
        return value

    def _one(self, depth: int) -> bool:
        if depth > _DEEPEST:
            raise ConstraintError
        if self._take("!"):
            if self._take("!"):
                raise ConstraintError
            return not self._one(depth + 1)
        if self._take("("):
            value = self._either(depth + 1)
            if not self._take(")"):
                raise ConstraintError
            return value
        if not self._tokens or _TAG.fullmatch(self._tokens[-1]) is None:
            raise ConstraintError
        return self._holds(self._tokens.pop())

    def _take(self, token: str) -> bool:
        if self._tokens and self._tokens[-1] == token:
            self._tokens.pop()
            return True
        return False
