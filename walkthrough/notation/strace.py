"""System calls in strace's notation: ``bind(3, {sa_family=AF_INET, ...}, 16) = 0``.

Arguments are told apart by the manual pages' parameter names, as the captures give them. What
comes out is printable and bounded, whatever the events hold.
"""

import struct

from walkthrough.model import constants as k
from walkthrough.model.events import CallEntered, CallReturned
from walkthrough.model.values import (
    Argument,
    Constant,
    Data,
    EpollEvent,
    Fields,
    Flags,
    GoError,
    Pointer,
    Reference,
    Several,
    SocketAddress,
    Spelled,
    Text,
    Unreadable,
    Value,
)
from walkthrough.notation.addresses import c_address
from walkthrough.notation.quoting import quoted
from walkthrough.notation.safe import printable
from walkthrough.notation.values import DEEPEST, MOST_ITEMS, names, number

_LONGEST_PATH = 4096

# What strace puts in the comment behind a number that has no name, by parameter.
_UNNAMED = {
    ("domain", ""): "AF_???",
    ("type", ""): "SOCK_???",
    ("protocol", ""): "IPPROTO_???",
    ("level", ""): "SOL_??",
    ("optname", "SOL_SOCKET"): "SO_???",
    ("optname", "SOL_TCP"): "TCP_???",
    ("optname", "SOL_IP"): "IP_???",
    ("optname", "SOL_IPV6"): "IPV6_???",
    ("op", "epoll_ctl"): "EPOLL_CTL_???",
    ("op", "fcntl"): "F_???",
    ("how", ""): "SHUT_???",
    ("events", ""): "EPOLL???",
    ("flags", "epoll_create1"): "EPOLL_???",
    ("flags", "eventfd2"): "EFD_???",
    ("flags", "accept4"): "SOCK_???",
    ("flags", "openat"): "O_???",
    ("flags", "pipe2"): "O_???",
    ("flags", ""): "MSG_???",
}
# Kernel-internal codes that a traced call may end with when a signal comes; see signal(7).
_RESTARTS = {
    512: "To be restarted if SA_RESTART is set",
    513: "To be restarted",
    514: "To be restarted if no handler",
    516: "Interrupted by signal",
}
_RETURN_ADDRESSES = frozenset({"mmap", "mremap", "brk"})


def line(
    entered: CallEntered | None, returned: CallReturned | None, *, unfinished: bool = False
) -> str:
    """Return a system call as strace would print it, without the padding before ``=``.

    Args:
        entered: Its beginning, None if that was not captured.
        returned: Its end, None if it has not come (or not yet, at the moment shown).
        unfinished: Mark a call without end by ``<unfinished ...>`` in place of ``= ?``.
    """
    if entered is None and returned is None:
        return ""
    if returned is None and unfinished:
        return call(entered, None)[:-1] + " <unfinished ...>"
    return f"{call(entered, returned)} = {result(entered, returned)}"


def call(entered: CallEntered | None, returned: CallReturned | None) -> str:
    """Return only the call, as far as known: ``listen(3, 4096)``."""
    known = returned or entered
    if known is None:
        return ""
    name = printable(known.call)
    given = _arguments(entered, returned)
    values = {argument.name: argument.value for argument in given}
    return f"{name}({', '.join(_argument(known.call, one, values) for one in given)})"


def result(entered: CallEntered | None, returned: CallReturned | None) -> str:
    """Return only what comes behind ``=``: ``3``, ``-1 EAGAIN (...)``, ``?`` if not returned."""
    if returned is None:
        return "?"
    error = returned.error
    if error is not None:
        name = printable(error.name) or number(error.raw)
        if error.raw in _RESTARTS:
            return f"? {name} ({_RESTARTS[error.raw]})"
        told = f"-1 {name} ({k.ERRNO_TEXT.get(error.raw, f'Unknown error {number(error.raw)}')})"
        return f"{told} (INJECTED)" if returned.injected else told
    if returned.call in _RETURN_ADDRESSES:
        return hex(returned.result)
    if returned.call == "fcntl":
        values = {argument.name: argument.value for argument in _arguments(entered, returned)}
        return _fcntl_result(values.get("op", values.get("cmd")), returned.result)
    return number(returned.result)


def _fcntl_result(op: Value, value: int) -> str:
    """Spell the flags that fcntl(2) returned."""
    name = op.name if isinstance(op, Constant) else ""
    if name == "F_GETFL":
        access = k.O_ACCESS[value & k.O_ACCESS_MASK]
        others = k.flags(k.O_FLAGS, value & ~k.O_ACCESS_MASK)
        spelled = "|".join((access, names(others))) if others.raw else access
    elif name == "F_GETFD" and value:
        spelled = names(k.flags(k.FD_FLAGS, value))
    else:
        return number(value)
    return f"{hex(value) if value else 0} (flags {spelled})"


def _arguments(entered: CallEntered | None, returned: CallReturned | None) -> tuple[Argument, ...]:
    if returned is not None and (returned.arguments or entered is None):
        return returned.arguments
    return entered.arguments if entered is not None else ()


def _argument(name: str, argument: Argument, values: dict[str, Value]) -> str:
    value = argument.value
    match argument.name:
        case "mode" if isinstance(value, int):
            return f"0{value:o}" if value > 0 else number(value)
        case "protocol" if isinstance(value, Constant) and not _is_inet(values.get("domain")):
            return number(value.raw)
        case "flags" if name in ("pipe2", "dup3") and isinstance(value, Flags):
            # These take no access mode, and O_RDONLY is only the number 0.
            kept = tuple(flag for flag in value.names if flag != "O_RDONLY")
            return names(Flags(kept, value.raw, value.rest))
        case "addr" | "dest_addr" | "src_addr" if isinstance(value, Data):
            return _bare_address(value)
        case "optval" if isinstance(value, Data) and _named(values.get("optname")) == "SO_LINGER":
            return _linger(value)
    return _value(value, DEEPEST, _comment(name, argument.name, values))


def _comment(name: str, parameter: str, values: dict[str, Value]) -> str:
    around = _named(values.get("level")) if parameter == "optname" else name
    return _UNNAMED.get((parameter, around)) or _UNNAMED.get((parameter, ""), "")


def _named(value: Value) -> str:
    return value.name if isinstance(value, Constant) else ""


def _is_inet(domain: Value) -> bool:
    return _named(domain) in ("AF_INET", "AF_INET6")


def _bare_address(value: Data) -> str:
    """Spell a ``struct sockaddr`` of a family that is not taken apart."""
    if len(value.data) < 2:
        return quoted(value.data, value.length)
    (family,) = struct.unpack_from("<H", value.data)
    name = _value(k.constant(k.AF, family), DEEPEST, _UNNAMED["domain", ""])
    data, length = value.data[2:], value.length - 2
    rest = f", sa_data={quoted(data, length)}" if data and family not in (1, 2, 10) else ""
    return f"{{sa_family={name}{rest}}}"


def _linger(value: Data) -> str:
    """Spell a ``struct linger``, see socket(7)."""
    if len(value.data) != 8 or value.length != 8:
        return quoted(value.data, value.length)
    on, seconds = struct.unpack("<ii", value.data)
    return f"{{l_onoff={on}, l_linger={seconds}}}"


def _value(value: Value, depth: int, comment: str = "") -> str:
    if depth <= 0:
        return "..."
    match value:
        case None:
            return "NULL"
        case bool() | int():
            return number(int(value))
        case Constant(name=name, raw=raw):
            return printable(name) or _unnamed(raw, comment)
        case Flags():
            only_unknown = value.raw and not value.names
            return _unnamed(value.raw, comment) if only_unknown else names(value)
        case Text(text=held, truncated=truncated):
            data = held.encode("utf-8", "backslashreplace")
            return quoted(data, len(data) + truncated, shown=_LONGEST_PATH)
        case Data(data=data, length=length):
            return quoted(data, length)
        case SocketAddress():
            return c_address(value)
        case EpollEvent(events=events, data=data):
            mask = _value(events, depth, _UNNAMED["events", ""])
            low = number(data & 0xFFFFFFFF)
            return f"{{events={mask}, data={{u32={low}, u64={number(data)}}}}}"
        case Reference(value=Several(items=(before, after))):
            # A length that the kernel changed: what was given, and what it made of it.
            return f"[{_value(before, depth - 1)} => {_value(after, depth - 1)}]"
        case Reference(value=target):
            return f"[{_value(target, depth - 1, comment)}]"
        case Several(items=items):
            shown = [_value(item, depth - 1, comment) for item in items[:MOST_ITEMS]]
            return f"[{', '.join(shown + ['...'] * (len(items) > MOST_ITEMS))}]"
        case Fields(fields=fields):
            shown = [
                f"{printable(key)}={_value(field, depth - 1)}"
                for key, field in list(fields.items())[:MOST_ITEMS]
            ]
            return f"{{{', '.join(shown + ['...'] * (len(fields) > MOST_ITEMS))}}}"
        case Pointer(address=address) | Unreadable(address=address):
            known = isinstance(value, Pointer)
            return hex(address) if address else "NULL" if known else "???"
        case GoError(text=told):
            return quoted(told.encode("utf-8", "backslashreplace"))
        case Spelled(text=spelled):
            return printable(spelled)


def _unnamed(raw: int, comment: str) -> str:
    return f"{hex(raw)} /* {comment} */" if comment else number(raw)
