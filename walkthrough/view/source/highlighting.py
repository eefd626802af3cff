"""Tells keywords, strings, comments and so on apart, a few lines at a time and only once.

A file is cut where a top-level declaration begins, so that a line deep in a long file costs no
more than its own surroundings. It knows kinds of text, not colours.
"""

from bisect import bisect_right
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from walkthrough.source.functions import LineRange
from walkthrough.view.text import Piece, Row, safe

if TYPE_CHECKING:
    from pygments.lexer import Lexer  # type: ignore[import-untyped]
    from pygments.token import _TokenType  # type: ignore[import-untyped]

TAB = 4
_CHUNK = 40
"""A chunk has at least this many lines, so that lexers are not started for each short function."""
_KEPT = 512
"""This many chunks are kept: both columns of a pane, and the next walk, show the same files."""
_MOST_KEPT = 64 * 1024
"""A chunk of more characters is not kept."""

# Where a chunk may begin: in these lines no string or comment of gofmt's or ruff's layout is open.
_BEGINS = {
    ".go": ("func ", "type ", "var ", "const ", "import "),
    ".py": ("def ", "class ", "async def ", "@"),
}


# Pygments is imported when the first line is shown: home shows none.


@cache
def _kinds() -> "tuple[tuple[_TokenType, str], ...]":
    """Return the kind of text for each type of token; the first that contains a type wins."""
    from pygments.token import Token

    return (
        (Token.Comment, "comment"),
        (Token.Keyword.Type, "type"),
        (Token.Keyword, "keyword"),
        (Token.Operator.Word, "keyword"),
        (Token.Literal.String, "string"),
        (Token.Literal.Number, "number"),
        (Token.Name.Builtin, "function"),
        (Token.Name.Function, "function"),
        (Token.Name.Class, "type"),
    )


@cache
def _kind(token: "_TokenType") -> str:
    return next((kind for outer, kind in _kinds() if token in outer), "")


@cache
def _lexer(suffix: str) -> "Lexer | None":
    """Return the lexer of a file's language; lexers keep nothing from one text to the next."""
    if suffix == ".go":
        from pygments.lexers.go import GoLexer  # type: ignore[import-untyped]

        return GoLexer(stripnl=False, ensurenl=False)
    if suffix == ".py":
        from pygments.lexers.python import PythonLexer  # type: ignore[import-untyped]

        return PythonLexer(stripnl=False, ensurenl=False)
    return None


def _drawable(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Expand tabs and escape controls; of a whole file at once, since files are long."""
    expanded = "\n".join(lines).expandtabs(TAB)
    if expanded.replace("\n", "").isprintable() and expanded.count("\n") == len(lines) - 1:
        return tuple(expanded.split("\n"))
    return tuple(safe(line.expandtabs(TAB)) for line in lines)


class Highlighted:
    """One file's lines as rows; a chunk is lexed when the first of its lines is asked for.

    Attributes:
        source: The lines as they were given.
        lines: The lines as they are drawn: tabs expanded, controls escaped.
    """

    def __init__(
        self, file: str, lines: tuple[str, ...], code: Sequence[LineRange] | None = None
    ) -> None:
        """Prepare a file.

        Args:
            file: Its name, which says what language it is in.
            lines: All of it.
            code: Where it is Go, if it is a document around that.
        """
        self.source = lines
        self.lines = _drawable(lines)
        suffix = ".go" if code is not None else file[file.rfind(".") :]
        begins = _BEGINS.get(suffix, ())
        self._language = suffix if suffix in _BEGINS else ""
        # Where chunks begin; and which of them are prose.
        ends = {block.last for block in code or ()}
        opens = {block.first - 1 for block in code or ()}
        self._starts = [0]
        self._prose: set[int] = set() if code is None or 0 in opens else {0}
        for number, line in enumerate(self.lines):
            if number in opens and number:
                self._starts.append(number)
            elif number in ends:
                self._starts.append(number)
                self._prose.add(number)
            elif number - self._starts[-1] >= _CHUNK:
                prose = self._starts[-1] in self._prose
                if prose or line.startswith(begins):
                    self._starts.append(number)
                    self._prose.update({number} if prose else ())
        self._rows: dict[int, Sequence[Row]] = {}

    def row(self, line: int) -> Row:
        """Return line ``line``, from 1."""
        chunk = bisect_right(self._starts, line - 1) - 1
        rows = self._rows.get(chunk)
        if rows is None:
            rows = self._rows[chunk] = self._lex(chunk)
        return rows[line - 1 - self._starts[chunk]]

    def _lex(self, chunk: int) -> Sequence[Row]:
        start = self._starts[chunk]
        end = self._starts[chunk + 1] if chunk + 1 < len(self._starts) else len(self.lines)
        lines = self.lines[start:end]
        if start in self._prose:
            return [(Piece(line, "heading" if line.startswith("#") else ""),) for line in lines]
        text = "\n".join(lines)
        lexed = _kept_rows if len(text) <= _MOST_KEPT else _lexed
        return lexed(self._language, text)


def _lexed(language: str, text: str) -> Sequence[Row]:
    """Return the lines of a chunk as rows."""
    lexer = _lexer(language)
    if lexer is None:
        return [(Piece(line),) for line in text.split("\n")]
    rows: list[list[Piece]] = [[]]
    for token, part in lexer.get_tokens(text):
        kind = _kind(token)
        for number, piece in enumerate(part.split("\n")):
            if number:
                rows.append([])
            if piece:
                rows[-1].append(Piece(piece, kind))
    lines = text.count("\n") + 1
    rows += [[] for _ in range(lines - len(rows))]
    return [tuple(row) for row in rows[:lines]]


_kept_rows = lru_cache(maxsize=_KEPT)(_lexed)
