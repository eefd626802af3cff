"""Converts arguments and results of a traced function to typed values.

The kinds are those of the Go server's list, so that both servers' events read alike.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, runtime_checkable

from walkthrough.capture.decode.kinds import socket_type
from walkthrough.capture.instrumented.errors import constant
from walkthrough.model.linux import constants as k
from walkthrough.model.values import Argument, Constant, Fields, Pointer, Several, Text, Value


@runtime_checkable
class Described(Protocol):
    """An object that knows what it is as a value (addresses, descriptors)."""

    def described(self) -> Value:
        """Return the value."""


def _object(raw: Any) -> Value:
    if raw is None or isinstance(raw, Described):
        return raw.described() if raw is not None else None
    return Pointer(id(raw), type(raw).__name__)


_KINDS: dict[str, Callable[[Any], Value]] = {
    "int": int,
    "int32": int,
    "uintptr": int,
    "bool": bool,
    "string": Text,
    "family": lambda raw: k.constant(k.AF, raw),
    "socktype": socket_type,
    "protocol": lambda raw: k.constant(k.IPPROTO, raw),
    "errno": constant,
    "mode": lambda raw: Constant("+".join(f"'{each}'" for each in raw), sum(map(ord, raw))),
    "slice": lambda raw: Fields("slice", {"len": len(raw), "cap": len(raw)}),
    "strings": lambda raw: Several(tuple(map(Text, raw))),
    "addresses": lambda raw: None if raw is None else Several(tuple(map(_object, raw))),
    "func": lambda raw: Pointer(id(raw), "func") if raw is not None else None,
}


def describe(names: Sequence[tuple[str, str]], values: Sequence[Any]) -> tuple[Argument, ...]:
    """Convert values to named arguments; ``(name, kind)`` pairs as in `Signature`."""
    return tuple(
        Argument(name, _KINDS.get(kind, _object)(value))
        for (name, kind), value in zip(names, values, strict=True)
    )
