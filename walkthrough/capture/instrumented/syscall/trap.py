"""One system call at a time, by number through syscall(2): flags, order and buffers are ours.

What a call's words mean is decoded as for the Go server, from this process's own memory.
"""

import ctypes

from walkthrough.capture.decode import calls as decode
from walkthrough.capture.instrumented import tracing
from walkthrough.capture.instrumented.errors import Errno
from walkthrough.capture.instrumented.syscall.numbers import NUMBERS

_SPECS = {spec.name: spec for spec in decode.CALLS.values()}
_U64 = (1 << 64) - 1

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


class _OwnMemory:
    def read(self, address: int, length: int) -> bytes:
        return ctypes.string_at(address, length)


_memory = _OwnMemory()


def trap(call: str, *words: int) -> int:
    """Make the system call named ``call``, see syscalls(2).

    Args:
        call: Its name; one of `numbers.CALLS`.
        words: Its arguments: numbers, and addresses of buffers that the caller keeps alive.

    Raises:
        Errno: It failed.
    """
    tracer = tracing.tracer()
    if tracer is None:
        result, error = _syscall(call, words)
    else:
        result, error = _told(tracer, call, words)
    if error:
        raise Errno(error)
    return result


def _syscall(call: str, words: tuple[int, ...]) -> tuple[int, int]:
    ctypes.set_errno(0)
    result = _libc.syscall(NUMBERS[call], *(ctypes.c_long(word) for word in words))
    return result, ctypes.get_errno() if result == -1 else 0


def _told(tracer: tracing.Tracer, call: str, words: tuple[int, ...]) -> tuple[int, int]:
    spec = _SPECS[call]
    unsigned = tuple(word & _U64 for word in words)
    shown = unsigned + (0,) * (len(spec.arguments) - len(words))  # fcntl's third, openat's mode
    before = decode.grab(spec, _memory, shown)
    span = tracer.call_entered(call, NUMBERS[call], decode.arguments(spec, shown, before))
    result, error = _syscall(call, words)
    after = decode.grab(spec, _memory, shown, -error if error else result)
    arguments = decode.arguments(spec, shown, before, after, -error if error else result)
    tracer.call_returned(span, call, arguments, result, decode.errno(error) if error else None)
    return result, error
