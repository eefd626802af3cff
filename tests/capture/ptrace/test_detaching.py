"""What detaching does to threads, without any."""

import signal
from types import SimpleNamespace
from typing import Any, cast

import pytest

from walkthrough.capture.ptrace import attach_requests
from walkthrough.capture.ptrace.detaching import Detachment, bring_out_traps
from walkthrough.capture.ptrace.process_table import ProcessTable
from walkthrough.capture.ptrace.traced_process import TracedThread

AT_BREAKPOINT = cast("Any", object())


def thread(number: int, pending: int = 0) -> TracedThread:
    state = TracedThread.__new__(TracedThread)
    state.id, state.stopped, state.pending = number, True, pending
    state.probe, state.group_stop = None, False
    return state


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> dict[int, list[int]]:
    """The signals that wait behind the stops of threads."""
    waiting: dict[int, list[int]] = {}
    monkeypatch.setattr(attach_requests, "queued_signals", lambda each: tuple(waiting[each]))
    return waiting


def test_a_trap_behind_another_stop_comes_and_no_signal_is_lost(
    queued: dict[int, list[int]],
) -> None:
    one, other = thread(1, signal.SIGTERM), thread(2)
    states = {1: one, 2: other}
    queued.update({1: [signal.SIGTRAP], 2: [signal.SIGUSR1]})
    ran: list[tuple[int, int]] = []

    def let_run(state: TracedThread) -> None:
        ran.append((state.id, state.pending))
        state.stopped = False

    def take(number: int) -> bool:
        queued[number].remove(signal.SIGTRAP)
        states[number].stopped, states[number].probe = True, AT_BREAKPOINT
        return True

    table = cast("ProcessTable", SimpleNamespace(threads=states))
    assert bring_out_traps(table, take, let_run) == 1
    assert ran == [(1, 0)], "its signal must not be handled between the breakpoint and the trap"
    assert one.probe is AT_BREAKPOINT
    assert one.pending == signal.SIGTERM
    assert other.stopped


def test_a_trap_that_somebody_has_sent_stays_theirs(queued: dict[int, list[int]]) -> None:
    state = thread(1)
    queued[1] = [signal.SIGTRAP]

    def let_run(each: TracedThread) -> None:
        each.stopped = False

    def take(number: int) -> bool:
        queued[number].clear()
        state.stopped, state.pending = True, signal.SIGTRAP
        return True

    table = cast("ProcessTable", SimpleNamespace(threads={1: state}))
    bring_out_traps(table, take, let_run)
    assert (state.probe, state.pending) == (None, signal.SIGTRAP)


def test_what_several_took_is_told_as_one() -> None:
    joined = Detachment(1, 2, 1, 0, (7,)).joined(Detachment(1, 1, 0, 3, (), (8,)))
    assert joined == Detachment(2, 3, 1, 3, (7,), (8,))
