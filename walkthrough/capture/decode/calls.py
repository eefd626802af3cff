"""The system calls on the path: their names and arguments as data, saved and decoded.

Names of arguments are those of the manual pages. `save_memory` saves what a call points to, at its
entry and at its exit; `arguments` decodes that, later, without a process.
"""

import platform
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from walkthrough.capture.decode import kinds as kd
from walkthrough.capture.decode.addresses import (
    ADDRESS_IN,
    ADDRESS_OUT,
    LENGTH_OUT,
    OPTION_LENGTH_OUT,
)
from walkthrough.capture.decode.control import fcntl_argument
from walkthrough.capture.decode.kernel_abi import ABIS, KernelAbi
from walkthrough.capture.decode.kinds import INT, SIZE, flagged, named
from walkthrough.capture.decode.memory import Memory
from walkthrough.capture.decode.messages import MESSAGE_IN, MESSAGE_OUT, VECTOR_IN, VECTOR_OUT
from walkthrough.capture.decode.options import OPTION, OPTION_GOT, OPTION_VALUE, OPTION_VALUE_OUT
from walkthrough.capture.decode.waits import FD_SET, POINTER, POLLED, TIMEVAL
from walkthrough.model.linux import constants as k
from walkthrough.model.linux.errno import RESTARTED
from walkthrough.model.values import Argument, Constant, Flags

Words = kd.Words
Grab = kd.Saved
_Arguments = tuple[tuple[str, kd.ArgumentKind], ...]


class CallSpec(NamedTuple):
    """A system call on one machine.

    Attributes:
        name: Its name.
        arguments: Its arguments, each with a kind.
        open_flags: Of a call that may return flags of open(2): their names, where this machine
            numbers them otherwise than x86_64.
    """

    name: str
    arguments: _Arguments
    open_flags: k.Table | None = None


_NAME_OUT: _Arguments = (("sockfd", INT), ("addr", ADDRESS_OUT), ("addrlen", LENGTH_OUT))
_ADDRESSED: _Arguments = (("sockfd", INT), ("addr", ADDRESS_IN), ("addrlen", INT))
_BUFFER_IN: _Arguments = (("buf", kd.DATA_IN), ("len", SIZE), ("flags", flagged(k.MSG)))
_BUFFER_OUT: _Arguments = (("buf", kd.RECEIVED), ("len", SIZE), ("flags", flagged(k.MSG)))
_SIGNALS: _Arguments = (("sigmask", kd.SIGNALS), ("sigsetsize", SIZE))
_PATH: _Arguments = (("pathname", kd.PATH),)
_AT: _Arguments = (("dirfd", kd.DIRFD), *_PATH)
_LEVEL: _Arguments = (("sockfd", INT), ("level", named(k.SOL)))


def _calls(abi: KernelAbi) -> dict[str, _Arguments]:
    """Return the system calls on the path, by name, with their arguments on one machine."""
    wait: _Arguments = (
        ("epfd", INT),
        ("events", kd.epoll_events(abi.epoll_event)),
        ("maxevents", INT),
    )
    return {
        "read": (("fd", INT), ("buf", kd.DATA_OUT), ("count", SIZE)),
        "write": (("fd", INT), ("buf", kd.DATA_IN), ("count", SIZE)),
        "close": (("fd", INT),),
        "readv": (("fd", INT), ("iov", VECTOR_OUT), ("iovcnt", SIZE)),
        "writev": (("fd", INT), ("iov", VECTOR_IN), ("iovcnt", SIZE)),
        "pipe": (("pipefd", kd.PAIR),),
        "dup": (("oldfd", INT),),
        "dup2": (("oldfd", INT), ("newfd", INT)),
        "socket": kd.SOCKET,
        "connect": _ADDRESSED,
        "accept": _NAME_OUT,
        "sendto": (("sockfd", INT), *_BUFFER_IN, ("dest_addr", ADDRESS_IN), ("addrlen", INT)),
        "recvfrom": (
            ("sockfd", INT),
            *_BUFFER_OUT,
            ("src_addr", ADDRESS_OUT),
            ("addrlen", LENGTH_OUT),
        ),
        "sendmsg": (("sockfd", INT), ("msg", MESSAGE_IN), ("flags", flagged(k.MSG))),
        "recvmsg": (("sockfd", INT), ("msg", MESSAGE_OUT), ("flags", flagged(k.MSG))),
        "shutdown": (("sockfd", INT), ("how", named(k.SHUT))),
        "bind": _ADDRESSED,
        "listen": (("sockfd", INT), ("backlog", INT)),
        "getsockname": _NAME_OUT,
        "getpeername": _NAME_OUT,
        "socketpair": (*kd.SOCKET[:2], ("protocol", SIZE), ("sv", kd.PAIR)),
        "setsockopt": (*_LEVEL, ("optname", OPTION), ("optval", OPTION_VALUE), ("optlen", INT)),
        "getsockopt": (
            *_LEVEL,
            ("optname", OPTION_GOT),
            ("optval", OPTION_VALUE_OUT),
            ("optlen", OPTION_LENGTH_OUT),
        ),
        "fcntl": (("fd", INT), ("op", named(k.FCNTL)), ("arg", fcntl_argument(abi.open_flags))),
        "unlink": _PATH,
        "epoll_create": (("size", INT),),
        "epoll_wait": (*wait, ("timeout", INT)),
        "epoll_ctl": (
            ("epfd", INT),
            ("op", named(k.EPOLL_CTL)),
            ("fd", INT),
            ("event", kd.epoll_event(abi.epoll_event)),
        ),
        "openat": (*_AT, ("flags", kd.flags_of_open(abi.open_flags)), ("mode", kd.OPEN_MODE)),
        "unlinkat": (*_AT, ("flags", flagged(k.UNLINK_FLAGS))),
        "epoll_pwait": (*wait, ("timeout", INT), *_SIGNALS),
        "eventfd": (("initval", kd.UNSIGNED),),
        "accept4": (*_NAME_OUT, ("flags", flagged(k.SOCK_FLAGS))),
        "eventfd2": (("initval", kd.UNSIGNED), ("flags", flagged(k.EVENTFD))),
        "epoll_create1": (("flags", flagged(k.EPOLL_CREATE)),),
        "dup3": (("oldfd", INT), ("newfd", INT), ("flags", flagged(abi.open_flags))),
        "pipe2": (("pipefd", kd.PAIR), ("flags", flagged(abi.open_flags))),
        "epoll_pwait2": (*wait, ("timeout", kd.TIMESPEC), *_SIGNALS),
    }


def _more_calls(abi: KernelAbi) -> dict[str, _Arguments]:
    """Return more calls, which other programs than Go's make on the path, likewise."""
    sets: _Arguments = (
        ("nfds", INT),
        ("readfds", FD_SET),
        ("writefds", FD_SET),
        ("exceptfds", FD_SET),
    )
    return {
        "open": (*_PATH, ("flags", kd.flags_of_open(abi.open_flags)), ("mode", kd.OPEN_MODE)),
        "poll": (("fds", POLLED), ("nfds", SIZE), ("timeout", INT)),
        "ppoll": (("fds", POLLED), ("nfds", SIZE), ("timeout", kd.TIMESPEC), *_SIGNALS),
        "select": (*sets, ("timeout", TIMEVAL)),
        "pselect6": (*sets, ("timeout", kd.TIMESPEC), ("sigmask", POINTER)),
        "sendfile": (("out_fd", INT), ("in_fd", INT), ("offset", POINTER), ("count", SIZE)),
        "close_range": (
            ("first", kd.UNSIGNED),
            ("last", kd.UNSIGNED),
            ("flags", flagged(k.CLOSE_RANGE)),
        ),
    }


NAMES = tuple(_calls(ABIS["x86_64"]))
"""Names of the calls that are traced, on whatever machine."""


@cache
def calls_of(machine: str) -> Mapping[int, CallSpec]:
    """Return the calls that are traced on a machine, by number.

    Args:
        machine: Its name, as uname(2) has it.

    Returns:
        The calls that it has; none if it is not known.
    """
    return _numbered(ABIS[machine], _calls(ABIS[machine])) if machine in ABIS else {}


@cache
def calls_of_programs(machine: str) -> Mapping[int, CallSpec]:
    """Return the calls that are traced of any program: those of `calls_of`, and others.

    Args:
        machine: As for `calls_of`.
    """
    if machine not in ABIS:
        return {}
    return {**calls_of(machine), **_numbered(ABIS[machine], _more_calls(ABIS[machine]))}


def _numbered(abi: KernelAbi, calls: Mapping[str, _Arguments]) -> dict[int, CallSpec]:
    own = None if abi.open_flags is k.O_FLAGS else abi.open_flags
    return {
        abi.numbers[name]: CallSpec(name, arguments, own if name == "fcntl" else None)
        for name, arguments in calls.items()
        if name in abi.numbers
    }


def calls_here() -> Mapping[int, CallSpec]:
    """Return the calls that are traced on the machine that this process runs on, by number."""
    return calls_of(platform.machine())


def save_memory(
    spec: CallSpec, memory: Memory, words: Words, result: int | None = None
) -> tuple[Grab, ...]:
    """Save the memory that the arguments point to, at entry (``result`` None) or at exit.

    Returns:
        One item for each argument, None where nothing was (or could be) read.
    """
    entering = result is None
    return tuple(
        kind.take(memory, words, index, result)
        if kind.take is not None and (kind.at_entry if entering else kind.at_exit)
        else None
        for index, (_, kind) in enumerate(spec.arguments)
    )


def arguments(
    spec: CallSpec,
    words: Words,
    at_entry: tuple[Grab, ...],
    at_exit: tuple[Grab, ...] = (),
    result: int | None = None,
) -> tuple[Argument, ...]:
    """Decode the arguments of one call from its words and what `save_memory` saved.

    A length that the kernel changed becomes ``Reference(Several((before, after)))``.
    """
    seen = kd.SavedCall(words, at_entry, at_exit, result if at_exit else None)
    decoded = []
    for index, (name, kind) in enumerate(spec.arguments):
        if kind.given is None or kind.given(words, index):
            decoded.append(Argument(name, kind.decode(seen, index)))
    return tuple(decoded)


def result_flags(spec: CallSpec, words: Words, result: int) -> Flags | None:
    """Return the flags that a result is, as `CallReturned.flags` has them.

    Args:
        spec: The call.
        words: Its arguments.
        result: What it returned; negative if it failed.
    """
    if spec.open_flags is None or result < 0 or words[1] & kd.MASK != _F_GETFL:
        return None
    return k.flags(spec.open_flags, result & ~k.O_ACCESS_MASK)


_F_GETFL = 3


def errno(number: int) -> Constant:
    """Name an error number, ``errno(11)`` is EAGAIN."""
    return k.constant(RESTARTED if number in RESTARTED else k.ERRNO, number)
