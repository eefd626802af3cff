"""The rows of the sequence diagram: records of who sent what to whom, and which event shows it.

Everything in a row happened in one step of the walk; nothing in it
is text for a reader.
"""

from enum import StrEnum

import msgspec

from walkthrough.model.values import Argument, SocketAddress


class Direction(StrEnum):
    """Which way something goes: from the left of the picture to the right, or back."""

    TO_SERVER = "to server"
    TO_CLIENT = "to client"


class PacketKind(StrEnum):
    """What crosses between a client and the kernel."""

    HANDSHAKE = "handshake"
    """All three of its packets, of many connections in one row."""
    SYN = "SYN"
    SYN_ACK = "SYN-ACK"
    ACK = "ACK"
    FIN = "FIN"
    FIN_ACK = "ACK of FIN"
    DATA_ACK = "ACK of data"
    """An acknowledgment of nothing but data, or of what came twice; only captured ones are told."""
    RST = "RST"
    DATA = "data"
    PATH = "path"
    """A connection through a path of the file system: no packet."""


class ConnectionEnd(StrEnum):
    """One of the two ends of a connection."""

    SERVER = "server"
    CLIENT = "client"


class _DiagramPart(msgspec.Struct, frozen=True, gc=False):
    pass


class SeenPacket(_DiagramPart, frozen=True, gc=False):
    """What a captured packet says, as in `walkthrough.model.events.PacketCaptured`.

    ``resent``: it repeats something that was sent before. For UDP there are no numbers.
    """

    flags: tuple[str, ...]
    sequence: int | None
    acknowledgment: int | None
    window: int | None
    resent: bool = False
    options: tuple[Argument, ...] = ()


class Packet(_DiagramPart, frozen=True, gc=False):
    """What crosses between a client and the kernel.

    Attributes:
        sign: What it is.
        way: Which way it goes.
        count: Bytes, of data.
        times: How many of them are grouped.
        answered: False for a SYN that was known to be unanswered when it was seen.
        acks: A FIN that came no later than the acknowledgement of the other end's FIN.
        resent: It was inferred that it was sent once more, since an answer came after all.
        seen: What it says, if it was captured; None if it was inferred.
    """

    sign: PacketKind
    way: Direction
    count: int = 0
    times: int = 1
    answered: bool = True
    acks: bool = False
    resent: bool = False
    seen: SeenPacket | None = None


class ClientAction(_DiagramPart, frozen=True, gc=False):
    """What a client did: ``action`` and ``error`` are the words of `ClientActed`.

    Attributes:
        action: ``connect``, ``send``, ...
        count: Bytes sent or received.
        error: The name of the error, "" if it succeeded.
        datagrams: It concerns a datagram socket.
    """

    action: str
    count: int = 0
    error: str = ""
    datagrams: bool = False


class SocketCall(_DiagramPart, frozen=True, gc=False):
    """A system call that the server makes on a socket.

    Attributes:
        name: ``accept4``, ...
        fd: The socket; None where the call makes it.
        result: What it returned, -1 if it failed.
        error: The name of the error, "" if it succeeded.
        injected: The error was made on purpose.
        address: Where it binds, connects or sends to; whom it accepts or receives from.
        number: The backlog of listen.
        way: Which way what it asks for goes: out of the server, or into it. It depends on the call
            alone, so that it is the same whatever the call returns.
        returned: False while the call goes on; its result is not known then.
        domain: The family that socket asks for, as it is spelled.
        type: And its type, without flags.
        epoll: The epoll instance whose interests it changes.
        constants: What else it asks for, by the constants' names: epoll_ctl's operation, an option.
    """

    name: str
    fd: int | None
    result: int
    error: str = ""
    injected: bool = False
    address: SocketAddress | None = None
    number: int | None = None
    way: Direction = Direction.TO_CLIENT
    returned: bool = True
    domain: str = ""
    type: str = ""
    epoll: int | None = None
    constants: tuple[str, ...] = ()


class PollerWake(_DiagramPart, frozen=True, gc=False):
    """The kernel told the poller that a socket is ready.

    Attributes:
        fd: Which.
        events: The names of what it is ready for.
        goroutine: The goroutine that waits for it, None if none does.
        before: It was there before the first call that was seen, and no call about it has been:
            whether somebody waits for it is not known.
    """

    fd: int
    events: tuple[str, ...]
    goroutine: int | None = None
    before: bool = False


class GoroutineParked(_DiagramPart, frozen=True, gc=False):
    """A goroutine waits until a socket is ready. ``fd`` is -1 if it is not known which."""

    goroutine: int
    fd: int


class UnparkReason(StrEnum):
    """Why a goroutine waits no longer, though its socket is not ready."""

    CLOSED = "closed"
    DEADLINE = "deadline"
    OTHER = "other"


class GoroutineUnparked(_DiagramPart, frozen=True, gc=False):
    """A goroutine continues, and not because a socket became ready."""

    goroutine: int
    fd: int
    why: UnparkReason


class LifecycleKind(StrEnum):
    """What happens to the server, or to what is seen of it."""

    PROBING = "probing"
    """It probes what the machine can do, with sockets that it uses for nothing else."""
    EXITED = "exited"
    KILLED = "killed"
    FORKED = "forked"
    """A process has made another one."""
    UNSEEN = "unseen"
    """From here on its calls are not captured."""


class LifecycleEvent(_DiagramPart, frozen=True, gc=False):
    """An event in the server's life.

    Attributes:
        life: What happened.
        code: The exit status.
        signal: What killed it.
        process: The process that was made.
    """

    life: LifecycleKind
    code: int = 0
    signal: str = ""
    process: int = 0


class QueueLength(_DiagramPart, frozen=True, gc=False):
    """The accept queue of listener ``fd`` (None: not the server's descriptor) has changed."""

    fd: int | None
    before: int
    now: int
    most: int


class UnreadBytes(_DiagramPart, frozen=True, gc=False):
    """More bytes wait to be read at one end of a connection; ``fd`` is the server's descriptor."""

    end: ConnectionEnd
    fd: int | None
    count: int


class SocketStateSeen(_DiagramPart, frozen=True, gc=False):
    """The kernel was seen to hold one end of a connection, or a listener, in this state."""

    end: ConnectionEnd
    fd: int | None
    state: str


class ListenerSeen(_DiagramPart, frozen=True, gc=False):
    """A socket was seen to listen. ``most`` is None where its backlog is unknown."""

    fd: int | None
    most: int | None


class AddressSeen(_DiagramPart, frozen=True, gc=False):
    """A socket was seen to have this address, which was not given to it explicitly."""

    fd: int
    address: SocketAddress


class PathPosition(_DiagramPart, frozen=True, gc=False):
    """Where on the path the server stands, while nothing that is drawn happens."""

    name: str


Fact = QueueLength | UnreadBytes | SocketStateSeen | ListenerSeen | AddressSeen
Note = PollerWake | GoroutineParked | GoroutineUnparked | LifecycleEvent | PathPosition


class DiagramRow(_DiagramPart, frozen=True, gc=False):
    """One row.

    Attributes:
        index: The event that it begins with.
        last: The last event that it is made from; in the same step of the walk.
        client: The client's number, 0 if it has none or none is concerned.
        clients: How many did the same, by number from ``client``, in one row.
        port: The port at the client's end, 0 if unknown.
        connection: A number of the connection's own, from 1, for its colour; 0 for none.
        act: What the client did.
        packet: What crossed between the client and the kernel.
        fact: What the kernel's view showed with it.
        call: What the server did.
        note: What else happened at the server's end.
        process: The process that did it, by its process id; 0 for the first, or nobody.
    """

    index: int
    last: int
    client: int = 0
    clients: int = 1
    port: int = 0
    connection: int = 0
    act: ClientAction | None = None
    packet: Packet | None = None
    fact: Fact | None = None
    call: SocketCall | None = None
    note: Note | None = None
    process: int = 0
