"""net/dial.go: the entry points of a program: Listen, ListenPacket, Dial."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address
from typing import NamedTuple

from walkthrough.capture.instrumented.errors import (
    AddrError,
    OpError,
    RaisedError,
    UnknownNetworkError,
)
from walkthrough.capture.instrumented.net.ipaddr import Addr, TCPAddr, UDPAddr
from walkthrough.capture.instrumented.net.ipsock import internet_addr_list
from walkthrough.capture.instrumented.net.net import Conn
from walkthrough.capture.instrumented.net.rawconn import ControlFn
from walkthrough.capture.instrumented.net.tcpsock import TCPListener
from walkthrough.capture.instrumented.net.tcpsock_posix import dial_tcp, listen_tcp_proto
from walkthrough.capture.instrumented.net.udpsock import UDPConn, dial_udp, listen_udp
from walkthrough.capture.instrumented.net.unixaddr import UnixAddr
from walkthrough.capture.instrumented.net.unixsock import UnixListener, dial_unix, listen_unix
from walkthrough.capture.instrumented.tracing import traced
from walkthrough.model.values import Fields, Text, Value

Listener = TCPListener | UnixListener


class SysListener(NamedTuple):
    """What is requested: ``net.sysListener``."""

    network: str
    address: str
    config: ListenConfig

    def described(self) -> Value:
        """Return it as a value."""
        fields: dict[str, Value] = {"network": Text(self.network), "address": Text(self.address)}
        return Fields("*net.sysListener", fields)


class ListenConfig(NamedTuple):
    """How to listen: ``net.ListenConfig``.

    Attributes:
        control: Called once there is a socket, before it has an address.
        keep_alive: Nanoseconds of silence after which connections are probed whether they still
            live; 0: Go's default, below 0: never.
    """

    control: ControlFn | None = None
    keep_alive: int = 0

    def described(self) -> Value:
        """Return it as a value."""
        return Fields("*net.ListenConfig", {})

    @traced("net.(*ListenConfig).Listen")
    async def listen(self, network: str, address: str) -> Listener:
        """Listen, with every error wrapped as one of listening on this address.

        Raises:
            OpError: It failed.
        """
        try:
            addrs = resolve_addr_list("listen", network, address)
        except RaisedError as err:
            raise OpError("listen", network, None, None, err) from None
        sl = SysListener(network, address, self)
        la = _first(addrs)
        try:
            match la:
                case TCPAddr():
                    return await listen_tcp_proto(sl, la, 0)
                case UnixAddr():
                    return await listen_unix(sl, la)
            raise AddrError("unexpected address type", address)
        except RaisedError as err:
            raise OpError("listen", network, None, la, err) from None

    @traced("net.(*ListenConfig).ListenPacket")
    async def listen_packet(self, network: str, address: str) -> UDPConn:
        """Receive datagrams, with every error wrapped as one of listening on this address.

        Raises:
            OpError: It failed.
        """
        try:
            addrs = resolve_addr_list("listen", network, address)
        except RaisedError as err:
            raise OpError("listen", network, None, None, err) from None
        sl = SysListener(network, address, self)
        la = _first(addrs)
        try:
            if isinstance(la, UDPAddr):
                return await listen_udp(sl, la)
            raise AddrError("unexpected address type", address)
        except RaisedError as err:
            raise OpError("listen", network, None, la, err) from None


@traced("net.Listen")
async def listen(network: str, address: str) -> Listener:
    """Return a listener on ``address``; ``network`` is ``tcp``, ``tcp4``, ``tcp6`` or ``unix``."""
    return await ListenConfig().listen(network, address)


@traced("net.ListenPacket")
async def listen_packet(network: str, address: str) -> UDPConn:
    """Return a socket for datagrams; ``network`` is ``udp``, ``udp4`` or ``udp6``."""
    return await ListenConfig().listen_packet(network, address)


class SysDialer(NamedTuple):
    """What is requested: ``net.sysDialer``."""

    network: str
    address: str

    def described(self) -> Value:
        """Return it as a value."""
        fields: dict[str, Value] = {"network": Text(self.network), "address": Text(self.address)}
        return Fields("*net.sysDialer", fields)


@traced("net.Dial")
async def dial(network: str, address: str) -> Conn:
    """Return a connection to ``address``.

    Raises:
        OpError: There is none.
    """
    return await dial_context(network, address)


@traced("net.(*Dialer).DialContext")
async def dial_context(network: str, address: str) -> Conn:
    """Try all that ``address`` means, in order.

    Go lets a name's addresses of both families race; here there is no race.
    """
    try:
        addrs = resolve_addr_list("dial", network, address)
    except RaisedError as err:
        raise OpError("dial", network, None, None, err) from None
    return await dial_parallel(SysDialer(network, address), addrs, [])


@traced("net.(*sysDialer).dialParallel")
async def dial_parallel(
    sd: SysDialer, primaries: Sequence[Addr], fallbacks: Sequence[Addr]
) -> Conn:
    """Connect to one of ``primaries``; ``fallbacks`` are never given here."""
    return await dial_serial(sd, [*primaries, *fallbacks])


@traced("net.(*sysDialer).dialSerial")
async def dial_serial(sd: SysDialer, ras: Sequence[Addr]) -> Conn:
    """Connect to the first of ``ras`` that can be connected to.

    Raises:
        OpError: The first one's, if there is none.
    """
    first: RaisedError | None = None
    for ra in ras:
        try:
            return await dial_single(sd, ra)
        except RaisedError as err:
            first = first or err
    raise first or OpError("dial", sd.network, None, None, RaisedError("missing address"))


@traced("net.(*sysDialer).dialSingle")
async def dial_single(sd: SysDialer, ra: Addr) -> Conn:
    """Connect to ``ra``, with every error wrapped as one of dialling it."""
    try:
        match ra:
            case TCPAddr():
                return await dial_tcp(sd, None, ra)
            case UDPAddr():
                return await dial_udp(sd, None, ra)
            case UnixAddr():
                return await dial_unix(sd, None, ra)
        raise AddrError("unexpected address type", sd.address)
    except RaisedError as err:
        raise OpError("dial", sd.network, None, ra, err) from None


@traced("net.(*Resolver).resolveAddrList")
def resolve_addr_list(op: str, network: str, addr: str) -> Sequence[Addr]:
    """Return the addresses that ``addr`` means. For a literal one no system call is made."""
    if op == "dial" and not addr:
        raise RaisedError("missing address")
    match network:
        case "tcp" | "tcp4" | "tcp6":
            return internet_addr_list(network, addr, TCPAddr)
        case "udp" | "udp4" | "udp6":
            return internet_addr_list(network, addr, UDPAddr)
        case "unix":
            return [UnixAddr(addr, network)]
    raise UnknownNetworkError(network)


def _first(addrs: Sequence[Addr]) -> Addr:
    """Return the first IPv4 address, else the first."""
    return next((each for each in addrs if _is_ipv4(each)), addrs[0])


def _is_ipv4(addr: Addr) -> bool:
    if not isinstance(addr, TCPAddr | UDPAddr):
        return False
    return addr.ip is None or isinstance(addr.ip, IPv4Address)
