"""Tells what a file is that is no log of strace's, and what to do about it: one sentence each."""

import json
import re
from collections.abc import Sequence

from walkthrough.notation.safe import printable
from walkthrough.strace_log.record import Call, Kind, Other

RECORDING = b'{"type":"header"'
"""How a recording of walkthrough's begins."""
_PACKED = {
    b"\x1f\x8b": "gunzip",
    b"\xfd7zXZ": "unxz",
    b"\x28\xb5\x2f\xfd": "unzstd",
    b"BZh": "bunzip2",
    b"PK\x03\x04": "unzip",
}
_PERF = re.compile(r"\s*(?:\d+\.\d+|\?) \( *[\d.]* *(?:ms)?\): ").match
_LTRACE = re.compile(r"(?:\[pid \d+\] )?(?:[\w.+-]+->\w+\(|SYS_\w+\()").match
_LIBRARY = re.compile(
    r"SYS_\w+|__libc_\w+|_Z\w+|malloc|calloc|realloc|free|str[a-z]{3,5}|mem(?:cpy|set|move|cmp|chr)"
    r"|[fs]?n?printf|f?puts|f(?:open|close|read|write|gets|flush)|getenv|setlocale|textdomain"
).fullmatch
_FEWEST = 200
"""One line in so many must be a call: in a log for which the program wrote to the terminal too,
most lines may be the program's."""


def refusal(name: str, head: bytes) -> str:
    """Return why a file that begins like this is certainly no log; "" if it may be one."""
    if not head:
        return f"{name} is empty: trace with `strace -f -o LOG PROGRAM`."
    for magic, unpack in _PACKED.items():
        if head.startswith(magic):
            return f"{name} is packed: unpack it first, with `{unpack}`."
    if head.startswith(RECORDING):
        return f"{name} is a recording of walkthrough's, and no log of strace's."
    if head.startswith(b"\x7fELF"):
        return f"{name} is a program, and no log: trace it with `strace -f -o LOG {name}`."
    if head.count(b"\0") * 10 > len(head):
        return f"{name} is a binary file, and no log of strace's: name a log."
    return ""


def objection(name: str, calls: Sequence[Call], others: Sequence[Other], unknown: int) -> str:
    """Return why what was read is no log of strace's, or holds nothing; "" if it is one."""
    if _is_ltrace(calls, others):
        return f"{name} looks like a log of ltrace's: trace with `strace -f -o LOG PROGRAM`."
    if len(calls) * _FEWEST >= unknown and calls:
        return ""
    texts = [other.text for other in others if other.kind is Kind.UNKNOWN]
    if not texts:
        if any(other.text.startswith("% time") for other in others):
            return f"{name} is the table that `strace -c` makes: trace without -c."
        return f"{name} holds no system call: trace with `strace -f -o LOG PROGRAM`."
    tool = _tool(texts)
    if tool:
        return f"{name} holds no log of strace's, but looks like {tool}: name a log of strace's."
    if calls:
        lines = "is a system call" if len(calls) == 1 else "are system calls"
        return (
            f"only {len(calls)} of the lines of {name} {lines}, and {unknown} were not understood: "
            "name a log of strace's, or trace with -o, which keeps the program's words out of it."
        )
    return (
        f"{name} holds no system call that strace printed; its first line is "
        f"'{printable(texts[0][:60])}': name a log of strace's."
    )


def _is_ltrace(calls: Sequence[Call], others: Sequence[Other]) -> bool:
    if any(other.text.startswith("+++ exited (status ") for other in others[-8:]):
        return True
    of_libraries = sum(_LIBRARY(call.name) is not None for call in calls)
    return of_libraries * 2 > len(calls)


def _tool(texts: Sequence[str]) -> str:
    if any(_PERF(text) for text in texts[:8]):
        return "one of perf trace's"
    if any(_LTRACE(text) for text in texts[:8]):
        return "one of ltrace's"
    if texts[0].lstrip().startswith(("{", "[")) and (len(texts) > 1 or _is_json(texts[0])):
        return "JSON"
    return ""


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
