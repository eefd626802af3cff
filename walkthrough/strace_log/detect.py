"""Recognizes files that are not strace logs, and says what to do about them: one sentence each."""

import json
import re
from collections.abc import Sequence

from walkthrough.formatting.escaping import printable
from walkthrough.i18n.messages import Message, message, plural
from walkthrough.strace_log.model import LineKind, LogCall, OtherLine

RECORDING = b'{"type":"header"'
"""How a recording of walkthrough begins."""
_PACKED = {
    b"\x1f\x8b": "gunzip",
    b"\xfd7zXZ": "unxz",
    b"\x28\xb5\x2f\xfd": "unzstd",
    b"BZh": "bunzip2",
    b"PK\x03\x04": "unzip",
}
_LOOKED_AT = 64
"""How many lines decide what a file is."""
_HEADERS = {
    "dtruss": r"(?:\s*PID/THRD +|.*\s)?SYSCALL\(args\)\s+= return",
    "DTrace": r"(?:dtrace: description|CPU +ID +FUNCTION:NAME)",
    "bpftrace": r"Attach(?:ing|ed) \d+ probes?",
    "bcc": r"(?:Tracing .*Ctrl-C|(?:TIME(?:\(s\))? +)?PID +(?:TID +)?COMM +)",
    "ftrace": r"# tracer: \w+",
    "uftrace": r"# DURATION +TID +FUNCTION",
    "perf trace": r" ?Summary of events:",
}
"""First lines of what other tools print."""
_LINES = {
    "perf trace": r"\s*(?:\d+\.\d+|\?) \( *(?:[\d.]+ *(?:ms)?|\.\.\.)? *\): "
    r"|\s*\d+\.\d{3} (?:\S+/\d+ )?\w+\(\w+: ",
    "perf": r"\s*\S.{0,64} +\d+(?:/\d+)? +\[\d{3}\] +\d+\.\d+: +\S+:\w+:",
    "ftrace": r"\s*\S.{0,64}-\d+ +(?:\([- \d]+\) )?\[\d{3}\] +(?:\S{4,6} +)?\d+\.\d+: ",
    "ltrace": r"(?:\[pid \d+\] |\d+ )?(?:[\d:.]+ )?(?:[\w.+-]+->\w+\(|SYS_\w+\()",
    "gVisor": r"(?:[IWEDF]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ \w+\.go:\d+\] )"
    r"|(?:\[[ \d:()]+\] )?\S+ [EX] \w+\(.*",
    "kdump": r"\s*\d+(?: +\d+)? +\S+ +(?:CALL|RET|NAMI|GIO|STRU|PSIG|CSW|ARGS|CAP|USER|PLDG) ",
    "sysdig": r"\d+ \d\d:\d\d:\d\d\.\d{9} \d+ \S+ \(\d+(?:[.:]\d+)*\) [<>] \w+",
    "auditd": r"(?:node=\S+ )?type=[A-Z_]+ msg=audit\(",
    "bpftrace": r"@\w*(?:\[.*\])?: ",
    "tcpdump": r"(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d{6} (?:\S+ +(?:In|Out) +)?(?:IP6?|ARP),? ",
    "dtruss": r"\s*(?:\d+/0x[0-9a-f]+:\s+)?(?:[\d.]+ +)*\w+\(.*\)\t+ += -?\w+ (?:Err#)?-?\d+\s*$",
    "truss": r"\s*(?:\d+(?:/\d+)?:\s+)?(?:[\d.]+ )*\w+\(.*\)\s+(?:= -?\w+ \(0x[0-9a-f]+\)"
    r"|ERR#\d+ '.*'|Err#\d+ E\w+.*)\s*$|(?:\d+(?:/\d+)?:\s+)?\w+\(.*\bSOV_\w+\)"
    r"|(?:\d+:\s+)?(?:k(?:read|write|open|ioctl|fcntl)|so_socket)\(",
    "qemu": r"\d+ \w+\([^\", ]+(?:,(?:[^\", ]|\"(?:[^\"\\]|\\.)*\")+)+\) = ",
    "valgrind": r"(?:--\d+-- )?SYSCALL\[\d+,\d+\]",
}
"""What half of the lines of other tools look like."""
_FIRST_LINES = {tool: re.compile(pattern, re.ASCII).match for tool, pattern in _HEADERS.items()}
_MOST_LINES = {tool: re.compile(pattern, re.ASCII).match for tool, pattern in _LINES.items()}
_MAY_BE_JSON = re.compile(r"[\[{]\s*(?:[\"\[{\]}]|-?\d)").match
_CUT_BEHIND = 4096
"""For JSON that is cut, the decoder reports an error this near to the end."""
_LIBRARY = re.compile(
    r"SYS_\w+|__libc_\w+|_Z\w+|malloc|calloc|realloc|free|str[a-z]{3,5}|mem(?:cpy|set|move|cmp|chr)"
    r"|[fs]?n?printf|f?puts|f(?:open|close|read|write|gets|flush)|getenv|setlocale|textdomain"
).fullmatch
_FEWEST = 200
"""One line in this many must be a call: where the program wrote to the same terminal,
most lines may be the program's."""


_COMMAND = "strace -f -o LOG PROGRAM"


def refusal(name: str, head: bytes) -> Message | None:
    """Return why a file that begins like this is certainly no log; None if it may be one."""
    if not head:
        return message("{file} is empty: trace with `{command}`.", file=name, command=_COMMAND)
    for magic, unpack in _PACKED.items():
        if head.startswith(magic):
            return message(
                "{file} is compressed: decompress it first, with `{command}`.",
                file=name,
                command=unpack,
            )
    if head.startswith(RECORDING):
        return message("{file} is a recording of walkthrough, and not an strace log.", file=name)
    if head.startswith(b"\x7fELF"):
        command = f"strace -f -o LOG {name}"
        return message(
            "{file} is a program, not a log: trace it with `{command}`.",
            file=name,
            command=command,
        )
    if head.count(b"\0") * 10 > len(head):
        return message("{file} is a binary file, and not an strace log: name a log.", file=name)
    text = head.decode("utf-8", "replace")
    if _is_json(text):
        return message(
            "{file} is not an strace log, but looks like JSON: name an strace log.", file=name
        )
    tool = _tool(text)
    return _log_of(tool, name) if tool else None


def objection(
    name: str, calls: Sequence[LogCall], others: Sequence[OtherLine], unknown: int
) -> Message | None:
    """Return why what was read is not an strace log, or holds nothing; None if it is one."""
    if _is_ltrace(calls, others):
        return _log_of("ltrace", name)
    if len(calls) * _FEWEST >= unknown and calls:
        return None
    texts = [other.text for other in others if other.kind is LineKind.UNKNOWN]
    if not texts:
        if any(other.text.startswith("% time") for other in others):
            return message(
                "{file} is the table that `strace -c` makes: trace without -c.", file=name
            )
        return message(
            "{file} holds no system call: trace with `{command}`.", file=name, command=_COMMAND
        )
    if calls:
        return plural(
            "only {count} of the lines of {file} is a system call, and {unknown} were not "
            "understood: name an strace log, or trace with -o, which keeps the program's words "
            "out of it.",
            "only {count} of the lines of {file} are system calls, and {unknown} were not "
            "understood: name an strace log, or trace with -o, which keeps the program's words "
            "out of it.",
            len(calls),
            file=name,
            unknown=unknown,
        )
    return message(
        "{file} holds no system call that strace printed; its first line is '{line}': name an "
        "strace log.",
        file=name,
        line=printable(texts[0][:60]),
    )


def _log_of(tool: str, name: str) -> Message:
    return message(
        "{file} looks like a log of {tool}: trace with `{command}`.",
        file=name,
        tool=tool,
        command=_COMMAND,
    )


def _is_ltrace(calls: Sequence[LogCall], others: Sequence[OtherLine]) -> bool:
    if any(other.text.startswith("+++ exited (status ") for other in others[-8:]):
        return True
    if any(call.name.startswith("__libc_start_") for call in calls[:8]):
        return True
    of_libraries = sum(_LIBRARY(call.name) is not None for call in calls)
    return of_libraries * 2 > len(calls)


def _tool(text: str) -> str:
    """Return the tool whose output this looks like, "" for none that is known."""
    lines = [line[:1000] for line in text.split("\n") if line.strip()][:_LOOKED_AT]
    for tool, match in _FIRST_LINES.items():
        if any(match(line) for line in lines[:4]):
            return tool
    for tool, match in _MOST_LINES.items():
        if lines and sum(match(line) is not None for line in lines) * 2 >= len(lines):
            return tool
    return ""


def _is_json(text: str) -> bool:
    """Return whether this is JSON, one document or one a line, or the beginning of it."""
    text = text.strip("\ufeff \t\r\n")
    if _MAY_BE_JSON(text) is None:
        return False
    first, *more = [line for line in text.split("\n") if line.strip()][:3]
    if _is_document(first) and all(map(_is_document, more[:1])):
        return True
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        if error.msg.startswith("Extra data"):
            return False  # it is not a document that is cut, but begins with one
        return error.pos >= max(len(text) - _CUT_BEHIND, len(text) // 2) or (
            "Unterminated" in error.msg and '":' in text
        )
    except RecursionError:
        return False
    return True


def _is_document(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False
