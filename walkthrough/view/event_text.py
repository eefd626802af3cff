"""Says in one plain sentence what an event is: the header's second line.

Pure: knows events and a catalogue, no widget.
"""

from walkthrough.formatting.go_values import text
from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import Message, message, plural
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    CaptureEnded,
    ClientActed,
    DetailEnded,
    FunctionEntered,
    FunctionReturned,
    KernelObserved,
    MemoryMeasured,
    OutputWritten,
    PacketCaptured,
    ProcessExited,
    ProcessStarted,
    SignalDelivered,
    SpanCutOff,
    StagesRevised,
    ThreadExited,
    ThreadStarted,
)
from walkthrough.model.kernel_state import KernelState
from walkthrough.model.outcomes import NOT_YET, has_failed
from walkthrough.model.values import Argument, Constant
from walkthrough.state.world import World
from walkthrough.view.packet_text import packet_sentence
from walkthrough.view.process_text import process_name, whose
from walkthrough.view.text import safe

CLIENT_DID = {
    "connect": message("client {client} is connected: its handshake is done"),
    "connect by path": message("client {client} is connected, through the file"),
    "connect for datagrams": message(
        "client {client} has noted where to send; nothing has been sent"
    ),
    "send": plural(
        "client {client} has sent {count} byte", "client {client} has sent {count} bytes", 0
    ),
    "receive": plural(
        "client {client} has received {count} byte",
        "client {client} has received {count} bytes",
        0,
    ),
    "half-close": message("client {client} has said that it will send no more"),
    "allow-replies": message("client {client} no longer drops replies"),
    "close": message("client {client} has closed its connection"),
    "accept": message("client {client} has taken the connection that the server made"),
    "reset": message("client {client} has thrown its connection away: RST, not FIN"),
}
_DEEDS = {
    "connect": message("connect"),
    "send": message("send"),
    "receive": message("receive"),
    "half-close": message("end its side"),
    "allow-replies": message("let replies through"),
    "close": message("close"),
    "accept": message("accept"),
    "reset": message("reset"),
}
_COULD_NOT = message("client {client} could not {action}: {error}")
_CONNECTING = message("client {client} is connecting: its SYN has no answer yet ({error})")
_UNDER_WAY = {"EINPROGRESS": _CONNECTING, "EALREADY": _CONNECTING}
_NOTHING_YET = {
    "receive": message("client {client} has received nothing yet ({error})"),
    "accept": message("the server has not connected yet, so nothing is accepted ({error})"),
    "send": message("client {client} cannot send yet ({error})"),
}
_SENT_IN_PART = plural(
    "client {client} has sent {count} byte; there is no room for the rest yet ({error})",
    "client {client} has sent {count} bytes; there is no room for the rest yet ({error})",
    0,
)
_REASONS = {
    "exited": message("the server exited"),
    "killed": message("the server was killed"),
    "finished": message("the script was done"),
    "stopped": message("it was told to stop"),
    "timed out": message("its time was up"),
    "lost": message("its end was not seen"),
    "logged": message("the log ends here"),
    "exec": message("another program took its place"),
    "full": message("the recording had reached its limit"),
    "detached": message("it had been halted for too long, so it was detached, and runs on"),
}
_UNSEEN = {
    "functions": message("its calls alone are seen"),
    "calls": message("it has 32 bits: nothing of it is seen"),
}
"""What of a program is not captured, as `ProcessStarted.unseen` has it."""
_UNLISTED = {
    "SIGURG": message("; SIGURG, Go's own preemption: {count}, not listed"),
    "connections": plural(
        "; {count} connection was not followed in detail",
        "; {count} connections were not followed in detail",
        0,
    ),
    "packets": plural(
        "; {count} packet was only counted", "; {count} packets were only counted", 0
    ),
    "polls": plural("; {count} poll found nothing", "; {count} polls found nothing", 0),
    "": message("; {kind}: {count}, not listed"),
}


def sentence(
    event: AnyEvent,
    tr: Catalogue,
    *,
    asleep: bool = False,
    kernel: KernelState | None = None,
    several: bool = False,
) -> str:
    """Say what ``event`` is, safe to draw.

    Args:
        event: The event.
        tr: The catalogue of the language to say it in.
        asleep: Every thread sleeps in the kernel: a system call that has begun is being made.
        kernel: The kernel's view then: it says what kind of socket a client uses.
        several: The server has more than one process, so that each is named.
    """
    if asleep and isinstance(event, CallEntered):
        return safe(tr("asleep in the system call {call}", call=event.call))
    if isinstance(event, ClientActed):
        return safe(_client(event, tr, kernel))
    if isinstance(event, ProcessStarted) or (several and isinstance(event, ProcessExited)):
        return safe(_process(event, tr))
    return safe(_said(event, tr))


def who(event: AnyEvent, tr: Catalogue, world: World | None = None) -> str:
    """Say on whose behalf it happened: ``goroutine 1 · thread 812``.

    Args:
        event: The event.
        tr: The catalogue of the language to say it in.
        world: The world after it; of several processes the one is named: ``nginx 811``.
    """
    process = whose(event, world) if world is not None else ""
    parts = [process] if process else []
    if event.goroutine is not None:
        parts.append(
            tr("goroutine {number}", number=event.goroutine) if event.goroutine else tr("scheduler")
        )
    is_named = (
        bool(process) and world is not None and event.thread == (event.process or world.first)
    )
    if event.thread is not None and not is_named:
        parts.append(tr("thread {number}", number=event.thread))
    return tr.beside(parts)


def _process(event: ProcessStarted | ProcessExited, tr: Catalogue) -> str:
    """Say what has become of one process of several, or that the first has begun."""
    pid = event.pid
    if isinstance(event, ProcessExited):
        if event.signal is not None:
            signal = _named(event.signal)
            return tr("process {pid} was killed by {signal}", pid=pid, signal=signal)
        return tr("process {pid} has exited with status {code}", pid=pid, code=str(event.code))
    match event.origin:
        case "fork" if event.parent_pid is not None:
            return tr("process {parent} has made process {pid}", parent=event.parent_pid, pid=pid)
        case "exec":
            program = process_name(pid, event.command[0] if event.command else "")
            said = tr("process {pid} runs another program: {program}", pid=pid, program=program)
            unseen = _UNSEEN.get(event.unseen)
            return tr.beside([said, tr(unseen)]) if unseen is not None else said
        case "attached":
            return tr("process {pid} was running already, and is watched from here on", pid=pid)
        case _:
            return tr("the server has started as process {pid}", pid=pid)


def _said(event: AnyEvent, tr: Catalogue) -> str:
    function = event.function or "?"
    match event:
        case ProcessExited():
            said = (
                tr("the server was killed by {signal}", signal=_named(event.signal))
                if event.signal is not None
                else tr("the server has exited with status {code}", code=str(event.code))
            )
        case ThreadStarted():
            said = tr("a thread has started")
        case ThreadExited():
            said = tr("a thread has ended")
        case FunctionEntered():
            said = tr("{function} has been called", function=function)
        case FunctionReturned():
            template = (
                message("{function} fails: {results}")
                if has_failed(event)
                else message("{function} returns {results}")
            )
            said = tr(template, function=function, results=_results(event.results)).rstrip()
        case CallEntered():
            said = tr("about to make the system call {call}", call=event.call)
        case CallReturned():
            result = str(event.result)
            if event.error is not None:
                result = f"-1 {_named(event.error)}{' (INJECTED)' if event.injected else ''}"
            line = f"{event.call} = {result}"
            said = tr("the kernel has answered: {line}", line=line)
        case SignalDelivered():
            said = tr("the server gets {signal}", signal=_named(event.signal))
        case OutputWritten():
            said = tr.plural(
                "the server has printed {count} byte",
                "the server has printed {count} bytes",
                event.length,
            )
        case KernelObserved():
            said = tr("the kernel's state was read")
        case DetailEnded():
            said = tr(
                "from here on the server runs at full speed; its functions and calls go unseen"
            )
        case MemoryMeasured():
            resident = "?" if event.resident is None else str(event.resident // 1024)
            said = tr.plural(
                "measured: {count} connection, {resident} KiB of server memory",
                "measured: {count} connections, {resident} KiB of server memory",
                event.connections,
                resident=resident,
            )
        case PacketCaptured():
            said = packet_sentence(event, tr)
        case StagesRevised():
            said = tr.plural(
                "where {count} call belongs on the path is known now",
                "where {count} calls belong on the path is known now",
                len(event.calls),
            )
        case SpanCutOff():
            said = tr(
                "{function} was cut off ({reason})",
                function=function,
                reason=tr.text(_REASONS.get(event.reason, event.reason)),
            )
        case CaptureEnded():
            said = tr(
                "the capture ended ({reason})",
                reason=tr.text(_REASONS.get(event.reason, event.reason)),
            )
            for kind, count in event.unlisted.items():
                template = _UNLISTED.get(kind, _UNLISTED[""])
                said += tr(template.with_count(count), kind=kind, count=count)
    return said


def _client(event: ClientActed, tr: Catalogue, kernel: KernelState | None) -> str:
    said = _client_did(event, tr, kernel)
    if event.clients == 1:
        return said
    return tr.plural(
        "{said} (and so with the {count} client that follows)",
        "{said} (and so with the {count} clients that follow)",
        event.clients - 1,
        said=said,
    )


def _client_did(event: ClientActed, tr: Catalogue, kernel: KernelState | None) -> str:
    if event.error is not None and event.error.name == "EDESTADDRREQ":
        # No call was made: the server's socket has no address yet (errno(3): destination required).
        return tr(
            "client {client} has nowhere to connect to: nothing is bound yet",
            client=event.client,
        )
    if event.error is not None:
        template = _without_result(event, event.error.name)
        return tr(
            template.with_count(event.length),
            client=event.client,
            action=tr.text(_DEEDS.get(event.action, event.action)),
            error=_named(event.error),
        )
    done = CLIENT_DID.get(_deed(event, kernel))
    if done is None:
        return f"{event.client}: {event.action}"
    return tr(done.with_count(event.length), client=event.client)


def _without_result(event: ClientActed, error: str) -> Message:
    """Return the words for what a client did that failed, is under way, or has to wait."""
    if event.action == "connect" and error in NOT_YET:
        return _UNDER_WAY.get(error, _COULD_NOT)
    if error not in NOT_YET:
        return _COULD_NOT
    if event.length:
        return _SENT_IN_PART
    return _NOTHING_YET.get(event.action, _COULD_NOT)


def _deed(event: ClientActed, kernel: KernelState | None) -> str:
    """Return the key of the words for what a client did: not every socket has a handshake."""
    if event.action != "connect":
        return event.action
    if event.local is not None and event.local.family == "AF_UNIX":
        return "connect by path"
    sockets = kernel.sockets if kernel is not None else ()
    datagrams = any(each.owner == "server" and each.type == "SOCK_DGRAM" for each in sockets)
    return "connect for datagrams" if datagrams else event.action


def _results(results: tuple[Argument, ...]) -> str:
    return ", ".join(text(result.value) for result in results)


def _named(constant: Constant) -> str:
    return constant.name or str(constant.raw)
