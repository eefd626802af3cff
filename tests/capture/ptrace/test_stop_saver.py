"""What is said of a call that was to fail, where the kernel cannot skip one."""

import ctypes
import errno
from unittest.mock import Mock

import pytest

from walkthrough.capture.errors import CaptureError
from walkthrough.capture.ptrace import ptrace_api as pt
from walkthrough.capture.ptrace.architecture.aarch64 import AARCH64
from walkthrough.capture.ptrace.stop_saver import StopSaver

SET_REGISTER_SET, ARM_SYSTEM_CALL = 0x4205, 0x404  # PTRACE_SETREGSET, NT_ARM_SYSTEM_CALL


def refuse(monkeypatch: pytest.MonkeyPatch, number: int) -> list[tuple[int, int]]:
    """Let every request fail with an error number; return those that were made, as they come."""
    made: list[tuple[int, int]] = []

    def request(what: int, thread: int, kind: int, data: int) -> int | None:
        made.append((what, kind))
        ctypes.set_errno(number)
        return ctypes.c_ulong(-1).value

    monkeypatch.setattr(pt, "_request", request)
    return made


def test_a_kernel_that_cannot_skip_a_call_is_told_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = refuse(monkeypatch, errno.EINVAL)
    with pytest.raises(CaptureError) as refused:
        StopSaver(AARCH64, {}, save_stack=False).fail_call(Mock(id=4242), errno.EMFILE)
    assert str(refused.value) == (
        "This kernel cannot make a system call fail (Invalid argument): run a scenario without "
        "faults, or use --server python."
    )
    assert made == [(SET_REGISTER_SET, ARM_SYSTEM_CALL)]


def test_a_thread_that_was_killed_meanwhile_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    made = refuse(monkeypatch, errno.ESRCH)
    StopSaver(AARCH64, {}, save_stack=False).fail_call(Mock(id=4242), errno.EMFILE)
    assert len(made) == 1
