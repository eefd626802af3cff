"""Go's values in memory: strings, interfaces, addresses, errors, as data.

Reads through a `Memory`, so a live process and a test's dict look the same. Which words hold a
value is known to `goabi`.
"""

import ipaddress

from walkthrough.capture.decode.calls import errno
from walkthrough.capture.decode.memory import Memory, signed, word, words
from walkthrough.model.linux import constants as k
from walkthrough.model.values import (
    Fields,
    GoError,
    Pointer,
    Several,
    SocketAddress,
    Text,
    Unreadable,
    Value,
)

Raw = tuple[int, ...]
STRING_LIMIT = 512
SLICE_LIMIT = 16
DEPTH_LIMIT = 6  # of errors that wrap errors


class Types:
    """Names of dynamic types, read from the type descriptors in the traced program.

    An interface's first word points to an itab, whose second word is the type
    (internal/abi/iface.go, type.go). Its name is at an offset from the module's first type.

    Args:
        memory: Where descriptors are read from.
        base: Address of the module's types (the symbol ``runtime.types``), 0 if unknown.
    """

    def __init__(self, memory: Memory, base: int) -> None:
        self._memory = memory
        self._base = base
        self._names: dict[int, str] = {}

    def name(self, tab: int) -> str:
        """Return the type's name as Go's %T prints it (``*net.OpError``), "" if unreadable."""
        name = self._names.get(tab)
        if name is None:
            try:
                name = self._read(word(self._memory, tab + 8)) if self._base else ""
            except OSError:
                return ""
            self._names[tab] = name
        return name

    def _read(self, descriptor: int) -> str:
        raw = self._memory.read(descriptor, 48)
        flags, offset = raw[20], int.from_bytes(raw[40:44], "little", signed=True)
        start = self._base + offset
        length, at = 0, start + 1  # one byte of flags, then the length as a varint
        for shift in (0, 7, 14):
            byte = self._memory.read(at, 1)[0]
            at += 1
            length |= (byte & 0x7F) << shift
            if not byte & 0x80:
                break
        name = self._memory.read(at, length).decode("utf-8", "replace")
        return name[1:] if flags & _EXTRA_STAR and name.startswith("*") else name


_EXTRA_STAR = 1 << 1  # internal/abi/type.go TFlagExtraStar


def read_string(memory: Memory, address: int, length: int) -> Value:
    """Read a Go string; at most `STRING_LIMIT` bytes of it."""
    length = signed(length)
    if length == 0:
        return Text("")
    if length < 0 or not address:
        return Unreadable("not a string", address)
    try:
        data = memory.read(address, min(length, STRING_LIMIT))
    except OSError:
        return Unreadable("no memory there", address)
    return Text(data.decode("utf-8", "replace"), truncated=length > STRING_LIMIT)


def _host(raw: bytes) -> str:
    """Format the bytes of a net.IP; "" for none. IPv4 in its 16-byte form is shown as IPv4."""
    if not raw:
        return ""
    if len(raw) == 4:
        return str(ipaddress.IPv4Address(raw))
    address = ipaddress.IPv6Address(raw)
    return str(address.ipv4_mapped or address)


def _net_address(memory: Memory, data: int, name: str) -> Value:
    # net.TCPAddr and net.UDPAddr: IP []byte, Port int, Zone string (net/tcpsock.go)
    ip, length, _, port = words(memory, data, 4)
    raw = memory.read(ip, length) if ip and length in (4, 16) else b""
    host = _host(raw)
    family = "AF_INET" if host and ":" not in host else "AF_INET6" if host else "AF_UNSPEC"
    return Fields(name, {"address": SocketAddress(family, host, signed(port))})


def _unix_address(memory: Memory, data: int, name: str) -> Value:
    # net.UnixAddr: Name, Net string (net/unixsock.go); an unnamed one is "" or "@"
    return Fields(name, {"address": SocketAddress("AF_UNIX", path=_text_at(memory, data))})


def _sockaddr(memory: Memory, data: int, name: str) -> Value:
    # syscall.SockaddrInet4: Port int, Addr [4]byte; SockaddrInet6: Port int, ZoneId uint32,
    # Addr [16]byte; SockaddrUnix: Name string (syscall/syscall_unix.go, syscall_linux.go)
    if name.endswith("SockaddrInet4"):
        host = str(ipaddress.IPv4Address(memory.read(data + 8, 4)))
        return SocketAddress("AF_INET", host, word(memory, data))
    if name.endswith("SockaddrInet6"):
        scope = word(memory, data + 8) & 0xFFFFFFFF
        host = str(ipaddress.IPv6Address(memory.read(data + 12, 16)))
        return SocketAddress("AF_INET6", host, word(memory, data), scope_id=scope)
    if name.endswith("SockaddrUnix"):
        return SocketAddress("AF_UNIX", path=_text_at(memory, data))
    return Pointer(data, name)


def read_interface(memory: Memory, types: Types, raw: Raw) -> Value:
    """Read an interface: an address of the net or syscall package whole, else type and pointer."""
    tab, data = raw
    if not tab:
        return None
    name = types.name(tab)
    try:
        if name in ("*net.TCPAddr", "*net.UDPAddr"):
            return _net_address(memory, data, name) if data else None
        if name == "*net.UnixAddr":
            return _unix_address(memory, data, name) if data else None
        if "syscall.Sockaddr" in name:
            return _sockaddr(memory, data, name)
    except OSError:
        return Unreadable("no memory there", data)
    return Pointer(data, name)


def read_error(memory: Memory, types: Types, tab: int, data: int, depth: int = 0) -> Value:
    """Read a Go ``error``: its text as its Error method would give it, where that is known.

    Known are the types met on this path: syscall.Errno, os.SyscallError, net.OpError,
    net.AddrError, net.DNSError, net.UnknownNetworkError, errors.errorString, the poller's closing
    and deadline errors. Of another type only the name is known.
    """
    if not tab:
        return None
    name = types.name(tab)
    if depth > DEPTH_LIMIT:
        return GoError(name)
    try:
        return _read_error(memory, types, name, data, depth)
    except OSError:
        return GoError(name)


def _inner(memory: Memory, types: Types, at: int, depth: int) -> GoError:
    tab, data = words(memory, at, 2)
    value = read_error(memory, types, tab, data, depth + 1)
    if not isinstance(value, GoError):
        return GoError("", "<nil>")
    # An error whose text is unknown is shown by its type: better than an unfinished sentence.
    return value if value.text else GoError(value.type, value.type, value.errno)


def _text_at(memory: Memory, at: int) -> str:
    address, length = words(memory, at, 2)
    value = read_string(memory, address, length)
    return value.text if isinstance(value, Text) else ""


def address_text(value: Value) -> str | None:
    """Print an address as Go's net.Addr.String does; None for none, or one that is unknown."""
    if isinstance(value, Fields):
        value = value.fields.get("address")
    if not isinstance(value, SocketAddress):
        return None
    if value.family == "AF_UNIX":
        return value.path
    return f"[{value.host}]:{value.port}" if ":" in value.host else f"{value.host}:{value.port}"


def _read_error(memory: Memory, types: Types, name: str, data: int, depth: int) -> GoError:
    if name == "syscall.Errno":
        number = word(memory, data)
        text = k.ERRNO_TEXT.get(number, f"errno {number}")
        return GoError(name, text[:1].lower() + text[1:], errno(number))
    if name == "*os.SyscallError":  # Syscall string, Err error
        inner = _inner(memory, types, data + 16, depth)
        return GoError(name, f"{_text_at(memory, data)}: {inner.text}", inner.errno)
    if name == "*net.OpError":  # Op, Net string; Source, Addr net.Addr; Err error
        text = _text_at(memory, data)
        if network := _text_at(memory, data + 16):
            text += f" {network}"
        source = address_text(read_interface(memory, types, words(memory, data + 32, 2)))
        target = address_text(read_interface(memory, types, words(memory, data + 48, 2)))
        if source is not None:
            text += f" {source}"
        if target is not None:
            text += f" {target}" if source is None else f"->{target}"
        inner = _inner(memory, types, data + 64, depth)
        return GoError(name, f"{text}: {inner.text}", inner.errno)
    if name == "*net.AddrError":  # Err, Addr string
        text = _text_at(memory, data)
        if address := _text_at(memory, data + 16):
            text = f"address {address}: {text}"
        return GoError(name, text)
    if name == "*net.DNSError":
        return GoError(name, _dns_error(memory, data))
    if name == "net.UnknownNetworkError":  # a string
        return GoError(name, f"unknown network {_text_at(memory, data)}")
    if name in ("*errors.errorString", "*fmt.wrapError"):
        return GoError(name, _text_at(memory, data))
    if name in ("poll.errNetClosing", "*net.errClosed"):
        return GoError(name, "use of closed network connection")
    if name.endswith(("poll.DeadlineExceededError", "net.timeoutError")):
        return GoError(name, "i/o timeout")
    return GoError(name)


def _dns_error(memory: Memory, data: int) -> str:
    # net/net.go DNSError: from go1.23 on UnwrapErr error, then in all Err, Name, Server string.
    # Err is never empty, and no text of it is as long as any address is high.
    first, second = words(memory, data, 2)
    at = data if first and second < 1 << 12 else data + 16
    said, name, server = (_text_at(memory, at + offset) for offset in (0, 16, 32))
    return f"lookup {name}{f' on {server}' if server else ''}: {said}"


def read_addresses(memory: Memory, types: Types, raw: Raw) -> Value:
    """Read a slice of net.Addr; at most `SLICE_LIMIT` of them."""
    pointer, length, _ = raw
    if not pointer or length > 1 << 20:
        return None
    items = []
    try:
        for index in range(min(length, SLICE_LIMIT)):
            items.append(read_interface(memory, types, words(memory, pointer + 16 * index, 2)))
    except OSError:
        return Unreadable("no memory there", pointer)
    return Several(tuple(items))
