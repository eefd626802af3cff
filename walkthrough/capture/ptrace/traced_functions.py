"""Which functions to watch in a binary of a given Go version: reads path.toml, nothing else."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from walkthrough.capture.decode.goabi import KINDS, SignatureLayout, assign, layout
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.ptrace.architecture.definition import Architecture
from walkthrough.i18n.messages import Message, message
from walkthrough.model.stages import Stage, Step, is_mark

Version = tuple[int, int]
_VERSION = re.compile(r"(?:^|go)(\d{1,4})\.(\d{1,4})")
_FILE = "walkthrough/capture/ptrace/path.toml"
_KEYS = frozenset(
    {"name", "mark", "arguments", "results", "inside", "within", "since", "until", "programs"}
)


class TracedFunction(NamedTuple):
    """A function to watch.

    Attributes:
        name: Its symbol, as Go prints it.
        mark: The stage or finer step it stands for, None for neither.
        arguments: How its arguments are taken at entry.
        results: How its results are taken at return.
        inside: Marks one of which must be open on the goroutine; empty for always.
        programs: The server's programs that have it; None if all have.
        within: The stage that it is always part of, None for any.
    """

    name: str
    mark: str | None
    arguments: SignatureLayout
    results: SignatureLayout
    inside: frozenset[str]
    programs: frozenset[str] | None = None
    within: str | None = None

    def expected_in(self, program: str) -> bool:
        """Return whether it is worth reporting that ``program`` lacks the function."""
        return self.programs is None or program in self.programs


def parse_version(text: str) -> Version:
    """Parse ``go1.27.3``, ``1.27`` or ``devel go1.28-1a2b3c`` to two numbers; (0, 0) if unclear."""
    found = _VERSION.search(text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


@cache
def _data() -> dict[str, Any]:
    """Return what path.toml says.

    Raises:
        CaptureError: It is not TOML.
    """
    try:
        return tomllib.loads(files(__package__).joinpath("path.toml").read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CaptureError(
            message(
                "{file} cannot be read ({why}): mend it, or reinstall walkthrough.",
                file=_FILE,
                why=str(error),
            )
        ) from None


def goid_offset(version: Version) -> int | None:
    """Return the offset of goid in runtime.g in bytes, None for a version not in the table."""
    offset: int | None = _data().get("goid", {}).get(f"{version[0]}.{version[1]}")
    return offset


def _signature(entries: list[str], architecture: Architecture) -> SignatureLayout:
    pairs = [entry.partition(":") for entry in entries]
    registers = len(architecture.arguments)
    return layout(assign([(name, kind) for name, _, kind in pairs], registers))


def _check(number: int, entry: object) -> None:
    """Refuse an entry that cannot be meant.

    Raises:
        CaptureError: It has a mistake; the message is one sentence that names it.
    """
    if not isinstance(entry, dict):
        raise _mistake("function", message("an entry that is no table"), [])
    name = entry.get("name")
    shown = name if isinstance(name, str) and name else f"[[function]] {number}"
    if unknown := sorted(entry.keys() - _KEYS):
        raise _mistake(shown, message("the key {name}", name=unknown[0]), sorted(_KEYS))
    for key in ("arguments", "results", "inside", "programs"):
        listed = entry.get(key, [])
        if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
            raise _mistake(shown, message("{key} that is no list of texts", key=key), [])
    if shown != name:
        raise _mistake(shown, message("no name"), [])
    for entry_of in (*entry.get("arguments", []), *entry.get("results", [])):
        kind = entry_of.partition(":")[2]
        if not kind.startswith("*") and kind not in KINDS:
            kinds = [*sorted(KINDS), "*T"]
            raise _mistake(shown, message("the kind of {entry}", entry=entry_of), kinds)
    named = [entry[key] for key in ("mark", "within") if key in entry]
    for mark in (*entry.get("inside", []), *named):
        if not isinstance(mark, str) or not is_mark(mark):
            raise _mistake(shown, message("the mark {mark}", mark=str(mark)), [*Stage, *Step])


def _mistake(function: str, what: Message, allowed: list[str]) -> CaptureError:
    if not allowed:
        return CaptureError(
            message(
                "{file}: {function} has {what}: correct the file.",
                file=_FILE,
                function=function,
                what=what,
            )
        )
    return CaptureError(
        message(
            "{file}: {function} has {what}; allowed are {allowed}: correct the file.",
            file=_FILE,
            function=function,
            what=what,
            allowed=list(map(str, allowed)),
        )
    )


def wildcard_function(name: str) -> TracedFunction:
    """Return how a function is watched that is only matched by a name with ``*``."""
    return TracedFunction(name, None, _NOTHING, _NOTHING, frozenset())


_NOTHING = layout(())


def traced_functions(version: Version, architecture: Architecture) -> tuple[TracedFunction, ...]:
    """Return what to watch in a binary of this Go version, in the order of path.toml.

    Args:
        version: The binary's.
        architecture: The binary's; it says which arguments are in registers.

    Raises:
        CaptureError: The file has a mistake.
    """
    chosen = []
    for number, entry in enumerate(_data().get("function", []), 1):
        _check(number, entry)
        since = parse_version(entry.get("since", "0.0"))
        until = parse_version(entry["until"]) if "until" in entry else (1 << 16, 0)
        if not since <= version <= until:
            continue
        chosen.append(
            TracedFunction(
                entry["name"],
                entry.get("mark"),
                _signature(entry.get("arguments", []), architecture),
                _signature(entry.get("results", []), architecture),
                frozenset(entry.get("inside", ())),
                frozenset(entry["programs"]) if "programs" in entry else None,
                entry.get("within"),
            )
        )
    return tuple(chosen)


def program_functions(version: Version, architecture: Architecture) -> tuple[TracedFunction, ...]:
    """Return what to watch in a program that is not one of ours, see `traced_functions`.

    Of its package main every function is watched, without its values: they are not those of the
    functions with these names in our programs.

    Raises:
        CaptureError: path.toml has a mistake.
    """
    path = traced_functions(version, architecture)
    shared = (each for each in path if not each.name.removeprefix("-").startswith("main."))
    return (wildcard_function("main.main"), wildcard_function("main.*"), *shared)
