"""The system calls on the path: their names and arguments as data, saved and decoded.

Names of arguments are those of the manual pages. `grab` saves what a call points to, at its entry
and at its exit; `arguments` decodes that, later, with no process at hand.
"""

from typing import NamedTuple

from walkthrough.capture.decode import kinds as kd
from walkthrough.capture.decode.memory import Memory
from walkthrough.model import constants as k
from walkthrough.model.values import Argument, Constant, Reference, Several

Words = kd.Words
Grab = kd.Grab


class CallSpec(NamedTuple):
    """A system call: its name and its arguments, each with a kind."""

    name: str
    arguments: tuple[tuple[str, kd.Kind], ...]


# System-call numbers of x86_64: arch/x86/entry/syscalls/syscall_64.tbl
CALLS: dict[int, CallSpec] = {
    0: CallSpec("read", (("fd", kd.INT), ("buf", kd.DATA_OUT), ("count", kd.SIZE))),
    1: CallSpec("write", (("fd", kd.INT), ("buf", kd.DATA_IN), ("count", kd.SIZE))),
    3: CallSpec("close", (("fd", kd.INT),)),
    41: CallSpec("socket", kd.SOCKET),
    42: CallSpec("connect", (("sockfd", kd.INT), ("addr", kd.ADDRESS_IN), ("addrlen", kd.INT))),
    43: CallSpec("accept", kd.NAME_OUT),
    44: CallSpec(
        "sendto",
        (
            ("sockfd", kd.INT),
            ("buf", kd.DATA_IN),
            ("len", kd.SIZE),
            ("flags", kd.flagged(k.MSG)),
            ("dest_addr", kd.ADDRESS_IN),
            ("addrlen", kd.INT),
        ),
    ),
    45: CallSpec(
        "recvfrom",
        (
            ("sockfd", kd.INT),
            ("buf", kd.DATA_OUT),
            ("len", kd.SIZE),
            ("flags", kd.flagged(k.MSG)),
            ("src_addr", kd.ADDRESS_OUT),
            ("addrlen", kd.LENGTH_OUT),
        ),
    ),
    48: CallSpec("shutdown", (("sockfd", kd.INT), ("how", kd.named(k.SHUT)))),
    49: CallSpec("bind", (("sockfd", kd.INT), ("addr", kd.ADDRESS_IN), ("addrlen", kd.INT))),
    50: CallSpec("listen", (("sockfd", kd.INT), ("backlog", kd.INT))),
    51: CallSpec("getsockname", kd.NAME_OUT),
    52: CallSpec("getpeername", kd.NAME_OUT),
    53: CallSpec("socketpair", (*kd.SOCKET, ("sv", kd.PAIR))),
    54: CallSpec(
        "setsockopt",
        (
            ("sockfd", kd.INT),
            ("level", kd.named(k.SOL)),
            ("optname", kd.OPTION),
            ("optval", kd.OPTION_VALUE),
            ("optlen", kd.INT),
        ),
    ),
    55: CallSpec(
        "getsockopt",
        (
            ("sockfd", kd.INT),
            ("level", kd.named(k.SOL)),
            ("optname", kd.OPTION),
            ("optval", kd.OPTION_VALUE_OUT),
            ("optlen", kd.LENGTH_OUT),
        ),
    ),
    72: CallSpec("fcntl", (("fd", kd.INT), ("op", kd.named(k.FCNTL)), ("arg", kd.FCNTL_ARGUMENT))),
    232: CallSpec(
        "epoll_wait",
        (("epfd", kd.INT), ("events", kd.EVENTS), ("maxevents", kd.INT), ("timeout", kd.INT)),
    ),
    233: CallSpec(
        "epoll_ctl",
        (
            ("epfd", kd.INT),
            ("op", kd.named(k.EPOLL_CTL)),
            ("fd", kd.INT),
            ("event", kd.EVENT),
        ),
    ),
    257: CallSpec(
        "openat",
        (
            ("dirfd", kd.DIRFD),
            ("pathname", kd.PATH),
            ("flags", kd.OPEN_FLAGS),
            ("mode", kd.OPEN_MODE),
        ),
    ),
    263: CallSpec(
        "unlinkat",
        (("dirfd", kd.DIRFD), ("pathname", kd.PATH), ("flags", kd.flagged(k.UNLINK_FLAGS))),
    ),
    281: CallSpec(
        "epoll_pwait",
        (
            ("epfd", kd.INT),
            ("events", kd.EVENTS),
            ("maxevents", kd.INT),
            ("timeout", kd.INT),
            ("sigmask", kd.POINTER),
            ("sigsetsize", kd.SIZE),
        ),
    ),
    288: CallSpec("accept4", (*kd.NAME_OUT, ("flags", kd.flagged(k.SOCK_FLAGS)))),
    290: CallSpec("eventfd2", (("initval", kd.INT), ("flags", kd.flagged(k.EVENTFD)))),
    291: CallSpec("epoll_create1", (("flags", kd.flagged(k.EPOLL_CREATE)),)),
    293: CallSpec("pipe2", (("pipefd", kd.PAIR), ("flags", kd.OPEN_FLAGS))),
}


def grab(
    spec: CallSpec, memory: Memory, words: Words, result: int | None = None
) -> tuple[Grab, ...]:
    """Save the memory that the arguments point to, at entry (``result`` None) or at exit.

    Returns:
        One item an argument: its bytes, or None where nothing was (or could be) read.
    """
    grabs: list[Grab] = []
    for index, (_, kind) in enumerate(spec.arguments):
        data: Grab = None
        if kind.span is not None and (
            not kind.at_exit or result is not None or kind is kd.LENGTH_OUT
        ):
            span = kind.span(words, index, result)
            if span is not None:
                try:
                    data = memory.read(*span)
                except OSError:
                    data = None
        grabs.append(data)
    return tuple(grabs)


def arguments(
    spec: CallSpec,
    words: Words,
    at_entry: tuple[Grab, ...],
    at_exit: tuple[Grab, ...] = (),
    result: int | None = None,
) -> tuple[Argument, ...]:
    """Decode the arguments of one call from its words and what `grab` saved.

    A length that the kernel changed becomes ``Reference(Several((before, after)))``.
    """
    decoded = []
    for index, (name, kind) in enumerate(spec.arguments):
        saved = at_exit[index] if at_exit and kind.at_exit else at_entry[index]
        if kind is kd.ADDRESS_OUT and at_exit:
            saved = kd.filled(saved, at_exit[index + 1])
        value = kind.decode(words, index, saved, result)
        if value is None and name in ("arg", "mode"):
            continue  # an fcntl command, or an openat, that takes no such argument
        if kind is kd.LENGTH_OUT and at_exit and at_entry[index] not in (None, saved):
            before = kind.decode(words, index, at_entry[index], None)
            if isinstance(before, Reference) and isinstance(value, Reference):
                value = Reference(Several((before.value, value.value)))
        decoded.append(Argument(name, value))
    return tuple(decoded)


def errno(number: int) -> Constant:
    """Name an error number, ``errno(11)`` is EAGAIN."""
    return k.constant(k.ERRNO, number)
