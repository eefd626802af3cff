"""The system calls on the path: their names and arguments as data, saved and decoded.

Names of arguments are those of the manual pages. `save_memory` saves what a call points to, at its
entry and at its exit; `arguments` decodes that, later, without a process.
"""

from typing import NamedTuple

from walkthrough.capture.decode import kinds as kd
from walkthrough.capture.decode.addresses import (
    ADDRESS_IN,
    ADDRESS_OUT,
    LENGTH_OUT,
    OPTION_LENGTH_OUT,
)
from walkthrough.capture.decode.control import FCNTL_ARGUMENT
from walkthrough.capture.decode.kinds import INT, SIZE, flagged, named
from walkthrough.capture.decode.memory import Memory
from walkthrough.capture.decode.messages import MESSAGE_IN, MESSAGE_OUT, VECTOR_IN, VECTOR_OUT
from walkthrough.capture.decode.options import OPTION, OPTION_GOT, OPTION_VALUE, OPTION_VALUE_OUT
from walkthrough.model.linux import constants as k
from walkthrough.model.values import Argument, Constant

Words = kd.Words
Grab = kd.Saved
_Arguments = tuple[tuple[str, kd.ArgumentKind], ...]


class CallSpec(NamedTuple):
    """A system call: its name and its arguments, each with a kind."""

    name: str
    arguments: _Arguments


_NAME_OUT: _Arguments = (("sockfd", INT), ("addr", ADDRESS_OUT), ("addrlen", LENGTH_OUT))
_ADDRESSED: _Arguments = (("sockfd", INT), ("addr", ADDRESS_IN), ("addrlen", INT))
_BUFFER_IN: _Arguments = (("buf", kd.DATA_IN), ("len", SIZE), ("flags", flagged(k.MSG)))
_BUFFER_OUT: _Arguments = (("buf", kd.RECEIVED), ("len", SIZE), ("flags", flagged(k.MSG)))
_WAIT: _Arguments = (("epfd", INT), ("events", kd.EVENTS), ("maxevents", INT))
_SIGNALS: _Arguments = (("sigmask", kd.SIGNALS), ("sigsetsize", SIZE))
_PATH: _Arguments = (("pathname", kd.PATH),)
_AT: _Arguments = (("dirfd", kd.DIRFD), *_PATH)
_LEVEL: _Arguments = (("sockfd", INT), ("level", named(k.SOL)))

# System-call numbers of x86_64: arch/x86/entry/syscalls/syscall_64.tbl
_CALLS: dict[int, tuple[str, _Arguments]] = {
    0: ("read", (("fd", INT), ("buf", kd.DATA_OUT), ("count", SIZE))),
    1: ("write", (("fd", INT), ("buf", kd.DATA_IN), ("count", SIZE))),
    3: ("close", (("fd", INT),)),
    19: ("readv", (("fd", INT), ("iov", VECTOR_OUT), ("iovcnt", SIZE))),
    20: ("writev", (("fd", INT), ("iov", VECTOR_IN), ("iovcnt", SIZE))),
    22: ("pipe", (("pipefd", kd.PAIR),)),
    32: ("dup", (("oldfd", INT),)),
    33: ("dup2", (("oldfd", INT), ("newfd", INT))),
    41: ("socket", kd.SOCKET),
    42: ("connect", _ADDRESSED),
    43: ("accept", _NAME_OUT),
    44: (
        "sendto",
        (("sockfd", INT), *_BUFFER_IN, ("dest_addr", ADDRESS_IN), ("addrlen", INT)),
    ),
    45: (
        "recvfrom",
        (("sockfd", INT), *_BUFFER_OUT, ("src_addr", ADDRESS_OUT), ("addrlen", LENGTH_OUT)),
    ),
    46: ("sendmsg", (("sockfd", INT), ("msg", MESSAGE_IN), ("flags", flagged(k.MSG)))),
    47: ("recvmsg", (("sockfd", INT), ("msg", MESSAGE_OUT), ("flags", flagged(k.MSG)))),
    48: ("shutdown", (("sockfd", INT), ("how", named(k.SHUT)))),
    49: ("bind", _ADDRESSED),
    50: ("listen", (("sockfd", INT), ("backlog", INT))),
    51: ("getsockname", _NAME_OUT),
    52: ("getpeername", _NAME_OUT),
    53: ("socketpair", (*kd.SOCKET[:2], ("protocol", SIZE), ("sv", kd.PAIR))),
    54: (
        "setsockopt",
        (*_LEVEL, ("optname", OPTION), ("optval", OPTION_VALUE), ("optlen", INT)),
    ),
    55: (
        "getsockopt",
        (
            *_LEVEL,
            ("optname", OPTION_GOT),
            ("optval", OPTION_VALUE_OUT),
            ("optlen", OPTION_LENGTH_OUT),
        ),
    ),
    72: ("fcntl", (("fd", INT), ("op", named(k.FCNTL)), ("arg", FCNTL_ARGUMENT))),
    87: ("unlink", _PATH),
    213: ("epoll_create", (("size", INT),)),
    232: ("epoll_wait", (*_WAIT, ("timeout", INT))),
    233: (
        "epoll_ctl",
        (("epfd", INT), ("op", named(k.EPOLL_CTL)), ("fd", INT), ("event", kd.EVENT)),
    ),
    257: ("openat", (*_AT, ("flags", kd.OPEN_FLAGS), ("mode", kd.OPEN_MODE))),
    263: ("unlinkat", (*_AT, ("flags", flagged(k.UNLINK_FLAGS)))),
    281: ("epoll_pwait", (*_WAIT, ("timeout", INT), *_SIGNALS)),
    284: ("eventfd", (("initval", kd.UNSIGNED),)),
    288: ("accept4", (*_NAME_OUT, ("flags", flagged(k.SOCK_FLAGS)))),
    290: ("eventfd2", (("initval", kd.UNSIGNED), ("flags", flagged(k.EVENTFD)))),
    291: ("epoll_create1", (("flags", flagged(k.EPOLL_CREATE)),)),
    292: ("dup3", (("oldfd", INT), ("newfd", INT), ("flags", flagged(k.O_FLAGS)))),
    293: ("pipe2", (("pipefd", kd.PAIR), ("flags", flagged(k.O_FLAGS)))),
    441: ("epoll_pwait2", (*_WAIT, ("timeout", kd.TIMESPEC), *_SIGNALS)),
}
CALLS = {number: CallSpec(*spec) for number, spec in _CALLS.items()}
"""The calls that are traced, by number."""


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


def errno(number: int) -> Constant:
    """Name an error number, ``errno(11)`` is EAGAIN."""
    return k.constant(k.ERRNO, number)
