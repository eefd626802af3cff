"""Puts a program back as it was after its tracer has died: text, action, masks, mappings.

The order is what makes it safe. First the text, which needs no stop: the handler page lives on.
Then all threads are stopped, and those that stand at a breakpoint or in a thunk are put back to
their place in the text. Only when none is in the page, or will return there, is it taken away.
"""

import contextlib
import time

import msgspec

from walkthrough.capture.kernel.thread_status import thread_status, threads_of
from walkthrough.capture.ptrace import attach_requests as attach
from walkthrough.capture.ptrace import ptrace_api as pt
from walkthrough.capture.ptrace.architecture.x86_64 import X86_64
from walkthrough.capture.ptrace.attach_checks import page_objection
from walkthrough.capture.ptrace.handler_page import HandlerPage, PageError
from walkthrough.capture.ptrace.memory import ProcessMemory
from walkthrough.capture.ptrace.remote_call import (
    ALL_BLOCKED,
    MUNMAP,
    RemoteCalls,
    ThreadEndedError,
    choose_site,
    find_instruction,
)
from walkthrough.capture.ptrace.seized_process import SeizedProcess

BREAKPOINT = b"\xcc"
_STOP_SECONDS = 2.0
_RUN_SECONDS = 0.002


class Changes(msgspec.Struct):
    """What a tracer has changed in a process, or was about to change.

    Attributes:
        pid: The process.
        page: Its handler page.
        mapped: Address and length of memory that was mapped for the page.
        masks: The signals that threads blocked before they made system calls for us, by thread.
    """

    pid: int
    page: HandlerPage | None = None
    mapped: tuple[int, int] | None = None
    masks: dict[int, int] = msgspec.field(default_factory=dict)


def restore_text(memory: ProcessMemory, page: HandlerPage) -> None:
    """Write back the first byte of each instruction where a breakpoint is; threads may run.

    Where the page is not, there is another program by now.

    Raises:
        OSError: The process has ended.
    """
    if not is_there(page, memory):
        return
    for each in page.breakpoints:
        if memory.read(each.address, 1) == BREAKPOINT:
            memory.write(each.address, each.instruction[:1])


def is_there(page: HandlerPage, memory: ProcessMemory) -> bool:
    """Return whether a page is still mapped, and ours."""
    content = page.content()
    return memory.read_up_to(page.address, len(content)) == content


def pages_in(pid: int) -> list[HandlerPage]:
    """Return the handler pages that a process has, the one that handles SIGTRAP first.

    One that was attached to has one; one that nobody traces has what a tracer and its guardian left
    when both were killed, or what its maker had when it was forked. It may have run all the same,
    and been attached to again: then a page goes on to the handler of the one before.

    Raises:
        OSError: It has ended, or is another user's.
    """
    memory = ProcessMemory(pid)
    try:
        with open(f"/proc/{pid}/maps", "rb") as maps:
            words = [line.split() for line in maps]
        # without a file or a name: address, rights, offset, device, inode
        begins = [int(each[0].partition(b"-")[0], 16) for each in words if _may_be_page(each)]
        found = [page for at in begins if (page := HandlerPage.at(at, memory)) is not None]
    finally:
        memory.close()
    ordered: list[HandlerPage] = []
    while found:
        named = {int.from_bytes(each.own_action[:8], "little") for each in found}
        first = next((each for each in found if each.address not in named), found[0])
        found.remove(first)
        ordered.append(first)
    return ordered


def _may_be_page(words: list[bytes]) -> bool:
    return len(words) == 5 and words[1] == b"r-xp" and words[4] == b"0"


def put_back_remains(pid: int, seconds: float) -> None:
    """Put a process back that nobody traces, if a tracer has left it with a handler page.

    Args:
        pid: The process.
        seconds: How long each page may take. One that is left harms nobody.
    """
    if thread_status(pid).tracer:
        return
    with contextlib.suppress(OSError):  # it has ended, or may not be traced, which others say
        for page in pages_in(pid):
            Restoration(Changes(pid, page)).run(seconds)


class Restoration:
    """Puts one process back.

    Args:
        changes: What was changed.
    """

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._page = changes.page
        self._places = {each.address for each in changes.page.breakpoints} if changes.page else ()
        self._registers = pt.Registers(X86_64)
        self._seized = SeizedProcess(changes.pid, self._is_breakpoint)

    def run(self, seconds: float) -> bool:
        """Put back what has to be, and leave the process alone.

        Returns:
            Whether all is as it was, or the process has ended. Else the page is left in it, which
            harms nobody: the text is restored first.
        """
        try:
            return self._run(time.monotonic() + seconds)
        finally:
            self._seized.release(_STOP_SECONDS)  # time may be up while it runs, traced

    def _run(self, until: float) -> bool:
        if self._page is not None:
            with contextlib.suppress(OSError):
                memory = ProcessMemory(self._changes.pid)
                try:
                    restore_text(memory, self._page)
                finally:
                    memory.close()
        while time.monotonic() < until:
            if not threads_of(self._changes.pid):
                return True
            if self._try_once():
                return True
            time.sleep(_RUN_SECONDS)
        return False

    def _try_once(self) -> bool:
        seized = self._seized
        try:
            still = seized.stop(_STOP_SECONDS) and seized.let_traps_come(_STOP_SECONDS)
            if not still:
                seized.run()
                return False
            if not seized.threads:
                return True
            memory = ProcessMemory(self._changes.pid)
        except (OSError, pt.PtraceError):  # whoever traces it now, or a process that is ending
            seized.run()
            return False
        try:
            if not self._leave_page(memory):
                seized.run()
                return False
            self._take_away(memory)
        except ThreadEndedError:
            seized.run()
            return False
        finally:
            memory.close()
        seized.detach()
        return True

    def _is_breakpoint(self, thread: int) -> bool:
        """Put a thread that stands at a breakpoint back to its instruction."""
        at = pt.get_registers(thread, self._registers)[X86_64.pc] - 1
        if at in self._places:
            self._registers.put(X86_64.pc, at)
            pt.set_registers(thread, self._registers)
            return True
        # its tracer died between leading it into the page and taking its stop
        return self._page is not None and self._page.is_in(at + 1)

    def _leave_page(self, memory: ProcessMemory) -> bool:
        """Put threads in thunks back, and masks; return whether none is left in the page."""
        is_left = True
        for thread in self._seized.standing:
            with contextlib.suppress(pt.PtraceError):
                self._put_mask_back(thread)
                if self._page is not None:
                    is_left &= leave(thread, self._page, memory, self._registers)
        return is_left

    def _put_mask_back(self, thread: int) -> None:
        mask = self._changes.masks.get(thread)
        if mask is not None and attach.signal_mask(thread) == mask | ALL_BLOCKED:
            attach.set_signal_mask(thread, mask)

    def _take_away(self, memory: ProcessMemory) -> None:
        if not self._is_mapped(memory) or page_objection(self._changes.pid) is not None:
            return  # it may have come to restrict its calls: the page stays, which harms nobody
        threads = self._seized.interrupted()
        elsewhere = find_instruction(self._changes.pid, memory)
        site = choose_site(threads, memory, elsewhere)
        if site is None:
            return
        with RemoteCalls(self._changes.pid, site) as calls, contextlib.suppress(PageError, OSError):
            if self._page is not None:
                self._page.remove(calls, memory)
            elif self._changes.mapped is not None:
                calls.call(MUNMAP, *self._changes.mapped)

    def _is_mapped(self, memory: ProcessMemory) -> bool:
        """Return whether the memory is still there, and ours: it may have executed a program."""
        if self._page is not None:
            return is_there(self._page, memory)
        if self._changes.mapped is None:
            return False
        low, length = self._changes.mapped
        with contextlib.suppress(OSError), open(f"/proc/{self._changes.pid}/maps") as maps:
            for line in maps:
                begins, _, ends = line.split()[0].partition("-")
                if int(begins, 16) == low and int(ends, 16) <= low + length:
                    return line.split()[1] == "r-xp" and line.split()[4] == "0"
        return False


def leave(thread: int, page: HandlerPage, memory: ProcessMemory, registers: pt.Registers) -> bool:
    """Put a stopped thread that is in a thunk back to its place in the text, which is restored.

    Returns:
        False if the thread is in the handler, or a signal's handler will return into the page:
        then it has to run on first.
    """
    words = pt.get_registers(thread, registers)
    counter = words[X86_64.pc]
    if page.is_in(counter):
        place = page.counterpart(counter)
        if place is None:
            return False
        registers.put(X86_64.pc, place)
        pt.set_registers(thread, registers)
    return not page.returns_into(memory, words[X86_64.sp])
