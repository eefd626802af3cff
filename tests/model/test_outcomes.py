"""What is a failure, and what only says "not now"."""

import pytest

from walkthrough.model.events import CallReturned, FunctionReturned
from walkthrough.model.outcomes import has_failed
from walkthrough.model.values import Argument, Constant, GoError, Value


@pytest.mark.parametrize(
    ("error", "failed"),
    [
        ("EAGAIN", False),
        ("EINPROGRESS", False),
        ("EALREADY", False),
        ("EINTR", False),
        ("ERESTARTNOHAND", False),
        ("ERESTART_RESTARTBLOCK", False),
        ("ECONNREFUSED", True),
        ("EMFILE", True),
    ],
)
def test_a_call_or_function_that_waits_or_is_under_way_has_not_failed(
    error: str, failed: bool
) -> None:
    errno = Constant(error, 1)
    called = CallReturned(seq=0, time_ns=0, call="connect", result=-1, error=errno)
    assert has_failed(called) is failed
    passed_on: tuple[Value, ...] = (GoError("syscall.Errno", "", errno), errno)
    for value in passed_on:
        left = FunctionReturned(
            seq=0, time_ns=0, failed=True, results=(Argument("n", -1), Argument("err", value))
        )
        assert has_failed(left) is failed


def test_what_succeeded_or_says_no_errno() -> None:
    assert not has_failed(CallReturned(seq=0, time_ns=0, call="listen", result=0))
    assert not has_failed(FunctionReturned(seq=0, time_ns=0))
    assert has_failed(FunctionReturned(seq=0, time_ns=0, failed=True))
