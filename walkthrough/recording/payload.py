"""Leaves out of a recording what was read and written, and keeps how much it was.

What is left out are the bytes that system calls moved, what clients sent and received, what packets
carried behind their headers, what the server printed, strings that functions of package ``main``
were given or returned, and the texts that the server's command line has it send or wait for. Names
of files, addresses, options of sockets and arguments of Go's own functions (network, address) stay.
"""

import re

import msgspec

from walkthrough.formatting.c_strings import without_strings
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    ClientActed,
    FunctionEntered,
    FunctionReturned,
    Header,
    OutputWritten,
    PacketCaptured,
    ProcessStarted,
)
from walkthrough.model.values import (
    Argument,
    Data,
    Fields,
    GoError,
    Reference,
    Several,
    Spelled,
    Text,
    Value,
)

_NO_PAYLOAD = frozenset(
    {"addr", "dest_addr", "src_addr", "msg_name", "optval", "pathname", "oldpath", "newpath"}
)
"""Parameters, and fields, whose bytes say where something goes or how, and not what."""
_PLACES = frozenset({"network", "address", "addr"})
"""Strings that functions of package ``main`` hand on to package ``net``."""
_OPTION = re.compile(r"(--?(?:reply|say|close-on)=)(.+)", re.S)
"""A server option whose text goes over a connection, see `capture.command_line`."""
_LEFT_OUT = re.compile(r"\(\d+ bytes? left out\)")


def header_without_payload(header: Header) -> Header:
    """Return the header of a recording without payload, which says so."""
    command = _command(header.command)
    return msgspec.structs.replace(header, command=command, payload_omitted=True)


def without_payload(event: AnyEvent) -> AnyEvent:
    """Return an event with everything left out that was read or written; lengths are kept."""
    match event:
        case CallEntered(arguments=given) | CallReturned(arguments=given):
            return msgspec.structs.replace(event, arguments=_arguments(given, strings=False))
        case FunctionEntered(arguments=given):
            own = (event.function or "").startswith("main.")
            return msgspec.structs.replace(event, arguments=_arguments(given, strings=own))
        case FunctionReturned(results=given):
            own = (event.function or "").startswith("main.")
            return msgspec.structs.replace(event, results=_arguments(given, strings=own))
        case ClientActed() | OutputWritten() if event.data:
            return msgspec.structs.replace(event, data=b"", omitted=event.length)
        case PacketCaptured() if event.frame:
            headers = max(event.frame_length - event.length, 0)
            return msgspec.structs.replace(event, frame=event.frame[:headers])
        case ProcessStarted(command=words):
            return msgspec.structs.replace(event, command=_command(words))
    return event


def _command(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return a command line without the texts that its options have the server send or wait for."""
    return tuple(map(_word, words))


def _word(word: str) -> str:
    option = _OPTION.fullmatch(word)
    if option is None or _LEFT_OUT.fullmatch(option[2]):
        return word
    length = len(option[2].encode("utf-8", "surrogatepass"))
    return f"{option[1]}({length} byte{'s' * (length != 1)} left out)"


def _arguments(given: tuple[Argument, ...], strings: bool) -> tuple[Argument, ...]:
    return tuple(
        Argument(each.name, _value(each.name, each.value, strings and each.name not in _PLACES))
        for each in given
    )


def _value(name: str, value: Value, strings: bool) -> Value:
    """Return a value without payload.

    Args:
        name: Its parameter's or field's.
        value: The value.
        strings: Whether strings are payload, too.
    """
    match value:
        case Data() if name not in _NO_PAYLOAD:
            return Data(b"", value.length)
        case Text(text=text) if strings:
            return Data(b"", len(text.encode("utf-8", "surrogatepass")) + value.truncated)
        case GoError(text=text) if strings and text:
            return msgspec.structs.replace(value, text="")
        case Spelled(text=text) if name not in _NO_PAYLOAD:
            return Spelled(without_strings(text))
        case Reference(value=inner):
            return Reference(_value(name, inner, strings))
        case Several(items=items):
            return Several(tuple(_value(name, item, strings) for item in items))
        case Fields(type=kind, fields=fields):
            return Fields(kind, {key: _value(key, each, strings) for key, each in fields.items()})
    return value


def omitted_bytes(arguments: tuple[Argument, ...]) -> int:
    """Return how many bytes of these arguments were left out."""
    return sum(_omitted_bytes(each.value) for each in arguments)


def _omitted_bytes(value: Value) -> int:
    match value:
        case Data(data=b"", length=length):
            return max(length, 0)
        case Reference(value=inner):
            return _omitted_bytes(inner)
        case Several(items=items):
            return sum(map(_omitted_bytes, items))
        case Fields(fields=fields):
            return sum(map(_omitted_bytes, fields.values()))
    return 0
