"""What a scenario's files may say: the structs behind ``scenario.toml`` and ``lesson.toml``.

Their fields are the files' keys, and the published schemas are made from them. Reading and
checking files is done elsewhere; nothing here touches one.
"""

from enum import StrEnum
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from walkthrough.i18n.messages import Message, message
from walkthrough.i18n.texts import Texts
from walkthrough.model.kernel_state import NeighbourDoing
from walkthrough.model.stages import Stage
from walkthrough.scenario.chapters import Chapter
from walkthrough.source.notes import Note
from walkthrough.state.triggers import Point, parse_point

NETWORKS = ("tcp", "tcp4", "tcp6", "udp", "udp4", "udp6", "unix")
OPTIONS = (
    "SO_REUSEADDR",
    "SO_REUSEPORT",
    "SO_KEEPALIVE",
    "IP_FREEBIND",
    "IPV6_V6ONLY",
    "TCP_NODELAY",
    "TCP_USER_TIMEOUT",
)
"""The socket options that a Control hook, or a neighbour, can set to 1.

See socket(7), ip(7), ipv6(7) and tcp(7).
"""
CALLS = (
    "accept",
    "accept4",
    "bind",
    "close",
    "connect",
    "dup",
    "dup2",
    "dup3",
    "epoll_create",
    "epoll_create1",
    "epoll_ctl",
    "epoll_pwait",
    "epoll_pwait2",
    "epoll_wait",
    "eventfd",
    "eventfd2",
    "fcntl",
    "getpeername",
    "getsockname",
    "getsockopt",
    "listen",
    "openat",
    "pipe",
    "pipe2",
    "read",
    "readv",
    "recvfrom",
    "recvmsg",
    "sendmsg",
    "sendto",
    "setsockopt",
    "shutdown",
    "socket",
    "socketpair",
    "unlink",
    "unlinkat",
    "write",
    "writev",
)
"""The system calls that are traced: those that a fault and a pattern can name."""

Count = Annotated[int, Meta(ge=1)]
"""A count, or an ordinal number: from 1."""
LAST = 1000
"""The position in its chapter of a scenario that names none: after those that do."""


class _TomlTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class ActionKind(StrEnum):
    """What an action does; clients act by the words of `ClientActed` and `ActCommand`."""

    CONNECT = "connect"
    ACCEPT = "accept"
    """Accept the connection that the server made to the neighbour."""
    SEND = "send"
    RECEIVE = "receive"
    HALF_CLOSE = "half-close"
    CLOSE = "close"
    ALLOW_REPLIES = "allow-replies"
    """Stop dropping what the server's side answers (``drop_replies``)."""
    RESET = "reset"
    """Close at once, with RST instead of FIN (SO_LINGER with 0 seconds, socket(7))."""
    MEASURE = "measure"
    """Not a client's action: measure the memory that the server and the kernel need now."""
    LET_GO = "let-go"
    """Not a client's action: let the server run at full speed from here on, without capturing its
    functions and system calls. For thousands of connections; only under the Go server."""


NO_CLIENTS = (ActionKind.MEASURE, ActionKind.LET_GO)
"""Actions that no client does."""


class ScriptAction(_TomlTable, frozen=True):
    """One action of the client's script.

    Attributes:
        when: The point on the path at which it is due, counted from the action before it.
        do: What the client does.
        client: Which client, from 1; a new one connects under its number.
        clients: How many clients do it, one after the other: ``client`` and the next numbers.
        data: What it sends, as text.
        to: For ``connect``: another host than the listener's by which to reach it.
        listener: For ``connect``: which of the server's listeners, from 1.
        drop_replies: For ``connect``: have the client's kernel drop whatever is answered, by a
            filter on its socket (SO_ATTACH_FILTER, socket(7)): its handshake stays half done.
        fails: The errno with which it must fail (``ECONNREFUSED``); "" if it must not.
        receives: For ``receive``: the text that must come; "" checks nothing.
    """

    when: str
    do: ActionKind
    client: Count = 1
    clients: Annotated[int, Meta(ge=1, le=20_000)] = 1
    data: str = ""
    to: str = ""
    listener: Count = 1
    drop_replies: bool = False
    fails: str = ""
    receives: str = ""

    @property
    def point(self) -> Point:
        """``when``, parsed (checked when the scenario was loaded)."""
        return parse_point(self.when)

    @property
    def payload(self) -> bytes:
        """``data`` as the bytes to send."""
        return self.data.encode("utf-8")


class End(_TomlTable, frozen=True):
    """When an unattended run is over, once the script is done."""

    when: str

    @property
    def point(self) -> Point:
        """``when``, parsed."""
        return parse_point(self.when)


class Program(StrEnum):
    """The variants of the server, under ``scenarios/server``."""

    ACCEPT = "accept"
    """Listens, accepts in a loop, reads each connection to its end: ``main.go``."""
    PACKET = "packet"
    """Receives datagrams: ``packet/main.go``."""
    DIAL = "dial"
    """Dials the address instead of listening on it: ``dial/main.go``."""


class ServerOptions(_TomlTable, frozen=True):
    """How the server is built and what it does in addition; the table ``[server]``.

    Attributes:
        program: Which variant; a ``main.go`` in the scenario's own folder comes before it.
        go: The language version in go.mod (``1.24``); "" for that of ``scenarios/server/go.mod``.
        also: More addresses to listen on; ``same`` is the address of the first listener.
        control: Socket options that ``ListenConfig.Control`` sets to 1: ``SO_REUSEPORT``, ...
        keep_alive_s: ``ListenConfig.KeepAlive`` in seconds, below 0 for none; None for Go's own.
        backlog: Have listen(2) called once more with this backlog, since Go offers none.
        deadline_ms: Set a deadline for the listener, in milliseconds after it was opened.
        reply: What is written back on a connection after it was read to its end.
        close_on: A connection that sends exactly this makes the server close its (first) listener.
        retry: After an error of Accept that may pass (EMFILE, ENFILE), wait as net/http does, 5 ms
            and twice as long each time up to 1 s, and accept again.
        read_most: Bytes to read of a connection, which is then closed, whatever else has come.
    """

    program: Program = Program.ACCEPT
    go: str = ""
    also: tuple[str, ...] = ()
    control: tuple[str, ...] = ()
    keep_alive_s: Annotated[int, Meta(ge=-1, le=32_767)] | None = None
    backlog: Annotated[int, Meta(ge=0, le=2**31 - 1)] | None = None
    deadline_ms: Annotated[int, Meta(ge=1, le=60_000)] | None = None
    reply: str = ""
    close_on: str = ""
    retry: bool = False
    read_most: Annotated[int, Meta(ge=0, le=1 << 20)] | None = None


class Watching(StrEnum):
    """How a neighbour watches a listening socket in its epoll."""

    PLAIN = "plain"
    EXCLUSIVE = "exclusive"
    """With EPOLLEXCLUSIVE, epoll_ctl(2)."""


class Neighbour(_TomlTable, frozen=True):
    """A listening socket of another program, there before the server starts; not traced.

    Its address may be used as ``{neighbour}`` in the server's. It accepts nothing by itself,
    unless it watches.

    Attributes:
        address: Where it listens; port 0 lets the kernel choose.
        also: More addresses to listen on, each with a socket of its own.
        control: Socket options set to 1 before it binds.
        hands_over: The server is started with these very sockets as its descriptors from 3 on, and
            told so by LISTEN_FDS and LISTEN_PID, sd_listen_fds(3). Only for a program of the
            scenario's own.
        watches: The neighbour is a process with an epoll of its own, and shares the sockets that it
            hands over with the server: how it watches each. When it is woken it accepts a
            connection, and keeps it until its client has ended it; see
            `walkthrough.capture.workers.neighbour`.
    """

    address: str = "127.0.0.1:0"
    also: tuple[str, ...] = ()
    control: tuple[str, ...] = ()
    hands_over: bool = False
    watches: tuple[Watching, ...] = ()


class Limits(_TomlTable, frozen=True):
    """Limits on the server, set hard as well as soft: Go raises its soft ones by itself.

    Attributes:
        nofile: RLIMIT_NOFILE of getrlimit(2): one more than the highest descriptor.
        memory_mb: RLIMIT_DATA: MiB of memory that it can write to.
        cpu_s: RLIMIT_CPU: seconds of computing, after which the kernel kills it.
        file_mb: RLIMIT_FSIZE: MiB that a file can have which it writes.
    """

    nofile: Annotated[int, Meta(ge=3, le=1 << 20)] | None = None
    memory_mb: Annotated[int, Meta(ge=64, le=1 << 20)] | None = None
    cpu_s: Annotated[int, Meta(ge=1, le=3600)] | None = None
    file_mb: Annotated[int, Meta(ge=0, le=1 << 20)] | None = None


class Fault(_TomlTable, frozen=True):
    """An error injected into a system call: the call is skipped and its result is ``-errno``.

    Of the calls that fit ``at`` and ``call``, numbers ``occurrence`` to ``occurrence + times - 1``
    fail.

    Attributes:
        errno: The error: ``ENOSPC``.
        at: The stage, the finer step or both (``accept/pollOpen``) it happens in; "" anywhere.
        call: The system call; "" for any that is traced (then ``at`` has to be given).
        occurrence: The first that fails, from 1.
        times: How many fail.
        only: ``privileged``: do not inject it where the kernel itself would refuse, because this
            user may not bind ports below ``ip_unprivileged_port_start`` (ip(7)).
    """

    errno: str
    at: str = ""
    call: str = ""
    occurrence: Count = 1
    times: Count = 1
    only: Literal["", "privileged"] = ""


class CallsSeen(_TomlTable, frozen=True):
    """System calls that must be seen in this order; others may come between.

    Attributes:
        seen: Patterns of strace's notation: ``bind(3, *) = -1 EADDRINUSE*``. ``*`` is any text.
        without: Patterns of calls that may not come between the first and the last of them:
            there must be one such stretch.
        server: Whether it holds only for ``go`` or ``python``; "" for both.
        versions: Go versions it holds for, as in a note: ``>=1.23``; "" for all. The instrumented
            server counts as go1.27, which it follows.
    """

    seen: tuple[str, ...]
    without: tuple[str, ...] = ()
    server: Literal["", "go", "python"] = ""
    versions: str = ""


class CallsInARow(_TomlTable, frozen=True):
    """A system call that may only come so often before another one does.

    It says how a server waits, whatever the time that takes: one that calls accept4 in vain again
    and again has to wait in epoll_pwait in between.

    Attributes:
        call: The pattern of the call.
        most: How often it may come in a row.
        until: Patterns of calls that end a row: one of them has to have returned, and found or
            waited for something, before it may come again.
    """

    call: str
    most: Annotated[int, Meta(ge=1, le=1000)]
    until: tuple[str, ...]


class KernelConditions(_TomlTable, frozen=True, kw_only=True):
    """What the kernel may be asked to hold. What is None is not looked at.

    Attributes:
        listeners: How many sockets of the server listen.
        accept_queue: Connections waiting in the accept queue of the first listener.
        backlog: The first listener's backlog.
        descriptors: The server's descriptors.
        watched: Descriptors on the interest lists.
        epolls: How many epoll instances there are.
        half_open: Connections in SYN_RECV: the kernel waits for the last step of the handshake.
        sockets: The server's own sockets by state: ``{ LISTEN = 1, ESTABLISHED = 2 }``.
        clients: The clients' sockets by state.
        neighbour: What a neighbour that watches is doing.
        neighbour_accepted: How many connections it has accepted from each socket that it shares, by
            its number from 1: ``{ 1 = 1, 2 = 0 }``.
        server: Whether it holds only for ``go`` or ``python``; "" for both.
        versions: Go versions it holds for, as in a note: ``>=1.23``; "" for all. The instrumented
            server counts as go1.27, which it follows.
    """

    listeners: Annotated[int, Meta(ge=0)] | None = None
    accept_queue: Annotated[int, Meta(ge=0)] | None = None
    backlog: Annotated[int, Meta(ge=0)] | None = None
    descriptors: tuple[int, ...] | None = None
    watched: tuple[int, ...] | None = None
    epolls: Annotated[int, Meta(ge=0)] | None = None
    half_open: Annotated[int, Meta(ge=0)] | None = None
    sockets: dict[str, int] | None = None
    clients: dict[str, int] | None = None
    neighbour: NeighbourDoing | None = None
    neighbour_accepted: dict[str, int] | None = None
    server: Literal["", "go", "python"] = ""
    versions: str = ""

    CONDITIONS: ClassVar[tuple[str, ...]] = (
        "listeners",
        "accept_queue",
        "backlog",
        "descriptors",
        "watched",
        "epolls",
        "half_open",
        "sockets",
        "clients",
        "neighbour",
        "neighbour_accepted",
    )
    """The keys that ask about the kernel."""

    def asked(self) -> dict[str, object]:
        """Return what is asked for, by its key."""
        values = {key: getattr(self, key) for key in self.CONDITIONS}
        return {key: value for key, value in values.items() if value is not None}


class KernelSeen(KernelConditions, frozen=True, kw_only=True):
    """What the kernel must hold at one of the moments at which ``when`` is reached.

    Of descriptors and of states all are to be named, and a number is that number.

    Attributes:
        when: The point.
        backlog_at_most: The first listener's backlog, where it is the machine's to say.
    """

    when: str
    backlog_at_most: Annotated[int, Meta(ge=0)] | None = None

    CONDITIONS: ClassVar[tuple[str, ...]] = (*KernelConditions.CONDITIONS, "backlog_at_most")

    @property
    def point(self) -> Point:
        """``when``, parsed."""
        return parse_point(self.when)


class Goal(KernelConditions, frozen=True, kw_only=True):
    """What a walk wants seen: shown on the screen until it has been, and in the summary after it.

    It is reached at the first moment at which all that it names holds: an event, with the kernel
    as it was after it. Unlike a promise it asks for what there is at least, since people need not
    do exactly what the script does: a number means as many or more, and 0 none (a backlog is that
    number); other descriptors and other states may be there as well.

    Attributes:
        id: Its name, unique in the scenario, which comes first: ``burst.queue``.
        look: What to look for, in one short sentence.
        how: What to do to see it in a live walk: ``Connect five clients (c, five times).``
        when: A point; "" for any moment.
        call: A pattern of a system call that has just returned; "" for none.
        function: A function that has just been called, by its full name; "" for none.
        printed: A pattern of a line that the server has just printed; "" for none.
        did: What a client has just done; without ``fails`` it has to have succeeded. ``measure``
            is done by no client, and asks for a measurement.
        fails: The errno with which ``did`` failed; "" if it did not.
        after: The id of the goal that has to be reached before this one can be; "" for none.
        until: The point from which on it cannot be reached any more in this walk; "" for never.
    """

    id: str
    look: Texts
    how: Texts | None = None
    when: str = ""
    call: str = ""
    function: str = ""
    printed: str = ""
    did: ActionKind | None = None
    fails: str = ""
    after: str = ""
    until: str = ""

    @property
    def point(self) -> Point | None:
        """``when``, parsed; None for any moment."""
        return parse_point(self.when) if self.when else None

    @property
    def end(self) -> Point | None:
        """``until``, parsed; None for never."""
        return parse_point(self.until) if self.until else None


class Expect(_TomlTable, frozen=True):
    """What must be seen; `walkthrough check` holds a run against it.

    In ``printed``, ``calls``, ``never`` and ``in_a_row``, ``*`` is any text, and ``{neighbour}``
    stands for the neighbour's address.

    Attributes:
        stages: The stages in the order in which each first began, all of them.
        path: Places (stages, finer steps, ``accept/pollWait``) visited in this order; others may
            come between.
        failed: Places at which a function must have failed.
        printed: Patterns of lines that the server must print, in any order.
        exit_code: The status with which the server must end; None if it must not end.
        calls: System calls, each group in order.
        never: Patterns of system calls that must not be seen.
        in_a_row: System calls that may only come so often in a row.
        kernel: What the kernel must hold, and when.
    """

    stages: tuple[Stage, ...] = ()
    path: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    printed: tuple[str, ...] = ()
    exit_code: Annotated[int, Meta(ge=0, le=255)] | None = None
    calls: tuple[CallsSeen, ...] = ()
    never: tuple[str, ...] = ()
    in_a_row: tuple[CallsInARow, ...] = ()
    kernel: tuple[KernelSeen, ...] = ()


class Need(StrEnum):
    """What a machine must have for a scenario to be run there."""

    IPV6 = "ipv6"
    """An IPv6 loopback address."""
    MPTCP = "mptcp"
    """A kernel with Multipath TCP switched on."""
    PORT = "port"
    """The scenario's own port, free."""


class Level(StrEnum):
    """How much somebody has to know before a scenario."""

    INTRODUCTORY = "introductory"
    """For a first evening: nothing but what a server and a client are."""
    INTERMEDIATE = "intermediate"
    """The path of a listener is known."""
    ADVANCED = "advanced"
    """Details of Go's runtime or of the kernel, or an unusual way to use them."""

    @property
    def label(self) -> Message:
        """The level, in a word."""
        return _LEVELS[self]


_LEVELS: dict[Level, Message] = {
    Level.INTRODUCTORY: message("introductory"),
    Level.INTERMEDIATE: message("intermediate"),
    Level.ADVANCED: message("advanced"),
}


class Scenario(_TomlTable, frozen=True):
    """What ``scenario.toml`` says.

    Attributes:
        name: The folder's name.
        title: A few words.
        teaser: A line that makes readers curious, of at most 37 cells (a Chinese character
            takes two). Without it the title is shown.
        summary: What there is to see, in a sentence or two.
        chapter: The chapter under whose heading it is listed; ``own`` if it names none.
        order: Its place in the chapter, smallest first; equal ones go by their names.
        level: How much somebody has to know before it; None if it does not say.
        minutes: How long it takes a learner to walk through it and answer its questions.
        after: The names of the scenarios that should be known before it.
        network: Handed to net.Listen (or ListenPacket, or Dial): one of `NETWORKS`.
        address: Likewise: ``host:port``, where port 0 lets the kernel choose, or a path.
            ``{neighbour}`` stands for the neighbour's address, ``{dir}`` for a new empty folder.
        servers: Under which servers it can be run.
        needs: What the machine must have.
        server: How the server is built and what it does in addition.
        neighbour: Another program that listens already.
        limits: Limits on the server.
        fault: Errors to inject.
        script: What the client does, in order.
        end: When an unattended run is over.
        timeout_s: Seconds after which an unattended run is aborted.
        expect: What must be seen.
        goal: What a walk wants seen, in the order in which it can be.
        try_next: What to try after it, in a sentence or two; what is typed is between backticks.
    """

    name: str
    title: Texts
    summary: Texts
    network: str
    address: str
    end: End
    teaser: Texts | None = None
    chapter: Chapter = Chapter.OWN
    order: Annotated[int, Meta(ge=1, le=LAST)] = LAST
    level: Level | None = None
    minutes: Annotated[int, Meta(ge=1, le=240)] | None = None
    after: tuple[str, ...] = ()
    servers: tuple[Literal["go", "python"], ...] = ("go", "python")
    needs: tuple[Need, ...] = ()
    server: ServerOptions = ServerOptions()
    neighbour: Neighbour | None = None
    limits: Limits = Limits()
    fault: tuple[Fault, ...] = ()
    script: tuple[ScriptAction, ...] = ()
    timeout_s: Annotated[float, Meta(gt=0, le=3600)] = 60.0
    expect: Expect = Expect()
    goal: tuple[Goal, ...] = ()
    try_next: Texts | None = None

    def slowed(self, factor: float) -> "Scenario":
        """Return it with ``factor`` times as much time, for a slow or an emulated machine.

        A listener's deadline is to pass while the server waits: so it is later, too.
        """
        server, deadline = self.server, self.server.deadline_ms
        if deadline is not None:
            server = msgspec.structs.replace(server, deadline_ms=round(deadline * factor))
        return msgspec.structs.replace(self, timeout_s=self.timeout_s * factor, server=server)


class Choice(_TomlTable, frozen=True):
    """One answer that a question offers.

    Attributes:
        said: The answer, under the key ``says``.
        right: Whether it is the right one.
        why: Of a wrong one: why one could think so, and what the trace shows instead; without it
            the question's own ``why`` is all that is said.
        believes: Of a wrong one: the number of the misconception that it stands for; 0 for none.
    """

    said: Texts = msgspec.field(name="says")
    right: bool = False
    why: Texts | None = None
    believes: Annotated[int, Meta(ge=0)] = 0

    def says(self, language: str) -> str:
        """Return the text in ``language``, else in English."""
        return self.said.says(language)


class Question(_TomlTable, frozen=True):
    """What happens next? Asked at a point, before the answer can be seen.

    Attributes:
        id: Its name, unique in the scenario.
        when: The point at which it is asked.
        ask: The question.
        choice: Two to five answers, exactly one of them right.
        why: Why that one is right, in one or two sentences that name what the trace shows.
        see: Where it can be read up: ``accept(2)``, ``net/sock_posix.go socket()``.
    """

    id: str
    when: str
    ask: Texts
    choice: tuple[Choice, ...]
    why: Texts
    see: tuple[str, ...] = ()

    @property
    def point(self) -> Point:
        """``when``, parsed."""
        return parse_point(self.when)


class LessonFile(_TomlTable, frozen=True):
    """What ``lesson.toml`` says: notes for this scenario only, and questions."""

    note: tuple[Note, ...] = ()
    question: tuple[Question, ...] = ()


class LabFile(_TomlTable, frozen=True):
    """What ``lab.toml`` says; the task and its promises are in the ``scenario.toml`` beside it.

    Attributes:
        predict: What is asked before the first run, to be answered in free text.
        hint: A ladder of hints, from vague to concrete: a failed run shows one more.
        answer: What the prediction is to be compared with, shown when all promises are kept.
    """

    predict: Texts
    hint: tuple[Texts, ...]
    answer: Texts
