"""What is measured of a server's memory, and what it reports of itself."""

import mmap
import os
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkthrough.capture.kernel.observe import KernelObserver
from walkthrough.capture.session.memory_usage import measure, reported_figures
from walkthrough.model.kernel_state import KernelState

HELD = 64 << 20  # bytes


@pytest.mark.parametrize(
    ("output", "numbers"),
    [
        ([], {}),
        ([(1, b"listening on x\n")], {}),
        ([(1, b"figures: heap=12 stacks=34\n")], {"heap": 12, "stacks": 34}),
        ([(1, b"figures: heap=1\nfigures: heap=2\nother\n")], {"heap": 2}),
        ([(1, b"figures: he"), (1, b"ap=3\n")], {"heap": 3}),
        ([(2, b"figures: heap=3\n")], {}),
        ([(1, b"figures: heap=-3 x=1.5 y=2 Z=4 q=\n")], {"y": 2}),
        ([(1, b"figures: heap=" + b"9" * 40)], {}),
    ],
)
def test_what_the_server_reports(output: list[tuple[int, bytes]], numbers: dict[str, int]) -> None:
    assert reported_figures(output) == numbers


@given(st.lists(st.tuples(st.integers(1, 2), st.binary(max_size=60)), max_size=4))
def test_no_output_breaks_it(output: list[tuple[int, bytes]]) -> None:
    reported_figures([(1, b"figures: "), *output])


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_this_process() -> None:
    with KernelObserver(os.getpid()) as observer:
        before = measure(os.getpid(), observer.observe(), [], None)
        # Mapped, and not from malloc, which may have as much at hand that other tests have freed.
        with mmap.mmap(-1, HELD, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as held:
            held.write(b"x" * HELD)
            after = measure(os.getpid(), observer.observe(), [(1, b"figures: a=1\n")], 7)
    assert before.resident is not None
    assert after.resident is not None
    assert after.private is not None
    assert after.slab is not None
    assert HELD // 2 < after.resident - before.resident < 2 * HELD
    assert after.private <= after.resident
    assert after.tcp_socket is not None
    assert 1024 < after.tcp_socket < 8192
    assert (after.threads >= 1, after.buffers, after.reported) == (True, 7, {"a": 1})


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_a_process_that_is_gone_has_no_memory() -> None:
    measured = measure(2**22 + 1, KernelState(), [], None)
    assert (measured.resident, measured.private, measured.threads) == (None, None, 0)
