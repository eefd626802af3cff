"""Where the server can be reached, derived from successive views of the kernel.

Listeners are numbered in the order in which they were opened, and remembered once they are
closed: being refused there is worth seeing, too.
"""

from typing import NamedTuple

from walkthrough.model.kernel_state import KernelState
from walkthrough.model.values import SocketAddress

STREAM, DATAGRAM = "SOCK_STREAM", "SOCK_DGRAM"


class Endpoint(NamedTuple):
    """An address of the server, and the type of the sockets by which to reach it."""

    address: SocketAddress
    type: str = STREAM


class Endpoints:
    """The server's listeners and bound datagram sockets so far."""

    def __init__(self) -> None:
        self._opened: dict[int, Endpoint] = {}
        self._bound: Endpoint | None = None

    def see(self, state: KernelState) -> None:
        """Record what listens in this view."""
        self._bound = None
        for each in state.sockets:
            if each.owner != "server" or each.remote is not None or not _has_address(each.local):
                continue
            endpoint = Endpoint(each.local, each.type)
            if each.state == "LISTEN" or each.type == DATAGRAM:
                self._opened.setdefault(each.inode, endpoint)
            else:
                self._bound = endpoint

    def find(self, number: int = 1) -> Endpoint | None:
        """Return listener ``number``, from 1; None if it has no address yet.

        One that is bound and does not listen yet counts as the next: its port is already known.
        """
        opened = [*self._opened.values()]
        if self._bound is not None:
            opened.append(self._bound)
        return opened[number - 1] if 0 < number <= len(opened) else None


def _has_address(local: SocketAddress) -> bool:
    return bool(local.port or local.path)
