"""Events: the facts a capture emits, one frozen struct for each kind, in the past tense.

A recording is a `Header` and then events, one JSON object a line. External tools read the common
keys, so their names stay. A new field needs a default; anything else raises ``FORMAT``.
"""

import msgspec

from walkthrough.model.kernel_state import KernelState
from walkthrough.model.stages import NOWHERE, Place, Stage, Step
from walkthrough.model.values import Argument, Constant, Flags, SocketAddress

FORMAT_OF_REVISIONS = 3
"""The version of the recording format that this program writes if places of calls may be revised
(`StagesRevised`)."""
FORMAT = FORMAT_OF_REVISIONS
"""The newest version that it reads."""
FORMAT_OF_PACKETS = 2
"""The version that it writes if there are packets, and no place may be revised."""
FORMAT_WITHOUT_PACKETS = 1
"""The version that it writes otherwise, so that programs from before packets read that still."""


class SourcePlace(msgspec.Struct, frozen=True, gc=False):
    """A line of source: ``file`` relative to GOROOT/src or to the scenario, ``line`` from 1."""

    file: str
    line: int


class Unobserved(msgspec.Struct, frozen=True, gc=False):
    """A function that cannot be watched in this binary, and why: ``absent``, ``frameless``.

    One that exists only inside of its callers is ``inlined``.
    """

    function: str
    reason: str


class PacketCapture(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """How packets were captured, as `packet(7)` and the tools that read captures have it.

    Attributes:
        interface: The network interface, ``lo``.
        link_type: What a frame begins with, by its number in libpcap's list of link types: 1 is
            Ethernet, which Linux puts before packets of the loopback interface as well.
        snap_length: How many bytes of a frame are kept at most.
    """

    interface: str
    link_type: int
    snap_length: int


class TracedProgram(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """The program that was traced, where it is somebody's own and not a scenario's server.

    Attributes:
        path: The file of the process of `Header.pid` when the capture began, as ``/proc/PID/exe``
            names it.
        origin: ``launched`` by the capture, or ``attached``: it ran before.
        language: ``go`` if its functions could be watched as a Go program's, "" if it is told
            from its system calls alone.
        attached: Process ids of all that it was attached to; empty if it was launched.
        only: What was followed: ``listen``, the listening path and its connections; ``all``,
            every call of `Header.calls`; else the place on the path that was named.
    """

    path: str
    origin: str = "launched"
    language: str = ""
    attached: tuple[int, ...] = ()
    only: str = "listen"


class Header(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="header"):
    """First line of a recording: what was run, by what, where.

    Attributes:
        format: Version of the format.
        program_version: Version of walkthrough that captured it.
        server: ``go``, ``python`` (the instrumented server), ``program`` (any other program,
            under ptrace) or ``strace`` (of a log).
        scenario: The scenario's name, "" for none.
        go_version: ``go1.27.3``; of the traced binary, else "".
        server_version: Version of what ran the server (``CPython 3.11.7``), else "".
        pid: Process id of the server.
        command: The server's program name and arguments, without the path of the program.
        started: Wall clock at sequence 0, RFC 3339 in UTC.
        system: Kernel name and release, ``Linux 6.18.0``.
        architecture: ``x86_64``, ...
        unobserved: Functions of the path that this capture could not watch.
        calls: Names of the system calls that were captured.
        network_namespace: ``own`` if the server ran in a network namespace made for it, where
            nobody else could connect; ``host`` if in the machine's; "" if that is unknown.
        exposed: The addresses on which others on the network could connect, none if "".
        payload_omitted: What was read and written was left out; only its length is kept.
        packets: How packets were captured, None if they were not.
        program: The traced program, None if a scenario's server was run.
    """

    # A factory, because a plain default would be left out of the file, and a later program
    # could then not tell which format it holds.
    format: int = msgspec.field(default_factory=lambda: FORMAT_WITHOUT_PACKETS)
    program_version: str = ""
    server: str = ""
    scenario: str = ""
    go_version: str = ""
    server_version: str = ""
    pid: int = 0
    command: tuple[str, ...] = ()
    started: str = ""
    system: str = ""
    architecture: str = ""
    unobserved: tuple[Unobserved, ...] = ()
    calls: tuple[str, ...] = ()
    network_namespace: str = ""
    exposed: tuple[str, ...] = ()
    payload_omitted: bool = False
    packets: PacketCapture | None = None
    program: TracedProgram | None = None


class Event(
    msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag_field="type"
):
    """What every event has.

    Attributes:
        seq: Number in the recording, from 0, without gaps.
        time_ns: Monotonic nanoseconds since the capture began.
        thread: Kernel thread id, if a thread of the server did it.
        process: Process id of the process whose thread it is, or to which it happened; None for
            that of `Header.pid`.
        goroutine: Go's goid (or the instrumented server's task id); 0 is a scheduler stack (g0).
        stage: The enclosing stage, if any.
        step: The finer step, if any.
        function: The function it happened in, fully qualified as Go prints it.
        span: The span it opens, closes or stands for.
        parent: The span around that one.
        source: The executing line.
        quiet: Recorded, but no step stops there: what the runtime does before main, polls that
            found nothing. It belongs to the step of the event before it.
    """

    seq: int
    time_ns: int
    thread: int | None = None
    process: int | None = None
    goroutine: int | None = None
    stage: Stage | None = None
    step: Step | None = None
    function: str | None = None
    span: int | None = None
    parent: int | None = None
    source: SourcePlace | None = None
    quiet: bool = False

    @property
    def place(self) -> Place:
        """Where on the path it happened."""
        if self.stage is None and self.step is None:
            return NOWHERE
        return Place(self.stage, self.step)


class ProcessStarted(Event, frozen=True, kw_only=True, tag="process_started"):
    """A program has begun in a process of the server, or its capture has.

    Attributes:
        pid: The process.
        command: Its program's name and arguments, as far as they are known.
        parent_pid: Process id of the process that made it; None for the first. (`parent` is a
            span's, as for every event.)
        origin: "" for the first process, after its execve(2); ``fork`` for one that another has
            made (fork, vfork or clone), which still runs that one's program; ``exec`` for a
            program that takes the place of the one before, in a process that has been started
            already; ``attached`` for one that ran before the capture.
        unseen: What of the program is not captured: ``functions`` where only its calls are,
            although it is a Go program; ``calls`` for a program of 32 bits, of which neither is.
    """

    pid: int
    command: tuple[str, ...] = ()
    parent_pid: int | None = None
    origin: str = ""
    unseen: str = ""


class ProcessExited(Event, frozen=True, kw_only=True, tag="process_exited"):
    """A process of the server has ended: ``code`` if it exited, ``signal`` if it was killed.

    The server has ended once each process that has started has ended, too.
    """

    pid: int
    code: int | None = None
    signal: Constant | None = None


class ThreadStarted(Event, frozen=True, kw_only=True, tag="thread_started"):
    """A kernel thread of the server began to run."""


class ThreadExited(Event, frozen=True, kw_only=True, tag="thread_exited"):
    """A kernel thread of the server ended."""


class FunctionEntered(Event, frozen=True, kw_only=True, tag="function_entered"):
    """A watched function was entered; opens ``span``.

    ``mark`` is the stage or finer step this function stands for, None for one in between.
    ``caller`` is the line from which it was called, if known.
    """

    mark: str | None = None
    arguments: tuple[Argument, ...] = ()
    caller: SourcePlace | None = None


class FunctionReturned(Event, frozen=True, kw_only=True, tag="function_returned"):
    """A watched function returned; closes ``span``. ``failed``: its error result is not nil."""

    mark: str | None = None
    results: tuple[Argument, ...] = ()
    failed: bool = False


class CallEntered(Event, frozen=True, kw_only=True, tag="call_entered"):
    """A system call began; opens ``span``. Arguments that the kernel fills in are not yet known.

    ``mark`` is the stage or finer step that the call itself stands for, where no function is
    captured that would: in an strace(1) log.
    """

    call: str
    number: int = -1
    arguments: tuple[Argument, ...] = ()
    mark: str | None = None


class CallReturned(Event, frozen=True, kw_only=True, tag="call_returned"):
    """A system call ended; closes ``span``.

    ``arguments`` are complete now. ``result`` is -1 with ``error`` set when it failed;
    ``injected`` if a scenario's fault made it fail: the kernel never saw the call. ``flags`` names
    the bits of a result that are flags of open(2), without the access mode, where this machine
    numbers them otherwise than x86_64.
    """

    call: str
    arguments: tuple[Argument, ...] = ()
    result: int = 0
    error: Constant | None = None
    injected: bool = False
    flags: Flags | None = None


class SignalDelivered(Event, frozen=True, kw_only=True, tag="signal_delivered"):
    """A signal was passed on to the server."""

    signal: Constant


class ClientActed(Event, frozen=True, kw_only=True, tag="client_acted"):
    """The scripted client did something.

    Attributes:
        client: Which client, from 1.
        clients: How many did the same with the same outcome, as one event: ``client`` and those
            that follow by number. More than 1 only once `DetailEnded`.
        action: ``connect``, ``accept`` (the server's connection to the neighbour), ``send``,
            ``receive``, ``half-close``, ``allow-replies``, ``close`` or ``reset``.
        local: The client's own address, once it has one.
        remote: The address it talks to.
        data: Bytes sent or received.
        omitted: How many more there were, which have been left out of the recording.
        error: Why it failed, None if it did not.
    """

    client: int
    clients: int = 1
    action: str
    local: SocketAddress | None = None
    remote: SocketAddress | None = None
    data: bytes = b""
    error: Constant | None = None
    omitted: int = 0

    @property
    def length(self) -> int:
        """How many bytes were sent or received."""
        return len(self.data) + self.omitted


class OutputWritten(Event, frozen=True, kw_only=True, tag="output_written"):
    """The server wrote to its standard output (1) or standard error (2).

    ``omitted``: how many more bytes there were, which have been left out of the recording.
    """

    stream: int
    data: bytes
    omitted: int = 0

    @property
    def length(self) -> int:
        """How many bytes were written."""
        return len(self.data) + self.omitted


class KernelObserved(Event, frozen=True, kw_only=True, tag="kernel_observed"):
    """The kernel's view after the event before it, taken while the server stood halted.

    Emitted only when it differs from the last one.
    """

    state: KernelState


class DetailEnded(Event, frozen=True, kw_only=True, tag="detail_ended"):
    """From here on the server runs at full speed: functions and system calls are not captured.

    The kernel's view, the clients, the output and the server's end still are.
    """


class MemoryMeasured(Event, frozen=True, kw_only=True, tag="memory_measured"):
    """What the server and the kernel need for the connections there are, at one moment.

    Sizes are in bytes; None where the kernel does not tell.

    Attributes:
        connections: Connections that the server holds.
        descriptors: The server's open descriptors.
        interests: Lines on its epoll interest lists.
        resident: The server's memory that is in RAM (``VmRSS``, proc(5)).
        private: Of that, what it does not share (``RssAnon``).
        threads: Its kernel threads.
        buffers: What the sockets at both ends hold in buffers (SK_MEMINFO, sock_diag(7)).
        slab: The kernel's small objects, the whole machine's: sockets, inodes, epoll items among
            them (``Slab``, proc(5)).
        tcp_socket: The size of the kernel's record of one TCP socket (``/proc/net/protocols``).
        reported: Numbers that the server last reported about itself, by name: in a line of
            output that reads ``figures: name=number name=number``.
    """

    connections: int
    descriptors: int = 0
    interests: int = 0
    resident: int | None = None
    private: int | None = None
    threads: int = 0
    buffers: int | None = None
    slab: int | None = None
    tcp_socket: int | None = None
    reported: dict[str, int] = {}


class RevisedCall(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Where a system call belongs, as later calls have shown: it takes the place of what was said.

    Attributes:
        span: The span of its `CallEntered` and its `CallReturned`.
        stage: As in `Event`, for both of them.
        step: Likewise.
        quiet: Likewise.
        mark: As in `CallEntered`.
    """

    span: int
    stage: Stage | None = None
    step: Step | None = None
    quiet: bool = False
    mark: str | None = None


class StagesRevised(Event, frozen=True, kw_only=True, tag="stages_revised"):
    """The call before it has shown where earlier ones, or it itself, belong on the path.

    Where no function says it, a call's place follows from what its descriptors are for: a socket
    that connects was not opened to listen. Of several that name the same call the last counts. It
    carries nothing of the thread.
    """

    calls: tuple[RevisedCall, ...]


class PacketCaptured(Event, frozen=True, kw_only=True, tag="packet_captured"):
    """A packet crossed the loopback interface of the run's own network namespace.

    It is told after the call or the act that sent it, so its time, which is the kernel's, may be
    earlier than that of the event before it. Numbers that only TCP has are None, or empty, for
    other protocols. It carries nothing of the thread: which call sent it is in ``cause``.

    Attributes:
        sender: The address and port it comes from.
        receiver: And where it goes.
        protocol: ``TCP``, ``UDP``, ``ICMP``, ``ICMPv6``, or the number of another.
        flags: ``SYN``, ``ACK``, ``PSH``, ``FIN``, ``RST``, ``URG``, ``ECE``, ``CWR``.
        sequence: The number of its first byte, relative: the SYN has 0, the first byte sent 1.
        acknowledgment: The next byte expected from the other end, likewise; None without ACK.
        window: How many bytes the sender has room for: scaled, but in a SYN (RFC 7323).
        length: How many bytes it carries after its headers.
        options: The options of its TCP header in order, but for padding: ``mss``,
            ``window_scale`` (a shift), ``sack_permitted``, ``sack``, ``timestamp`` (the sender's
            and the one it echoes), ``mptcp``, ``fast_open``, or ``option N``.
        cause: The ``seq`` of the call that sent it (`CallEntered`), of the act (`ClientActed`)
            or of the server's end (`ProcessExited`). None if the kernel sent it by itself, or a
            program of which nothing is captured: a neighbour.
        retransmits: The ``seq`` of the packet of which it repeats something; None if of none.
        frame: The frame as captured, from its link layer on, as far as it is kept.
        frame_length: How many bytes it had.
    """

    sender: SocketAddress
    receiver: SocketAddress
    protocol: str
    flags: tuple[str, ...] = ()
    sequence: int | None = None
    acknowledgment: int | None = None
    window: int | None = None
    length: int = 0
    options: tuple[Argument, ...] = ()
    cause: int | None = None
    retransmits: int | None = None
    frame: bytes = b""
    frame_length: int = 0

    @property
    def is_by_program(self) -> bool:
        """Whether some program must have sent it: it opens, closes or carries data, and is new."""
        opens = "SYN" in self.flags and "ACK" not in self.flags
        return self.retransmits is None and (opens or "FIN" in self.flags or self.length > 0)


class SpanCutOff(Event, frozen=True, kw_only=True, tag="span_cut_off"):
    """A span that will never be closed.

    ``reason`` is ``exited``, ``killed``, ``stopped`` or ``lost``.
    """

    reason: str


class CaptureEnded(Event, frozen=True, kw_only=True, tag="capture_ended"):
    """Last event of a whole recording.

    Attributes:
        reason: ``finished`` (the script was done and its end was reached), ``timed out`` (that
            had not happened when the time was up), ``exited`` or ``killed`` (the server ended
            before that), ``stopped`` (by whoever watched), ``logged`` (an strace log ends
            here).
        unfinished: Actions of the script that never became due.
        lost: What was not captured, by kind, counted.
        unlisted: What was seen and passed on without an event, by kind, counted.
    """

    reason: str
    unfinished: int = 0
    lost: dict[str, int] = {}
    unlisted: dict[str, int] = {}


AnyEvent = (
    ProcessStarted
    | ProcessExited
    | ThreadStarted
    | ThreadExited
    | FunctionEntered
    | FunctionReturned
    | CallEntered
    | CallReturned
    | SignalDelivered
    | ClientActed
    | OutputWritten
    | KernelObserved
    | DetailEnded
    | MemoryMeasured
    | StagesRevised
    | PacketCaptured
    | SpanCutOff
    | CaptureEnded
)
"""The tagged union a recording's lines decode to (after the header)."""


def begins_stage(event: AnyEvent) -> bool:
    """Return whether ``event`` enters what one of the eight stages is named for."""
    return (
        isinstance(event, (FunctionEntered, CallEntered))
        and event.stage is not None
        and event.step is None
        and event.mark == event.stage
        and not event.quiet
    )
