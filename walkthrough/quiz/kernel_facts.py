"""Facts of the kernel's last view that questions are about: free descriptors, queues, bytes.

Each function returns None where the view does not show it for sure.
"""

from walkthrough.i18n.messages import Message
from walkthrough.model.events import CallEntered, CallReturned, FunctionEntered
from walkthrough.model.kernel_state import KernelState, SocketState
from walkthrough.model.values import SocketAddress, Spelled, Value
from walkthrough.state.world import World


def given(event: CallEntered | CallReturned | FunctionEntered, name: str) -> Value:
    """Return an argument of a call or a function, None if it was not captured."""
    return next((one.value for one in event.arguments if one.name == name), None)


def is_path(event: CallEntered | CallReturned) -> bool:
    """Return whether the address that a call was given is the path of a Unix socket."""
    address = given(event, "addr")
    if isinstance(address, Spelled):
        return "AF_UNIX" in address.text or "AF_LOCAL" in address.text
    return isinstance(address, SocketAddress) and address.family == "AF_UNIX"


def number(event: CallEntered | CallReturned | FunctionEntered, *names: str) -> int | None:
    """Return the first of some arguments that is a number."""
    for name in names:
        value = given(event, name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return None


def _whole(world: World) -> KernelState | None:
    """Return the kernel's view if it leaves nothing out."""
    kernel = world.kernel
    return kernel if kernel is not None and kernel.beyond is None else None


def descriptors(world: World) -> tuple[int, ...] | None:
    """List the open descriptors, ascending."""
    kernel = _whole(world)
    if kernel is None or not kernel.descriptors:
        return None
    return tuple(sorted(each.fd for each in kernel.descriptors))


def lowest_free(taken: tuple[int, ...]) -> int:
    """Return the lowest number that is none of ``taken``."""
    return next(fd for fd in range(len(taken) + 1) if fd not in taken)


def spelled(fds: tuple[int, ...]) -> list[str | int | float | Message]:
    """Write numbers as ``0-3`` and ``5``."""
    parts: list[list[int]] = []
    for fd in fds:
        if parts and parts[-1][-1] == fd - 1:
            parts[-1].append(fd)
        else:
            parts.append([fd])
    return [str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in parts]


def socket_of(world: World, fd: int | None) -> SocketState | None:
    """Return the server's socket with descriptor ``fd``."""
    kernel = world.kernel
    if kernel is None or fd is None:
        return None
    inodes = {each.inode for each in kernel.descriptors if each.fd == fd and each.inode}
    for socket in kernel.sockets:
        if socket.owner == "server" and (socket.fd == fd or socket.inode in inodes):
            return socket
    return None


def listener_of(world: World, fd: int | None = None) -> SocketState | None:
    """Return the server's listener with descriptor ``fd``; for None the only one there is."""
    kernel = _whole(world)
    if kernel is None:
        return None
    found = [
        each for each in kernel.sockets if each.owner == "server" and each.accept_queue is not None
    ]
    if fd is not None:
        socket = socket_of(world, fd)
        return socket if socket in found else None
    return found[0] if len(found) == 1 else None
