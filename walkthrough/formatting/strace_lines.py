"""System calls in strace's notation: ``bind(3, {sa_family=AF_INET, ...}, 16) = 0``.

As strace 6.1 prints them. Arguments are known by the manual pages' parameter names, as the
captures give them. The result is printable and bounded, whatever the events hold.
"""

import re

from walkthrough.formatting.escaping import word
from walkthrough.formatting.go_values import c_hex, names, number
from walkthrough.formatting.strace_values import argument, found_by_poll
from walkthrough.model.events import CallEntered, CallReturned
from walkthrough.model.linux import constants as k
from walkthrough.model.values import Argument, Constant, Flags, Value

# Kernel-internal codes that a traced call may end with when a signal comes; see signal(7).
_RESTARTS = {
    512: "To be restarted if SA_RESTART is set",
    513: "To be restarted",
    514: "To be restarted if no handler",
    516: "Interrupted by signal",
}
_NO_WORD = re.compile(r"\W", re.ASCII)
_LONGEST = 64
_POLLS = frozenset({"poll", "ppoll", "select", "pselect6"})
_RETURN_ADDRESSES = frozenset({"mmap", "mremap", "brk"})


def line(
    entered: CallEntered | None, returned: CallReturned | None, *, unfinished: bool = False
) -> str:
    """Return a system call as strace would print it, without the padding before ``=``.

    Args:
        entered: Its beginning, None if that was not captured.
        returned: Its end, None if it has not come (or not yet, at the moment shown).
        unfinished: Mark an unfinished call with ``<unfinished ...>`` in place of ``= ?``.
    """
    if entered is None and returned is None:
        return ""
    if returned is None and unfinished:
        return call(entered, None)[:-1] + " <unfinished ...>"
    return f"{call(entered, returned)} = {result(entered, returned)}"


def call(entered: CallEntered | None, returned: CallReturned | None) -> str:
    """Return only the call, as far as known: ``listen(3, 4096)``."""
    known = returned or entered
    if known is None:
        return ""
    name = word(known.call) or _made_a_word(known.call[:_LONGEST])
    given = _arguments(entered, returned)
    values = {each.name: each.value for each in given}
    return f"{name}({', '.join(argument(known.call, one, values) for one in given)})"


def _made_a_word(name: str) -> str:
    """Return a word that log readers accept as a call's name: no digit comes first."""
    name = _NO_WORD.sub("_", name)
    return name if name and not name[0].isdigit() else f"_{name}"


def result(entered: CallEntered | None, returned: CallReturned | None) -> str:
    """Return only what follows ``=``: ``3``, ``-1 EAGAIN (...)``, ``?`` if not returned."""
    if returned is None:
        return "?"
    error = returned.error
    if error is not None:
        spelled = _error(error)
        return f"{spelled} (INJECTED)" if returned.injected else spelled
    if returned.call in _RETURN_ADDRESSES:
        return hex(returned.result)
    if returned.call == "fcntl":
        values = {each.name: each.value for each in _arguments(entered, returned)}
        op = values.get("op", values.get("cmd"))
        return _fcntl_result(op, returned.result, returned.flags)
    if returned.call in _POLLS:
        if not returned.result:
            return "0 (Timeout)"
        values = {each.name: each.value for each in returned.arguments}
        found = found_by_poll(values.get("fds"))
        return f"{number(returned.result)} ({found})" if found else number(returned.result)
    return number(returned.result)


def _error(error: Constant) -> str:
    name = word(error.name)
    if not name:
        return f"-1 (errno {number(error.raw)})"
    if error.raw in _RESTARTS:
        return f"? {name} ({_RESTARTS[error.raw]})"
    return f"-1 {name} ({k.ERRNO_TEXT.get(error.raw, f'Unknown error {number(error.raw)}')})"


def _fcntl_result(op: Value, value: int, flags: Flags | None) -> str:
    """Spell what fcntl(2) returned: for some operations more than a number.

    Args:
        op: The operation.
        value: The result.
        flags: Those of open(2) that the machine calls otherwise than x86_64.
    """
    name = op.name if isinstance(op, Constant) else ""
    if name == "F_GETFL":
        access = k.O_ACCESS[value & k.O_ACCESS_MASK]
        others = flags or k.flags(k.O_FLAGS, value & ~k.O_ACCESS_MASK)
        spelled = "|".join((access, names(others))) if others.raw else access
        return f"{c_hex(value)} (flags {spelled})"
    if name == "F_GETFD" and value:
        return f"{hex(value)} (flags {names(k.flags(k.FD_FLAGS, value))})"
    if name == "F_GET_SEALS" and value:
        return f"{hex(value)} (seals {names(k.flags(k.SEALS, value))})"
    if name == "F_GETLEASE":
        lock = f" ({k.LOCKS[value]})" if value in k.LOCKS else ""
        return f"{c_hex(value)}{lock}"
    if name == "F_GETSIG" and (signal := k.signal(value)):
        return f"{value} ({signal})"
    return number(value)


def _arguments(entered: CallEntered | None, returned: CallReturned | None) -> tuple[Argument, ...]:
    if returned is not None and (returned.arguments or entered is None):
        return returned.arguments
    return entered.arguments if entered is not None else ()
