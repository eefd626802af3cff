"""Keeps a program that may listen anywhere from listening where others could connect.

A scenario's own program is handed an address and may use another. Where it has no network
namespace of its own, each bind(2) and listen(2) is looked at before the kernel carries it out.
"""

from typing import TypeGuard

from walkthrough.capture.errors import CaptureError
from walkthrough.lesson.mistakes.addresses import is_loopback
from walkthrough.model.events import AnyEvent, CallEntered, CallReturned
from walkthrough.model.values import SocketAddress, Value
from walkthrough.notation.addresses import go_address

_INET = ("AF_INET", "AF_INET6")


class ListenGuard:
    """Looks at one server's calls.

    Args:
        scenario: The scenario's name, for what is said.
    """

    def __init__(self, scenario: str) -> None:
        self._scenario = scenario
        self._bound: set[int] = set()

    def check(self, event: AnyEvent) -> None:
        """Look at an event whose call has not been carried out yet.

        Raises:
            CaptureError: The call would let others connect.
        """
        if isinstance(event, CallReturned) and event.call == "bind" and event.error is None:
            if (descriptor := _descriptor(event)) is not None:
                self._bound.add(descriptor)
            return
        if isinstance(event, CallReturned) and event.call == "socket":
            self._bound.discard(event.result)  # the number of one that was closed
            return
        if not isinstance(event, CallEntered):
            return
        if event.call == "bind":
            for argument in event.arguments:
                if _lets_others_in(argument.value):
                    raise self._refusal(go_address(argument.value))
        elif event.call == "listen" and _descriptor(event) not in self._bound:
            raise self._refusal("every interface")  # the kernel binds it so, ip(7)

    def _refusal(self, where: str) -> CaptureError:
        return CaptureError(
            f"The program of {self._scenario} was ended before it listened on {where}, where "
            f"others on your network can connect: say --expose to let it."
        )


def _lets_others_in(value: Value) -> TypeGuard[SocketAddress]:
    if not isinstance(value, SocketAddress) or value.family not in _INET:
        return False
    return not is_loopback(value.host)


def _descriptor(event: CallEntered | CallReturned) -> int | None:
    for argument in event.arguments:
        if argument.name == "sockfd" and isinstance(argument.value, int):
            return argument.value
    return None
