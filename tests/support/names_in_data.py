"""Names that are the same in every language: what events, files and tables hold."""

import re
from collections.abc import Iterable, Iterator

import msgspec

from walkthrough.formatting import strace_lines
from walkthrough.formatting.addresses import go_address
from walkthrough.formatting.go_values import text
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    ClientActed,
    FunctionEntered,
    FunctionReturned,
    Header,
    KernelObserved,
    MemoryMeasured,
    OutputWritten,
    ProcessStarted,
)
from walkthrough.model.kernel_state import KernelState
from walkthrough.model.stages import Stage, Step
from walkthrough.model.values import Argument, Constant, Data, Flags
from walkthrough.state.history import History

_TOKEN = re.compile("[!-}]+")  # what the pseudo-language writes is not in ASCII, but for ~
_WORD = re.compile("[A-Za-z]{3,}")
_PUNCTUATION = "()[]{}<>,.:;!?'\"`*|+/\\"
_LONG = 16
"""Characters: a token that is longer may be broken anywhere."""


def tokens(line: str) -> list[str]:
    """Return what stands between blanks in ASCII, punctuation around it aside."""
    return [token.strip(_PUNCTUATION) for token in _TOKEN.findall(line)]


class Names:
    """Tokens that may stand on the screen as they are.

    Attributes:
        everything: All texts that they are taken from, one a line.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        every = dict.fromkeys(texts)
        self.everything = "\n".join(every)
        self._known = {token for said in every for token in tokens(said)}
        self._long = "\n".join(sorted(each for each in self._known if len(each) > _LONG))
        self._begins = {each[:end] for each in self._known for end in range(1, len(each))}
        self._ends = {each[start:] for each in self._known for start in range(1, len(each))}

    def others(self, line: str) -> Iterator[str]:
        """Yield what stands in a line and is no name, nor a part of one that was cut.

        Cut is what has an ellipsis; what stands at an edge of the line may be a piece of a long
        name that was wrapped.
        """
        found = [*_TOKEN.finditer(line)]
        for at, match in enumerate(found):
            token = match[0].strip(_PUNCTUATION)
            if not _WORD.search(token) or token in self._known:
                continue
            before, behind = line[: match.start()], line[match.end() :]
            if behind.startswith("…") and token in self._begins:
                continue
            if before.endswith("…") and token in self._ends:
                continue
            if at in (0, len(found) - 1) and token in self._long:
                continue
            yield token


def names_of(history: History) -> Iterator[str]:
    """Yield the texts that a recording holds, as they are spelled everywhere."""
    yield from _of_header(history.header)
    entered: dict[int | None, CallEntered] = {}
    for index in range(len(history)):
        event = history.event(index)
        if isinstance(event, CallEntered):
            entered[event.span] = event
        yield from _of_event(event, entered)


def names_of_tables() -> Iterator[str]:
    """Yield the names of the path: stages and finer steps."""
    yield from (each.value for each in (*Stage, *Step))


def _of_header(header: Header) -> Iterator[str]:
    yield from (header.scenario, header.server, *header.command, *header.calls)
    programs = [*header.command[:1], *([header.program.path] if header.program is not None else [])]
    yield from (path.rpartition("/")[2] for path in programs)


def _of_event(event: AnyEvent, entered: dict[int | None, CallEntered]) -> Iterator[str]:
    if event.function:
        yield event.function
        short = event.function.rpartition("/")[2]
        yield short
        yield short.partition(".")[2].replace("(*", "").replace(")", "")  # as in a call chain
        yield short.rpartition(".")[2]
    if event.source is not None:
        yield event.source.file
    match event:
        case FunctionEntered():
            yield from _of_arguments(event.arguments)
            given = ", ".join(f"{each.name}={text(each.value)}" for each in event.arguments)
            yield f"{event.function}({given})"
        case FunctionReturned():
            yield from _of_arguments(event.results)
        case CallEntered():
            yield event.call
            yield strace_lines.line(event, None, unfinished=True)
            yield from _of_arguments(event.arguments)
        case CallReturned():
            yield strace_lines.line(entered.get(event.span), event)
            yield from _of_arguments(event.arguments)
        case ClientActed():
            yield from (go_address(each) for each in (event.local, event.remote) if each)
            yield event.data.decode("utf-8", "replace")
            yield event.error.name if event.error is not None else ""
        case OutputWritten():
            yield event.data.decode("utf-8", "replace")
        case KernelObserved():
            yield from _of_kernel(event.state)
        case ProcessStarted():
            yield " ".join(event.command)
        case MemoryMeasured():
            yield from event.reported  # the server's own names for them


def _of_arguments(arguments: Iterable[Argument]) -> Iterator[str]:
    for each in arguments:
        yield f"{each.name}={text(each.value)}"
        yield text(each.value)
        yield from _constants(each.value)


def _constants(value: object) -> Iterator[str]:
    """Yield the names of flags and constants, wherever they stand in a value."""
    match value:
        case Constant():
            yield value.name
        case Flags():
            yield from value.names
        case Data():
            return
        case msgspec.Struct():
            for name in value.__struct_fields__:
                yield from _constants(getattr(value, name))
        case dict():
            for each in value.values():
                yield from _constants(each)
        case tuple() | list():
            for each in value:
                yield from _constants(each)


def _of_kernel(state: KernelState) -> Iterator[str]:
    for socket in state.sockets:
        yield from (socket.family, socket.protocol, socket.state)
        yield from (go_address(each) for each in (socket.local, socket.remote) if each)
    yield from (descriptor.target for descriptor in state.descriptors)
    for epoll in state.epolls:
        for interest in epoll.interests:
            yield from (name.removeprefix("EPOLL") for name in interest.events.names)
