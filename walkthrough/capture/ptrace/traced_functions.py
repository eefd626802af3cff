"""Which functions to watch in a binary of a given Go version: reads path.toml, nothing else."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from walkthrough.capture.decode.goabi import SignatureLayout, assign, layout
from walkthrough.model.stages import is_mark

Version = tuple[int, int]


class TracedFunction(NamedTuple):
    """A function to watch.

    Attributes:
        name: Its symbol, as Go prints it.
        mark: The stage or finer step it stands for, None for neither.
        arguments: How its arguments are taken at entry.
        results: How its results are taken at return.
        inside: Marks one of which must be open on the goroutine; empty for always.
        programs: The server's programs that have it; None if all have.
    """

    name: str
    mark: str | None
    arguments: SignatureLayout
    results: SignatureLayout
    inside: frozenset[str]
    programs: frozenset[str] | None = None

    def expected_in(self, program: str) -> bool:
        """Return whether it is worth reporting that ``program`` lacks the function."""
        return self.programs is None or program in self.programs


def parse_version(text: str) -> Version:
    """Parse ``go1.27.3`` or ``1.27`` to ``(1, 27)``; ``(0, 0)`` if it is no released version."""
    parts = text.removeprefix("go").split(".")
    try:
        minor = "".join(c for c in parts[1].split("rc")[0].split("beta")[0] if c.isdigit())
        return int(parts[0]), int(minor)
    except (IndexError, ValueError):
        return (0, 0)


@cache
def _data() -> dict[str, object]:
    return tomllib.loads(files(__package__).joinpath("path.toml").read_text("utf-8"))


def goid_offset(version: Version) -> int | None:
    """Return the offset of goid in runtime.g in bytes, None for a version not in the table."""
    table = _data()["goid"]
    assert isinstance(table, dict)
    return table.get(f"{version[0]}.{version[1]}")


def _signature(entries: list[str]) -> SignatureLayout:
    pairs = [entry.partition(":") for entry in entries]
    return layout(assign([(name, kind) for name, _, kind in pairs]))


def wildcard_function(name: str) -> TracedFunction:
    """Return how a function is watched that is only matched by a name with ``*``."""
    return TracedFunction(name, None, _signature([]), _signature([]), frozenset())


def traced_functions(version: Version) -> tuple[TracedFunction, ...]:
    """Return what to watch in a binary of this Go version, in the order of path.toml."""
    entries = _data()["function"]
    assert isinstance(entries, list)
    chosen = []
    for entry in entries:
        since = parse_version(entry.get("since", "0.0"))
        until = parse_version(entry["until"]) if "until" in entry else (1 << 16, 0)
        if not since <= version <= until:
            continue
        mark = entry.get("mark")
        assert mark is None or is_mark(mark), mark
        chosen.append(
            TracedFunction(
                entry["name"],
                mark,
                _signature(entry.get("arguments", [])),
                _signature(entry.get("results", [])),
                frozenset(entry.get("inside", ())),
                frozenset(entry["programs"]) if "programs" in entry else None,
            )
        )
    return tuple(chosen)
