"""One system call at a time, by number through syscall(2): flags, order and buffers are ours.

What a call's words mean is decoded as for the Go server, from this process's own memory.
"""

import ctypes
from collections.abc import Callable

from walkthrough.capture.decode import calls as decode
from walkthrough.capture.instrumented import tracing
from walkthrough.capture.instrumented.errors import Errno
from walkthrough.capture.instrumented.syscall.numbers import NUMBERS
from walkthrough.model.stages import Place

_SPECS = {spec.name: spec for spec in decode.calls_here().values()}
_U64 = (1 << 64) - 1

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


class _OwnMemory:
    def read(self, address: int, length: int) -> bytes:
        return ctypes.string_at(address, length)


_memory = _OwnMemory()

Fault = Callable[[str, Place], int]


def _no_fault(_call: str, _place: Place) -> int:
    return 0


_fault: Fault = _no_fault


def inject(fault: Fault) -> None:
    """Ask ``fault`` before each call that is told, from now on.

    Args:
        fault: Given the call's name and the place it is made at, returns 0, or the error number
            with which the call fails without being made.
    """
    global _fault
    _fault = fault


def trap(call: str, *words: int) -> int:
    """Make the system call named ``call``, see syscalls(2).

    Args:
        call: Its name; one of `numbers.CALLS`.
        words: Its arguments: numbers, and addresses of buffers that the caller keeps alive.

    Raises:
        Errno: It failed, or was made to fail.
    """
    tracer = tracing.tracer()
    if tracer is None:
        result, error = _syscall(call, words)
    elif injected := _fault(call, tracer.place()):
        result, error = _traced(tracer, call, words, injected)
    else:
        result, error = _traced(tracer, call, words)
    if error:
        raise Errno(error)
    return result


def _syscall(call: str, words: tuple[int, ...]) -> tuple[int, int]:
    ctypes.set_errno(0)
    result = _libc.syscall(NUMBERS[call], *(ctypes.c_long(word) for word in words))
    return result, ctypes.get_errno() if result == -1 else 0


def _traced(
    tracer: tracing.CallTracer, call: str, words: tuple[int, ...], injected: int = 0
) -> tuple[int, int]:
    spec = _SPECS[call]
    unsigned = tuple(word & _U64 for word in words)
    shown = unsigned + (0,) * (len(spec.arguments) - len(words))  # fcntl's third, openat's mode
    before = decode.save_memory(spec, _memory, shown)
    span = tracer.call_entered(call, NUMBERS[call], decode.arguments(spec, shown, before))
    result, error = (-1, injected) if injected else _syscall(call, words)
    after = decode.save_memory(spec, _memory, shown, -error if error else result)
    arguments = decode.arguments(spec, shown, before, after, -error if error else result)
    named = decode.errno(error) if error else None
    flags = decode.result_flags(spec, shown, result)
    tracer.call_returned(span, call, arguments, result, named, bool(injected), flags)
    return result, error
