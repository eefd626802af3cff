"""Where a breakpoint may stand."""

import pytest

from walkthrough.capture.ptrace.architecture.x86_64 import X86_64
from walkthrough.capture.ptrace.breakpoints import may_break_in
from walkthrough.capture.ptrace.traced_functions import traced_functions


def test_every_function_on_the_path_may_have_breakpoints() -> None:
    for minor in range(19, 28):
        names = [each.name for each in traced_functions((1, minor), X86_64)]
        assert names
        assert all(map(may_break_in, names))


@pytest.mark.parametrize(
    "name",
    [
        *("runtime.sighandler", "runtime.sigtrampgo", "runtime.startm", "runtime.mallocgc"),
        *("runtime.mstart1", "syscall.forkAndExecInChild1", "syscall.RawSyscall6"),
        *("syscall.runtime_AfterForkInChild", "runtime.clearSignalHandlers", "runtime.newm1"),
    ],
)
def test_none_where_sigtrap_may_be_blocked(name: str) -> None:
    assert not may_break_in(name)
