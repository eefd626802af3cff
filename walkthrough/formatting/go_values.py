"""Go's arguments and results as short text: ``3``, ``"tcp"``, ``nil``, ``127.0.0.1:7099``.

All of it is printable and bounded, whatever a value holds.
"""

from walkthrough.formatting.addresses import go_address
from walkthrough.formatting.c_strings import quoted
from walkthrough.formatting.escaping import printable
from walkthrough.model.linux.constants import ERRNO_TEXT
from walkthrough.model.values import (
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

DEEPEST = 6
"""Levels of values within values that are shown."""
MOST_ITEMS = 32
"""Items of an array, or fields of a struct, that are shown."""
_LONGEST = 256
"""Characters of one string that are shown."""


def text(value: Value) -> str:
    """Return ``value`` as one line of printable text; `Unreadable` says so with its reason."""
    return _text(value, DEEPEST)


def number(value: int) -> str:
    """Return ``value`` in decimal, or in hex where decimal would be absurdly long."""
    return str(value) if abs(value) < 1 << 128 else hex(value)[:_LONGEST]


def c_hex(value: int) -> str:
    """Return ``value`` in hex as C's ``%#x`` has it: 0 is only ``0``."""
    return hex(value)[:_LONGEST] if value else "0"


def names(flags: Flags) -> str:
    """Return the flags joined by ``|``, unnamed bits in hex last; ``0`` for none."""
    parts = [printable(name) for name in flags.names]
    if flags.rest or not parts:
        parts.append(hex(flags.rest) if flags.rest else number(flags.raw))
    return "|".join(parts)


def _text(value: Value, depth: int) -> str:
    if depth <= 0:
        return "..."
    match value:
        case None:
            return "nil"
        case bool():
            return "true" if value else "false"
        case int():
            return number(value)
        case Constant(name=name, raw=raw):
            return printable(name) or number(raw)
        case Flags():
            return names(value)
        case Text(text=held, truncated=truncated):
            cut = truncated or len(held) > _LONGEST
            return _go_string(held[:_LONGEST]) + "..." * cut
        case Data(data=data, length=length):
            return quoted(data, length)
        case SocketAddress():
            return go_address(value)
        case EpollEvent(events=events, data=data):
            return f"{{{names(events)}, {number(data)}}}"
        case Reference(value=target):
            return f"&{_text(target, depth - 1)}"
        case Several(items=items):
            shown = [_text(item, depth - 1) for item in items[:MOST_ITEMS]]
            return f"[{', '.join(shown + ['...'] * (len(items) > MOST_ITEMS))}]"
        case Fields(type=name, fields=fields):
            shown = [
                f"{printable(key[:_LONGEST])}: {_text(field, depth - 1)}"
                for key, field in list(fields.items())[:MOST_ITEMS]
            ]
            dots = ["..."] * (len(fields) > MOST_ITEMS)
            return f"{printable(name[:_LONGEST])}{{{', '.join(shown + dots)}}}"
        case Pointer(address=address, type=name):
            return f"{printable(name[:_LONGEST])} {hex(address)}".strip() if address else "nil"
        case GoError():
            return _error(value)
        case Unreadable(reason=reason):
            return f"unreadable: {printable(reason[:_LONGEST])}"
        case Spelled(text=spelled):
            return printable(spelled[:_LONGEST]) + "..." * (len(spelled) > _LONGEST)


def _go_string(held: str) -> str:
    escaped = held.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{printable(escaped)}"'


def _error(error: GoError) -> str:
    text = printable(error.text[:_LONGEST])
    if not text and error.errno is not None:
        known = ERRNO_TEXT.get(error.errno.raw, "")
        text = " ".join(filter(None, (printable(error.errno.name), known and f"({known})")))
    return f"error: {text or printable(error.type[:_LONGEST]) or 'unknown'}"
