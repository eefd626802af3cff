"""Records of what one step changed; `walkthrough.state.diff` finds them."""

import msgspec

from walkthrough.model.events import MemoryMeasured
from walkthrough.model.kernel_state import NeighbourDoing, SocketState
from walkthrough.model.values import Data, Flags, SocketAddress
from walkthrough.state.world import ClientView, OptionSet


class _StepChange(msgspec.Struct, frozen=True, gc=False):
    pass


class DescriptorOpened(_StepChange, frozen=True, gc=False):
    """The server has one more descriptor.

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
    """The server has one descriptor fewer."""

    fd: int
    kind: str


class FlagsChanged(_StepChange, frozen=True, gc=False):
    """The flags of a descriptor, or of the open file behind it, changed."""

    fd: int
    before: Flags
    flags: Flags


class StateChanged(_StepChange, frozen=True, gc=False):
    """A socket changed its state: ``before`` has become ``socket.state``.

    ``kept``: no process holds it any more, and one did.
    """

    socket: SocketState
    before: str
    kept: bool = False


class AddressBound(_StepChange, frozen=True, gc=False):
    """The local address of a socket changed."""

    socket: SocketState
    before: SocketAddress


class SocketAppeared(_StepChange, frozen=True, gc=False):
    """An end of a connection, or a listener, appeared without a new descriptor."""

    socket: SocketState


class SocketGone(_StepChange, frozen=True, gc=False):
    """Such an end is gone."""

    socket: SocketState


class QueueChanged(_StepChange, frozen=True, gc=False):
    """More or fewer connections wait to be accepted.

    Attributes:
        socket: The listener.
        before: How many waited before; ``socket.accept_queue`` wait now.
        joined: The new ones, as far as they are listed.
    """

    socket: SocketState
    before: int
    joined: tuple[SocketAddress, ...] = ()


class BacklogChanged(_StepChange, frozen=True, gc=False):
    """The backlog of a listener changed to ``socket.backlog``."""

    socket: SocketState
    before: int


class BytesChanged(_StepChange, frozen=True, gc=False):
    """The length of a socket's queue changed, in bytes; ``received``: of the receive queue."""

    socket: SocketState
    received: bool
    before: int
    now: int


class InterestAdded(_StepChange, frozen=True, gc=False):
    """An epoll instance watches one more descriptor."""

    epoll: int
    fd: int
    events: Flags


class InterestRemoved(_StepChange, frozen=True, gc=False):
    """An epoll instance watches one descriptor fewer."""

    epoll: int
    fd: int


class InterestChanged(_StepChange, frozen=True, gc=False):
    """An epoll instance watches a descriptor for other events."""

    epoll: int
    fd: int
    before: Flags
    events: Flags


class OptionSetNow(_StepChange, frozen=True, gc=False):
    """A socket option was set, to its old value or to a new one."""

    option: OptionSet


class ClientChanged(_StepChange, frozen=True, gc=False):
    """A client is new or changed its state. ``before`` is "" for a new one."""

    client: ClientView
    before: str


class ClientsChanged(_StepChange, frozen=True, gc=False):
    """Clients ``first`` to ``last`` are new or changed their state, all in the same way."""

    first: int
    last: int
    state: str
    before: str


class ClientTransferred(_StepChange, frozen=True, gc=False):
    """A client sent or received this many more bytes."""

    client: int
    sent: int
    received: int


class CountChanged(_StepChange, frozen=True, gc=False):
    """A count of what is not listed changed.

    ``what``: ``descriptors``, ``interests``, or an owner of sockets, which are in ``state``.
    """

    what: str
    before: int
    now: int
    state: str = ""


class NeighbourChanged(_StepChange, frozen=True, gc=False):
    """The process that shares the server's listeners does something else than ``before``."""

    before: NeighbourDoing
    now: NeighbourDoing


class ChangeElsewhere(_StepChange, frozen=True, gc=False):
    """Something changed in the view of another process than the one whose step it is.

    Attributes:
        process: Its process id.
        change: What, as of any process.
    """

    process: int
    change: "Change"


class MemoryChanged(_StepChange, frozen=True, gc=False):
    """Memory was measured; ``before`` is the last measurement, if any."""

    now: MemoryMeasured
    before: MemoryMeasured | None


class OutputPrinted(_StepChange, frozen=True, gc=False):
    """The server has written something."""

    stream: int
    data: bytes | Data


Change = (
    DescriptorOpened
    | DescriptorClosed
    | FlagsChanged
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
    | NeighbourChanged
    | ChangeElsewhere
    | MemoryChanged
    | OutputPrinted
)
