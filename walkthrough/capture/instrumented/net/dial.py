"""net/dial.go: where a program comes in: Listen."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import NamedTuple

from walkthrough.capture.instrumented.errors import OpError, RaisedError, UnknownNetworkError
from walkthrough.capture.instrumented.net.ipsock import internet_addr_list
from walkthrough.capture.instrumented.net.tcpaddr import TCPAddr
from walkthrough.capture.instrumented.net.tcpsock import TCPListener
from walkthrough.capture.instrumented.net.tcpsock_posix import listen_tcp_proto
from walkthrough.capture.instrumented.tracing import traced
from walkthrough.model.values import Fields, Text, Value


class SysListener(NamedTuple):
    """What is asked for: ``net.sysListener``."""

    network: str
    address: str

    def described(self) -> Value:
        """Return it as a value."""
        fields: dict[str, Value] = {"network": Text(self.network), "address": Text(self.address)}
        return Fields("*net.sysListener", fields)


class ListenConfig:
    """How to listen: ``net.ListenConfig``, here without its hooks and switches."""

    def described(self) -> Value:
        """Return it as a value."""
        return Fields("*net.ListenConfig", {})

    @traced("net.(*ListenConfig).Listen")
    def listen(self, network: str, address: str) -> TCPListener:
        """Listen, with every error told as one of listening to this address.

        Raises:
            OpError: It failed.
        """
        try:
            addrs = resolve_addr_list("listen", network, address)
        except RaisedError as err:
            raise OpError("listen", network, None, None, err) from None
        sl = SysListener(network, address)
        la = _first(addrs)
        try:
            return listen_tcp_proto(sl, la, 0)
        except RaisedError as err:
            raise OpError("listen", network, None, la, err) from None


@traced("net.Listen")
def listen(network: str, address: str) -> TCPListener:
    """Return a listener on ``address``; ``network`` is ``tcp``, ``tcp4`` or ``tcp6``."""
    return ListenConfig().listen(network, address)


@traced("net.(*Resolver).resolveAddrList")
def resolve_addr_list(op: str, network: str, addr: str) -> list[TCPAddr]:
    """Return the addresses that ``addr`` means. For a literal one no system call is made."""
    if network not in ("tcp", "tcp4", "tcp6"):
        raise UnknownNetworkError(network)
    return internet_addr_list(network, addr)


def _first(addrs: list[TCPAddr]) -> TCPAddr:
    """Return the first address of IPv4, else the first."""
    ipv4 = (each for each in addrs if each.ip is None or isinstance(each.ip, IPv4Address))
    return next(ipv4, addrs[0])
