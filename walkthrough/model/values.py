"""Typed values: what arguments, results and memory turned out to hold.

A value is data, never styled text: flags keep their raw number, addresses their parts, and what
could not be read is a value too (`Unreadable`). In JSON each struct carries its ``kind``.

Facts are frozen and cannot form a cycle, so the garbage collector skips them, here
and in `events` and `kernel_state` (``gc=False``): there may be millions.
"""

import msgspec


class _Value(msgspec.Struct, frozen=True, gc=False, tag_field="kind", omit_defaults=True):
    pass


class Constant(_Value, frozen=True, tag="constant"):
    """One named number: ``AF_INET``, ``EPOLL_CTL_ADD``, ``EAGAIN``. ``name`` is "" if unknown."""

    name: str
    raw: int


class Flags(_Value, frozen=True, tag="flags"):
    """A set of bits: the names that were recognised, and the number whole.

    ``rest`` holds the bits no name was found for.
    """

    names: tuple[str, ...]
    raw: int
    rest: int = 0


class Text(_Value, frozen=True, tag="text"):
    """A string of the traced program: a path, a Go string.

    Undecodable bytes arrive replaced by U+FFFD; `Data` is for where every byte counts.
    """

    text: str
    truncated: bool = False


class Data(_Value, frozen=True, tag="data"):
    """Bytes as transferred, base64 in JSON; ``length`` counts all, ``data`` holds the start."""

    data: bytes
    length: int


class SocketAddress(_Value, frozen=True, tag="address"):
    """A socket address, see ip(7), ipv6(7), unix(7).

    Attributes:
        family: ``AF_INET``, ``AF_INET6``, ``AF_UNIX`` or another ``AF_`` name.
        host: Numeric host for inet families, else "".
        port: Port in host order for inet families.
        path: Path of a unix socket; an abstract name begins with NUL.
        flowinfo: IPv6 flow information.
        scope_id: IPv6 scope.
        zone: The name of the interface that a link-local address has as its scope, else "".
    """

    family: str
    host: str = ""
    port: int = 0
    path: str = ""
    flowinfo: int = 0
    scope_id: int = 0
    zone: str = ""


class EpollEvent(_Value, frozen=True, tag="epoll_event"):
    """One ``struct epoll_event``: the mask and the 64 bits of user data, see epoll_ctl(2)."""

    events: Flags
    data: int


class Reference(_Value, frozen=True, tag="reference"):
    """A value behind a pointer, as in ``[1]`` for the int that setsockopt(2) is given."""

    value: "Value"


class Several(_Value, frozen=True, tag="several"):
    """An array of values."""

    items: tuple["Value", ...]


class Fields(_Value, frozen=True, tag="fields"):
    """A struct: its type's name as the traced program spells it, and its fields in order."""

    type: str
    fields: dict[str, "Value"]


class Pointer(_Value, frozen=True, tag="pointer"):
    """An address whose target was not read. ``type`` is its Go or C type if known."""

    address: int
    type: str = ""


class GoError(_Value, frozen=True, tag="error"):
    """A Go ``error``: dynamic type, text as far as known, and the errno it wraps if it does."""

    type: str
    text: str = ""
    errno: Constant | None = None


class Unreadable(_Value, frozen=True, tag="unreadable"):
    """Memory or a register that could not be read or understood, and why (a short code)."""

    reason: str
    address: int = 0


class Spelled(_Value, frozen=True, tag="spelled"):
    """A value known only as another program printed it: an argument in an strace(1) log."""

    text: str


Value = (
    None
    | bool
    | int
    | Constant
    | Flags
    | Text
    | Data
    | SocketAddress
    | EpollEvent
    | Reference
    | Several
    | Fields
    | Pointer
    | GoError
    | Unreadable
    | Spelled
)
"""Any of the above; ``None`` is Go's nil and C's NULL."""


class Argument(msgspec.Struct, frozen=True, gc=False):
    """A named argument or result."""

    name: str
    value: Value
