"""The form in which a processor is described: frozen values, no process and no ptrace."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

NONE = -1
"""In place of a register's position: there is no such register."""


class FrameShape(NamedTuple):
    """Where the breakpoints of a function stand, and what the first one's instruction does.

    The instruction at ``entry`` opens the function's frame: register ``lowered`` becomes the stack
    pointer less ``frame`` bytes, and register ``stored`` is written to that address.

    Attributes:
        entry: Address of that instruction.
        length: Its length in bytes.
        frame: How many bytes it lowers the stack pointer by.
        lowered: Position of the register that gets the lowered address.
        stored: Position of the register whose word is stored there; `NONE` if none is.
        returns: Addresses of the instructions that return to the caller.
    """

    entry: int
    length: int
    frame: int
    lowered: int
    stored: int
    returns: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """All that a tracer has to know of a processor, and of Go and Linux on it.

    Registers are told by their position among the words of ``struct user_regs_struct``.

    Attributes:
        name: As uname(2) calls the machine.
        goarch: As Go calls it.
        elf: The number of the machine in the header of its programs, ``e_machine`` in elf(5).
        audit: ``AUDIT_ARCH_*``, by which PTRACE_GET_SYSCALL_INFO tells whose call it is.
        registers: Names of the general registers in the order in which ptrace(2) gives them.
        get_request: The ptrace(2) request that reads them.
        set_request: The one that writes them.
        register_set: Its note type if these requests take a ``struct iovec``, else 0.
        pc: The program counter.
        sp: The stack pointer.
        frame_pointer: The register that points at the caller's saved frame pointer.
        goroutine: The register in which Go keeps the current ``g`` in its own functions.
        thread_pointer: If a system call is made where that register may hold something else: the
            register near which the current ``g`` is in memory, see `goroutine_slot`. Else `NONE`.
        arguments: Go's integer registers in the order in which Go fills them with arguments, and
            with results.
        result: The register with a system call's result.
        number: The register by which a system call's number is changed; `NONE` if it takes a
            register set of its own, NT_ARM_SYSTEM_CALL.
        call_number: The register with the number of the call that a thread is in.
        call_argument: The one with that call's first argument.
        clone: The number of clone(2) whose first argument is its flags.
        clone3: That of clone3(2), whose first argument points to them.
        restart_syscall: That of restart_syscall(2), by which an interrupted call goes on.
        nanosleep: That of nanosleep(2).
        address_bits: The bits of a pointer that are its address; a tag may be in others.
        link: The register with the return address, at a function's first instruction as at its
            last; `NONE` if it is the word at the stack pointer.
        popped: How many bytes a return takes off the stack.
        below_stack: How many bytes below the stack pointer a frame pointer may point.
        breakpoint: The bytes of a breakpoint instruction.
        beyond: How far the program counter stands behind a breakpoint's address at its stop.
        frame_shape: Finds the breakpoints of a function, given its bytes and its address; a text
            says why it cannot be watched.
    """

    name: str
    goarch: str
    elf: int
    audit: int
    registers: tuple[str, ...]
    get_request: int
    set_request: int
    register_set: int
    pc: int
    sp: int
    frame_pointer: int
    goroutine: int
    thread_pointer: int
    arguments: tuple[int, ...]
    result: int
    number: int
    call_number: int
    call_argument: int
    clone: int
    clone3: int
    restart_syscall: int
    nanosleep: int
    address_bits: int
    link: int
    popped: int
    below_stack: int
    breakpoint: bytes
    beyond: int
    frame_shape: Callable[[bytes, int], FrameShape | str]


FRAMELESS = "frameless"
UNUSUAL_RETURN = "unusual return"
