r"""One notation for what versions and options of strace spell in different ways.

A call of any log is converted to the notation that strace 6 has without options, so that all that
read it (stages, the kernel's view, panes, comparison) need to know only that one::

    bind(fd=3, addr={...}, addrlen=16)           -N, since 6.16      bind(3, {...}, 16)
    socket(0x2 /* AF_INET */, ...)               -X verbose          socket(AF_INET, ...)
    socket(0x2, 0x1|0x80000, 0)                  -X raw              socket(AF_INET, ...)
    socket(0x2, 0x80001, 0) = 0x3                -e raw=socket       socket(AF_INET, ...) = 3
    {EPOLLIN, {u32=3, u64=3}}                    before 5.12         {events=EPOLLIN, data={...}}
    {events=EPOLLIN, data=0x3}                   since 6.13          {events=EPOLLIN, data={...}}
    [128->16], msg_namelen=128->16               before 5.12         [128 => 16]
    12 /* 34 in strace's PID NS */               --pidns-translation 34
    socketcall(SYS_ACCEPT, [3, NULL, NULL])      i386                accept(3, NULL, NULL)

Numbers get names only in the calls on the path (`values.PARAMETERS`). Nothing here raises, and
the time taken is proportional to the text.
"""

import re
from functools import lru_cache

from msgspec.structs import replace

from walkthrough.call_stages.arguments import split
from walkthrough.call_stages.scanner import STRING
from walkthrough.strace_log.model import LogCall
from walkthrough.strace_log.numbers import (
    decimal,
    named_arguments,
    named_clone_flags,
    named_fields,
    whole_number,
)
from walkthrough.strace_log.values import PARAMETERS

_REMEMBERED = 4096
_SHORT = 1024
"""Characters; what is longer does not recur, and would fill the memory."""
_ALWAYS_NAMED = frozenset({"clone", "clone2"})
"""Calls whose arguments strace has always named."""
_CLONES = frozenset({"clone", "clone2", "clone3"})
_MAKES_PROCESS = frozenset({"clone", "clone2", "clone3", "fork", "vfork", "wait4", "waitpid"})
"""Calls that return a process or a thread."""
_ARGUMENT_NAME = re.compile(r"[a-z_]\w*=(?!=)", re.ASCII).match
_MEANT = (
    r"-?[A-Z_][A-Z0-9_]*+(?:\|[A-Z0-9_][A-Za-z0-9_]*+)*+|htons\(\d++\)|htonl\(\d++\)"
    rf"|inet_addr\({STRING}\)|inet_pton\([A-Z0-9_]++,\ {STRING}\)|if_nametoindex\({STRING}\)"
)
"""What a comment of ``-X verbose`` may hold; ``AF_???`` and ``9 vars`` are in others."""
_VERBOSE = re.compile(
    rf"(?:{STRING}?(?:\.\.\.)?+|(?<![\w.])-?(?:0x[0-9a-f]++|\d++))(?: /\* ({_MEANT}) \*/)?+",
    re.ASCII | re.DOTALL,
)
_OF_SIX = re.compile(rf"sin6_addr=(inet_pton\([A-Z0-9_]++, {STRING})\)", re.ASCII)
_ARROW = re.compile(
    rf"{STRING}?|(?:(?<=[ =(,])|^)(\[|msg_namelen=)(-?\d{{1,10}})->(-?\d{{1,10}})", re.ASCII
)
_EVENT = re.compile(
    r"\{((?:E[A-Z0-9_?]++|0x[0-9a-f]++|0)(?:\|(?:E[A-Z0-9_?]++|0x[0-9a-f]++))*+"
    r"(?: /\* [^*]*+ \*/)?+)"
    r", \{(u32=\d{1,10}, u64=\d{1,20})\}\}",
    re.ASCII,
)
_DATA = re.compile(r"\bdata=(?:(NULL)|(0x[0-9a-f]{1,16}|\d{1,20}))(?![\w.])", re.ASCII)
_ECHOED = re.compile(rf"{STRING}?|\^[A-Z\\\]\[]", re.ASCII | re.DOTALL)
"""What the terminal shows of a key such as Ctrl+C, within a call that waits."""
_DELAYED = " (DELAYED)"
"""What ``-e inject=...:delay_exit=...`` adds to a call that is otherwise unchanged."""
_ELSEWHERE = re.compile(r"\b\d{1,10} /\* (\d{1,10}) in strace's PID NS \*/", re.ASCII)
_RIGHTS = re.compile(r"\bcmsg_level=0x1, cmsg_type=0x1(?![0-9a-f])")
_SUBCALL = re.compile(
    r"(?:SYS_([A-Z0-9]{4,11})|(?:0x)?(\d{1,2}))(?: /\* [^*]*+ \*/)?, [\[{](.*?)[\]}]?$", re.DOTALL
).match
_SUBCALLS = (
    *("socket", "bind", "connect", "listen", "accept", "getsockname", "getpeername", "socketpair"),
    *("send", "recv", "sendto", "recvfrom", "shutdown", "setsockopt", "getsockopt", "sendmsg"),
    *("recvmsg", "accept4", "recvmmsg", "sendmmsg"),
)
"""uapi/linux/net.h, numbered from 1."""


def normalize_dialects(calls: list[LogCall]) -> None:
    """Convert all calls of a log to the one notation, in place."""
    for at, call in enumerate(calls):
        name, arguments = call.name, call.arguments
        if (
            "0x" in arguments
            or "/*" in arguments
            or "->" in arguments
            or arguments[:1].islower()
            or "/*" in call.result
            or call.result.endswith(_DELAYED)
            or "^" in arguments
            or arguments[-1:] in (" ", ",")
            or name[:6] == "epoll_"
            or name == "socketcall"
        ):
            written = (name, arguments, call.result)
            short = len(arguments) + len(call.result) < _SHORT
            spelled = _remembered(*written) if short else _spelled(*written)
            if spelled != written:
                name, arguments, result = spelled
                calls[at] = replace(call, name=name, arguments=arguments, result=result)


def _spelled(name: str, arguments: str, result: str) -> tuple[str, str, str]:
    if "/*" in arguments:
        arguments = _ELSEWHERE.sub(r"\1", arguments)
        arguments = _OF_SIX.sub(r"\1, &sin6_addr)", _VERBOSE.sub(_meant, arguments))
    result = result.removesuffix(_DELAYED)
    if "/*" in result:
        result = _VERBOSE.sub(_meant, _ELSEWHERE.sub(r"\1", result))
    if arguments[:1].islower() and name not in _ALWAYS_NAMED and _ARGUMENT_NAME(arguments):
        arguments = ", ".join(_without_name(part) for part in split(arguments))
    if name == "socketcall" and (call := _subcall(arguments)) is not None:
        name, arguments = call
    if "^" in arguments:
        arguments = _ECHOED.sub(_not_echoed, arguments)
    if arguments.endswith((", ", ",")):  # the thread was killed in the call
        arguments = arguments.rstrip(", ")
    if "->" in arguments:
        arguments = _ARROW.sub(_changed, arguments)
    if name[:6] == "epoll_":
        arguments = _DATA.sub(_both_halves, _EVENT.sub(r"{events=\1, data={\2}}", arguments))
    if "0x" in arguments or '="' in arguments:
        arguments, result = _numbers(name, arguments, result)
    return name, arguments, result


_remembered = lru_cache(_REMEMBERED)(_spelled)


def _meant(found: re.Match[str]) -> str:
    """Return the comment of ``-X verbose``, which replaces the number before it."""
    return found[1] or found[0]


def _not_echoed(found: re.Match[str]) -> str:
    return "" if found[0].startswith("^") else found[0]


def _without_name(argument: str) -> str:
    name = _ARGUMENT_NAME(argument)
    return argument if name is None else argument[name.end() :]


def _changed(found: re.Match[str]) -> str:
    return found[0] if found[1] is None else f"{found[1]}{found[2]} => {found[3]}"


def _both_halves(found: re.Match[str]) -> str:
    number = 0 if found[1] else whole_number(found[2])
    return f"data={{u32={number & 0xFFFFFFFF}, u64={number}}}"


def _subcall(arguments: str) -> tuple[str, str] | None:
    """Return what socketcall(2) was asked to do, and with which arguments."""
    found = _SUBCALL(arguments)
    if found is None:
        return None
    number = int(found[2]) if found[2] else 0
    name = _SUBCALLS[number - 1] if 0 < number <= len(_SUBCALLS) else (found[1] or "").lower()
    return (name, found[3]) if name in _SUBCALLS else None


def _numbers(name: str, arguments: str, result: str) -> tuple[str, str]:
    """Give names to the numbers of a call on the path, and a pid its usual spelling."""
    raw = arguments.startswith("0x")  # -e raw: all of them are hexadecimal
    if raw and name == "clone":  # clone(2) as x86_64, arm64 and most others have it
        flags, stack, *_ = (*split(arguments), "", "")
        arguments = f"child_stack={'NULL' if stack == '0' else stack}, flags={flags}"
    if name in _CLONES:
        arguments = named_clone_flags(arguments)
    if raw and (name in _MAKES_PROCESS or name in PARAMETERS):
        result = decimal(result)
    if "cmsg_level=0x1," in arguments:
        arguments = _RIGHTS.sub("cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS", arguments)
    if name not in PARAMETERS:
        return arguments, result
    parts = split(arguments)
    named = named_arguments(name, PARAMETERS[name], parts)
    if named != parts:
        arguments = ", ".join(named)
    return named_fields(name, arguments), result
