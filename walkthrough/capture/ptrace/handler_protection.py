"""Protects processes that are attached to by a handler page and a guardian; see `Protection`.

If the tracer is killed, the handler in the page answers every breakpoint from that moment on, and
the guardian puts the text back and takes the page away. x86_64 only.
"""

import contextlib
from collections.abc import Callable, Iterable, Mapping
from typing import Self

from walkthrough.capture.errors import CaptureError
from walkthrough.capture.ptrace import attach_requests as attach
from walkthrough.capture.ptrace import ptrace_api as pt
from walkthrough.capture.ptrace.architecture.x86_64 import X86_64
from walkthrough.capture.ptrace.attach_checks import exec_refusal, page_objection, page_refusal
from walkthrough.capture.ptrace.breakpoints import carry_out
from walkthrough.capture.ptrace.guardian import (
    CallsBegin,
    Guardian,
    LeftBehind,
    MemoryMapped,
    PageReady,
    ProcessLeft,
    Report,
)
from walkthrough.capture.ptrace.handler_page import HandlerPage, PageError
from walkthrough.capture.ptrace.remote_call import (
    CallSite,
    RemoteCalls,
    ThreadEndedError,
    choose_site,
    find_instruction,
)
from walkthrough.capture.ptrace.restoration import leave, put_back_remains
from walkthrough.capture.ptrace.stops import Origin
from walkthrough.capture.ptrace.traced_process import TracedProcess, TracedThread

UNSAFE = (
    *("runtime.sighandler", "runtime.sigtramp", "runtime.sigfwd", "runtime.adjustSignalStack"),
    *("runtime.sigblock", "runtime.msigrestore", "runtime.sigsave", "runtime.clearSignalHandlers"),
    *("runtime.newm", "runtime.startm", "runtime.newosproc", "runtime.mstart", "runtime.minit"),
    *("runtime.unminit", "runtime.mexit", "runtime.mallocgc", "runtime.needm", "runtime.dropm"),
    *("runtime.syscall_runtime_", "syscall.runtime_", "syscall.forkAndExecInChild"),
    *("syscall.RawSyscall", "syscall.rawSyscall", "syscall.rawVforkSyscall"),
)
"""Beginnings of the names of functions that run where SIGTRAP is blocked, or has no handler.

A breakpoint that is met there has the kernel set the default action for good, which ends the
program: in signal handlers, as a thread begins and ends, and between fork and exec.
"""
_PUT_BACK_S = 5.0
"""How long is tried to clean up after another tracer. What is left is answered as before."""


class HandlerProtection:
    """A `Protection`; a context manager, to be left after the tracer has detached.

    Args:
        stopped_limit_s: For how many seconds the tracer may be stopped by a signal, see `Guardian`.
    """

    def __init__(self, stopped_limit_s: float = 0) -> None:
        self._stopped_limit_s = stopped_limit_s
        self._guardian: Guardian | None = None
        self._pages: dict[int, HandlerPage] = {}
        self._made: list[tuple[Mapping[int, int], HandlerPage]] = []
        self._registers = pt.Registers(X86_64)
        self.unprotected_calls = 0
        """How often a program had no thread that was parked in Go's runtime, see `remote_call`."""
        self.left_behind = 0
        """How often a page was still in use, and left to the guardian."""
        self._behind = 0

    def __enter__(self) -> Self:
        self.begin()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def guardian_pid(self) -> int:
        """Process id of the guardian, 0 if there is none."""
        return self._guardian.pid if self._guardian is not None else 0

    def begin(self) -> None:
        """Start the guardian and wait until it listens; call this before anything is stopped.

        Raises:
            CaptureError: It cannot be started.
        """
        if self._guardian is None:
            self._guardian = Guardian(self._stopped_limit_s)
        self._guardian.wait_until_ready()

    def close(self) -> None:
        """Tell the guardian that tracing has ended. Idempotent."""
        if self._guardian is not None:
            self._guardian.close()
            self._guardian = None

    def _report(self, what: Report) -> None:
        if self._guardian is not None:
            self._guardian.report(what)

    def put_back(self, pid: int) -> None:
        """Clean up after a tracer that was killed with its guardian; see `Protection.put_back`."""
        put_back_remains(pid, _PUT_BACK_S)

    def install(self, process: TracedProcess) -> None:
        """Map a page and make it the handler, see `Protection.install`."""
        pid, memory = process.pid, process.memory
        if (objection := page_objection(pid)) is not None:
            raise CaptureError(objection)
        if process.origin is Origin.EXEC:
            # Go's runtime will set a handler of its own as it starts, in the place of the page.
            raise CaptureError(exec_refusal(pid))
        _leave_out_unsafe(process)
        self.begin()
        site = self._site(process)
        if site is None:
            raise CaptureError(page_refusal(pid, 0))
        try:
            breakpoints = _instructions(process)
            with RemoteCalls(pid, site, self._announce(pid)) as calls:
                page = HandlerPage.install(
                    pid,
                    calls,
                    memory,
                    breakpoints,
                    lambda at, length: self._report(MemoryMapped(pid, at, length)),
                    lambda made: self._report(PageReady(pid, made)),
                )
        except (PageError, OSError) as error:
            number = error.number if isinstance(error, PageError) else error.errno or 0
            self._report(ProcessLeft(pid))
            raise CaptureError(page_refusal(pid, number)) from error
        except ThreadEndedError as error:
            self._behind += 1
            self._report(LeftBehind(pid))
            raise CaptureError(page_refusal(pid, 0)) from error
        self._pages[pid] = page
        process.thunks = page.thunks()
        self._made.append((process.thunks, page))

    def inherited(self, process: TracedProcess) -> None:
        """Remember a fork, which has a copy of its maker's page; see `Protection.inherited`."""
        for thunks, page in self._made:
            if thunks is process.thunks:
                self._pages[process.pid] = page
                self._report(PageReady(process.pid, page))

    def leave_thunk(self, thread: TracedThread) -> None:
        """Carry out what a thread in a thunk has yet to do; see `Protection.leave_thunk`."""
        process = thread.process
        page = self._pages.get(process.pid)
        if page is None:
            return
        registers = self._registers
        words = pt.get_registers(thread.id, registers)
        place = page.counterpart(words[X86_64.pc])
        if place is None:
            return
        prepared = process.probes.get(place)
        if prepared is not None:
            above = int.from_bytes(process.memory.read_up_to(words[X86_64.sp], 8), "little")
            bias = process.load_bias
            carry_out(prepared.probe, X86_64, registers, process.memory, above, bias)
        else:
            registers.put(X86_64.pc, place)
        pt.set_registers(thread.id, registers)

    def remove(self, process: TracedProcess) -> None:
        """Take the page away; what is still in use is left to the guardian."""
        page = self._pages.get(process.pid)
        process.thunks = {}
        if page is None:
            return
        pid = process.pid
        self._pages.pop(pid, None)
        if not self._take_away(process, page):
            self.left_behind += 1
            self._behind += 1
            self._report(LeftBehind(pid))
        else:
            self._report(ProcessLeft(pid))

    def settle(self) -> None:
        """Wait until the guardian has dealt with what was left to it, see `Protection.settle`."""
        if self._guardian is not None and self._behind:
            self._guardian.wait_until_put_back(self._behind)
        self._behind = 0

    def _take_away(self, process: TracedProcess, page: HandlerPage) -> bool:
        memory = process.memory
        if page_objection(process.pid) is not None:  # it has come to restrict its calls
            return False
        try:
            is_left = True
            for thread in process.threads.values():
                is_left &= self._leave(thread, page)
            if not is_left:
                return False
            site = self._site(process)
            if site is None:
                return False
            with RemoteCalls(process.pid, site, self._announce(process.pid)) as calls:
                page.remove(calls, memory)
        except (PageError, OSError, ThreadEndedError, pt.PtraceError):
            return False
        return True

    def _leave(self, thread: TracedThread, page: HandlerPage) -> bool:
        """Return whether a thread stands outside of the page, and will not return there."""
        return thread.stopped and leave(thread.id, page, thread.process.memory, self._registers)

    def _site(self, process: TracedProcess) -> CallSite | None:
        able = _able_to_call(process.threads)
        site = choose_site(able, process.memory)
        if site is None:
            elsewhere = find_instruction(process.pid, process.memory)
            site = choose_site(able, process.memory, elsewhere)
        if site is not None and not site.is_harmless:
            self.unprotected_calls += 1
        return site

    def _announce(self, pid: int) -> Callable[[int, int], None]:
        return lambda thread, mask: self._report(CallsBegin(pid, thread, mask))


def _able_to_call(threads: Iterable[int]) -> list[int]:
    """Return the threads that could make a call for us, see `choose_site`.

    Where calls are traced, one that was interrupted in a call stands at its end.
    """
    found = []
    for thread in threads:
        with contextlib.suppress(pt.PtraceError):  # it ended meanwhile
            stands = attach.is_event_stop(thread) or isinstance(
                pt.get_syscall_info(thread), pt.SyscallEntry | pt.SyscallExit
            )
            if stands and not attach.queued_signals(thread):
                found.append(thread)
    return found


def _instructions(process: TracedProcess) -> dict[int, bytes]:
    """Return the instruction at each breakpoint that is about to be inserted."""
    found = {}
    for address, original in process.originals.items():
        probe = process.probes[address].probe
        length = 1 if probe.is_return else probe.function.shape.length
        rest = process.memory.read(address + len(original), length - len(original))
        found[address] = original + rest
    return found


def _leave_out_unsafe(process: TracedProcess) -> None:
    kept = {
        address: probe
        for address, probe in process.probes.items()
        if not probe.probe.function.name.startswith(UNSAFE)
    }
    process.originals = {at: each for at, each in process.originals.items() if at in kept}
    process.probes = {at: probe for at, probe in kept.items() if at in process.originals}
