"""How a mistake in a scenario's files is reported: where it is, what was found, what is allowed.

Checks yield mistakes by the path of keys that leads to them; here they become a sentence with the
file and the line. Knows nothing of what the files are about.
"""

import difflib
import re
from collections.abc import Iterable
from typing import NamedTuple

from walkthrough.i18n.errors import MessageError
from walkthrough.i18n.messages import Field, Message, escaped, message

Keys = tuple[str | int, ...]
"""Where in a document: ``("script", 1, "when")``; tables of an array count from 0."""


class ScenarioError(MessageError):
    """A scenario that cannot be used: one sentence with file, key, what was found and allowed."""

    def __init__(self, said: Message | str) -> None:
        super().__init__(escaped(said))  # it quotes the file


class Mistake(NamedTuple):
    """One mistake.

    Attributes:
        keys: Where it is.
        message: What was found and what is allowed, up to the full stop; it may begin with the
            key's name, which is not added.
    """

    keys: Keys
    message: Message | str


def mistake(keys: Keys, sentence: str, /, **fields: Field) -> Mistake:
    """Return what `message` would say of ``sentence`` and ``fields`` as a mistake at ``keys``."""
    return Mistake(keys, Message(sentence, fields))


class TomlLines:
    """The lines of a TOML text on which its tables and keys begin.

    tomllib gives lines only for what is not TOML, so the text is scanned once more. What
    is inside an inline table has the line of the key that holds it.
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
    """Add numbers to those of ``names`` that are arrays of tables; ``new``: the last is one."""
    keys: Keys = ()
    for at, name in enumerate(names):
        keys = (*keys, name)
        last = at == len(names) - 1
        if last and new:
            counts[keys] = counts.get(keys, -1) + 1
        if keys in counts:
            keys = (*keys, counts[keys])
    return keys


def sentence(called: str, mistake: Mistake, lines: TomlLines | None = None) -> Message:
    """Return a mistake as a sentence.

    Args:
        called: The file.
        mistake: What is wrong in it.
        lines: Where its keys are, if that is known.
    """
    line = lines.of(mistake.keys) if lines is not None else None
    table = _table(mistake.keys)
    if line is None:
        where = message("{file} ({table}): {mistake}") if table else message("{file}: {mistake}")
    elif table:
        where = message("{file}, line {line} ({table}): {mistake}", line=line)
    else:
        where = message("{file}, line {line}: {mistake}", line=line)
    return where.with_fields(file=called, table=table, mistake=mistake.message)


def _table(keys: Keys) -> str:
    """Spell the table that holds the last of ``keys``: ``script 2``, ``expect.kernel 1``."""
    last = max((at for at, key in enumerate(keys) if isinstance(key, int)), default=-1)
    spelled = ""
    for key in keys[: max(last + 1, len(keys) - 1)]:
        spelled += f" {key + 1}" if isinstance(key, int) else f"{'.' if spelled else ''}{key}"
    return spelled


def instead(found: str, allowed: Iterable[str]) -> Message:
    """Return what to say about a word that is not ``allowed``: the nearest one, or all.

    It ends the sentence.
    """
    known = tuple(allowed)
    near = difflib.get_close_matches(found, known, 1)
    if near:
        return message("did you mean {near}?", near=ascii(near[0]))
    return message("allowed are: {allowed}.", allowed=list(known))
