"""Go's values: which words hold an argument, and what those words mean.

Go passes integers and pointers in registers, whose number and order depend on the processor, and
results likewise (src/cmd/compile/abi-internal.md). `assign` says where each argument of a signature
is; a `SignatureLayout` says what is taken of them at a stop and decodes the words afterwards.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from walkthrough.capture.decode.calls import errno
from walkthrough.capture.decode.govalues import (
    Raw,
    Types,
    read_addresses,
    read_error,
    read_interface,
    read_string,
)
from walkthrough.capture.decode.kinds import socket_type
from walkthrough.capture.decode.memory import FakeMemory, Memory, signed
from walkthrough.model.linux import constants as k
from walkthrough.model.values import (
    Constant,
    Fields,
    Pointer,
    Value,
)

_NO_MEMORY = FakeMemory({})
_NO_TYPES = Types(_NO_MEMORY, 0)


class GoKind(NamedTuple):
    """A kind of argument: how many words it takes, and how they become a value.

    ``plain`` tells that the words alone are enough: such a value can be decoded after the stop.
    """

    words: int
    read: Callable[[Memory, Types, Raw], Value]
    plain: bool = False


class ArgumentSlot(NamedTuple):
    """Where one argument is.

    Attributes:
        name: Its name in the source.
        kind: Its kind.
        registers: Indices into the integer registers; empty if it is on the stack.
        stack: Offset in bytes from the first stack argument, -1 if in registers.
    """

    name: str
    kind: GoKind
    registers: tuple[int, ...]
    stack: int


def _slice(_memory: Memory, _types: Types, raw: Raw) -> Value:
    return Fields("slice", {"array": Pointer(raw[0]), "len": signed(raw[1]), "cap": signed(raw[2])})


def _one(decode: Callable[[int], Value]) -> GoKind:
    return GoKind(1, lambda _m, _t, raw: decode(raw[0]), plain=True)


def pointer_kind(type_name: str) -> GoKind:
    """Return the kind of a pointer to ``type_name``, which is shown but not followed."""
    return _one(lambda raw: Pointer(raw, type_name) if raw else None)


KINDS: dict[str, GoKind] = {
    "int": _one(signed),
    "int32": _one(lambda raw: signed(raw, 32)),
    "uintptr": _one(lambda raw: raw),
    "bool": _one(lambda raw: bool(raw & 0xFF)),
    "family": _one(lambda raw: k.constant(k.AF, raw)),
    "socktype": _one(socket_type),
    "protocol": _one(lambda raw: k.constant(k.IPPROTO, raw)),
    "errno": _one(lambda raw: _errno(signed(raw, 32))),
    "mode": _one(lambda raw: _mode(signed(raw, 32))),
    "waitreason": _one(lambda raw: raw & 0xFF),
    "string": GoKind(2, lambda m, _t, raw: read_string(m, raw[0], raw[1])),
    "error": GoKind(2, lambda m, t, raw: read_error(m, t, raw[0], raw[1])),
    "interface": GoKind(2, read_interface),
    "addresses": GoKind(3, read_addresses),
    "slice": GoKind(3, _slice, plain=True),
    "func": pointer_kind("func"),
}


def _errno(number: int) -> Value:
    return errno(number) if number else 0


def _mode(number: int) -> Constant:
    # runtime/netpoll.go: the poller is asked to wait for 'r' or 'w'; a deadline may be for both
    reading, writing = ord("r"), ord("w")
    names = {reading: "'r'", writing: "'w'", reading + writing: "'r'+'w'"}
    return Constant(names.get(number, ""), number)


def kind(name: str) -> GoKind:
    """Return the kind called ``name``; ``*T`` is a pointer to T.

    Raises:
        KeyError: There is no such kind.
    """
    return pointer_kind(name) if name.startswith("*") else KINDS[name]


class SignatureLayout(NamedTuple):
    """How the values of one signature are taken from a stop.

    Attributes:
        slots: The arguments or results.
        registers: Of all slots together, the integer registers that hold them, in order.
        starts: Where each slot's words begin among those; -1 for one on the stack.
        eager: Indices of the slots that must be read at the stop, since memory will have changed.
    """

    slots: tuple[ArgumentSlot, ...]
    registers: tuple[int, ...]
    starts: tuple[int, ...]
    eager: tuple[int, ...]

    def values(self, words: Raw, read: Mapping[int, Value]) -> tuple[Value, ...]:
        """Decode all slots from the words saved and the values read at the stop, by slot."""
        return tuple(
            read[index]
            if index in read
            else slot.kind.read(_NO_MEMORY, _NO_TYPES, words[start : start + slot.kind.words])
            for index, (slot, start) in enumerate(zip(self.slots, self.starts, strict=True))
        )


def layout(slots: tuple[ArgumentSlot, ...]) -> SignatureLayout:
    """Prepare what is done at each stop of one function."""
    registers: list[int] = []
    starts = []
    for slot in slots:
        starts.append(len(registers) if slot.registers else -1)
        registers.extend(slot.registers)
    eager = tuple(
        index for index, slot in enumerate(slots) if not slot.kind.plain or not slot.registers
    )
    return SignatureLayout(slots, tuple(registers), tuple(starts), eager)


def assign(signature: Sequence[tuple[str, str]], registers: int) -> tuple[ArgumentSlot, ...]:
    """Return where the arguments (or results) of a signature are.

    An argument is completely in registers or completely on the stack; one that does not fit leaves
    the registers to those after it.

    Args:
        signature: Names and kinds in order, a method's receiver first.
        registers: How many integer registers there are.
    """
    slots = []
    used = 0
    stack = 0
    for name, kind_name in signature:
        each = kind(kind_name)
        if used + each.words <= registers:
            slots.append(ArgumentSlot(name, each, tuple(range(used, used + each.words)), -1))
            used += each.words
        else:
            slots.append(ArgumentSlot(name, each, (), stack))
            stack += 8 * each.words
    return tuple(slots)
