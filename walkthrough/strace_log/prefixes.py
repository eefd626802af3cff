r"""What others put around the lines of a log: system logs, shells, Markdown, pasting.

As a grammar::

    line  = { head } line-of-strace [ comment ]
    head  = white space | "Jan 01 10:00:00 host strace[9]: " | "2026-01-01T10:00:00Z "
          | "12:" (grep -n) | "name-1  | " (containers) | "> " | "- " (Markdown)
    aside = "$ strace ..." | "# ..." | "```" | "..." | "^C"

Nothing is removed where the rest is not from strace, and what was removed is reported.
"""

import re
from collections.abc import Iterator
from enum import Enum
from itertools import islice
from typing import NamedTuple

from walkthrough.call_stages.scanner import STRING
from walkthrough.i18n.messages import Message, message
from walkthrough.strace_log.grammar import ParsedLine, is_result, parse_line
from walkthrough.strace_log.model import LineKind
from walkthrough.strace_log.unfinished import is_plausible


class WrapperKind(Enum):
    """What was removed from a line."""

    INDENTATION = message("indentation")
    SYSTEM_LOG = message("the head of a system log")
    TIME = message("the time stamp of another program")
    NUMBER = message("line numbers")
    SOURCE = message("the name of a file or a container")
    PROMPT = message("a prompt")
    MARKDOWN = message("Markdown's marks")
    COMMENT = message("comments behind the call")

    @property
    def message(self) -> Message:
        """How it is reported."""
        return self.value


class UnwrappedLine(NamedTuple):
    """A line without what surrounded it.

    Attributes:
        text: The strace line.
        body: What it says.
        without: What was removed.
    """

    text: str
    body: ParsedLine
    without: tuple[WrapperKind, ...]


_MOST_ROUNDS = 5
_WORTH = re.compile(
    r"[A-Za-z_]\w{0,40}(?:\*\*|\\|</\w{1,6}>)?\(|<\.\.\. \w|\+\+\+ |--- |^\s+[>|*=] |"
    r"strace: |\[ Process PID=|Process \d{1,9}(?:<[^<>]{0,64}>)? [ad]",
    re.ASCII,
).search
"""What every strace line has somewhere, and most others do not."""
_ZONE = r"(?: ?(?:Z|[A-Z]{3,5}|[+-]\d\d:?\d\d))?"
_CLOCK = rf"\d\d:\d\d:\d\d(?:[.,]\d{{1,9}})?{_ZONE}"
_DAY = r"[A-Z][a-z]{2}"
_DATE = (
    rf"(?:{_DAY},? )?(?:{_DAY} {{1,2}}\d{{1,2}} (?:\d{{4}} )?{_CLOCK}(?: \d{{4}})?"
    rf"|\d{{4}}[-/]\d\d[-/]\d\d[T ]{_CLOCK})"
)
_TAG = r"(?=[A-Za-z_/(@])[^\s:()\[\]<>\"]{1,128}(?:\[\d{1,10}\])?"
_ANY_TIME = rf"(?:{_DATE}|\d{{10}}\.\d{{6}}|\[ *\d{{1,9}}\.\d{{6}}\])"
_FIELDS = r"\S{1,255} \S{1,48} \S{1,128} \S{1,32} (?:-|\[[^\]]{0,999}\])"
"""Of RFC 5424: host, program, process, message, structured data."""
_SYSTEM_LOG = re.compile(
    rf"(?:<\d{{1,3}}>)?{_ANY_TIME}(?: [\w.:-]{{1,255}})? {_TAG}: ?|<\d{{1,3}}>1 {_DATE} {_FIELDS} ",
    re.ASCII,
).match
_TIME = re.compile(rf"\[?{_DATE}\]?:? (?:(?:stdout|stderr) [FP] )?", re.ASCII).match
_NUMBER = re.compile(r"\d{1,9}[:-] ?(?!\d\d:\d\d)", re.ASCII).match
_NUMBER_OF_CAT = re.compile(r" *\d{1,9}\t", re.ASCII).match
_SOURCE = re.compile(r"[\w./-]{1,128}(?: *\| |\.\w{1,16}[:-](?:\d{1,9}[:-])? ?)", re.ASCII).match
_QUOTE = re.compile(r"(?:> ?){1,9}|[-*+\u2022] |\d{1,4}[.)] |\| ", re.ASCII).match
_KEYS = re.compile(r"^(?:\^[A-Z\\])+(?=.)").sub
_SPACE = re.compile(r"[\s\ufeff]+").match
_PROMPT_BEFORE = re.compile(
    r"(?:\([\w.-]{1,40}\) )?"
    r"(?:\[?[\w.-]{1,64}@[\w.-]{1,64}[^$#%\u276f\u279c(=]{0,99}[$#%\u276f\u279c]"
    r"|[\w.~/-]{0,64}[$%\u276f\u279c]) +",
    re.ASCII,
).match
"""`# ` alone is a comment, and no prompt of root's."""
_STEPS = (
    (_NUMBER_OF_CAT, WrapperKind.NUMBER),
    (_SPACE, WrapperKind.INDENTATION),
    (_SYSTEM_LOG, WrapperKind.SYSTEM_LOG),
    (_TIME, WrapperKind.TIME),
    (_NUMBER, WrapperKind.NUMBER),
    (_SOURCE, WrapperKind.SOURCE),
    (_PROMPT_BEFORE, WrapperKind.PROMPT),
    (_QUOTE, WrapperKind.MARKDOWN),
)
_MARKS = re.compile(
    rf"{STRING}?|(\*\*|</?(?:b|strong|em|i|code|mark|pre)>)|\\([_*<>\[\]{{}}()#|`~])", re.DOTALL
)
_COMMENTS = re.compile(r"\s+(?:#|//|<[-=]{2}|\u2190)|\s{2,}(?:<-|--) ").finditer
_LONGEST_COMMENT = 500
_MOST_COMMENTS = 8
"""How many positions are tried: some are in strings."""
_PROMPT = (
    r"(?:\([\w.-]{1,40}\) )?(?:\[?[\w.-]{1,64}@[\w.-]{1,64}[^$#%]{0,99}?\]?)?[$#%\u276f\u279c]"
)
_COMMAND = (
    r"(?:.{0,99}?[$#%>\u276f\u279c]\s{0,9})?(?:sudo (?:-\S{1,20} )?)?(?:/\S{0,99}/)?strace(?: .*)?"
)
_ASIDE = re.compile(
    r"\s*(?:#.*|```.*|~~~.*|</?(?:pre|code)>.*|\[?(?:\.{3}|\u2026)\]?|--|\^[A-Z\\]|-- .* --"
    rf"|Script (?:started|done).*|{_COMMAND}|{_PROMPT}(?: .*)?|\++ (?:\S{{0,99}}/)?strace .*)$",
    re.ASCII,
).match


def is_annotation(line: str) -> bool:
    """Return whether a line is a prompt, a comment or a mark of somebody who passed the log on."""
    return _ASIDE(line) is not None


def unwrapped(line: str, *, whole: bool = True) -> UnwrappedLine | None:
    """Find the strace line within a line; None if there is none.

    Args:
        line: The line without its newline.
        whole: Whether a newline ended it.
    """
    if not _WORTH(line):
        return None
    for text, without in _without_marks(line):
        body = parse_line(text, whole=whole)
        if body.kind is not LineKind.UNKNOWN and (not body.cut or is_plausible(body.arguments)):
            bare = without_comment(text, body) if body.kind is None and whole else None
            if bare is not None:
                return bare._replace(without=(*without, *bare.without))
            return UnwrappedLine(text, body, without)
    return None


def is_marked(line: str) -> bool:
    """Return whether a line may hold marks within its call, or spaces of a web page."""
    return "**" in line or "\\_" in line or "\xa0" in line


def unmarked(line: str, *, whole: bool = True) -> UnwrappedLine | None:
    """Remove Markdown's marks from a call; None if there are none outside its strings."""
    bare = _MARKS.sub(_bare, line)
    body = parse_line(bare, whole=whole)
    return (
        UnwrappedLine(bare, body, (WrapperKind.MARKDOWN,)) if bare != line and body.name else None
    )


def without_keys(line: str) -> str:
    """Remove the keys that the terminal echoed before strace wrote: ``^C``."""
    return _KEYS("", line) or line


def beginning(line: str) -> UnwrappedLine | None:
    """Return a line of which a call may be the beginning, without its head; else None."""
    for text, without in _heads(line, ()):
        body = parse_line(text)
        if has_no_end(body.text):
            return UnwrappedLine(text, body, without)
    return None


def without_heads(line: str, heads: tuple[WrapperKind, ...]) -> str:
    """Remove the heads of a line that preceded others; white space stays."""
    for match, what in _STEPS:
        if what in heads and what is not WrapperKind.INDENTATION and (found := match(line)):
            line = line[found.end() :]
    return line


def without_comment(line: str, body: ParsedLine) -> UnwrappedLine | None:
    """Remove a comment that somebody added to a call; None if there is none."""
    if body.begun or is_result(body.result):
        return None
    for text, without in _without_comment(line):
        bare = parse_line(text)
        if bare.kind is None and (bare.name, bare.arguments) == (body.name, body.arguments):
            return UnwrappedLine(text, bare, without)
    return None


has_no_end = re.compile(r"[a-z_]\w*\(|<\.\.\. \w+ resumed>|--- SIG", re.ASCII).match
"""Returns whether what follows thread and time may be the beginning of a call."""


def _without_marks(line: str) -> Iterator[tuple[str, tuple[WrapperKind, ...]]]:
    for text, without in _heads(line, ()):
        if without:
            yield text, without
        yield from ((bare, without + more) for bare, more in _without_comment(text))
    if "**" in line or "`" in line or "\\" in line or "</" in line:
        bare = _MARKS.sub(_bare, line.strip("`*_ "))
        if bare != line:
            for text, without in _heads(bare, (WrapperKind.MARKDOWN,)):
                yield text, without
                yield from ((more, (*without, *how)) for more, how in _without_comment(text))


def _bare(found: re.Match[str]) -> str:
    return "" if found[1] else found[2] or found[0]


def _heads(
    line: str, without: tuple[WrapperKind, ...]
) -> Iterator[tuple[str, tuple[WrapperKind, ...]]]:
    """Yield a line, and what is left of it as one head after the other is taken off."""
    yield line, without
    for _ in range(_MOST_ROUNDS):
        steps = ((match(line), what) for match, what in _STEPS)
        found, what = next(((found, what) for found, what in steps if found), (None, None))
        if found is None or what is None:
            return
        line = line[found.end() :]
        if what not in without:
            without = (*without, what)
        if what is WrapperKind.INDENTATION and line[:2] in ("> ", "| "):
            yield f" {line}", without  # a frame of a stack, or bytes
        yield line, without


def _without_comment(line: str) -> Iterator[tuple[str, tuple[WrapperKind, ...]]]:
    """Yield a line without a possible comment at its end, the longest such comment first."""
    before = max(len(line) - _LONGEST_COMMENT, 0)
    for found in islice(_COMMENTS(line, before), _MOST_COMMENTS):
        yield line[: found.start()], (WrapperKind.COMMENT,)
