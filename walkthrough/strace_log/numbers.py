r"""Numbers of -X raw and -e raw back to the names that strace prints without them.

Only in calls on the path, by the names of parameters. What has no name stays a number.
"""

import re
from collections.abc import Sequence

from walkthrough.call_stages.strings import bytes_of
from walkthrough.formatting.addresses import c_host
from walkthrough.formatting.go_values import names
from walkthrough.model.linux import constants as k
from walkthrough.model.values import SocketAddress

_NUMBER = r"(?:0x[0-9a-f]{1,16}|-?\d{1,19})"
_ONE = re.compile(_NUMBER, re.ASCII).fullmatch
_SEVERAL = re.compile(rf"{_NUMBER}(?:\|{_NUMBER})*", re.ASCII).fullmatch
_HEX = re.compile(r"0x[0-9a-f]{1,16}(?=$|[ <])", re.ASCII).match
_DECIMALS = frozenset({"backlog", "addrlen", "optlen", "len", "count", "iovcnt", "maxevents"})
_DESCRIPTORS = frozenset({"sockfd", "fd", "epfd"})
_MOST = 0xFFFFFFFF
_SIGNED = frozenset({"timeout", "dirfd"})
_FLAGS: dict[tuple[str, str], k.Table] = {
    ("accept4", "flags"): k.SOCK_FLAGS,
    ("epoll_create1", "flags"): k.EPOLL_CREATE,
    ("eventfd2", "flags"): k.EVENTFD,
    ("pipe2", "flags"): k.O_FLAGS,
    **{(call, "flags"): k.MSG for call in ("sendto", "recvfrom", "sendmsg", "recvmsg")},
}
_CONSTANTS: dict[tuple[str, str], k.Table] = {
    ("socket", "domain"): k.AF,
    ("shutdown", "how"): k.SHUT,
    ("epoll_ctl", "op"): k.EPOLL_CTL,
    ("fcntl", "op"): k.FCNTL,
    ("fcntl64", "op"): k.FCNTL,
    ("setsockopt", "level"): k.SOL,
    ("getsockopt", "level"): k.SOL,
}
_CLONE: k.Table = {
    0x100: "CLONE_VM",
    0x200: "CLONE_FS",
    0x400: "CLONE_FILES",
    0x800: "CLONE_SIGHAND",
    0x1000: "CLONE_PIDFD",
    0x2000: "CLONE_PTRACE",
    0x4000: "CLONE_VFORK",
    0x8000: "CLONE_PARENT",
    0x10000: "CLONE_THREAD",
    0x20000: "CLONE_NEWNS",
    0x40000: "CLONE_SYSVSEM",
    0x80000: "CLONE_SETTLS",
    0x100000: "CLONE_PARENT_SETTID",
    0x200000: "CLONE_CHILD_CLEARTID",
    0x400000: "CLONE_DETACHED",
    0x800000: "CLONE_UNTRACED",
    0x1000000: "CLONE_CHILD_SETTID",
    0x2000000: "CLONE_NEWCGROUP",
    0x4000000: "CLONE_NEWUTS",
    0x8000000: "CLONE_NEWIPC",
    0x10000000: "CLONE_NEWUSER",
    0x20000000: "CLONE_NEWPID",
    0x40000000: "CLONE_NEWNET",
    0x80000000: "CLONE_IO",
}
"""uapi/linux/sched.h"""
_CLONE_FLAGS = re.compile(rf"\bflags=({_NUMBER}(?:\|{_NUMBER})*)(?![\w |])", re.ASCII)
_SIGNAL_MASK = 0xFF
_INTERNET = frozenset({"AF_INET", "AF_INET6"})
_BYTES = r'"((?:\\x[0-9a-f]{2}){%s})"'
_FAMILY = re.compile(r"\bsa_family=(0x[0-9a-f]{1,2})(?![\w ])", re.ASCII)
_PORT = re.compile(r"\b(sin6?_port)=" + _BYTES % "2", re.ASCII)
_FLOW = re.compile(r"\bsin6_flowinfo=" + _BYTES % "4", re.ASCII)
_HOST = re.compile(r"\bsin_addr=" + _BYTES % "4", re.ASCII)
_HOST_OF_SIX = re.compile(r"\bsin6_addr=" + _BYTES % "16", re.ASCII)
_EVENTS = re.compile(r"\bevents=(0x[0-9a-f]{1,8})(?![\w ])", re.ASCII)


def whole_number(text: str) -> int:
    """Return the number that ``0x1f``, ``31`` or ``-1`` stands for."""
    return int(text, 16 if text.startswith("0x") else 10)


def decimal(text: str) -> str:
    """Spell the hexadecimal number at the head of a result as a decimal one."""
    found = _HEX(text)
    return text if found is None else f"{whole_number(found[0])}{text[found.end() :]}"


def named_arguments(
    call: str, parameters: Sequence[str], given: tuple[str, ...]
) -> tuple[str, ...]:
    """Give names to the numbers among a call's arguments.

    Args:
        call: A call on the path.
        parameters: Its parameters.
        given: Its arguments as written in the log.
    """
    named: dict[str, str] = {}
    for parameter, text in zip(parameters, given, strict=False):
        named[parameter] = _named(call, parameter, text, named, given)
    return (*named.values(), *given[len(named) :])


def _named(
    call: str, parameter: str, text: str, before: dict[str, str], given: tuple[str, ...]
) -> str:
    if not _SEVERAL(text):
        return text
    raw = 0
    for part in text.split("|"):
        raw |= whole_number(part)
    if _ONE(text):
        if parameter in _DECIMALS or parameter in _DESCRIPTORS:
            return str(raw) if raw <= _MOST else text  # or it is where such a number stands
        if parameter in _SIGNED:
            signed = raw - (1 << 32) if raw >> 31 == 1 else raw
            return "AT_FDCWD" if (parameter, signed) == ("dirfd", k.AT_FDCWD) else str(signed)
        table = _CONSTANTS.get((call, parameter))
        if parameter == "level" and not _ONE(given[2] if len(given) > 2 else ""):
            table = None  # a level that has no name beside an option that has one
        if parameter == "optname":
            levels = {name: number for number, name in k.SOL.items()}
            table = k.OPTIONS.get(levels.get(before["level"], -1))
        if parameter == "protocol" and before["domain"] in _INTERNET and _ONE(given[0]):
            table = k.IPPROTO
        if table is not None:
            return table.get(raw, text)
    if (call, parameter) == ("socket", "type"):
        kind = k.SOCK_TYPE.get(raw & k.SOCK_TYPE_MASK)
        others = k.flags(k.SOCK_FLAGS, raw & ~k.SOCK_TYPE_MASK)
        return text if kind is None else "|".join((kind, *([names(others)] if others.raw else [])))
    if raw and (table := _FLAGS.get((call, parameter))) is not None:
        return names(k.flags(table, raw))
    if (call, parameter) == ("openat", "flags"):
        return _open_flags(raw)
    if call in ("fcntl", "fcntl64") and parameter == "arg":
        return _fcntl_argument(before["op"], raw, text)
    return text


def _fcntl_argument(operation: str, raw: int, text: str) -> str:
    match operation:
        case "F_SETFD" if raw:
            return names(k.flags(k.FD_FLAGS, raw))
        case "F_SETFL":
            return _open_flags(raw)
    return text


def _open_flags(raw: int) -> str:
    others = k.flags(k.O_FLAGS, raw & ~k.O_ACCESS_MASK)
    access = k.O_ACCESS[raw & k.O_ACCESS_MASK]
    return f"{access}|{names(others)}" if others.raw else access


def named_fields(call: str, arguments: str) -> str:
    """Give names to the numbers within the structs of a call on the path."""
    if "sa_family=0x" in arguments:
        arguments = _FAMILY.sub(_family, arguments)
    if '_port="' in arguments:
        arguments = _PORT.sub(_port, arguments)
        arguments = _FLOW.sub(_flow, arguments)
        arguments = _HOST_OF_SIX.sub(_host_of_six, _HOST.sub(_host, arguments))
    if call.startswith("epoll_"):
        arguments = _EVENTS.sub(_events, arguments)
    return arguments


def named_clone_flags(arguments: str) -> str:
    """Give names to the flags of clone(2) and clone3(2), and to the signal at their end."""
    return _CLONE_FLAGS.sub(_clone_flags, arguments)


def _clone_flags(found: re.Match[str]) -> str:
    raw = 0
    for part in found[1].split("|"):
        raw |= whole_number(part)
    signal = raw & _SIGNAL_MASK
    parts = [names(k.flags(_CLONE, raw & ~_SIGNAL_MASK))] if raw & ~_SIGNAL_MASK else []
    if signal or not parts:
        parts.append(k.SIGNAL.get(signal, str(signal)))
    return f"flags={'|'.join(parts)}"


def _family(found: re.Match[str]) -> str:
    return f"sa_family={k.AF.get(whole_number(found[1]), found[1])}"


def _port(found: re.Match[str]) -> str:
    return f"{found[1]}=htons({_big_endian(found[2])})"


def _flow(found: re.Match[str]) -> str:
    return f"sin6_flowinfo=htonl({_big_endian(found[1])})"


def _host(found: re.Match[str]) -> str:
    dotted = ".".join(map(str, _bytes(found[1])))
    return c_host(SocketAddress("AF_INET", dotted), "sin_addr")


def _host_of_six(found: re.Match[str]) -> str:
    return c_host(SocketAddress("AF_INET6", _colons(_bytes(found[1]))), "sin6_addr")


def _colons(data: bytes) -> str:
    return ":".join(data[at : at + 2].hex() for at in range(0, len(data), 2))


def _events(found: re.Match[str]) -> str:
    return f"events={names(k.flags(k.EPOLL_EVENTS, whole_number(found[1])))}"


def _big_endian(escaped: str) -> int:
    return int.from_bytes(_bytes(escaped), "big")


def _bytes(escaped: str) -> bytes:
    return bytes_of(f'"{escaped}"')[0]
