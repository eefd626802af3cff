"""x86_64, which Go calls amd64.

Registers: sys/user.h, ``struct user_regs_struct``. Arguments and g: Go's
src/cmd/compile/abi-internal.md, "amd64 architecture"; g in memory: runtime/asm_amd64.s, which
keeps it in the thread's local storage. Instructions: Intel's manual, volume 2.
"""

from walkthrough.capture.ptrace.architecture.definition import (
    FRAMELESS,
    NONE,
    UNUSUAL_RETURN,
    Architecture,
    FrameShape,
)

_REGISTERS = (
    *("r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8", "rax", "rcx", "rdx"),
    *("rsi", "rdi", "orig_rax", "rip", "cs", "eflags", "rsp", "ss", "fs_base", "gs_base", "ds"),
    *("es", "fs", "gs"),
)
_AT = {name: position for position, name in enumerate(_REGISTERS)}

_PUSH_RBP = b"\x55"
_RET = b"\xc3"
_OTHER_RETURNS = (b"\xc2", b"\xca", b"\xcb", b"\xf2\xc3", b"\xf3\xc3")  # ret n, far, prefixed
_SUB_RSP = (b"\x48\x83\xec", b"\x48\x81\xec")  # with 8 and with 32 bits of a number


def frame_shape(code: bytes, address: int) -> FrameShape | str:
    """Find the one-instruction breakpoints of a function.

    The first ``push rbp`` opens the frame from go1.21 on, a ``sub rsp, N`` before; both come after
    the stack check, so growing the stack does not pass them twice. Every ``ret`` ends it.

    Args:
        code: The function's bytes.
        address: Where they are.

    Returns:
        The shape, or why it cannot be watched.
    """
    from capstone import CS_ARCH_X86, CS_MODE_64, Cs

    # Capstone finds where instructions begin; what they are is decided from their bytes, since how
    # it spells one changes from version to version.
    entry = frame = length = 0
    stored = NONE
    returns = []
    for at, size, _, _ in Cs(CS_ARCH_X86, CS_MODE_64).disasm_lite(code, address):
        instruction = code[at - address : at - address + size]
        if instruction == _RET:
            returns.append(at)
        elif instruction.startswith(_OTHER_RETURNS):
            return UNUSUAL_RETURN
        elif not entry and not returns:
            if instruction == _PUSH_RBP:
                entry, length, frame, stored = at, size, 8, _AT["rbp"]
            elif instruction.startswith(_SUB_RSP):
                entry, length = at, size
                frame = int.from_bytes(instruction[3:], "little", signed=True)
    if not entry:
        return FRAMELESS
    return FrameShape(entry, length, frame, _AT["rsp"], stored, tuple(returns))


X86_64 = Architecture(
    name="x86_64",
    goarch="amd64",
    elf=62,
    audit=0xC000003E,
    registers=_REGISTERS,
    get_request=12,  # PTRACE_GETREGS
    set_request=13,  # PTRACE_SETREGS
    register_set=0,
    pc=_AT["rip"],
    sp=_AT["rsp"],
    frame_pointer=_AT["rbp"],
    goroutine=_AT["r14"],
    thread_pointer=_AT["fs_base"],
    arguments=tuple(
        _AT[name] for name in ("rax", "rbx", "rcx", "rdi", "rsi", "r8", "r9", "r10", "r11")
    ),
    result=_AT["rax"],
    number=_AT["orig_rax"],
    call_number=_AT["orig_rax"],
    call_argument=_AT["rdi"],
    clone=56,
    clone3=435,
    restart_syscall=219,
    nanosleep=35,
    address_bits=(1 << 64) - 1,
    link=NONE,
    popped=8,
    below_stack=0,
    breakpoint=b"\xcc",
    beyond=1,
    frame_shape=frame_shape,
)
