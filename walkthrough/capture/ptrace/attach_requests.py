"""The ptrace(2) requests of a tracer that attaches to a program which already runs.

PTRACE_SEIZE sends no signal and stops nothing by itself; PTRACE_INTERRUPT then stops a thread in an
*event-stop*, whose wait status is ``SIGTRAP | EVENT_STOP << 8``. A thread of a stopped program
stands in an event-stop as well, with the stopping signal in place of SIGTRAP (a group-stop).

As in `ptrace_api`, every call belongs to the one thread that traces, and a `PtraceError` with errno
ESRCH means that the thread has died, or does not stand still.
"""

import ctypes
import os
import struct

from ptrace import PtraceError
from ptrace.binding import func

EVENT_STOP = 128
EVENT_VFORK_DONE = func.PTRACE_EVENT_VFORK_DONE
O_TRACEVFORKDONE = func.PTRACE_O_TRACEVFORKDONE

_SEIZE, _INTERRUPT, _LISTEN, _PEEKSIGINFO = 0x4206, 0x4207, 0x4208, 0x4209
_GETSIGMASK, _SETSIGMASK = 0x420A, 0x420B
_MASK_BYTES = 8
_SIGINFO_BYTES = 128
_CODE_AT = 8  # of si_code in siginfo_t
_MOST_QUEUED = 32
_SHARED = 1  # PTRACE_PEEKSIGINFO_SHARED

_request = func._ptrace
_FAILED = ctypes.c_ulong(-1).value
_mask = ctypes.c_uint64()
_mask_at = ctypes.addressof(_mask)
_queue = ctypes.create_string_buffer(_SIGINFO_BYTES * _MOST_QUEUED)
_queue_at = ctypes.addressof(_queue)


class _PeekArguments(ctypes.Structure):
    """``struct ptrace_peeksiginfo_args``."""

    _fields_ = (("offset", ctypes.c_uint64), ("flags", ctypes.c_uint32), ("count", ctypes.c_int32))


def _ask(request: int, thread: int, address: int = 0, data: int = 0) -> int:
    result = int(_request(request, thread, address, data))
    if result == _FAILED:
        number = ctypes.get_errno()
        raise PtraceError(f"ptrace request {request:#x}: {os.strerror(number)}", number, thread)
    return result


def seize(thread: int, options: int) -> None:
    """PTRACE_SEIZE: begin to trace ``thread``, which runs on.

    Args:
        thread: A thread of any process that may be traced.
        options: PTRACE_O_*, see ptrace(2).
    """
    _ask(_SEIZE, thread, 0, options)


def interrupt(thread: int) -> None:
    """PTRACE_INTERRUPT: have a running ``thread`` stop in an event-stop; that is a later stop.

    One that stands still does so when it is resumed next, before it runs an instruction.
    """
    _ask(_INTERRUPT, thread)


def listen(thread: int) -> None:
    """PTRACE_LISTEN: leave ``thread``, which stands in a group-stop, stopped as its program is."""
    _ask(_LISTEN, thread)


def detach(thread: int, signal: int = 0) -> None:
    """PTRACE_DETACH: trace a stopped ``thread`` no longer; it runs on, and gets ``signal``."""
    _ask(func.PTRACE_DETACH, thread, 0, signal)


def is_event_stop(thread: int) -> bool:
    """PTRACE_GETSIGINFO: whether ``thread`` stands in an event-stop, a group-stop included.

    False for one that does not stand still, or is gone.
    """
    try:
        _ask(func.PTRACE_GETSIGINFO, thread, 0, _queue_at)
    except PtraceError:
        return False
    return int(struct.unpack_from("<i", _queue, _CODE_AT)[0]) >> 8 == EVENT_STOP


def queued_signals(thread: int, *, of_process: bool = False) -> tuple[int, ...]:
    """PTRACE_PEEKSIGINFO: the numbers of the signals that a stopped ``thread`` has yet to get.

    Args:
        thread: A stopped thread.
        of_process: Those that any thread of its process may take, rather than its own.
    """
    arguments = _PeekArguments(0, _SHARED if of_process else 0, _MOST_QUEUED)
    count = _ask(_PEEKSIGINFO, thread, ctypes.addressof(arguments), _queue_at)
    return tuple(struct.unpack_from("<i", _queue, _SIGINFO_BYTES * n)[0] for n in range(count))


def signal_mask(thread: int) -> int:
    """PTRACE_GETSIGMASK: the signals that a stopped ``thread`` blocks; bit N-1 is signal N."""
    _ask(_GETSIGMASK, thread, _MASK_BYTES, _mask_at)
    return _mask.value


def set_signal_mask(thread: int, mask: int) -> None:
    """PTRACE_SETSIGMASK: block other signals in a stopped ``thread``, as `signal_mask`."""
    _mask.value = mask
    _ask(_SETSIGMASK, thread, _MASK_BYTES, _mask_at)
