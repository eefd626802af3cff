"""Says in one plain sentence what an event is: the header's second line.

Pure: knows events and words, no widget.
"""

from walkthrough.formatting.go_values import text
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
    ProcessExited,
    ProcessStarted,
    SignalDelivered,
    SpanCutOff,
    ThreadExited,
    ThreadStarted,
)
from walkthrough.model.kernel_state import KernelState
from walkthrough.model.values import Argument, Constant
from walkthrough.view.text import safe
from walkthrough.view.words import ScreenWords


def sentence(
    event: AnyEvent, words: ScreenWords, *, asleep: bool = False, kernel: KernelState | None = None
) -> str:
    """Say what ``event`` is, safe to draw.

    Args:
        event: The event.
        words: The language.
        asleep: Every thread sleeps in the kernel: a system call that has begun is being made.
        kernel: The kernel's view then: it tells what kind of socket a client has to do with.
    """
    if asleep and isinstance(event, CallEntered):
        return safe(words.call_asleep.format(call=event.call))
    if isinstance(event, ClientActed):
        return safe(_client(event, words, kernel))
    return safe(_said(event, words))


def who(event: AnyEvent, words: ScreenWords) -> str:
    """Say on whose behalf it happened: ``goroutine 1 · thread 812``."""
    parts = []
    if event.goroutine is not None:
        parts.append(
            words.goroutine.format(number=event.goroutine) if event.goroutine else words.scheduler
        )
    if event.thread is not None:
        parts.append(words.thread.format(number=event.thread))
    return " · ".join(parts)


def _said(event: AnyEvent, words: ScreenWords) -> str:
    function = event.function or "?"
    match event:
        case ProcessStarted():
            said = words.process_started.format(pid=event.pid)
        case ProcessExited():
            said = (
                words.process_killed.format(signal=_named(event.signal))
                if event.signal is not None
                else words.process_exited.format(code=event.code)
            )
        case ThreadStarted():
            said = words.thread_started
        case ThreadExited():
            said = words.thread_exited
        case FunctionEntered():
            said = words.function_entered.format(function=function)
        case FunctionReturned():
            template = words.function_failed if event.failed else words.function_returned
            said = template.format(function=function, results=_results(event.results)).rstrip()
        case CallEntered():
            said = words.call_entered.format(call=event.call)
        case CallReturned():
            result = str(event.result)
            if event.error is not None:
                result = f"-1 {_named(event.error)}{' (INJECTED)' if event.injected else ''}"
            said = words.call_returned.format(line=f"{event.call} = {result}")
        case SignalDelivered():
            said = words.signal_delivered.format(signal=_named(event.signal))
        case OutputWritten():
            said = words.output_written.format(count=event.length)
        case KernelObserved():
            said = words.kernel_observed
        case DetailEnded():
            said = words.detail_ended
        case MemoryMeasured():
            resident = "?" if event.resident is None else str(event.resident // 1024)
            said = words.memory_measured.format(count=event.connections, resident=resident)
        case SpanCutOff():
            said = words.span_cut_off.format(
                function=function, reason=_in_words(event.reason, words.reasons)
            )
        case CaptureEnded():
            said = words.capture_ended.format(reason=_in_words(event.reason, words.reasons))
            for kind, count in event.unlisted.items():
                template = words.unlisted.get(kind, words.unlisted[""])
                said += template.format(kind=kind, count=count)
    return said


def _client(event: ClientActed, words: ScreenWords, kernel: KernelState | None) -> str:
    too = words.clients_too.format(count=event.clients - 1) if event.clients > 1 else ""
    if event.error is not None and event.error.name == "EDESTADDRREQ":
        # No call was made: the server's socket has no address yet (errno(3): destination required).
        return words.client_nowhere.format(client=event.client) + too
    if event.error is not None:
        failed = words.client_failed.format(
            client=event.client,
            action=_in_words(event.action, words.deeds),
            error=_named(event.error),
        )
        return failed + too
    template = words.client_did.get(_deed(event, kernel))
    if template is None:
        return f"{event.client}: {event.action}{too}"
    return template.format(client=event.client, count=event.length) + too


def _deed(event: ClientActed, kernel: KernelState | None) -> str:
    """Return the key of the words for what a client did: not every socket shakes hands."""
    if event.action != "connect":
        return event.action
    if event.local is not None and event.local.family == "AF_UNIX":
        return "connect by path"
    sockets = kernel.sockets if kernel is not None else ()
    datagrams = any(each.owner == "server" and each.type == "SOCK_DGRAM" for each in sockets)
    return "connect for datagrams" if datagrams else event.action


def _in_words(code: str, table: dict[str, str]) -> str:
    """Return the words for a code; a recording may hold one that this table has not."""
    return table.get(code, code)


def _results(results: tuple[Argument, ...]) -> str:
    return ", ".join(text(result.value) for result in results)


def _named(constant: Constant) -> str:
    return constant.name or str(constant.raw)
