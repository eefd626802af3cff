"""What a process shares with the one that made it: the flags of clone(2), read at the event."""

from walkthrough.capture.decode.memory import Memory
from walkthrough.capture.ptrace import ptrace_api as pt
from walkthrough.capture.ptrace.architecture.definition import Architecture

CLONE_VM = 0x100
CLONE_FILES = 0x400
CLONE_VFORK = 0x4000
CLONE_THREAD = 0x10000


def clone_flags(
    event: int, registers: tuple[int, ...], architecture: Architecture, memory: Memory
) -> int:
    """Return the flags with which a thread has just made another.

    Args:
        event: The ptrace(2) event, PTRACE_EVENT_FORK, VFORK or CLONE.
        registers: Of the maker, which is still in the call.
        architecture: Whose registers these are.
        memory: Of the maker: clone3(2) has its flags there.
    """
    number = registers[architecture.call_number]
    word = registers[architecture.call_argument]
    if number == architecture.clone:
        return word
    if number == architecture.clone3:
        try:
            return int.from_bytes(memory.read(word, 8), "little")
        except OSError:
            pass  # it is just being killed, or another thread has changed the memory
    if event == pt.EVENT_VFORK:
        return CLONE_VM | CLONE_VFORK
    return CLONE_THREAD | CLONE_VM | CLONE_FILES if event == pt.EVENT_CLONE else 0
