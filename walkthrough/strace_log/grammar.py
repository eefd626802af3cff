"""The grammar of a line in an strace(1) log, 5.x to 7.x, whatever options made it.

    line      = [ thread ] { attribute } [ time ] { attribute } body
    thread    = pid | "[pid " pid "]"              -f; each with `"<" name ">"` behind pid for -Y
    time      = "12:30:01" [ "." digits ] | seconds [ "." digits ] [ "(+" seconds ")" ]  -t, -r
    attribute = "[" … "] "                         -n (number), -i (address), --secontext
    body      = call | begun | resumed | given up | "--- " … " ---" | "+++ " … " +++" | note | dump
    call      = name "(" arguments ")" { " " } "= " result [ " <" seconds ">" ]
    begun     = name "(" arguments " <unfinished ...>"
    resumed   = "<... " name " resumed>" arguments ")" { " " } "= " result [ " <" seconds ">" ]
    given up  = name "(" arguments " <detached ...>"
    dump      = " > " frame | " | " bytes | " * " n " bytes in buffer " n     -k, -e read, -e write
    note      = "strace: " … | "[ Process PID=" … | a line of the table that -C appends

`scanner` has the grammar of arguments. The usual line is read by one regular expression, which
takes the last position that may end the arguments; that is right as long as the result has
no string and no nested brackets; other lines do not match and are scanned. Nothing
here raises, whatever the line; what fits none of the above is `LineKind.UNKNOWN`.
"""

import re
from typing import NamedTuple

from walkthrough.call_stages.scanner import closing
from walkthrough.strace_log.model import LineKind

_NAME = r"(?:<[^<>]*>)?"  # what -Y puts behind a number
_ATTRIBUTES = r"(?:\[[^\[\]]*+\] ++)*+"
_TIME = r"\d\d:\d\d:\d\d(?:\.\d{1,9})?|\d{1,12}(?:\.\d{1,9})?"
_PREFIX_OF_ALL = (
    rf"(?:(?:\[pid +)?(\d{{1,7}}){_NAME}\]? +)?{_ATTRIBUTES}"
    rf"(?: *({_TIME}) +)?(?:\(\+ *[\d.]+\) +)?{_ATTRIBUTES}"
)
# strace sets `->` between the two ends of a connection; what begins in upper case is not a path.
_LABEL = r'<(?:[A-Z][^<>"]*+(?:(?<=-)>[^<>"]*+)*+|[^<>"]*+)(?:<[^<>"]*+>)?>(?:\(deleted\))?'
_RESULT = (
    rf'(?:-?\d++|0x[0-9a-f]++|\?)(?:{_LABEL})?(?: [A-Z]\w*+)?(?: \([^()<>"]*+\))*+'
    r"(?: <unavailable>)?"
)
_DURATION = r" <(\d{1,12}(?:\.\d{1,9})?)>"
# Before 5.1 a space followed `resumed>` that is not part of the arguments.
_AGAIN = r"<\.\.\. (\w+) resumed>(?: (?!=> |or |/\*))?"

USUAL = re.compile(
    rf"{_PREFIX_OF_ALL}(?:{_AGAIN}|([A-Za-z_]\w*)\()"
    rf"(?:(.*)\) *= ({_RESULT})(?:{_DURATION})?|(.*) <unfinished \.\.\.>)\r?\n",
    re.ASCII,
).fullmatch
"""Groups: thread, time, name resumed, name, arguments, result, duration, arguments if begun."""

_PREFIX = re.compile(_PREFIX_OF_ALL, re.ASCII).match
_CALL = re.compile(r"([A-Za-z_]\w*)\(", re.ASCII).match
_RESUMED = re.compile(_AGAIN, re.ASCII).match
_BEGUN = re.compile(r" <(?:unfinished|pid changed to \d+) \.\.\.>$", re.ASCII).search
_GIVEN_UP = "<unfinished ...>"
_TOOK = re.compile(rf"{_DURATION}$", re.ASCII).search
is_result = re.compile(_RESULT, re.ASCII).fullmatch
"""Returns whether a text is a complete usual result."""
_A_RESULT = re.compile(r"(?:-?\d+|0x[0-9a-f]+|\?)(?![^\s<(])", re.ASCII).match
_EQUALS = re.compile(r"\)\s*=(?: |$)").finditer
_LOST = re.compile(r" <(?:detached \.\.\.|(?:Cannot restart pid|ptrace\().*)>$").search
_LONGEST_LOST = 300
_EXIT = re.compile(r"\+\+\+ exited with ").match
_NOTE = re.compile(
    r"(?:\S*/)?strace: |\[ Process PID="
    r"|Process \d+(?:<[^<>]{0,64}>)? (?:attached|detached|resumed|suspended)"
).match
_SUMMARY = re.compile(r"% time |-{4,}(?: -{4,})+$|\s*\d{1,3}\.\d\d\s+\d+\.\d{6}\s.*\w$").match
_FRAME = re.compile(r" > \S").match
_DUMP = re.compile(
    r" \| [0-9a-f]{5,}  .*\|$| \| <Cannot fetch "
    r"| [*=] \d+ (?:bytes|buffers) in (?:buffer|vector) \d"
    r"| VCPU(?::\d+)?[<>] "
).match
_COLOUR = re.compile(r"\x1b\[[\d;]*m").sub


class ParsedLine(NamedTuple):
    """What one line says of a call, or that it is not a call.

    Attributes:
        thread: The thread that the line names.
        time: Its time as written, "" for none.
        name: The call; "" where the line is not a call.
        arguments: As written; of a resumed call the rest of them.
        result: The text after ``=``; "" for a call that is only begun.
        duration: What ``-T`` appended, "" for nothing.
        kind: What a line that is not a call says.
        text: The line after thread and time, if it is not a call.
        begun: The call goes on elsewhere.
        resumed: The call began elsewhere.
        cut: The line ends before the call does.
    """

    thread: int | None
    time: str
    name: str
    arguments: str
    result: str
    duration: str
    kind: LineKind | None = None
    text: str = ""
    begun: bool = False
    resumed: bool = False
    cut: bool = False


def parse_line(line: str, *, whole: bool = True) -> ParsedLine:
    """Take one line apart.

    Args:
        line: The line without its newline.
        whole: Whether a newline ended it: one that is cut may look like something it is not.
    """
    if whole and (usual := USUAL(line + "\n")) is not None:
        thread, time, again, name, arguments, result, duration, start = usual.groups("")
        who = int(thread) if thread else None
        if not result:
            return ParsedLine(
                who, time, name or again, start, "", "", begun=True, resumed=bool(again)
            )
        if result == "?":
            arguments = without_end(arguments)
        return ParsedLine(
            who, time, name or again, arguments, result, duration, resumed=bool(again)
        )
    kind = _without_prefix(line)
    if kind is not None:
        return ParsedLine(None, "", "", "", "", "", kind, line)
    if "\x1b[" in line:  # --color of 7.0, or `script`
        plain = _COLOUR("", line)
        body = parse_line(plain, whole=whole) if plain != line else None
        if body is not None and body.kind is not LineKind.UNKNOWN:
            return body
    prefix = _PREFIX(line)
    assert prefix is not None  # all of it is optional
    thread, time = prefix.groups("")
    return _body(line[prefix.end() :], int(thread) if thread else None, time, whole)


def _without_prefix(line: str) -> LineKind | None:
    """Return what a line is that has neither thread nor time."""
    if _FRAME(line):
        return LineKind.FRAME
    if _DUMP(line):
        return LineKind.DUMP
    return LineKind.NOTE if _NOTE(line) or _SUMMARY(line) else None


def _body(body: str, thread: int | None, time: str, whole: bool) -> ParsedLine:
    kind = _no_call(body)
    if kind is not None:
        return ParsedLine(thread, time, "", "", "", "", kind, body)
    resumed = _RESUMED(body)
    called = resumed or _CALL(body)
    if called is None:
        return ParsedLine(thread, time, "", "", "", "", LineKind.UNKNOWN, body)
    name, again = called[1], resumed is not None
    if (begun := _BEGUN(body, called.end())) is not None:
        arguments = body[called.end() : begun.start()]
        return ParsedLine(thread, time, name, arguments, "", "", begun=True, resumed=again)
    end = _end(body, called.end(), whole)
    if end is not None:
        cut = not whole and is_result(end[1]) is None
        return ParsedLine(thread, time, name, *end, resumed=again, cut=cut)
    if whole:
        return ParsedLine(thread, time, "", "", "", "", LineKind.UNKNOWN, body)
    return ParsedLine(thread, time, name, body[called.end() :], "", "", resumed=again, cut=True)


def _no_call(body: str) -> LineKind | None:
    if body.startswith("--- ") and body.endswith(" ---"):
        return LineKind.SIGNAL
    if body.startswith("+++ ") and body.endswith(" +++"):
        if _EXIT(body):
            return LineKind.EXITED
        return LineKind.KILLED if body.startswith("+++ killed by ") else LineKind.NOTE
    return LineKind.NOTE if _NOTE(body) else None


def without_end(arguments: str) -> str:
    """Remove what strace prints where the thread was killed within the call."""
    if not arguments.endswith(_GIVEN_UP):
        return arguments
    return arguments[: -len(_GIVEN_UP)].rstrip(", ")


def _end(body: str, start: int, whole: bool) -> tuple[str, str, str] | None:
    """Return arguments, result and duration of the call whose arguments begin at ``start``."""
    duration = ""
    if (took := _TOOK(body, start)) is not None:
        duration, body = took[1], body[: took.start()]
    close = closing(body, start)
    if close is None and whole:
        # Malformed: the last position that looks like an end will do.
        for found in _EQUALS(body, start):
            close = found.start()
    if close is None:
        if (lost := _LOST(body, max(start, len(body) - _LONGEST_LOST))) is not None:
            # strace detached from the thread in the call
            return body[start : lost.start()].rstrip(", "), "?", duration
        return None
    equals = body[close + 1 :].lstrip()
    if not equals.startswith("=") or equals[1:2].strip():
        return None
    result = equals[1:].strip()
    if whole and _A_RESULT(result) is None:
        return None
    return without_end(body[start:close]), result, duration
