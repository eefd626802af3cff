"""A walk written down by hand: the order of calls is that of a real Go 1.27 server.

Nothing here needs a server or a Go toolchain; the source is a few lines of our own.
"""

from collections.abc import Sequence

from walkthrough.formatting.go_values import text
from walkthrough.lesson.lesson import StepView
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    CaptureEnded,
    ClientActed,
    FunctionEntered,
    FunctionReturned,
    Header,
    KernelObserved,
    OutputWritten,
    ProcessExited,
    ProcessStarted,
    SourcePlace,
)
from walkthrough.model.kernel_state import (
    Descriptor,
    EpollInterest,
    EpollState,
    KernelState,
    SocketState,
)
from walkthrough.model.linux import constants as k
from walkthrough.model.stages import NOWHERE, Place, descend
from walkthrough.model.values import (
    Argument,
    Constant,
    EpollEvent,
    Flags,
    Reference,
    SocketAddress,
    Text,
    Value,
)
from walkthrough.state.history import History
from walkthrough.state.world import World

HEADER = Header(
    program_version="0.1.0",
    server="go",
    scenario="first-connection",
    go_version="go1.27.3",
    pid=4242,
    command=("server", "tcp", "127.0.0.1:7099"),
    started="2026-01-01T00:00:00Z",
    system="Linux 6.18.0",
    architecture="x86_64",
)
LISTENER = SocketAddress("AF_INET", "127.0.0.1", 7099)
CLIENT = SocketAddress("AF_INET", "127.0.0.1", 40422)
EDGE = 0x80002005
LINES: dict[str, tuple[str, ...]] = {
    "net/walk.go": tuple(
        f"func step{number}(fd int) error {{ // line {number * 4 + 1}\n"
        f'\tif err := try(fd, "number {number}"); err != nil {{\n'
        f"\t\treturn err\n"
        f"\t}}"
        for number in range(60)
    ),
}
LINES = {file: tuple("\n".join(parts).split("\n")) for file, parts in LINES.items()}
NOTES = {
    "en": {
        2: "The first thing that is tried. Everything below waits for it, and nothing has been "
        "asked of the kernel yet.",
        42: "From here the kernel completes handshakes by itself. Nobody has to call accept for "
        "a client to be connected: it waits in the accept queue, whose length you see beside.",
    },
    "zh": {
        2: "首先尝试的事情。下面的一切都在等它，而此时还没有向内核要求任何东西。",
        42: "从这里起，内核自己完成握手。客户端要连上，并不需要有人调用 accept："
        "它在accept 队列中等待，队列的长度就显示在旁边。",
    },
}


class FakeLesson:
    """A lesson whose source is `LINES`, so that no Go toolchain is needed."""

    def __init__(self, header: Header = HEADER) -> None:
        self.header = header

    def view(
        self, event: AnyEvent, world: World, language: str, entered: FunctionEntered | None = None
    ) -> StepView:
        """Return what to show."""
        chain = world.spans.get(world.focus, ()) if world.focus is not None else ()
        source = event.source or world.source
        given = entered.arguments if entered is not None else getattr(event, "arguments", ())
        results = getattr(event, "results", ())
        file = source.file if source is not None else ""
        lines = LINES.get(file, ())
        return StepView(
            file=file,
            line=source.line if source is not None else 0,
            lines=lines,
            missing="" if lines or not file else f"The source {file} is not on this machine.",
            notes=NOTES.get(language, NOTES["en"]) if lines else {},
            breadcrumb=tuple(span.name.rpartition(".")[2] for span in chain if not span.call),
            function=event.function or "",
            arguments=" ".join(f"{one.name}={text(one.value)}" for one in given),
            results=" ".join(text(one.value) for one in results),
        )


def events_mask(raw: int) -> Flags:
    """Return an epoll mask."""
    return k.flags(k.EPOLL_EVENTS, raw)


class Recorder:
    """Writes events down as a tracer would: numbers, spans and places come by themselves."""

    def __init__(self) -> None:
        self.events: list[AnyEvent] = []
        self._chain: list[tuple[int, str, Place]] = []
        self._spans = 0
        self.goroutine = 1
        self._line = 1

    def _common(self, place: Place | None = None) -> dict[str, object]:
        place = place if place is not None else (self._chain[-1][2] if self._chain else NOWHERE)
        number = len(self.events)
        return {
            "seq": number,
            "time_ns": number * 1000,
            "thread": 4242,
            "goroutine": self.goroutine,
            "stage": place.stage,
            "step": place.step,
        }

    def note(self, kind: type[AnyEvent], **fields: object) -> None:
        """Record an event that belongs to no thread."""
        number = len(self.events)
        self.events.append(kind(seq=number, time_ns=number * 1000, **fields))  # type: ignore[arg-type]

    def enter(self, function: str, mark: str | None = None, **arguments: Value) -> None:
        """Enter a function."""
        around = self._chain[-1] if self._chain else (None, "", NOWHERE)
        place = descend(around[2], mark)
        self._spans += 1
        self._line = self._line % 230 + 4
        self.events.append(
            FunctionEntered(
                **self._common(place),  # type: ignore[arg-type]
                function=function,
                span=self._spans,
                parent=around[0],
                mark=mark,
                arguments=tuple(Argument(name, value) for name, value in arguments.items()),
                source=SourcePlace("net/walk.go", self._line),
            )
        )
        self._chain.append((self._spans, function, place))

    def leave(self, *, failed: bool = False, **results: Value) -> None:
        """Return from the innermost function."""
        span, function, place = self._chain[-1]
        self.events.append(
            FunctionReturned(
                **self._common(place),  # type: ignore[arg-type]
                function=function,
                span=span,
                results=tuple(Argument(name, value) for name, value in results.items()),
                failed=failed,
                source=SourcePlace("net/walk.go", self._line + 1),
            )
        )
        self._chain.pop()

    def call(
        self, call: str, result: int = 0, error: str = "", *, returns: bool = True, **given: Value
    ) -> None:
        """Make a system call; ``error`` is the name of an errno."""
        self._spans += 1
        span = self._spans
        function = self._chain[-1][1] if self._chain else ""
        arguments = tuple(Argument(name, value) for name, value in given.items())
        common = {"function": function, "span": span, "call": call, "arguments": arguments}
        self.events.append(CallEntered(**self._common(), **common))  # type: ignore[arg-type]
        if returns:
            number = next((raw for raw, name in k.ERRNO.items() if name == error), 0)
            self.events.append(
                CallReturned(
                    **self._common(),  # type: ignore[arg-type]
                    **common,  # type: ignore[arg-type]
                    result=-1 if error else result,
                    error=Constant(error, number) if error else None,
                )
            )

    def kernel(self, **state: object) -> None:
        """Record the kernel's view."""
        self.note(KernelObserved, state=KernelState(**state))  # type: ignore[arg-type]


def _listener(waiting: int) -> SocketState:
    return SocketState(
        "server",
        "AF_INET",
        "SOCK_STREAM",
        "TCP",
        "LISTEN",
        LISTENER,
        inode=900,
        fd=3,
        accept_queue=waiting,
        backlog=4096,
    )


def _end(owner: str, fd: int | None = None, state: str = "ESTABLISHED") -> SocketState:
    ours, theirs = (CLIENT, LISTENER) if owner == "client" else (LISTENER, CLIENT)
    return SocketState(
        owner, "AF_INET", "SOCK_STREAM", "TCP", state, ours, theirs, inode=fd or 0, fd=fd
    )


def _epoll(*watched: int) -> tuple[EpollState, ...]:
    masks = {6: 0x19}
    interests = (EpollInterest(fd, events_mask(masks.get(fd, EDGE | 0x18)), fd) for fd in watched)
    return (EpollState(5, tuple(interests)),)


def _descriptors(*fds: int) -> tuple[Descriptor, ...]:
    known = {
        3: Descriptor(3, "socket", "socket:[900]", 900),
        4: Descriptor(4, "socket", "socket:[901]", 901),
        5: Descriptor(5, "epoll", "anon_inode:[eventpoll]"),
        6: Descriptor(6, "eventfd", "anon_inode:[eventfd]"),
    }
    terminal = tuple(Descriptor(fd, "file", "/dev/null") for fd in (0, 1, 2))
    return (*terminal, *(known[fd] for fd in fds))


def _accept_connection(walk: Recorder) -> None:
    """Accept: the queue is empty, the goroutine parks, a client comes, it is accepted."""
    walk.enter("net.(*netFD).accept", "accept")
    walk.enter("internal/poll.accept", "accept4", s=3)
    walk.call(
        "accept4",
        error="EAGAIN",
        sockfd=3,
        addr=None,
        addrlen=None,
        flags=k.flags(k.SOCK_FLAGS, 0o2004000),
    )
    walk.leave(nfd=-1, err=Constant("EAGAIN", 11))
    walk.enter("internal/poll.runtime_pollWait", "pollWait", mode=114)
    walk.note(ClientActed, client=1, action="connect", local=CLIENT, remote=LISTENER)
    walk.kernel(
        sockets=(_listener(1), _end("queue"), _end("client")),
        epolls=_epoll(6, 3),
        descriptors=_descriptors(3, 5, 6),
    )
    walk.leave(errcode=0)
    walk.enter("internal/poll.accept", "accept4", s=3)
    walk.call(
        "accept4",
        4,
        sockfd=3,
        addr=CLIENT,
        addrlen=Reference(16),
        flags=k.flags(k.SOCK_FLAGS, 0o2004000),
    )
    walk.kernel(
        sockets=(_listener(0), _end("server", 4), _end("client")),
        epolls=_epoll(6, 3),
        descriptors=_descriptors(3, 4, 5, 6),
    )
    walk.leave(nfd=4, err=None)
    walk.enter("internal/poll.runtime_pollOpen", "pollOpen", fd=4)
    walk.call("epoll_ctl", epfd=5, op=Constant("EPOLL_CTL_ADD", 1), fd=4, event=_asked(4))
    walk.kernel(
        sockets=(_listener(0), _end("server", 4), _end("client")),
        epolls=_epoll(6, 3, 4),
        descriptors=_descriptors(3, 4, 5, 6),
    )
    walk.leave(errno=0)
    for name, raw in (("TCP_NODELAY", 1), ("TCP_KEEPIDLE", 15)):
        _set(walk, 4, Constant("SOL_TCP", 6), name, raw)
    walk.leave(fd=4, err=None)
    walk.leave(err=None)


def _asked(fd: int) -> EpollEvent:
    return EpollEvent(events_mask(EDGE), fd)


def _set(walk: Recorder, fd: int, level: Constant, name: str, raw: int) -> None:
    walk.call(
        "setsockopt",
        sockfd=fd,
        level=level,
        optname=Constant(name, 1),
        optval=Reference(raw),
        optlen=4,
    )


def first_connection() -> list[AnyEvent]:
    """Return the whole walk: listen, one connection, and the end."""
    walk = Recorder()
    walk.note(ProcessStarted, pid=4242, command=HEADER.command)
    walk.enter("net.Listen", network=Text("tcp"), address=Text("127.0.0.1:7099"))
    walk.enter("net.(*Resolver).resolveAddrList", "resolveAddrList", op=Text("listen"))
    walk.leave(err=None)
    walk.enter("net.socket")
    walk.enter("net.sysSocket", "sysSocket", family=2, sotype=1, proto=0)
    walk.call(
        "socket",
        3,
        domain=Constant("AF_INET", 2),
        type=Flags(("SOCK_STREAM", "SOCK_CLOEXEC", "SOCK_NONBLOCK"), 0o2004001),
        protocol=Constant("IPPROTO_IP", 0),
    )
    walk.kernel(descriptors=_descriptors(3))
    walk.leave(s=3, err=None)
    walk.enter("net.setDefaultSockopts", "setDefaultSockopts", s=3, family=2)
    walk.leave(err=None)
    walk.enter("net.(*netFD).listenStream", backlog=4096)
    walk.enter("net.listenerBacklog", "listenerBacklog")
    walk.enter("internal/poll.runtime_pollServerInit", "pollServerInit")
    walk.call("epoll_create1", 5, flags=k.flags(k.EPOLL_CREATE, 0o2000000))
    walk.call("eventfd2", 6, initval=0, flags=k.flags(k.EVENTFD, 0o2004000))
    walk.call(
        "epoll_ctl",
        epfd=5,
        op=Constant("EPOLL_CTL_ADD", 1),
        fd=6,
        event=EpollEvent(events_mask(1), 6),
    )
    walk.kernel(descriptors=_descriptors(3, 5, 6), epolls=_epoll(6))
    walk.leave()
    walk.leave(n=4096)
    walk.enter("net.setDefaultListenerSockopts", "setDefaultListenerSockopts", s=3)
    _set(walk, 3, Constant("SOL_SOCKET", 1), "SO_REUSEADDR", 1)
    walk.leave(err=None)
    walk.enter("syscall.Bind", "bind", fd=3)
    walk.call("bind", sockfd=3, addr=LISTENER, addrlen=16)
    walk.leave(err=None)
    walk.enter("syscall.Listen", "listen", s=3, n=4096)
    walk.call("listen", sockfd=3, backlog=4096)
    walk.kernel(sockets=(_listener(0),), descriptors=_descriptors(3, 5, 6), epolls=_epoll(6))
    walk.leave(err=None)
    walk.enter("internal/poll.runtime_pollOpen", "pollOpen", fd=3)
    walk.call("epoll_ctl", epfd=5, op=Constant("EPOLL_CTL_ADD", 1), fd=3, event=_asked(3))
    walk.kernel(sockets=(_listener(0),), descriptors=_descriptors(3, 5, 6), epolls=_epoll(6, 3))
    walk.leave(errno=0)
    walk.leave(err=None)
    walk.leave(err=None)
    walk.leave(err=None)
    walk.enter("net.(*TCPListener).Accept")
    _accept_connection(walk)
    walk.note(OutputWritten, stream=1, data=b"Serving 127.0.0.1:40422\n")
    walk.note(ProcessExited, pid=4242, code=0)
    walk.note(CaptureEnded, reason="exited")
    return walk.events


def many_calls(count: int) -> list[AnyEvent]:
    """Return about ``count`` events: the same connection accepted over and over."""
    walk = Recorder()
    walk.events = list(first_connection()[:-3])
    while len(walk.events) < count:
        walk.enter("net.(*TCPListener).Accept")
        _accept_connection(walk)
    return walk.events


def history_of(events: Sequence[AnyEvent], header: Header = HEADER) -> History:
    """Return a history of events in memory."""
    return History.of(header, events)


def index_of(events: Sequence[AnyEvent], kind: type[AnyEvent], name: str, nth: int = 0) -> int:
    """Return the index of the nth event of a kind whose function or call is ``name``."""
    found = [
        event.seq
        for event in events
        if isinstance(event, kind) and name in (getattr(event, "call", ""), event.function)
    ]
    return found[nth]
