"""Which errors are no failures: by them the kernel says "not now", "under way" or "try again".

Whoever marks, colours, counts or filters what has failed asks here, so that all say the same.
"""

from collections.abc import Iterable

from walkthrough.model.events import CallReturned, FunctionReturned
from walkthrough.model.values import Argument, Constant, GoError

NOT_YET = frozenset({"EAGAIN", "EWOULDBLOCK", "EINPROGRESS", "EALREADY"})
"""Nothing is there yet, or it is under way: who asked may wait for it (accept(2), connect(2))."""
INTERRUPTED = frozenset(
    {"EINTR", "ERESTARTSYS", "ERESTARTNOINTR", "ERESTARTNOHAND", "ERESTART_RESTARTBLOCK"}
)
"""A signal has interrupted a call, which is made again: by the program, or by the kernel, whose own
numbers (linux/errno.h) a tracer sees and no program does."""
NO_FAILURES = NOT_YET | INTERRUPTED
"""These are no failures."""


def has_failed(event: CallReturned | FunctionReturned) -> bool:
    """Return whether a call or a function ended with an error that is a failure."""
    if isinstance(event, CallReturned):
        return event.error is not None and event.error.name not in NO_FAILURES
    return event.failed and not passes_on_no_failure(event.results)


def passes_on_no_failure(results: Iterable[Argument]) -> bool:
    """Return whether one of a function's results is an error that is no failure."""
    for result in results:
        error = result.value.errno if isinstance(result.value, GoError) else result.value
        if isinstance(error, Constant) and error.name in NO_FAILURES:
            return True
    return False
