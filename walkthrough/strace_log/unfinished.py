r"""A call whose line has no end, and the lines behind it that may hold its rest.

There are three kinds. The program wrote to strace's terminal in the middle of the call, or
strace itself did; a paste broke the line at a terminal's width; or the call never returned.

    write(1, hello                     the program's output is in the call
    "hello\n", 6) = 6

    epoll_wait(5, ^Cstrace: Process 12 detached
     <detached ...>                    strace let go of the thread in the call

    bind(3, {sa_family=AF_INET, sin_po
    rt=htons(80)}, 16) = 0             wrapped

    accept(3,                          where the server hangs
"""

import re
from typing import NamedTuple

from walkthrough.call_stages.scanner import STRING, closing
from walkthrough.call_stages.strings import bytes_of
from walkthrough.model.linux.errno import ERRNO, ERRNO_TEXT
from walkthrough.strace_log.grammar import ParsedLine, parse_line
from walkthrough.strace_log.model import LineKind
from walkthrough.strace_log.values import PARAMETERS

LONGEST = 1 << 16
_MOST_TRIES = 20
_MOST_PIECES = 24
"""Limits for files that are not strace logs, where each line could try all of them."""
_WORDS = re.compile(
    r"(?:\^[A-Z\\])*(?:(?:(?:/[\w.+-]{1,99}){0,9}/)?strace: )?Process \d{1,9}(?:<[^<>]{0,64}>)? "
    r"(?:attached|detached)$",
    re.ASCII,
).search
_AN_END = re.compile(
    r"\) *=(?: |(?=[-?\d]))|<(?:unfinished|detached) \.\.\.>$"
    r"|<(?:Cannot restart pid|ptrace\().*>$| ---$"
).search
_OVERLAP = 24
"""An end may itself be broken: this much of the line before is searched with it."""
_QUIET = re.compile(rf"({STRING})|\".*|/\*.*?(?:\*/|$)|<(?:\.\.\. )?[^<>\s][^<>]*>", re.DOTALL)
_ODD = re.compile(
    r"(?<!\w)[a-z]\w*+ (?!=>|or |<<)[\w\"{\[]|\w\x00|\x00\w|[;'$#%^\\`\x80-\U0010ffff\n\t]|[^ ] ?: "
    r"|\b[a-z]+(?:NULL|AF_|0x)|\"",
    re.ASCII,
).search
"""What never occurs in arguments that strace prints, outside of strings, which are \x00 here."""
_FAILURES = frozenset(f"-1 {ERRNO[number]} ({text})" for number, text in ERRNO_TEXT.items())
"""The results of calls that failed."""
_IN_ADDRESS = re.compile(r'(?:inet_addr\(|inet_pton\(\w+, )"[0-9a-f:.]*$').search
_BEFORE_RESULT = re.compile(r"\) *=$").search
_WRITES = re.compile(
    rf"(.{{0,99}}?\bwrite\([12](?:<[^<>]{{0,999}}>)?, ({STRING}(?:\.\.\.)?), )(\d.*)$", re.DOTALL
).match
_END_OF_WRITE = re.compile(r"\) *= (?:\d|-1 E).*$").search
_ECHOED = re.compile(r"\^[A-Z\\]").sub
_BLOCKING = re.compile(
    r"accept4?|connect|send|recv|(?:send|recv)(?:m?msg|to|from|file|mmsg_time64)"
    r"|p?(?:read|write)(?:v|v2|64)?|splice|open|openat|ioctl|fcntl(?:64)?|flock|socketcall"
    r"|epoll_p?wait2?|(?:p?poll|p?select6?|_newselect)(?:_time64)?|pause|(?:rt_)?sigsuspend"
    r"|(?:clock_)?nanosleep(?:_time64)?|futex(?:_time64)?|rt_sigtimedwait(?:_time64)?|wait4|waitp?id"
    r"|restart_syscall|io_getevents|io_uring_enter|msgrcv|semop|semtimedop",
    re.ASCII,
).fullmatch
"""Calls in which a thread may wait forever, or nearly."""


class LinePiece(NamedTuple):
    """A line that may belong to a torn call: its number, the line, and it without its head."""

    number: int
    line: str
    text: str


class CompletedCall(NamedTuple):
    """What a torn call turned out to be.

    Attributes:
        body: The whole of it.
        pieces: How many of the lines between belong to it.
        torn: The program's own output is in it.
        wrapped: A paste had wrapped it.
    """

    body: ParsedLine
    pieces: int
    torn: bool
    wrapped: bool


class UnfinishedCall:
    """A call without an end.

    Attributes:
        first: Its line.
        words: What strace itself printed after it on that line.
        pieces: Lines since then that are not other calls, and have no end.
    """

    def __init__(self, first: LinePiece, body: ParsedLine | None = None) -> None:
        self.first = first
        found = _WORDS(first.text) if body is None else None
        self._start = first.text if found is None else first.text[: found.start()]
        printing = _up_to_what_is_printed(self._start)
        self._prints = bool(printing)
        self._start = printing or self._start
        self.words = "" if found is None else first.text[found.start() :]
        self.pieces: list[LinePiece] = []
        self._tries = 0
        self._length = len(self._start)
        self._body = body
        """The parsed call, if only the explanation of its error is unfinished."""

    def takes(self, piece: LinePiece) -> bool:
        """Keep a line that may be a piece of the call; return whether it was kept."""
        if self._length > LONGEST or len(self.pieces) == _MOST_PIECES:
            return False
        if self._body is not None:
            result = self._longer_result(piece.text)
            if not result:
                return False
            self._body = self._body._replace(result=result)
        self._length += len(piece.text)
        self.pieces.append(piece)
        return True

    def goes_on(self, body: ParsedLine, piece: LinePiece) -> None:
        """Note that with one more line it is whole except for the explanation of its error."""
        self._body = body
        self.pieces.append(piece)

    def rest(self, text: str, *, whole: bool) -> CompletedCall | None:
        """Return the call if a line completes it."""
        if self._body is not None:
            body = self._body._replace(result=self._longer_result(text))
            whole_result = body.result in _FAILURES
            return (
                CompletedCall(body, len(self.pieces), torn=False, wrapped=True)
                if whole_result
                else None
            )
        if self._prints:
            end = _END_OF_WRITE(text)
            if end is None:
                return None
            body = parse_line(self._start + end[0], whole=whole)
            return CompletedCall(body, 0, torn=True, wrapped=False) if body.kind is None else None
        last = self.pieces[-1].text if self.pieces else self._start
        if not _AN_END(last[-_OVERLAP:] + text) or self._tries == _MOST_TRIES:
            return None
        self._tries += 1
        if not self.words:
            joined = self._start
            for piece in (*(piece.text for piece in self.pieces), text):
                joined = _joined_lines(joined, piece)
            body = parse_line(joined, whole=whole)
            if body.kind in (None, LineKind.SIGNAL) and is_plausible(body.arguments):
                detached = body.result == "?" and not body.begun
                return CompletedCall(body, len(self.pieces), torn=False, wrapped=not detached)
        body = parse_line(self._start + text, whole=whole)
        return (
            CompletedCall(body, 0, torn=not self.words, wrapped=False)
            if body.kind is None
            else None
        )

    def _longer_result(self, text: str) -> str:
        """Return the result with a line appended, "" if strace prints no such result."""
        result = self._body.result if self._body is not None else ""
        for longer in (result + text, f"{result.rstrip()} {text.lstrip()}"):
            if longer in _FAILURES or any(failure.startswith(longer) for failure in _FAILURES):
                return longer
        return ""

    def begun(self, known: bool) -> CompletedCall | None:
        """Return the call as one that was begun and has not returned; None if it is none.

        Args:
            known: Whether the log has calls of this name elsewhere.
        """
        if self._body is not None:
            return CompletedCall(
                self._body, len(self.pieces), torn=False, wrapped=bool(self.pieces)
            )
        joined = self._start
        for piece in self.pieces:
            joined = _joined_lines(joined, piece.text)
        for text, pieces in ((joined, len(self.pieces)), (self._start, 0)):
            body = parse_line(text, whole=False)
            if (
                body.kind is None
                and (known or is_known(body.name))
                and is_plausible(body.arguments)
            ):
                return CompletedCall(body, pieces, torn=False, wrapped=pieces > 0)
        return None


def is_known(name: str) -> bool:
    """Return whether a call is on the path, or one in which threads wait."""
    return name in PARAMETERS or _BLOCKING(name) is not None


def is_plausible(arguments: str) -> bool:
    """Return whether a text may be arguments that strace printed, and not a program's output."""
    return closing(arguments, 0) is None and not _ODD(
        _ECHOED("", _QUIET.sub(_placeholder, arguments))
    )


def _placeholder(found: re.Match[str]) -> str:
    if found[1]:
        return "\x00"
    return '"' if found[0].startswith('"') else ""


def _up_to_what_is_printed(text: str) -> str:
    """Return a write(2) to the terminal up to the written text; "" for everything else.

    Where strace and the program share a terminal, the written text follows the last argument.
    """
    found = _WRITES(text)
    if found is None:
        return ""
    data, whole = bytes_of(found[2])
    line, newline, _ = data.decode("utf-8", "backslashreplace").partition("\n")
    shown = found[3]
    if whole and newline:
        return found[1] + str(len(data)) if shown == f"{len(data)}{line}" else ""
    digits = len(shown) - len(shown.lstrip("0123456789"))
    fits = next((at for at in range(1, digits + 1) if line and shown.startswith(line, at)), 0)
    return found[1] + shown[:fits] if fits else ""


def _joined_lines(first: str, second: str) -> str:
    """Join two lines that were one; white space may have been lost or added there."""
    if '"' in _QUIET.sub(_placeholder, first):
        # Within a string every space counts, but an address has none.
        return first + (second.lstrip() if _IN_ADDRESS(first) else second)
    if first.endswith(",") or _BEFORE_RESULT(first):
        return f"{first} {second.lstrip()}"
    if second.startswith((" ", "\t")) and not second.lstrip().startswith("<"):
        first, second = first.rstrip(" "), second.lstrip()
        spaced = first.endswith((",", ")", "=>", "=")) or second.startswith("=> ")
        return f"{first} {second}" if spaced else first + second
    return first + second
