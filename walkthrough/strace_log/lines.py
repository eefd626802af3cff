"""The grammar of a line in a log of strace(1), 5.x to 7.x, whatever options made it.

    line      = [ thread ] [ time ] { "[" … "]" } body
    thread    = number | "[pid " number "]"          each with an optional "<" name ">"
    time      = "12:30:01" [ "." digits ] | seconds [ "." digits ]     also "(+" seconds ")" behind
    body      = call | begun | resumed | "--- " … " ---" | "+++ " … " +++" | " > " frame | note
    call      = name "(" arguments ")" " = " result [ " <" seconds ">" ]
    begun     = name "(" arguments " <unfinished ...>"
    resumed   = "<... " name " resumed>" arguments ")" " = " result [ " <" seconds ">" ]

The usual line is read by one regular expression; where that is not certain, a scanner counts
brackets and passes over strings, comments and what ``-y`` puts between angle brackets. Nothing here
raises, whatever the line; what fits none of the above is `Kind.UNKNOWN`.
"""

import re
from typing import NamedTuple

from walkthrough.strace_log.record import Kind

UNFINISHED = " <unfinished ...>"
_GIVEN_UP = "<unfinished ...>"
_MOST_PID = 1 << 22  # /proc/sys/kernel/pid_max can be no larger
_NAME = r"(?:<[^<>\n]*>)?"  # what --decode-pids puts behind a number
_TIME = r"\d\d:\d\d:\d\d(?:\.\d+)?|\d+\.\d+|\d{8,12}"
_SIMPLE = r"-?\d+|0x[0-9a-f]+|\?"
_USUAL = re.compile(
    rf"(?:(\d+)\s+)?(?:({_TIME})\s+)?([a-z]\w*)\((.*)\)\s+= "
    rf"((?:{_SIMPLE})(?: E[A-Z0-9]+ \([^()]*\))?)(?: <(\d+\.\d+)>)?"
).fullmatch
_PREFIX = re.compile(
    rf"(?:\[pid\s+(\d+){_NAME}\]\s|(\d{{1,7}}){_NAME}\s+)?"
    rf"\s*(?:({_TIME})\s+)?(?:\(\+\s*(\d+\.\d+)\)\s+)?"
    rf"((?:\[[ 0-9a-f?]+\]\s)*)"
).match
_CALL = re.compile(r"([A-Za-z_]\w*)\(").match
_RESUMED = re.compile(r"<\.\.\. (\w+) resumed> ?").match
_DURATION = re.compile(r" <(\d+\.\d+|unavailable)>$").search
_EQUALS = re.compile(r"\)\s*=(?: |$)")
_FRAME = re.compile(r"\s*> ?\S").match
_NOTE = re.compile(r"strace: |\[ Process PID=|Process \d+ (?:attached|detached|resumed|suspended)")
_EXIT = re.compile(r"\+\+\+ exited with ").match
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_LOST = re.compile(r" <(?:detached \.\.\.|ptrace\(.*\):.*|pid changed to .*)>$").search


class Body(NamedTuple):
    """What one line says of a call, or that it says none.

    Attributes:
        thread: The thread that the line names.
        time: Its time as it stands there, "" for none.
        name: The call; "" where the line is no call.
        arguments: As they stand there; of a resumed call the rest of them.
        result: What stands behind ``=``; "" for a call that is only begun.
        duration: What ``-T`` appended, "" for nothing.
        kind: What a line that is no call says.
        text: The line behind thread and time, of a line that is no call.
        begun: The call goes on elsewhere.
        resumed: The call began elsewhere.
    """

    thread: int | None
    time: str
    name: str
    arguments: str
    result: str
    duration: str
    kind: Kind | None = None
    text: str = ""
    begun: bool = False
    resumed: bool = False


def parse_line(line: str, *, whole: bool = True) -> Body:
    """Take one line apart.

    Args:
        line: The line without its newline.
        whole: Whether a newline ended it: one that is cut may look like something it is not.
    """
    if whole and (usual := _USUAL(line)) is not None:
        thread, time, name, arguments, result, duration = usual.groups("")
        if result == "?":
            arguments = _given_up(arguments)
        if not thread or int(thread) <= _MOST_PID:
            return Body(int(thread) if thread else None, time, name, arguments, result, duration)
    if _FRAME(line):
        return Body(None, "", "", "", "", "", Kind.FRAME, line)
    if _NOTE.match(line):
        return Body(None, "", "", "", "", "", Kind.NOTE, line)
    prefix = _PREFIX(line)
    assert prefix is not None  # all of it is optional
    pid, plain, time, later, _ = prefix.groups()
    number = pid or plain
    thread_id = int(number) if number else None
    body = line[prefix.end() :]
    if thread_id is not None and thread_id > _MOST_PID and not time:
        thread_id, time = None, number
    return _body(body, thread_id, time or later or "", whole)


def _body(body: str, thread: int | None, time: str, whole: bool) -> Body:
    kind = _no_call(body)
    if kind is not None:
        return Body(thread, time, "", "", "", "", kind, body)
    if (resumed := _RESUMED(body)) is not None:
        rest = _end(body, resumed.end(), whole)
        if rest is not None:
            return Body(thread, time, resumed[1], *rest, resumed=True)
    elif (called := _CALL(body)) is not None:
        if body.endswith(UNFINISHED):
            arguments = body[called.end() : -len(UNFINISHED)]
            return Body(thread, time, called[1], arguments, "", "", begun=True)
        rest = _end(body, called.end(), whole)
        if rest is not None:
            return Body(thread, time, called[1], *rest)
    return Body(thread, time, "", "", "", "", Kind.UNKNOWN, body)


def _no_call(body: str) -> Kind | None:
    if body.startswith("--- ") and body.endswith(" ---"):
        return Kind.SIGNAL
    if body.startswith("+++ ") and body.endswith(" +++"):
        if _EXIT(body):
            return Kind.EXITED
        return Kind.KILLED if body.startswith("+++ killed by ") else Kind.NOTE
    return Kind.NOTE if _NOTE.match(body) else None


def _given_up(arguments: str) -> str:
    """Take off what strace puts where the thread was killed within the call."""
    if not arguments.endswith(_GIVEN_UP):
        return arguments
    return arguments[: -len(_GIVEN_UP)].rstrip(", ")


def _end(body: str, start: int, whole: bool) -> tuple[str, str, str] | None:
    """Return arguments, result and duration of the call whose arguments begin at ``start``."""
    duration = ""
    if (took := _DURATION(body)) is not None:
        duration, body = took[1], body[: took.start()]
    close = closing(body, start)
    if close is None and whole:
        # Not as it should be: the last place that looks like an end will do.
        ends = list(_EQUALS.finditer(body, start))
        close = ends[-1].start() if ends else None
    if close is None:
        if (lost := _LOST(body)) is not None:  # strace let go of the thread in the call
            return body[start : lost.start()], "?", duration
        return None
    arguments = body[start:close]
    _, equals, result = body[close + 1 :].partition("= ")
    if not equals and not body[close + 1 :].strip().startswith("="):
        return None
    return _given_up(arguments), result.strip(), duration


def closing(text: str, start: int) -> int | None:
    """Return where the parenthesis is closed that was opened before ``start``; None if nowhere."""
    open_brackets = [")"]
    at, length = start, len(text)
    while at < length:
        character = text[at]
        if character == '"':
            at = end_of_string(text, at)
            continue
        if character == "/" and text.startswith("/*", at):
            end = text.find("*/", at + 2)
            at = length if end < 0 else end + 2
            continue
        if character == "<" and at > start and (text[at - 1].isalnum() or text[at - 1] in "_]"):
            at = end_of_label(text, at)
            continue
        if character in _CLOSING:
            open_brackets.append(_CLOSING[character])
        elif character == open_brackets[-1]:
            open_brackets.pop()
            if not open_brackets:
                return at
        at += 1
    return None


def end_of_string(text: str, start: int) -> int:
    """Return the index behind the string that begins at ``start``, or the text's end."""
    at = start + 1
    while True:
        quote = text.find('"', at)
        if quote < 0:
            return len(text)
        backslashes = quote
        while backslashes > at and text[backslashes - 1] == "\\":
            backslashes -= 1
        if (quote - backslashes) % 2 == 0:
            return quote + 1
        at = quote + 1


def end_of_label(text: str, start: int) -> int:
    """Return the index behind what ``-y`` put in angle brackets at ``start``.

    In there strace escapes ``<`` and ``>``, but for the arrow of a connection.
    """
    at = start + 1
    while True:
        end = text.find(">", at)
        if end < 0:
            return start + 1  # it was none
        if text[end - 1] != "-":
            return end + 1
        at = end + 1
