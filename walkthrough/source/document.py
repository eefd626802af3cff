"""A user's document: the Go blocks of a Markdown file, function by function.

What is shown is the document itself, with its own line numbers and comments. How it compares with
the running Go is in `walkthrough.source.alignment`. No part of a document is stored anywhere.
"""

import re
from collections.abc import Iterator
from enum import Enum
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from walkthrough.formatting.escaping import printable
from walkthrough.i18n.errors import MessageError
from walkthrough.i18n.messages import Message, escaped, message
from walkthrough.i18n.system_errors import system_error_text
from walkthrough.source.functions import LineRange, declared_name, find_functions, local, short

LARGEST = 1024 * 1024
"""Bytes above which a file is not taken for a document. A long book chapter has a tenth."""
LONGEST_LINE = 1000
"""Characters of a line that are kept."""

_LANGUAGES = ("go", "golang")
# Vertical tabs and the like would end a row early, see `walkthrough.source.library`.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_LINKNAME = re.compile(r"^//go:linkname (\w+) (\S+)$")
_NAME = re.compile(r"\w+")


class DocumentProblem(Enum):
    """Why a file cannot be used as a document; the messages lack its name."""

    MISSING = message("There is no file {name}.")
    FOLDER = message("{name} is a folder; name the Markdown file in it.")
    UNREADABLE = message("{name} cannot be read ({reason}).")
    NO_FILE = message("{name} is no ordinary file.")
    LARGE = message("{name} is larger than a megabyte, so it is hardly a document.")
    BINARY = message("{name} is not a text file.")
    ENCODING = message("{name} is not in UTF-8; save it in that encoding.")
    NO_GO = message("{name} has no Go in it: blocks between ```go and ``` with functions in them.")


class DocumentError(MessageError):
    """A document cannot be used; the message is one sentence.

    Attributes:
        problem: Which kind of thing is wrong.
        name: The file, as it was named.
        reason: What the system says, for `DocumentProblem.UNREADABLE`.
    """

    def __init__(self, problem: DocumentProblem, name: str, reason: Message | str = "") -> None:
        self.problem, self.name, self.reason = problem, printable(name), escaped(reason)
        super().__init__(problem.value.with_fields(name=self.name, reason=self.reason))


class Passage(NamedTuple):
    """One function as the document shows it.

    Attributes:
        name: Its local name: ``socket``, ``(*netFD).listenStream``.
        linked: The name that a ``//go:linkname`` above it gives it, "" if there is none.
        body: Its lines in the document, the declaration first.
        opens: The first line of the comment right above it; the declaration if there is none.
    """

    name: str
    linked: str
    body: LineRange
    opens: int


class Document(NamedTuple):
    """A Markdown file with Go in it.

    Attributes:
        path: Where it was read from.
        lines: All of it; controls are replaced and very long lines cut.
        blocks: Lines of its Go blocks, the fences left out.
        passages: Its functions, in order.
    """

    path: str
    lines: tuple[str, ...]
    blocks: tuple[LineRange, ...]
    passages: tuple[Passage, ...]

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return Path(self.path).name

    def passages_of(self, function: str) -> list[Passage]:
        """Return what may be ``function``, named as Go prints it: the likeliest first.

        A document does not mention packages, and receivers change from pointers to values.
        """
        name, plain = local(function), short(function)
        ranked = sorted(
            (one.linked != function, one.name != name, number)
            for number, one in enumerate(self.passages)
            if one.linked == function or one.name == name or _plain(one.name) == plain
        )
        return [self.passages[number] for *_, number in ranked]

    def passages_like(self, function: str) -> list[Passage]:
        """Return methods of the same type, one of whose names begins the other.

        Functions were renamed: what was listenTCP is listenTCPProto today.
        """
        kind, _, name = short(function).rpartition(".")
        return [
            one
            for one in self.passages
            for theirs, _, bare in (_plain(one.name).rpartition("."),)
            if theirs == kind != "" and bare != name
            if bare.startswith(name) or name.startswith(bare)
        ]


def _plain(name: str) -> str:
    return name.replace("(*", "").replace(")", "")


def load(path: Path) -> Document:
    """Read a document.

    Raises:
        DocumentError: It cannot be read, is not text, or has no Go function in it.
    """
    name = str(path)
    try:
        problem = _kind(path)
        raw = b""
        if problem is None:
            with path.open("rb") as file:
                raw = file.read(LARGEST + 1)
    except OSError as error:
        raise DocumentError(DocumentProblem.UNREADABLE, name, system_error_text(error)) from None
    except ValueError:  # a NUL in the name
        problem = DocumentProblem.MISSING
    if problem is not None:
        raise DocumentError(problem, name)
    if b"\0" in raw and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DocumentError(DocumentProblem.BINARY, name)
    if len(raw) > LARGEST:
        raise DocumentError(DocumentProblem.LARGE, name)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DocumentError(DocumentProblem.ENCODING, name) from None
    return parse(text, name)


def _kind(path: Path) -> DocumentProblem | None:
    """Return why a path is not a file to read, None if it is one."""
    if path.is_dir():
        return DocumentProblem.FOLDER
    if not path.exists():
        return DocumentProblem.MISSING
    # Reading a pipe or a device might never end.
    return None if path.is_file() else DocumentProblem.NO_FILE


def parse(text: str, path: str) -> Document:
    """Find the Go in a Markdown text.

    Args:
        text: The whole document.
        path: What it was read from.

    Raises:
        DocumentError: It has no Go function in it.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = tuple(
        _CONTROLS.sub("\ufffd", line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE] + "…")
        for line in text.removesuffix("\n").split("\n")
    )
    blocks: list[LineRange] = []
    passages: list[Passage] = []
    for first, code in _go_blocks(text):
        blocks.append(LineRange(first, first + len(code) - 1))
        passages += _passages(code, first)
    if not passages:
        raise DocumentError(DocumentProblem.NO_GO, path)
    return Document(path, lines, tuple(blocks), tuple(passages))


def _go_blocks(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield each Go block that is not empty: the number of its first line, its lines."""
    from markdown_it import MarkdownIt  # most walks have no document and do not need it

    for token in MarkdownIt("commonmark").parse(text):
        if token.type != "fence" or token.map is None:
            continue
        code = tuple(token.content.removesuffix("\n").split("\n"))
        language = _NAME.match(token.info.strip().lower().lstrip("{."))
        named = language[0] if language is not None else ""
        if named in _LANGUAGES or (not named and any(map(declared_name, code))):
            yield token.map[0] + 2, code


def _passages(code: tuple[str, ...], first: int) -> Iterator[Passage]:
    """Find the functions of a block whose first line is ``first`` of the document.

    A document abbreviates: a function may lack its end, or be a declaration alone.
    """
    whole = find_functions(code)
    ends = {body.first: body.last for body in whole.values()}
    begins = [n for n, line in enumerate(code, 1) if declared_name(line)]
    last = 0
    for begin, after in pairwise([*begins, len(code) + 1]):
        opens = _said_above(code, begin, after=last)
        last = ends.get(begin, after)
        if last >= after:
            last = begin
            if code[begin - 1].rstrip().endswith(("{", "(", ",")):  # it continues, without an end
                last = _said_above(code, after, after=begin) - 1
            while last > begin and not code[last - 1].strip():
                last -= 1
        links = {
            match[1]: match[2]
            for line in code[opens - 1 : begin - 1]
            if (match := _LINKNAME.match(line)) is not None
        }
        name = declared_name(code[begin - 1])
        body = LineRange(first + begin - 1, first + last - 1)
        yield Passage(name, links.get(name, ""), body, first + opens - 1)


def _said_above(code: tuple[str, ...], begin: int, after: int) -> int:
    """Return the first line of the comment that stands right above line ``begin``."""
    opens = begin
    while opens - 1 > max(after, 0) and code[opens - 2].lstrip().startswith("/"):
        opens -= 1
    return opens
