"""A system call's argument in strace's notation, by the parameter's name and the call's.

What follows a number without a name, what is hexadecimal and how much of a string is shown
differs from parameter to parameter. Nothing here raises, whatever a recording holds.
"""

from walkthrough.formatting.addresses import c_address, c_bytes, c_host, c_interface
from walkthrough.formatting.c_strings import hexadecimal, quoted
from walkthrough.formatting.escaping import printable, word
from walkthrough.formatting.go_values import DEEPEST, MOST_ITEMS, c_hex, names, number
from walkthrough.model.linux import constants as k
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

_LONGEST_PATH = 4096

# What strace puts in the comment after a number that has no name, by parameter and call (or
# another deciding argument); "" where the parameter alone decides.
_UNNAMED = {
    ("domain", ""): "AF_???",
    ("type", ""): "SOCK_???",
    ("protocol", "AF_INET"): "IPPROTO_???",
    ("protocol", "AF_INET6"): "IPPROTO_???",
    ("protocol", "AF_NETLINK"): "NETLINK_???",
    ("level", ""): "SOL_??",
    ("optname", "SOL_SOCKET"): "SO_???",
    ("optname", "SOL_TCP"): "TCP_???",
    ("optname", "SOL_UDP"): "UDP_???",
    ("optname", "SOL_IP"): "IP_???",
    ("optname", "SOL_IPV6"): "IPV6_???",
    ("optname", "SOL_RAW"): "RAW_???",
    ("optname", "SOL_NETLINK"): "NETLINK_???",
    ("optname", "SOL_PACKET"): "PACKET_???",
    ("optname", "SOL_SCTP"): "SCTP_???",
    ("op", "epoll_ctl"): "EPOLL_CTL_???",
    ("op", "fcntl"): "F_???",
    ("arg", "F_SETFD"): "FD_???",
    ("arg", "F_SETLEASE"): "F_???",
    ("arg", "F_NOTIFY"): "DN_???",
    ("arg", "F_ADD_SEALS"): "F_SEAL_???",
    ("how", ""): "SHUT_???",
    ("events", ""): "EPOLL???",
    ("flags", "epoll_create1"): "EPOLL_???",
    ("flags", "eventfd2"): "EFD_???",
    ("flags", "accept4"): "SOCK_???",
    ("flags", "pipe2"): "O_???",
    ("flags", "dup3"): "O_???",
    ("flags", "unlinkat"): "AT_???",
    ("flags", ""): "MSG_???",
    ("flags", "openat"): "",
    ("msg_flags", ""): "MSG_???",
    ("cmsg_level", ""): "SOL_???",
    ("cmsg_type", "SOL_SOCKET"): "SCM_???",
    ("cmsg_type", "SOL_IP"): "IP_???",
    ("l_type", ""): "F_???",
    ("l_whence", ""): "SEEK_???",
    ("type", "f_owner_ex"): "F_OWNER_???",
}
# Which other argument decides, if the call does not.
_DECIDES = {
    "optname": "level",
    "protocol": "domain",
    "arg": "op",
    "cmsg_type": "cmsg_level",
}
_SIGNALS = 64
_HOSTS = frozenset(
    {"imr_multiaddr", "imr_interface", "ipv6mr_multiaddr", "ipi_spec_dst", "ipi_addr"}
)
_INTERFACES = frozenset({"ipi_ifindex", "ipv6mr_interface", "gr_interface"})
_ADDRESSES = frozenset({"addr", "dest_addr", "src_addr", "msg_name", "offender", "gr_group"})
_WHOLE_STRINGS = frozenset({"pathname", "cmsg_data"})
_PARTS_OF_INTS = frozenset({"l_onoff", "l_linger", "pid", "uid", "gid"})
"""Fields that getsockopt(2) may have cut in the middle."""


def argument(call: str, given: Argument, values: dict[str, Value]) -> str:
    """Spell one argument.

    Args:
        call: The call's name.
        given: The argument.
        values: All of the call's arguments by their names.
    """
    value = given.value
    match given.name:
        case "mode" if isinstance(value, int):
            return f"{'0' * (value > 0)}{value:o}".zfill(3) if value >= 0 else number(value)
        case "protocol" if isinstance(value, Constant) and (
            call == "socketpair" or not _comment(call, "protocol", values)
        ):
            return number(value.raw)
        case "flags" if call in ("pipe2", "dup3") and isinstance(value, Flags):
            # These take no access mode; O_RDONLY, which older recordings have, is the number 0.
            kept = tuple(flag for flag in value.names if flag != "O_RDONLY")
            value = Flags(kept, value.raw, value.rest)
        case "type" if isinstance(value, Flags) and value.rest and len(value.names) == 1:
            # The type and its flags are two things that only look like one.
            first = word(value.names[0])
            if value.raw & k.SOCK_TYPE_MASK in k.SOCK_TYPE:
                return f"{first}|{_unnamed(value.rest, 'SOCK_???')}"
        case "readfds" | "writefds" | "exceptfds" if isinstance(value, Several):
            shown = [number(each) for each in value.items[:MOST_ITEMS] if isinstance(each, int)]
            return f"[{' '.join(shown + ['...'] * (len(value.items) > MOST_ITEMS))}]"
        case "fds" if isinstance(value, Several):
            items = tuple(_without_found(each) for each in value.items)
            return _named(given.name, Several(items), DEEPEST, "")
        case "sigmask" if isinstance(value, Flags):
            return _signals(value.raw)
        case "optval" if isinstance(value, Reference):
            match value.value:
                case Constant(name="", raw=raw) if _is(values.get("optname"), "SO_TXREHASH"):
                    return f"[{number(raw)} /* SOCK_TXREHASH_??? */]"
        case "optval" if isinstance(value, Data):
            return _option(call, value, values)
    return _named(given.name, value, DEEPEST, _comment(call, given.name, values))


def _without_found(value: Value) -> Value:
    """Return what poll(2) waits for; strace writes what it has found behind the result."""
    if not isinstance(value, Fields) or "revents" not in value.fields:
        return value
    fields = {name: each for name, each in value.fields.items() if name != "revents"}
    return Fields(value.type, fields)


def found_by_poll(given: Value) -> str:
    """Spell what poll(2) has found, as strace does behind the result; "" for nothing."""
    items = given.items if isinstance(given, Several) else ()
    found: list[Value] = []
    for each in items:
        if isinstance(each, Fields) and "revents" in each.fields:
            ready = {name: field for name, field in each.fields.items() if name != "events"}
            found.append(Fields(each.type, ready))
    return _named("fds", Several(tuple(found)), DEEPEST, "") if found else ""


def _comment(call: str, parameter: str, values: dict[str, Value]) -> str:
    other = values.get(_DECIDES.get(parameter, ""))
    around = other.name if isinstance(other, Constant) else call
    return _UNNAMED.get((parameter, around), _UNNAMED.get((parameter, ""), ""))


def _is(value: Value, name: str) -> bool:
    return isinstance(value, Constant) and value.name == name


def _option(call: str, value: Data, values: dict[str, Value]) -> str:
    """Spell an option's value that is neither an int nor a struct."""
    level, name = values.get("level"), values.get("optname")
    if call == "getsockopt" and isinstance(level, Constant) and isinstance(name, Constant):
        ints = (*k.SO_INTEGERS, 4, 74)
        if (level.raw, value.length) in ((1, 1), (1, 2), (1, 3)) and name.raw in ints:
            return hexadecimal(value.data)
    if _is(name, "SO_LINGER") and len(value.data) == 8:
        # The form in recordings from before option values were decoded.
        on, seconds = (
            int.from_bytes(value.data[at : at + 4], "little", signed=True) for at in (0, 4)
        )
        return f"{{l_onoff={on}, l_linger={seconds}}}"
    return quoted(value.data, value.length)


def _signals(mask: int) -> str:
    """Spell a set of signals, or those that are not in it if most are: ``~[KILL STOP]``."""
    mask &= (1 << _SIGNALS) - 1
    inverted = mask.bit_count() >= _SIGNALS * 2 // 3
    if inverted:
        mask ^= (1 << _SIGNALS) - 1
    names = (k.signal(bit + 1) for bit in range(_SIGNALS) if mask >> bit & 1)
    short = (name.replace("SIGRT_", "RT_").removeprefix("SIG") for name in names)
    return f"{'~' * inverted}[{' '.join(short)}]"


def _field(name: str, value: Value, fields: dict[str, Value], of: str, depth: int) -> str:
    """Spell one field of a struct with its name."""
    safe = word(name) or "_"
    if name in _HOSTS and isinstance(value, SocketAddress):
        return c_host(value, safe)
    if name in _INTERFACES and isinstance(value, Constant):
        return f"{safe}={c_interface(value.name)}"
    if name in _PARTS_OF_INTS and isinstance(value, Data):
        return f"{safe}={hexadecimal(value.data)}"
    if name == "msg_namelen" and isinstance(value, Several) and len(value.items) == 2:
        before, after = (_value(each, depth - 1) for each in value.items)
        return f"{safe}={before} => {after}"
    if name == "cmsg_type" and isinstance(value, Constant) and not value.name:
        return f"{safe}={_unnamed(value.raw, _comment(of, name, fields), c_hex(value.raw))}"
    return f"{safe}={_named(name, value, depth - 1, _comment(of, name, fields))}"


def _named(name: str, value: Value, depth: int, comment: str) -> str:
    if isinstance(value, Data):
        if name in _ADDRESSES:
            return c_bytes(value.data) if len(value.data) > 1 else quoted(value.data, value.length)
        if name in _WHOLE_STRINGS:
            return quoted(value.data, value.length, shown=_LONGEST_PATH)
    return _value(value, depth, comment)


def _value(value: Value, depth: int, comment: str = "") -> str:
    if depth <= 0:
        return "..."
    match value:
        case None:
            return "NULL"
        case bool() | int():
            return number(int(value))
        case Constant(name=name, raw=raw):
            return word(name) or _unnamed(raw, comment)
        case Flags(names=(), raw=raw) if raw:
            return _unnamed(raw, comment, names(value))
        case Flags(names=held, raw=raw, rest=rest):
            return names(Flags(tuple(each for each in held if word(each)), raw, rest))
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
            # A length that the kernel changed: before and after.
            return f"[{_value(before, depth - 1)} => {_value(after, depth - 1)}]"
        case Reference(value=target):
            return f"[{_value(target, depth - 1, comment)}]"
        case Several(items=items):
            return _several(items, depth, comment)
        case Fields(type=of, fields=fields):
            shown = [
                _field(key, field, fields, of, depth)
                for key, field in list(fields.items())[:MOST_ITEMS]
            ]
            return f"{{{', '.join(shown + ['...'] * (len(fields) > MOST_ITEMS))}}}"
        case Pointer(address=address) | Unreadable(address=address):
            known = isinstance(value, Pointer)
            return hex(address) if address else "NULL" if known else "???"
        case GoError(text=text):
            return quoted(text.encode("utf-8", "backslashreplace"))
        case Spelled(text=spelled):
            return printable(spelled)


def _several(items: tuple[Value, ...], depth: int, comment: str) -> str:
    shown: list[str] = []
    for item in items[:MOST_ITEMS]:
        if isinstance(item, Unreadable) and shown:  # from here on
            shown.append(f"... /* {hex(item.address)} */")
        else:
            shown.append(_value(item, depth - 1, comment))
    return f"[{', '.join(shown + ['...'] * (len(items) > MOST_ITEMS))}]"


def _unnamed(raw: int, comment: str, bare: str = "") -> str:
    return f"{c_hex(raw)} /* {comment} */" if comment else bare or number(raw)
