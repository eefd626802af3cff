"""Records of what one step made otherwise; `walkthrough.state.diff` finds them."""

import msgspec

from walkthrough.model.events import MemoryMeasured
from walkthrough.model.kernel_state import SocketState
from walkthrough.model.values import Data, Flags, SocketAddress
from walkthrough.state.world import ClientView, OptionSet


class _StepChange(msgspec.Struct, frozen=True, gc=False):
    pass


class DescriptorOpened(_StepChange, frozen=True, gc=False):
    """The server has a descriptor more.

    Attributes:
        fd: Its number.
        kind: As `Descriptor.kind` has it.
        socket: The socket behind it, if it is one that the view lists.
        from_queue: That was a connection in the accept queue.
    """

    fd: int
    kind: str
    socket: SocketState | None = None
    from_queue: bool = False


class DescriptorClosed(_StepChange, frozen=True, gc=False):
    """The server has a descriptor less."""

    fd: int
    kind: str


class StateChanged(_StepChange, frozen=True, gc=False):
    """A socket is in another state: ``before`` has become ``socket.state``.

    ``kept``: no process holds it any more, and one did.
    """

    socket: SocketState
    before: str
    kept: bool = False


class AddressBound(_StepChange, frozen=True, gc=False):
    """A socket has another address of its own."""

    socket: SocketState
    before: SocketAddress


class SocketAppeared(_StepChange, frozen=True, gc=False):
    """There is an end of a connection, or a listener, that no new descriptor stands for."""

    socket: SocketState


class SocketGone(_StepChange, frozen=True, gc=False):
    """Such an end is not there any more."""

    socket: SocketState


class QueueChanged(_StepChange, frozen=True, gc=False):
    """More or fewer connections wait to be accepted.

    Attributes:
        socket: The listener.
        before: How many waited before; ``socket.accept_queue`` wait now.
        joined: Who has come, as far as it is listed.
    """

    socket: SocketState
    before: int
    joined: tuple[SocketAddress, ...] = ()


class BacklogChanged(_StepChange, frozen=True, gc=False):
    """A listener lets another number wait: ``socket.backlog``."""

    socket: SocketState
    before: int


class BytesChanged(_StepChange, frozen=True, gc=False):
    """More or fewer bytes stand in a socket's queue; ``received`` tells in which of the two."""

    socket: SocketState
    received: bool
    before: int
    now: int


class InterestAdded(_StepChange, frozen=True, gc=False):
    """An epoll watches a descriptor more."""

    epoll: int
    fd: int
    events: Flags


class InterestRemoved(_StepChange, frozen=True, gc=False):
    """An epoll watches a descriptor less."""

    epoll: int
    fd: int


class InterestChanged(_StepChange, frozen=True, gc=False):
    """An epoll watches a descriptor for something else."""

    epoll: int
    fd: int
    before: Flags
    events: Flags


class OptionSetNow(_StepChange, frozen=True, gc=False):
    """A socket option was set, to what it was or to something else."""

    option: OptionSet


class ClientChanged(_StepChange, frozen=True, gc=False):
    """A client is there, or its state is another. ``before`` is "" for one that is new."""

    client: ClientView
    before: str


class ClientsChanged(_StepChange, frozen=True, gc=False):
    """Clients ``first`` to ``last`` are there, or their state is another, all in the same way."""

    first: int
    last: int
    state: str
    before: str


class ClientTransferred(_StepChange, frozen=True, gc=False):
    """A client has sent or received so many bytes more."""

    client: int
    sent: int
    received: int


class CountChanged(_StepChange, frozen=True, gc=False):
    """There are more or fewer of what is counted and not listed.

    ``what``: ``descriptors``, ``interests``, or an owner of sockets, which are in ``state``.
    """

    what: str
    before: int
    now: int
    state: str = ""


class MemoryChanged(_StepChange, frozen=True, gc=False):
    """Memory was measured, ``before`` for the last time if ever."""

    now: MemoryMeasured
    before: MemoryMeasured | None


class OutputPrinted(_StepChange, frozen=True, gc=False):
    """The server has written something."""

    stream: int
    data: bytes | Data


Change = (
    DescriptorOpened
    | DescriptorClosed
    | StateChanged
    | AddressBound
    | SocketAppeared
    | SocketGone
    | QueueChanged
    | BacklogChanged
    | BytesChanged
    | InterestAdded
    | InterestRemoved
    | InterestChanged
    | OptionSetNow
    | ClientChanged
    | ClientsChanged
    | ClientTransferred
    | CountChanged
    | MemoryChanged
    | OutputPrinted
)
