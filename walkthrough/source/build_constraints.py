"""Tells whether a Go file is built for Linux on x86_64, by its name and its ``//go:build`` line.

Pure: it is given names and text. The tracer knows no other system (see README, Limits).
"""

import re
from collections.abc import Callable, Set

# By their names, Go builds these for other systems and processors, or for tests.
_ELSEWHERE = re.compile(
    r"_(?:test|windows|darwin|(?:free|net|open)bsd|dragonfly|solaris|aix|plan9|js|wasm|wasip1|ios"
    r"|android|illumos|zos|386|arm|arm64|mips\w*|ppc64\w*|riscv64|s390x|loong64)(?=[_.])"
)
_CONSTRAINT = re.compile(r"^//go:build (.{1,500})$", re.MULTILINE)
_PACKAGE = re.compile(r"^package ", re.MULTILINE)
_TOKEN = re.compile(r"\s*(&&|\|\||[!()]|[\w.]+)")
_BASELINE = re.compile(
    r"^\tbaseline := goexperiment\.Flags\{\n(.*?)^\t\}$", re.MULTILINE | re.DOTALL
)
_EXPERIMENT = re.compile(r"^\t\t(\w+):\s+(\w+),", re.MULTILINE)
# No cgo, no race detector, no tags: that is how the server is built.
_TRUE = frozenset(("linux", "amd64", "unix", "gc"))
_RELEASE = re.compile(r"go1\.\d+")

EXPERIMENTS = "internal/buildcfg/exp.go"
"""The file of Go's that says which experiments are on; `experiments` reads it."""


def is_for_linux(name: str) -> bool:
    """Tell by the name of a file alone whether Linux may build it."""
    return _ELSEWHERE.search(name) is None


def experiments(text: str) -> frozenset[str]:
    """Return the experiments that are on unless someone asks otherwise: ``goexperiment.name``."""
    baseline = _BASELINE.search(text)
    # What depends on the processor (a name stands there) is on for x86_64.
    found = _EXPERIMENT.findall(baseline[1]) if baseline is not None else []
    return frozenset(f"goexperiment.{name.lower()}" for name, value in found if value != "false")


def is_built(text: str, on: Set[str] = frozenset()) -> bool:
    """Tell by its ``//go:build`` line whether a file is built; without one it is.

    Args:
        text: The file, or its beginning up to the package clause.
        on: The `experiments` that are on.
    """
    package = _PACKAGE.search(text)
    found = _CONSTRAINT.search(text, 0, package.start() if package is not None else len(text))
    if found is None:
        return True

    def holds(tag: str) -> bool:
        # A Go that reads `go1.N` here is that Go or a newer one.
        return tag in _TRUE or tag in on or _RELEASE.fullmatch(tag) is not None

    return _Reader(_TOKEN.findall(found[1]), holds).read()


class _Reader:
    """Reads one constraint from left to right; what makes no sense holds."""

    def __init__(self, tokens: list[str], holds: Callable[[str], bool]) -> None:
        self._tokens, self._holds = tokens[::-1], holds

    def read(self) -> bool:
        result = self._all()
        while self._take("||"):
            result = self._all() or result
        return result

    def _all(self) -> bool:
        result = self._one()
        while self._take("&&"):
            result = self._one() and result
        return result

    def _one(self) -> bool:
        if self._take("!"):
            return not self._one()
        if self._take("("):
            result = self.read()
            self._take(")")
            return result
        return self._holds(self._tokens.pop()) if self._tokens else True

    def _take(self, token: str) -> bool:
        if self._tokens and self._tokens[-1] == token:
            self._tokens.pop()
            return True
        return False
