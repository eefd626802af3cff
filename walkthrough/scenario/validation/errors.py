"""How a mistake in a scenario's files is told: where it is, what was found, what is allowed.

Checks yield mistakes by the path of keys that leads to them; here they become a sentence with the
file and the line. Knows nothing of what the files are about.
"""

import difflib
import re
from collections.abc import Iterable
from typing import NamedTuple

from walkthrough.formatting.escaping import printable

Keys = tuple[str | int, ...]
"""Where in a document: ``("script", 1, "when")``; tables of an array count from 0."""


class ScenarioError(Exception):
    """A scenario that cannot be used: one sentence with file, key, what was found and allowed."""

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))  # it quotes the file


class Mistake(NamedTuple):
    """One mistake.

    Attributes:
        keys: Where it is.
        message: What was found and what is allowed, without a full stop; it may begin with the
            key's name, which is not added.
    """

    keys: Keys
    message: str


class TomlLines:
    """The lines of a TOML text on which its tables and keys begin.

    tomllib gives lines for what is no TOML alone, so the text is looked through once more. What
    stands inside an inline table has the line of the key that holds it.
    """

    def __init__(self, text: str) -> None:
        self._lines = _begun(text)

    def of(self, keys: Keys) -> int | None:
        """Return the line, from 1, of the innermost of ``keys`` that is known."""
        for length in range(len(keys), 0, -1):
            if keys[:length] in self._lines:
                return self._lines[keys[:length]]
        return None


_TEXT = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*', re.DOTALL
)
_HEADER = re.compile(r"\s*(\[\[?)\s*([\w.-]+(?:\s*\.\s*[\w-]+)*)\s*\]")
_KEY = re.compile(r"\s*([\w-]+(?:\s*\.\s*[\w-]+)*)\s*=")


def _begun(text: str) -> dict[Keys, int]:
    masked = _TEXT.sub(lambda found: re.sub(r"[^\n]", "_", found[0]), text)
    lines: dict[Keys, int] = {}
    counts: dict[Keys, int] = {}
    table: Keys = ()
    depth = 0
    for number, line in enumerate(masked.split("\n"), 1):
        if depth == 0 and (header := _HEADER.match(line)) is not None:
            table = _counted(_split(header[2]), counts, new=header[1] == "[[")
            lines.setdefault(table, number)
            if isinstance(table[-1], int):
                lines.setdefault(table[:-1], number)
            continue
        if depth == 0 and (key := _KEY.match(line)) is not None:
            lines.setdefault((*table, *_split(key[1])), number)
        depth = max(0, depth + sum(line.count(each) for each in "[{") - _closed(line))
    return lines


def _closed(line: str) -> int:
    return line.count("]") + line.count("}")


def _split(dotted: str) -> Keys:
    return tuple(part.strip() for part in dotted.split("."))


def _counted(names: Keys, counts: dict[Keys, int], *, new: bool) -> Keys:
    """Put numbers behind those of ``names`` that are arrays of tables; ``new``: the last is."""
    keys: Keys = ()
    for at, name in enumerate(names):
        keys = (*keys, name)
        last = at == len(names) - 1
        if last and new:
            counts[keys] = counts.get(keys, -1) + 1
        if keys in counts:
            keys = (*keys, counts[keys])
    return keys


def sentence(called: str, mistake: Mistake, lines: TomlLines | None = None) -> str:
    """Return a mistake as a sentence.

    Args:
        called: The file.
        mistake: What is wrong in it.
        lines: Where its keys are, if that is known.
    """
    line = lines.of(mistake.keys) if lines is not None else None
    where = f"{called}, line {line}" if line is not None else called
    table = _table(mistake.keys)
    where += f" ({table})" if table else ""
    ends = "" if mistake.message.endswith(("?", ".")) else "."
    return f"{where}: {mistake.message}{ends}"


def _table(keys: Keys) -> str:
    """Spell the table that holds the last of ``keys``: ``script 2``, ``expect.kernel 1``."""
    last = max((at for at, key in enumerate(keys) if isinstance(key, int)), default=-1)
    spelled = ""
    for key in keys[: max(last + 1, len(keys) - 1)]:
        spelled += f" {key + 1}" if isinstance(key, int) else f"{'.' if spelled else ''}{key}"
    return spelled


def instead(found: str, allowed: Iterable[str]) -> str:
    """Return what to say of a word that is none of ``allowed``: the nearest, or all there are."""
    known = tuple(allowed)
    near = difflib.get_close_matches(found, known, 1)
    return f"did you mean {near[0]!a}?" if near else f"allowed are: {', '.join(known)}"
