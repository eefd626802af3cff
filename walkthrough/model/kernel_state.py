"""The kernel's view of the traced server at one moment: descriptors, sockets, epoll.

Sources: sock_diag(7), ``/proc/PID/fd`` and ``/proc/PID/fdinfo`` (proc(5)).
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Self

import msgspec

from walkthrough.model.message import Message
from walkthrough.model.values import Flags, SocketAddress


class Descriptor(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One open descriptor.

    Attributes:
        fd: Its number.
        kind: ``socket``, ``epoll``, ``eventfd``, ``pipe``, ``file`` or ``other``.
        target: What ``/proc/PID/fd/N`` links to.
        inode: The socket's inode, joining it to a `SocketState`; 0 for other kinds.
        earlier: The strace(1) log does not show how it was opened: it is known from its first use.
        flags: Of a socket, what ``/proc/PID/fdinfo/N`` says, proc(5): access mode and status flags,
            as ``O_NONBLOCK``, which all descriptors of one open file share, and ``O_CLOEXEC``,
            which is this descriptor's alone (FD_CLOEXEC). None if it is not known.
        file: Where there are several processes, the open file behind it (open(2), "open file
            description"): all descriptors with the same number, in whatever process, stand for the
            same. 0 if that is not known, and for a socket with an inode, which says the same.
    """

    fd: int
    kind: str
    target: str
    inode: int = 0
    earlier: bool = False
    flags: Flags | None = None
    file: int = 0

    @property
    def shared_as(self) -> tuple[str, int] | None:
        """What the descriptors of several processes have in common that stand for one open file.

        None if it is not known.
        """
        if self.file:
            return ("file", self.file)
        return ("socket", self.inode) if self.inode else None


class QueueMeasure(StrEnum):
    """What the kernel reports as the length of a socket's queue."""

    BYTES = "bytes"
    MEMORY = "memory"
    """The buffers that hold the data, in bytes: more than the data itself."""
    NEXT = "next"
    """The bytes of the next datagram alone."""


class SocketState(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One socket of the server, or one end of a connection to it.

    Attributes:
        owner: ``server`` (has a descriptor there), ``queue`` (complete, in the accept queue,
            not yet accepted), ``client`` (the other end), ``neighbour`` (another program that
            listened before the server did, and connections waiting there or accepted by it),
            ``kernel`` (no process holds it any more: TIME_WAIT, FIN_WAIT2 and the like).
        family: ``AF_INET``, ``AF_INET6``, ``AF_UNIX``.
        type: ``SOCK_STREAM`` or ``SOCK_DGRAM``.
        protocol: ``TCP``, ``MPTCP``, ``UDP`` or "".
        state: As ss(8) and the kernel spell it: ``LISTEN``, ``SYN_RECV``, ``ESTABLISHED``, ...
        local: Local address.
        remote: Remote address, None while there is none.
        inode: 0 while no process holds the socket.
        fd: The server's descriptor, None if it has none.
        accept_queue: Connections waiting to be accepted; listeners only.
        backlog: The backlog as the kernel accepted it: one more may wait; listeners only.
        receive_queue: Bytes received and not yet read; other sockets only. Of some sockets it is
            something else: see `measures`.
        send_queue: Bytes sent and not yet acknowledged, of some sockets memory; other sockets only.
        v6only: Whether IPV6_V6ONLY is set; AF_INET6 listeners only.
        likely: This was concluded from calls that do not prove it; only for an
            strace(1) log. There a ``state`` of "" is unknown, as is an address without a
            family, or without a host and a port.
    """

    owner: str
    family: str
    type: str
    protocol: str
    state: str
    local: SocketAddress
    remote: SocketAddress | None = None
    inode: int = 0
    fd: int | None = None
    accept_queue: int | None = None
    backlog: int | None = None
    receive_queue: int | None = None
    send_queue: int | None = None
    v6only: bool | None = None
    likely: bool = False

    def measures(self, *, received: bool) -> QueueMeasure:
        """Return what ``receive_queue``, or else ``send_queue``, is a number of.

        For UDP the kernel reports the memory of the buffers that datagrams wait in, some 800 bytes
        for a few bytes of data (net/ipv4/udp_diag.c); for a unix socket that of what has been sent
        and not yet read, and of datagrams received the size of the next one (net/unix/diag.c).
        """
        if self.family == "AF_UNIX":
            if not received:
                return QueueMeasure.MEMORY
            return QueueMeasure.NEXT if self.type == "SOCK_DGRAM" else QueueMeasure.BYTES
        return QueueMeasure.MEMORY if self.type == "SOCK_DGRAM" else QueueMeasure.BYTES


class EpollInterest(msgspec.Struct, frozen=True, gc=False):
    """One line of an epoll interest list: ``tfd: N events: MASK data: ...`` in fdinfo."""

    fd: int
    events: Flags
    data: int


class EpollState(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One epoll instance and what it watches.

    Attributes:
        fd: Its descriptor.
        interests: What it watches.
        partial: It existed before an strace(1) log began, and may watch more than that.
    """

    fd: int
    interests: tuple[EpollInterest, ...]
    partial: bool = False


class NeighbourDoing(StrEnum):
    """What a neighbour that shares the server's listeners is doing, as it reports by itself."""

    WAITING = "waiting"
    """It waits in epoll_wait(2)."""
    WOKEN = "woken"
    """Its epoll_wait has returned, and it has not accepted yet."""
    SERVING = "serving"
    """It has accepted a connection, and reads until the client has ended it."""
    ENDED = "ended"


class NeighbourState(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Another process that shares the server's listeners; it is not traced.

    Its descriptors, its epoll and the call that it is in are what /proc says of it. ``doing`` and
    the counts are its own report.

    Attributes:
        pid: Its process id.
        doing: What it does now.
        call: The system call that it is in, by /proc/PID/syscall (proc(5)); "" if that is not
            readable or the call is none of those that are traced.
        woken: How often its epoll_wait has returned because of each of the shared sockets.
        accepted: How many connections it has accepted from each; a wake-up for which there was
            none found the queue empty.
        descriptors: Its sockets and its epoll, by number.
        epolls: What that watches.
    """

    pid: int
    doing: NeighbourDoing
    call: str = ""
    woken: tuple[int, ...] = ()
    accepted: tuple[int, ...] = ()
    descriptors: tuple[Descriptor, ...] = ()
    epolls: tuple[EpollState, ...] = ()


class Beyond(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Counts of what is not listed.

    Attributes:
        descriptors: How many more descriptors.
        interests: How many more lines on the interest lists, all of them together.
        sockets: How many more sockets, by owner and state: ``{"server ESTABLISHED": 9744}``.
    """

    descriptors: int = 0
    interests: int = 0
    sockets: dict[str, int] = {}


class UnavailableReason(msgspec.Struct, frozen=True, omit_defaults=True):
    """A sentence of ``unavailable`` with what differs apart, for a reader in another language.

    Attributes:
        id: The sentence in English, with ``{name}`` for each field.
        fields: What stands in the place of the names.
    """

    id: str
    fields: dict[str, str | int] = {}

    @classmethod
    def of(cls, said: Message) -> Self:
        """Return a message in the form that recordings have: nothing is nested."""
        return cls(
            said.id,
            {
                name: value if isinstance(value, int) else str(value)
                for name, value in said.fields.items()
            },
        )

    def message(self) -> Message:
        """Return it as a message; a field may be a sentence by itself, and is one then."""
        return Message(
            self.id,
            {
                name: Message(value) if isinstance(value, str) else value
                for name, value in self.fields.items()
            },
        )


class KernelState(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The complete view.

    Attributes:
        descriptors: The server's descriptors, by number.
        sockets: Its sockets and those at the far ends, the server's own first.
        epolls: Its epoll instances.
        unavailable: What could not be read and why (short sentences).
        beyond: Counts of what the lists omit when there is very much; None if nothing.
        process: Whose descriptors these are, where there are several processes. 0 for that of
            `Header.pid`, and where there is only one; an strace(1) log of several names each.
        table: The process with the lowest id of those that share this descriptor table, as
            clone(2) makes them with CLONE_FILES; 0 if no other process shares it.
        partial: The strace(1) log does not show how the process began: it may have more open than
            is listed, and listen on it.
        unavailable_reasons: The sentences of ``unavailable`` once more, in the same order, with
            what differs apart. None if there are no fields, and in recordings of before 0.2.0.
        neighbour: The process that shares the server's listeners; None if there is none.
    """

    descriptors: tuple[Descriptor, ...] = ()
    sockets: tuple[SocketState, ...] = ()
    epolls: tuple[EpollState, ...] = ()
    unavailable: tuple[str, ...] = ()
    beyond: Beyond | None = None
    process: int = 0
    partial: bool = False
    unavailable_reasons: tuple[UnavailableReason, ...] = ()
    neighbour: NeighbourState | None = None
    table: int = 0

    def reasons(self) -> tuple[Message | str, ...]:
        """Return ``unavailable``, as messages as far as ``unavailable_reasons`` say the same."""
        said = [each.message() for each in self.unavailable_reasons[: len(self.unavailable)]]
        said += [Message(text) for text in self.unavailable[len(said) :]]
        return tuple(
            message if str(message) == text else text
            for message, text in zip(said, self.unavailable, strict=True)
        )

    def count_descriptors(self) -> int:
        """Count the descriptors, listed or not."""
        return len(self.descriptors) + (self.beyond.descriptors if self.beyond else 0)

    def count_interests(self) -> int:
        """Count the lines on all interest lists, listed or not."""
        listed = sum(len(epoll.interests) for epoll in self.epolls)
        return listed + (self.beyond.interests if self.beyond else 0)

    def count_sockets(self, owner: str) -> dict[str, int]:
        """Count the sockets of ``owner`` by state, listed or not."""
        counts: dict[str, int] = {}
        for each in self.sockets:
            if each.owner == owner:
                counts[each.state] = counts.get(each.state, 0) + 1
        for key, more in (self.beyond.sockets if self.beyond else {}).items():
            whose, _, state = key.partition(" ")
            if whose == owner:
                counts[state] = counts.get(state, 0) + more
        return counts


def unavailable(
    said: Iterable[Message],
) -> tuple[tuple[str, ...], tuple[UnavailableReason, ...]]:
    """Return what `KernelState` has of reasons: each once, as text and with its fields apart."""
    each_once = {str(message): message for message in said}
    reasons = tuple(UnavailableReason.of(message) for message in each_once.values())
    return tuple(each_once), reasons if any(reason.fields for reason in reasons) else ()
