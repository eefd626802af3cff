"""A page in the traced program with which it lives on when its tracer is killed. x86_64 only.

Once nobody traces a program, a breakpoint that is left in its text sends it SIGTRAP, which ends it.
So before the first breakpoint is written, memory is mapped into the program that holds:

- a **handler** for SIGTRAP in machine code (`CODE`). It looks the breakpoint up and goes on
  at its thunk, or at the breakpoint itself if the text has been restored meanwhile. Every other
  SIGTRAP gets what it would have got: the program's own handler, or the default.
- a **table** of the breakpoints, in two words each: the address, and the address of its thunk.
- a **thunk** for each breakpoint: the instruction that was there, and a jump to the next one. A
  tracer leads a thread through the thunk, too. Then there is no moment at which its death would
  harm: before, the thread stands at a signal that the handler answers; afterwards, it has been
  answered, which the handler knows since the program counter is in this page.
- a **scratch page**, by which rt_sigaction(2) is told of actions.

The kernel keeps a signal that a thread stands at until its tracer *takes* the stop: so a tracer
looks at a stop (waitid(2), WNOWAIT), leads the thread into the thunk, and only then takes it.
"""

import errno
import signal
import struct
from collections.abc import Callable, Mapping
from typing import Self

import msgspec

from walkthrough.capture.ptrace.memory import ProcessMemory
from walkthrough.capture.ptrace.remote_call import (
    MMAP,
    MPROTECT,
    MUNMAP,
    RT_SIGACTION,
    RemoteCalls,
)

CODE = (
    # rdi: SIGTRAP, rsi: siginfo_t, rdx: ucontext_t, as any handler with SA_SIGINFO; all is scratch
    ("817e0880000000", "cmp dword ptr [rsi + 8], 0x80"),  # si_code: SI_KERNEL, as of int3?
    ("754b", "jne 0x54"),
    ("488b82a8000000", "mov rax, qword ptr [rdx + 0xa8]"),  # the program counter, behind it
    ("48ffc8", "dec rax"),
    ("488d0dde000000", "lea rcx, [rip + 0xde]"),  # the table
    ("4c8b01", "mov r8, qword ptr [rcx]"),  # 0x1a: the next breakpoint
    ("4d85c0", "test r8, r8"),
    ("741c", "je 0x3e"),
    ("4939c0", "cmp r8, rax"),
    ("7406", "je 0x2d"),
    ("4883c110", "add rcx, 0x10"),
    ("ebed", "jmp 0x1a"),
    ("8038cc", "cmp byte ptr [rax], 0xcc"),  # 0x2d: ours; is it still there?
    ("7504", "jne 0x36"),
    ("488b4108", "mov rax, qword ptr [rcx + 8]"),  # then on at its thunk
    ("488982a8000000", "mov qword ptr [rdx + 0xa8], rax"),  # 0x36
    ("c3", "ret"),
    ("48ffc0", "inc rax"),  # 0x3e: not ours, or led into this page already?
    ("4c8d05b8ffffff", "lea r8, [rip - 0x48]"),  # this page
    ("4c29c0", "sub rax, r8"),
    ("483b057e000000", "cmp rax, qword ptr [rip + 0x7e]"),  # its size
    ("7217", "jb 0x6b"),
    ("488b0555000000", "mov rax, qword ptr [rip + 0x55]"),  # 0x54: the program's own handler
    ("4883f801", "cmp rax, 1"),
    ("720b", "jb 0x6c"),  # SIG_DFL
    ("7402", "je 0x65"),  # SIG_IGN
    ("ffe0", "jmp rax"),
    ("837e0800", "cmp dword ptr [rsi + 8], 0"),  # 0x65: what the kernel sends is not ignored
    ("7f01", "jg 0x6c"),
    ("c3", "ret"),  # 0x6b
    ("b80d000000", "mov eax, 0xd"),  # 0x6c: rt_sigaction(SIGTRAP, SIG_DFL)
    ("488d3560000000", "lea rsi, [rip + 0x60]"),
    ("31d2", "xor edx, edx"),
    ("41ba08000000", "mov r10d, 8"),
    ("0f05", "syscall"),
    ("b827000000", "mov eax, 0x27"),  # getpid()
    ("0f05", "syscall"),
    ("89c7", "mov edi, eax"),
    ("b8ba000000", "mov eax, 0xba"),  # gettid()
    ("0f05", "syscall"),
    ("89c6", "mov esi, eax"),
    ("ba05000000", "mov edx, 5"),
    ("b8ea000000", "mov eax, 0xea"),  # tgkill(pid, tid, SIGTRAP): once the handler has returned
    ("0f05", "syscall"),
    ("c3", "ret"),
    ("b80f000000", "mov eax, 0xf"),  # 0xa1: where a handler returns to: rt_sigreturn()
    ("0f05", "syscall"),
)
"""The handler, in the order of its addresses: an instruction's bytes, and what they say."""
_CODE = b"".join(bytes.fromhex(each) for each, _ in CODE)

_RESTORER = 0xA1
_OWN_ACTION = 0xB0  # of which the code reads the first word, the handler
_SIZE = 0xD0
_TABLE = 0xF8  # behind a struct kernel_sigaction of zeros, SIG_DFL
_THUNK = 32
_PAGE = 4096

_BREAKPOINT = b"\xcc"
_RET = b"\xc3"
_JUMP = b"\xff\x25\0\0\0\0"
"""``jmp qword ptr [rip]``: to the address in the eight bytes behind it."""
_WORD = struct.Struct("<Q")
_ENTRY = struct.Struct("<2Q")
_LARGEST = 1 << 24
"""Bytes; a page that says it is larger is none of ours."""

_ACTION = struct.Struct("<4Q")
"""``struct sigaction`` of the kernel: handler, flags, restorer, mask."""
_FLAGS = 0x04 | 0x04000000 | 0x08000000 | 0x10000000
"""SA_SIGINFO, SA_RESTORER, SA_ONSTACK (Go's stacks are small) and SA_RESTART."""
_ALL = (1 << 64) - 1
_READ, _WRITE, _EXECUTE = 1, 2, 4
_PRIVATE_ANONYMOUS = 0x22
_FIXED_NOREPLACE = 0x100000
_MARGIN = 1 << 20
"""Bytes that are left free beside the page, so that it never becomes one with its neighbours."""
_SIGSET_BYTES = 8

# rt_sigframe (arch/x86/include/asm/sigframe.h): where a handler's frame keeps code segment and
# program counter, and how far up a stack it is looked for
_CS_BEHIND_PC = 16
_USER_CS = 0x33
_FRAME_SEARCH = 1 << 16


class PageError(Exception):
    """The program did not get its page: a system call of its own failed.

    Attributes:
        number: The error number.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Breakpoint(msgspec.Struct, frozen=True):
    """A breakpoint: where it is, and the instruction whose first byte it replaces.

    Attributes:
        address: In the process, the load bias included.
        instruction: ``push rbp``, ``sub rsp, N`` or ``ret``, as the program's file has it.
    """

    address: int
    instruction: bytes


class HandlerPage(msgspec.Struct, frozen=True):
    """Such a page, as it was mapped into one process; it can be sent to another tracer.

    Attributes:
        address: Where it begins.
        size: How many bytes of code, table and thunks there are, in whole pages. The scratch page
            is behind them.
        own_action: The program's own action for SIGTRAP, a ``struct kernel_sigaction``.
        breakpoints: What the table has, by address.
    """

    address: int
    size: int
    own_action: bytes
    breakpoints: tuple[Breakpoint, ...]

    @classmethod
    def install(
        cls,
        pid: int,
        calls: RemoteCalls,
        memory: ProcessMemory,
        breakpoints: Mapping[int, bytes],
        mapped: Callable[[int, int], None],
        ready: Callable[[Self], None],
    ) -> Self:
        """Map a page and make it the handler of SIGTRAP. No breakpoint may be there yet.

        Args:
            pid: The process.
            calls: Who makes the system calls; all other threads stand still.
            memory: Of the process.
            breakpoints: The instruction at the address of each.
            mapped: Called with the address and the length of what is about to be mapped.
            ready: Called with the page before it is made the handler.

        Raises:
            PageError: The program may not map it; all is as it was.
            OSError: Its memory cannot be written; likewise.
            ThreadEndedError: The thread ended.
        """
        listed = tuple(Breakpoint(each, breakpoints[each]) for each in sorted(breakpoints))
        size = _size(len(listed))
        everything = size + _PAGE
        address = free_address(pid, everything)
        mapped(address, everything)
        flags = _PRIVATE_ANONYMOUS | _FIXED_NOREPLACE
        result = calls.call(MMAP, address, everything, _READ | _EXECUTE, flags, -1, 0)
        if result != address:  # a kernel before 4.17 does not know the flag, and chooses by itself
            if result > 0:
                calls.call(MUNMAP, result, everything)
            raise PageError(-result if result < 0 else errno.EEXIST)
        try:
            scratch = address + size
            _check(calls.call(MPROTECT, scratch, _PAGE, _READ | _WRITE))
            _check(calls.call(RT_SIGACTION, signal.SIGTRAP, 0, scratch, _SIGSET_BYTES))
            page = cls(address, size, memory.read(scratch, _ACTION.size), listed)
            memory.write(address, page.content())
            memory.write(scratch, page.action())
            ready(page)
            _check(calls.call(RT_SIGACTION, signal.SIGTRAP, scratch, 0, _SIGSET_BYTES))
        except (OSError, PageError):
            calls.call(MUNMAP, address, everything)
            raise
        return page

    def remove(self, calls: RemoteCalls, memory: ProcessMemory) -> None:
        """Give the program its own action back and unmap the page.

        The text has been restored, and no thread is in the page or will return there (`is_in`,
        `returns_into`). A program that has set another action since keeps that.

        Raises:
            PageError: A system call failed.
            OSError: The process has ended, or executed another program.
            ThreadEndedError: The thread ended.
        """
        scratch = self.address + self.size
        _check(calls.call(RT_SIGACTION, signal.SIGTRAP, 0, scratch, _SIGSET_BYTES))
        if memory.read(scratch, _WORD.size) == _WORD.pack(self.address):
            memory.write(scratch, self.own_action)
            _check(calls.call(RT_SIGACTION, signal.SIGTRAP, scratch, 0, _SIGSET_BYTES))
        _check(calls.call(MUNMAP, self.address, self.size + _PAGE))

    @classmethod
    def at(cls, address: int, memory: ProcessMemory) -> Self | None:
        """Return the page that begins at an address, None if there is none, or not a whole one."""
        head = memory.read_up_to(address, _TABLE)
        if not head.startswith(_CODE) or len(head) < _TABLE:
            return None
        (size,) = _WORD.unpack_from(head, _SIZE)
        content = memory.read_up_to(address, min(size, _LARGEST))
        breakpoints = []
        for at in range(_TABLE, len(content) - 15, 16):
            place, thunk = _ENTRY.unpack_from(content, at)
            if not place or place >> 63:
                break
            begins = max(thunk - address, 0)
            breakpoints.append(Breakpoint(place, _instruction(content[begins : begins + _THUNK])))
        page = cls(address, size, head[_OWN_ACTION:_SIZE], tuple(breakpoints))
        # What was cut off, or is none of ours, is not what such a page says.
        return page if size == len(content) and page.content() == content else None

    def content(self) -> bytes:
        """Return the bytes of the page: code, table, thunks."""
        head = _CODE.ljust(_OWN_ACTION, b"\0") + self.own_action + _WORD.pack(self.size)
        table = b"".join(
            _ENTRY.pack(each.address, self._thunk(n)) for n, each in enumerate(self.breakpoints)
        )
        begun = (head.ljust(_TABLE, b"\0") + table).ljust(_thunks_at(len(self.breakpoints)), b"\0")
        return (begun + b"".join(map(_thunk, self.breakpoints))).ljust(self.size, _BREAKPOINT)

    def action(self) -> bytes:
        """Return the action that makes the page the handler: all signals are blocked in it."""
        return _ACTION.pack(self.address, _FLAGS, self.address + _RESTORER, _ALL)

    def _thunk(self, number: int) -> int:
        return self.address + _thunks_at(len(self.breakpoints)) + _THUNK * number

    def thunks(self) -> dict[int, int]:
        """Return where to go on with a thread that stands at a breakpoint, by its address."""
        return {each.address: self._thunk(n) for n, each in enumerate(self.breakpoints)}

    def is_in(self, counter: int) -> bool:
        """Return whether a program counter is in the page."""
        return self.address <= counter < self.address + self.size

    def counterpart(self, counter: int) -> int | None:
        """Return the place in the program's text of a program counter that is in a thunk.

        Returns:
            The address of the breakpoint if its instruction has not been executed yet, else the
            one behind it. None for a counter that is not at an instruction of a thunk.
        """
        number, offset = divmod(counter - self._thunk(0), _THUNK)
        if not 0 <= number < len(self.breakpoints):
            return None
        breakpoint_ = self.breakpoints[number]
        if offset not in (0, len(breakpoint_.instruction)):
            return None
        return breakpoint_.address + offset

    def returns_into(self, memory: ProcessMemory, stack: int) -> bool:
        """Return whether a signal's handler that runs on a stack will return into the page.

        It interrupted its thread in a thunk; the frame below which it runs says so.

        Args:
            memory: Of the process.
            stack: The thread's stack pointer.
        """
        data = memory.read_up_to(stack & ~7, _FRAME_SEARCH)
        for beginning in {each >> 24 << 24 for each in (self.address, self.address + self.size)}:
            same = _WORD.pack(beginning)[3:]
            at = data.find(same)
            while at >= 0:
                if self._is_saved_counter(data, at - 3):
                    return True
                at = data.find(same, at + 1)
        return False

    def _is_saved_counter(self, data: bytes, at: int) -> bool:
        if at < 0 or at % 8 or at + _CS_BEHIND_PC + 2 > len(data):
            return False
        segment = int.from_bytes(data[at + _CS_BEHIND_PC : at + _CS_BEHIND_PC + 2], "little")
        return segment == _USER_CS and self.is_in(_WORD.unpack_from(data, at)[0])


def free_address(pid: int, length: int) -> int:
    """Return where a process has nothing mapped, nor beside it.

    It is high up, where the kernel puts what a program maps, but not where its stack grows.

    Raises:
        PageError: There is no room, or the process has ended.
    """
    try:
        with open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as maps:
            lines = [line.split(maxsplit=5) for line in maps]
    except OSError as error:
        raise PageError(error.errno or errno.ESRCH) from error
    ends = 0
    found = None
    for words in lines:
        low, high = (int(each, 16) for each in words[0].split("-"))
        if words[-1].startswith("[stack"):
            break
        if low - ends >= length + 2 * _MARGIN:
            found = (low - _MARGIN - length) // _PAGE * _PAGE
        ends = high
    if found is None:
        raise PageError(errno.ENOMEM)
    return found


def _check(result: int) -> None:
    if result < 0:
        raise PageError(-result)


def _thunks_at(count: int) -> int:
    return -(-(_TABLE + 16 * (count + 1)) // _THUNK) * _THUNK


def _size(count: int) -> int:
    return -(-(_thunks_at(count) + _THUNK * count) // _PAGE) * _PAGE


def _thunk(breakpoint_: Breakpoint) -> bytes:
    """Return the instruction, and a jump behind it."""
    code = breakpoint_.instruction
    if code != _RET:
        code += _JUMP + _WORD.pack(breakpoint_.address + len(breakpoint_.instruction))
    return code.ljust(_THUNK, _BREAKPOINT)


def _instruction(thunk: bytes) -> bytes:
    """Return the instruction that a thunk begins with."""
    return _RET if thunk.startswith(_RET) else thunk.partition(_JUMP)[0]
