"""What an event is found by: its function or call as it is shown, its output, its sentence.

Pure: events in, text out. The kernel's views have no text here; what made them does.
"""

from typing import NamedTuple

from walkthrough.formatting import strace_lines
from walkthrough.formatting.addresses import go_address
from walkthrough.formatting.go_values import text as shown
from walkthrough.i18n.catalogue import Catalogue
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    ClientActed,
    FunctionEntered,
    FunctionReturned,
    KernelObserved,
    OutputWritten,
    PacketCaptured,
)
from walkthrough.view.event_text import sentence
from walkthrough.view.packet_text import packet_options


class StepText(NamedTuple):
    """The text of one event.

    Attributes:
        text: All of it. It may hold what anyone wrote, of any length.
        since: What comes before this character was told before: a function's name where it was
            called, a call where it began.
    """

    text: str
    since: int = 0


def step_text(event: AnyEvent, tr: Catalogue, first: int = 0) -> StepText:
    """Return the text of ``event``; "" for one without.

    Args:
        event: The event.
        tr: The catalogue of the language to say it in.
        first: Where there are several processes, the process id of the first: then each text
            begins with that of whose it is, as in ``[4242] closes``. 0 where there is only one.
    """
    text, since = _text_of(event, tr, several=first > 0)
    process = event.process or (first if event.thread is not None else 0)
    if not first or not process or not text:
        return StepText(text, since)
    lead = f"[{process}] "
    return StepText(lead + text, since + len(lead) if since else 0)


def _text_of(event: AnyEvent, tr: Catalogue, *, several: bool) -> StepText:
    match event:
        case FunctionEntered():
            given = ", ".join(f"{each.name}={shown(each.value)}" for each in event.arguments)
            return StepText(f"{event.function or '?'}({given})")
        case FunctionReturned():
            name = f"{event.function or '?'} = "
            return StepText(
                name + ", ".join(shown(each.value) for each in event.results), len(name)
            )
        case CallEntered():
            return StepText(strace_lines.call(event, None))
        case CallReturned():
            call = strace_lines.call(None, event)
            return StepText(f"{call} = {strace_lines.result(None, event)}", len(call))
        case OutputWritten():
            if event.omitted:
                return StepText(
                    tr.plural("left out, {count} byte", "left out, {count} bytes", event.omitted)
                )
            return StepText(event.data.decode("utf-8", "replace"))
        case ClientActed():
            return StepText(_client(event, tr))
        case PacketCaptured():
            return StepText(f"{sentence(event, tr)} {packet_options(event.options)}".rstrip())
        case KernelObserved():
            return StepText("")
        case _:
            return StepText(sentence(event, tr, several=several))


def _client(event: ClientActed, tr: Catalogue) -> str:
    parts = [sentence(event, tr)]
    parts += [go_address(each) for each in (event.local, event.remote) if each is not None]
    if event.omitted:
        parts.append(tr.plural("left out, {count} byte", "left out, {count} bytes", event.omitted))
    elif event.data:
        parts.append(event.data.decode("utf-8", "replace"))
    return " ".join(parts)
