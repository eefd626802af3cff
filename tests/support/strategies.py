"""Hypothesis strategies for values and events: anything that the model's types allow."""

from collections.abc import Callable

import msgspec
from hypothesis import strategies as st

from walkthrough.model import events as ev
from walkthrough.model.events import AnyEvent, CallEntered, CallReturned, SourcePlace
from walkthrough.model.kernel_state import (
    Beyond,
    Descriptor,
    EpollInterest,
    EpollState,
    KernelState,
    SocketState,
)
from walkthrough.model.stages import Stage, Step
from walkthrough.model.values import (
    Argument,
    Constant,
    Data,
    EpollEvent,
    Fields,
    Flags,
    GoError,
    Pointer,
    Reference,
    Several,
    SocketAddress,
    Spelled,
    Text,
    Unreadable,
    Value,
)

# JSON carries every string but lone surrogates.
texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(["", "\x1b[31m", "\u202e", "[b]", "\0", "a\nb", "AF_INET", "close", "\x7f"]),
)
integers = st.one_of(st.integers(-2, 8), st.integers(-(2**63), 2**64 - 1))
numbers = st.integers(0, 6)
constants = st.builds(Constant, texts, integers)
flags = st.builds(Flags, st.lists(texts, max_size=3).map(tuple), integers, integers)
addresses = st.builds(
    SocketAddress,
    st.one_of(st.sampled_from(["AF_INET", "AF_INET6", "AF_UNIX"]), texts),
    st.one_of(st.sampled_from(["127.0.0.1", "::1", "::ffff:1.2.3.4"]), texts),
    integers,
    texts,
    integers,
    integers,
)
binaries = st.binary(max_size=40)
leaves: st.SearchStrategy[Value] = st.one_of(
    st.none(),
    st.booleans(),
    integers,
    constants,
    flags,
    st.builds(Text, texts, st.booleans()),
    st.builds(Data, binaries, integers),
    addresses,
    st.builds(EpollEvent, flags, integers),
    st.builds(Pointer, integers, texts),
    st.builds(GoError, texts, texts, st.none() | constants),
    st.builds(Unreadable, texts, integers),
    st.builds(Spelled, texts),
)


def _nest(inner: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    return st.one_of(
        st.builds(Reference, inner),
        st.builds(Several, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Fields, texts, st.dictionaries(texts, inner, max_size=3)),
    )


values: st.SearchStrategy[Value] = st.recursive(leaves, _nest, max_leaves=6)
parameters = st.sampled_from(
    ["sockfd", "fd", "level", "optname", "optval", "domain", "protocol", "flags", "op", "mode"]
)
arguments = st.lists(st.builds(Argument, parameters | texts, values), max_size=4).map(tuple)
sources = st.builds(SourcePlace, texts, integers)

kernels = st.builds(
    KernelState,
    st.lists(st.builds(Descriptor, numbers, texts, texts, numbers), max_size=2).map(tuple),
    st.lists(
        st.builds(
            SocketState,
            owner=texts,
            family=texts,
            type=texts,
            protocol=texts,
            state=texts,
            local=addresses,
            remote=st.none() | addresses,
            fd=st.none() | numbers,
            accept_queue=st.none() | numbers,
        ),
        max_size=2,
    ).map(tuple),
    st.lists(
        st.builds(
            EpollState,
            numbers,
            st.lists(st.builds(EpollInterest, numbers, flags, integers), max_size=2).map(tuple),
        ),
        max_size=2,
    ).map(tuple),
    st.lists(texts, max_size=2).map(tuple),
    st.none() | st.builds(Beyond, numbers, numbers, st.dictionaries(texts, integers, max_size=2)),
    process=st.sampled_from([0, 0, 1, 2]),
    table=st.sampled_from([0, 1]),
)

_ids = st.none() | numbers
_marks = st.none() | st.sampled_from([*Stage, *Step]).map(str) | texts
_names = st.sampled_from(["setsockopt", "close", "socket", "accept4", "fcntl", "openat"]) | texts

_OWN: dict[type[ev.Event], dict[str, st.SearchStrategy[object]]] = {
    ev.ProcessStarted: {
        "pid": numbers,
        "command": st.lists(texts, max_size=2).map(tuple),
        "parent_pid": st.none() | numbers,
        "origin": st.sampled_from(["", "fork", "exec", "attached"]),
    },
    ev.ProcessExited: {"pid": numbers, "code": _ids, "signal": st.none() | constants},
    ev.ThreadStarted: {},
    ev.ThreadExited: {},
    ev.FunctionEntered: {"mark": _marks, "arguments": arguments, "caller": st.none() | sources},
    ev.FunctionReturned: {"mark": _marks, "results": arguments, "failed": st.booleans()},
    ev.CallEntered: {"call": _names, "number": integers, "arguments": arguments},
    ev.CallReturned: {
        "call": _names,
        "arguments": arguments,
        "result": integers,
        "error": st.none() | constants,
        "injected": st.booleans(),
        "flags": st.none() | flags,
    },
    ev.SignalDelivered: {"signal": constants},
    ev.ClientActed: {
        "client": numbers,
        "clients": numbers | st.sampled_from([1, 2**60]),
        "action": st.sampled_from(["connect", "send", "receive", "half-close", "close"]) | texts,
        "local": st.none() | addresses,
        "remote": st.none() | addresses,
        "data": binaries,
        "error": st.none() | constants,
    },
    ev.OutputWritten: {"stream": numbers, "data": binaries},
    ev.KernelObserved: {"state": kernels},
    ev.DetailEnded: {},
    ev.MemoryMeasured: {
        "connections": numbers,
        "resident": st.none() | numbers,
        "slab": st.none() | numbers,
        "reported": st.dictionaries(texts, integers, max_size=2),
    },
    ev.StagesRevised: {
        "calls": st.lists(
            st.builds(
                ev.RevisedCall,
                span=numbers,
                stage=st.none() | st.sampled_from(Stage),
                step=st.none() | st.sampled_from(Step),
                quiet=st.booleans(),
                mark=st.none() | texts,
            ),
            max_size=3,
        ).map(tuple)
    },
    ev.PacketCaptured: {
        "sender": addresses,
        "receiver": addresses,
        "protocol": texts,
        "flags": st.lists(texts, max_size=2).map(tuple),
        "sequence": st.none() | numbers,
        "acknowledgment": st.none() | numbers,
        "window": st.none() | numbers,
        "length": numbers,
        "options": arguments,
        "cause": st.none() | numbers,
        "retransmits": st.none() | numbers,
        "frame": binaries,
        "frame_length": numbers,
    },
    ev.SpanCutOff: {"reason": texts},
    ev.CaptureEnded: {"reason": texts, "lost": st.dictionaries(texts, integers, max_size=2)},
}
KINDS = tuple(_OWN)

_COMMON: dict[str, st.SearchStrategy[object]] = {
    "thread": _ids,
    "process": _ids,
    "goroutine": _ids,
    "stage": st.none() | st.sampled_from(Stage),
    "step": st.none() | st.sampled_from(Step),
    "function": st.none() | texts,
    "span": _ids,
    "parent": _ids,
    "source": st.none() | sources,
    "quiet": st.booleans(),
}


def _event(kind: type[ev.Event]) -> st.SearchStrategy[AnyEvent]:
    build: Callable[..., st.SearchStrategy[AnyEvent]] = st.builds
    return build(kind, seq=st.just(0), time_ns=st.integers(0, 2**63), **_COMMON, **_OWN[kind])


EVENTS: dict[type[ev.Event], st.SearchStrategy[AnyEvent]] = {kind: _event(kind) for kind in KINDS}
"""Any event of a kind, numbered 0."""


def _number(events: list[AnyEvent]) -> list[AnyEvent]:
    return [msgspec.structs.replace(event, seq=seq) for seq, event in enumerate(events)]


def event_lists(most: int = 12) -> st.SearchStrategy[list[AnyEvent]]:
    """Events numbered from 0 that make no sense together."""
    return st.lists(st.one_of(*EVENTS.values()), max_size=most).map(_number)


def calls_entered() -> st.SearchStrategy[CallEntered]:
    """Any beginning of a system call."""
    return st.builds(
        CallEntered, seq=st.just(0), time_ns=st.just(0), call=_names, arguments=arguments
    )


def calls_returned() -> st.SearchStrategy[CallReturned]:
    """Any end of a system call."""
    return st.builds(
        CallReturned,
        seq=st.just(1),
        time_ns=st.just(1),
        call=_names,
        arguments=arguments,
        result=integers,
        error=st.none() | constants,
    )
