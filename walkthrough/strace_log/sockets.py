"""What a log shows of a socket: its family, type and addresses, from calls and ``-yy`` labels.

What is not shown stays unknown: an empty family, an address without a host.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from msgspec.structs import replace

from walkthrough.call_stages.arguments import label, split
from walkthrough.call_stages.strings import bytes_of
from walkthrough.model.kernel_state import SocketState
from walkthrough.model.linux import constants as k
from walkthrough.model.values import SocketAddress
from walkthrough.strace_log.addresses import address_of
from walkthrough.strace_log.model import LogCall

INTERNET = ("AF_INET", "AF_INET6")
_REMEMBERED = 4096
_NAME = re.compile(r"[A-Z][A-Z0-9_]+").search
_FAMILY = {str(number): name for number, name in k.AF.items()}
_FAMILY |= {hex(number): name for number, name in k.AF.items()}
_GIVEN_FAMILY = re.compile(r"sa_family=([A-Z][A-Z0-9_]+|0x[0-9a-f]{1,4}|\d{1,5})").search
_MPTCP = re.compile(r"IPPROTO_MPTCP|262$|0x106$").search
_A_NUMBER = re.compile(r"(0x)?[0-9a-f]{1,8}$", re.ASCII).match
_SOCK_TYPE_MASK, _DATAGRAMS = 0xF, 2
_WILDCARDS = ("0.0.0.0", "::")  # what a listener is bound to, not what anybody connects to
# TCP:[127.0.0.1:80->127.0.0.1:9], TCPv6:[[::1]:80], UNIX-STREAM:[7->8, "/run/x"]
_LABEL = re.compile(r"(TCP|UDP|MPTCP|SCTP|UNIX(?:-[A-Z]+)?)(v6)?:\[(.*)\]$", re.DOTALL).match
_END = re.compile(r"(?:\[([0-9a-f:.]+)\]|([0-9.]+)):(\d{1,5})").match
_UNIX_PATH = re.compile(r', ?(@?)("(?:[^"\\]|\\.)*")').search
_TYPES = {"UNIX-DGRAM": "SOCK_DGRAM", "UNIX-SEQPACKET": "SOCK_SEQPACKET", "UDP": "SOCK_DGRAM"}


class SocketLabel(NamedTuple):
    """What a ``-yy`` label says about a socket."""

    family: str
    type: str
    protocol: str
    local: SocketAddress
    remote: SocketAddress | None
    connected: bool


def created(call: LogCall) -> SocketState:
    """Return the state of the socket that socket(2) has made."""
    arguments = split(call.arguments)
    if not arguments:
        return from_before_log("CLOSE", likely=False)  # only the end of the call is in the log
    given = "".join(arguments[:1]).removeprefix("domain=")
    family = name[0] if (name := _NAME(given)) is not None else _FAMILY.get(given, given)
    family = family.replace("PF_", "AF_", 1).replace("AF_LOCAL", "AF_UNIX")
    kind = "".join(arguments[1:2]).removeprefix("type=")
    datagrams = _is_of_datagrams(kind)
    protocol = "MPTCP" if _MPTCP("".join(arguments[2:3])) else "TCP"
    stream = "SOCK_SEQPACKET" if "SEQPACKET" in kind else "SOCK_STREAM"
    return SocketState(
        owner="server",
        family=family,
        type="SOCK_DGRAM" if datagrams else stream,
        protocol="" if family not in INTERNET else "UDP" if datagrams else protocol,
        state="CLOSE",
        local=SocketAddress(family),
    )


def from_before_log(state: str, likely: bool) -> SocketState:
    """Return what is known of a socket that was there before the log began.

    Args:
        state: Its state; "" where it is unknown.
        likely: Its state is not proved.
    """
    return SocketState(
        owner="server",
        family="",
        type="",
        protocol="",
        state=state,
        local=SocketAddress(""),
        likely=likely,
    )


def learn(
    socket: SocketState, call: LogCall, label: "SocketLabel | None", *, serves: bool
) -> SocketState:
    """Return what is known of a socket from before the log, after one more call on it.

    Args:
        socket: What is known so far.
        call: The call.
        label: What the label of its descriptor says.
        serves: It is a listener, or was accepted.
    """
    if socket.family and socket.state and is_known(socket.local):
        return socket
    changes: dict[str, object] = {}
    if label is not None:
        if not is_known(socket.local):
            changes |= {"local": label.local, "remote": label.remote or socket.remote}
        if label.connected and not socket.state:
            changes |= {"state": "ESTABLISHED", "likely": False}
    if not socket.family and (family := label.family if label else family_of(call.arguments)):
        type_ = label.type if label is not None else socket.type
        if not type_ and serves and family in INTERNET:
            type_ = "SOCK_STREAM"
        protocol = label.protocol if label is not None else protocol_of(family, type_)
        changes = {"local": SocketAddress(family)} | changes
        changes |= {"family": family, "type": type_, "protocol": protocol}
    return replace(socket, **changes) if changes else socket


def accepted(listener: SocketState, remote: SocketAddress | None) -> SocketState:
    """Return the state of a connection that a listener has given."""
    if not listener.family and remote is not None and remote.family in INTERNET:
        family = remote.family
        listener = replace(
            listener,
            family=family,
            type="SOCK_STREAM",
            protocol=protocol_of(family, "SOCK_STREAM"),
            local=SocketAddress(family),
        )
    local = listener.local
    if local.host in _WILDCARDS:
        local = SocketAddress(local.family, port=local.port)  # which of its addresses is unknown
    return SocketState(
        owner="server",
        family=listener.family,
        type=listener.type,
        protocol=listener.protocol,
        state="ESTABLISHED",
        local=local,
        remote=remote,
    )


def family_of(arguments: str) -> str:
    """Return the family of the first address in some arguments, "" if there is none."""
    if "SCM_RIGHTS" in arguments:
        return "AF_UNIX"  # no other family passes descriptors on
    found = _GIVEN_FAMILY(arguments)
    if found is None:
        address = address_of(arguments)
        return address.family if address is not None else ""
    return _FAMILY.get(found[1], found[1]).replace("AF_LOCAL", "AF_UNIX")


def protocol_of(family: str, type: str) -> str:
    """Return the protocol of a socket whose making was not seen, as far as its kind implies it."""
    if family not in INTERNET or not type:
        return ""
    return "UDP" if type == "SOCK_DGRAM" else "TCP"


def is_known(address: SocketAddress) -> bool:
    """Return whether an address is more than a family."""
    return bool(address.host or address.port or address.path)


@lru_cache(_REMEMBERED)
def labelled(text: str) -> SocketLabel | None:
    """Return what the label of the descriptor at the head of a text says; None for none."""
    found = _LABEL(label(text))
    if found is None:
        return None
    kind, version, inside = found.groups()
    connected = "->" in inside
    if kind.startswith("UNIX"):
        path = _UNIX_PATH(inside)
        name = ""
        if path is not None:
            spelled = bytes_of(path[2])[0].decode("utf-8", "replace")
            name = "\0" * len(path[1]) + spelled
        local = SocketAddress("AF_UNIX", path=name)
        return SocketLabel("AF_UNIX", _TYPES.get(kind, "SOCK_STREAM"), "", local, None, connected)
    family = "AF_INET6" if version else "AF_INET"
    here, _, there = inside.partition("->")
    ends = [_end(family, each) for each in (here, there)]
    if ends[0] is None:
        return None
    type_ = _TYPES.get(kind, "SOCK_STREAM")
    return SocketLabel(family, type_, kind, ends[0], ends[1], connected)


def _end(family: str, text: str) -> SocketAddress | None:
    found = _END(text)
    if found is None:
        return None
    return SocketAddress(family, found[1] or found[2], int(found[3]))


def _is_of_datagrams(kind: str) -> bool:
    number = _A_NUMBER(kind)
    if number is None:
        return "SOCK_DGRAM" in kind
    return int(number[0], 16 if number[1] else 10) & _SOCK_TYPE_MASK == _DATAGRAMS
