"""Finds the far ends of the server's unix sockets: clients, and connections in a queue."""

from collections.abc import Mapping

import msgspec

from walkthrough.capture.kernel.netlink import LISTEN, SockDiag
from walkthrough.capture.kernel.states import state_name, unix_state
from walkthrough.model.kernel_state import SocketState


def unix_sockets(
    state: SocketState, diag: SockDiag, owned: Mapping[int, int], neighbour: int
) -> list[SocketState]:
    """Return the server's unix socket in more detail, and those at its far end.

    Args:
        state: What the socket said about itself.
        diag: The netlink socket to query.
        owned: The server's descriptors by inode.
        neighbour: The neighbour's inode, 0 if there is none.

    Raises:
        OSError: The kernel does not answer.
    """
    there = diag.unix(state.inode)
    if there is None:
        return [state]
    listener = there.state == LISTEN
    found = [
        msgspec.structs.replace(
            state,
            state=state_name(there.state),
            accept_queue=there.receive_queue if listener else None,
            backlog=there.send_queue if listener else None,
            receive_queue=None if listener else state.receive_queue,
            send_queue=None if listener else state.send_queue,
        )
    ]
    for inode in (*there.waiting, there.peer):
        far = diag.unix(inode) if inode and inode not in owned else None
        if far is not None:
            owner = "neighbour" if inode == neighbour else "client"
            found.append(msgspec.structs.replace(unix_state(far, owner), remote=state.local))
    return found
