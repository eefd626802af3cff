"""What a stop saved: words and bytes only, to be decoded when there is time."""

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import NamedTuple

from walkthrough.capture.decode.calls import CallSpec, Grab, Words
from walkthrough.capture.ptrace.binary import TraceableFunction
from walkthrough.capture.ptrace.traced_functions import TracedFunction
from walkthrough.model.values import Value

NOTHING: Mapping[int, Value] = MappingProxyType({})


class StopKind(IntEnum):
    """The kinds of stops that become events."""

    PROCESS_STARTED = 0
    PROCESS_EXITED = 1
    THREAD_STARTED = 2
    THREAD_EXITED = 3
    FUNCTION_ENTERED = 4
    FUNCTION_RETURNED = 5
    CALL_ENTERED = 6
    CALL_RETURNED = 7
    SIGNAL = 8


class Origin(StrEnum):
    """How a process came to be traced, or to run the program that it runs."""

    LAUNCHED = "launched"
    ATTACHED = "attached"
    FORK = "fork"
    EXEC = "exec"


class Probe(NamedTuple):
    """What a breakpoint stands for."""

    function: TraceableFunction
    watched: TracedFunction
    is_return: bool


class SavedStack(NamedTuple):
    """The registers and bytes from which the chain of callers is read, see `callers`.

    Attributes:
        pointer: Where ``data`` begins.
        frame: The frame pointer.
        data: Bytes of the stack.
        link: The return address if a register holds it; 0 if it is the word at ``pointer``.
        load_bias: How far the program lies from the addresses in its file, in bytes.
    """

    pointer: int
    frame: int
    data: bytes
    link: int = 0
    load_bias: int = 0


class ThreadStop(NamedTuple):
    """One stop.

    Attributes:
        what: Its kind.
        thread: The thread that stopped (or ended).
        time_ns: Monotonic nanoseconds, of the tracer's clock.
        held: True if the thread is stopped until it is resumed.
        process: The process that it belongs to.
        goroutine: goid of the goroutine it ran, 0 for a scheduler stack, None if unreadable.
        probe: The function, for function stops.
        registers: Of a function's arguments or results, the words in registers.
        read: Those arguments or results that had to be read at once, by their index.
        return_address: Where a function returns to, as an address of the program's file.
        address: Where a function stopped, likewise.
        call: The system call, for call stops.
        number: Its number.
        words: Its six argument words.
        at_entry: What its arguments pointed to at entry.
        at_exit: What they pointed to at exit.
        result: Its result, -errno if it failed; of a process, its wait status.
        failed: Whether it failed.
        injected: Whether `PtraceTracer.fail_call` made it fail.
        stack: The callers' addresses, for a call's entry.
        parent: The process that made it, for a process that starts; 0 if none that is traced.
        origin: How it came to be, for a process that starts.
    """

    what: StopKind
    thread: int
    time_ns: int
    held: bool = False
    process: int = 0
    goroutine: int | None = None
    probe: Probe | None = None
    registers: Words = ()
    read: Mapping[int, Value] = NOTHING
    return_address: int = 0
    address: int = 0
    call: CallSpec | None = None
    number: int = -1
    words: Words = ()
    at_entry: tuple[Grab, ...] = ()
    at_exit: tuple[Grab, ...] = ()
    result: int = 0
    failed: bool = False
    injected: bool = False
    stack: SavedStack | None = None
    parent: int = 0
    origin: Origin = Origin.LAUNCHED


STACK_BYTES = 2048
"""How much of the stack is saved at a system call: enough to reach a watched function."""


def callers(stack: SavedStack, limit: int = 24) -> list[int]:
    """Walk the saved frames by their frame pointers, innermost first; as addresses of the file.

    Go keeps frame pointers. The system-call stub has no frame of its own, so its return address is
    the word at the stack pointer, or in a register, and the frame pointer is its caller's.
    """
    found = []
    data, base = stack.data, stack.pointer

    def word(address: int) -> int:
        at = address - base
        return int.from_bytes(data[at : at + 8], "little") if 0 <= at <= len(data) - 8 else 0

    if address := stack.link or word(base):
        found.append(address - stack.load_bias)
    frame = stack.frame
    while frame and len(found) < limit:
        if not (address := word(frame + 8)):
            break
        found.append(address - stack.load_bias)
        above = word(frame)
        if above <= frame:
            break
        frame = above
    return found
