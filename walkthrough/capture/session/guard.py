"""Keeps a program that may listen anywhere from listening where others could connect.

A scenario's own program gets an address and may use another. Where it has no network
namespace of its own, each bind(2) and listen(2) is checked before the kernel executes it.
"""

import sys

from walkthrough.capture.errors import CaptureError
from walkthrough.formatting.addresses import go_address
from walkthrough.i18n.messages import Message, message
from walkthrough.model.events import AnyEvent, CallEntered, CallReturned
from walkthrough.model.linux.sockets import AF
from walkthrough.model.values import Data, SocketAddress, Value
from walkthrough.scenario.validation.address_rules import is_loopback

_INET = ("AF_INET", "AF_INET6")
_LOCAL = ("AF_UNIX", "AF_NETLINK")
"""Families of sockets that cannot be reached from another machine, address_families(7)."""

_DUPLICATING = ("dup", "dup2", "dup3")
_NO_DESCRIPTOR = -1


class ListenGuard:
    """Checks the calls of one server.

    Args:
        scenario: The scenario's name, for messages.
    """

    def __init__(self, scenario: str) -> None:
        self._scenario = scenario
        self._bound: set[int] = set()

    def check(self, event: AnyEvent) -> None:
        """Check an event whose call has not been executed yet.

        Raises:
            CaptureError: The call would let others connect.
        """
        if isinstance(event, CallReturned):
            if event.error is None:
                self._follow(event)
            return
        if not isinstance(event, CallEntered):
            return
        if event.call == "bind":
            for argument in event.arguments:
                if argument.name == "addr" and _lets_others_in(argument.value):
                    raise self._refusal(_spelled(argument.value))
        elif event.call == "listen" and _number(event, "sockfd") not in self._bound:
            raise self._refusal(message("every interface"))  # the kernel binds it so, ip(7)

    def _follow(self, event: CallReturned) -> None:
        """Track which descriptors stand for a socket that was bound where it may be."""
        if event.call == "bind" and _number(event, "sockfd") != _NO_DESCRIPTOR:
            self._bound.add(_number(event, "sockfd"))
        elif event.call == "close":
            self._bound.discard(_number(event, "fd"))
        elif event.call == "socket":
            self._bound.discard(event.result)  # a descriptor that was closed unseen
        elif event.call in _DUPLICATING:
            if _number(event, "oldfd") in self._bound:
                self._bound.add(event.result)
            else:
                self._bound.discard(event.result)

    def _refusal(self, where: Message | str) -> CaptureError:
        return CaptureError(
            message(
                "The program of {scenario} was ended before it listened on {where}, where others "
                "on your network can connect: use --expose to let it.",
                scenario=self._scenario,
                where=where,
            )
        )


def _lets_others_in(address: Value) -> bool:
    """Return whether others could connect, or whether that is unknown.

    The kernel accepts addresses that `socket_address` does not decode: of AF_UNSPEC, which stands
    for every interface, and of IPv6 without the last four bytes.
    """
    match address:
        case None:
            return False  # EFAULT
        case SocketAddress(family=family, host=host) if family in _INET:
            return not is_loopback(host)
        case SocketAddress(family=family):
            return family not in _LOCAL
        case Data(data=data):
            return AF.get(int.from_bytes(data[:2], sys.byteorder)) not in _LOCAL
    return True


def _spelled(address: Value) -> Message | str:
    if isinstance(address, SocketAddress):
        return go_address(address)
    return message("an address that is not understood here")


def _number(event: CallEntered | CallReturned, name: str) -> int:
    for argument in event.arguments:
        if argument.name == name and isinstance(argument.value, int):
            return argument.value
    return _NO_DESCRIPTOR
