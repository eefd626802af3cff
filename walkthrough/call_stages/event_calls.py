"""Calls of a capture's events in strace's notation, as far as stages are told from them.

What is read and written is left out: no rule looks at it, and spelling it would cost the most.
"""

from typing import NamedTuple

from walkthrough.call_stages.calls import READS, WRITES
from walkthrough.call_stages.told_call import Thread
from walkthrough.formatting.go_values import number
from walkthrough.formatting.strace_lines import result
from walkthrough.formatting.strace_values import argument
from walkthrough.model.events import CallEntered, CallReturned
from walkthrough.model.values import Argument

_PAYLOAD = frozenset({"buf", "iov"})
_DESCRIPTOR_ALONE = (READS | WRITES | {"close", "shutdown", "listen", "dup"}) - {
    "sendto",
    "sendmsg",
    "sendmmsg",
    "recvmsg",
    "recvmmsg",
    "recvmmsg_time64",
}
"""Calls of which only the descriptor counts, beside the result."""


class EventCall(NamedTuple):
    """A call that a capture has reported (see `ToldCall`)."""

    thread: Thread
    name: str
    arguments: str
    result: str


def call_begun(event: CallEntered) -> EventCall:
    """Return a call that begins."""
    return EventCall(event.thread, event.call, _arguments(event.call, event.arguments), "")


def call_ended(entered: CallEntered, event: CallReturned) -> EventCall:
    """Return a call that has ended."""
    given = event.arguments or entered.arguments
    name = entered.call
    return EventCall(entered.thread, name, _arguments(name, given), result(entered, event))


def _arguments(call: str, given: tuple[Argument, ...]) -> str:
    if call in _DESCRIPTOR_ALONE and given and isinstance(given[0].value, int):
        return number(given[0].value)
    values = {each.name: each.value for each in given}
    return ", ".join(
        '""' if each.name in _PAYLOAD else argument(call, each, values) for each in given
    )
