"""Arguments and results as strace printed them, as values where they are plain; else as spelled.

What is not understood stays `Spelled`, so that printing a value gives what stood in the log. Only
the calls on the path are looked at; of all others every argument stays as it is.
"""

import re
from functools import lru_cache

from walkthrough.call_stages.arguments import plain, split
from walkthrough.model.linux import constants as k
from walkthrough.model.linux.errno import RESTARTED
from walkthrough.model.values import Argument, Constant, Reference, Spelled, Value

# Parameters by the manual pages' names, as captures have them.
PARAMETERS: dict[str, tuple[str, ...]] = {
    "socket": ("domain", "type", "protocol"),
    "bind": ("sockfd", "addr", "addrlen"),
    "connect": ("sockfd", "addr", "addrlen"),
    "listen": ("sockfd", "backlog"),
    "accept": ("sockfd", "addr", "addrlen"),
    "accept4": ("sockfd", "addr", "addrlen", "flags"),
    "getsockname": ("sockfd", "addr", "addrlen"),
    "getpeername": ("sockfd", "addr", "addrlen"),
    "setsockopt": ("sockfd", "level", "optname", "optval", "optlen"),
    "getsockopt": ("sockfd", "level", "optname", "optval", "optlen"),
    "shutdown": ("sockfd", "how"),
    "sendto": ("sockfd", "buf", "len", "flags", "dest_addr", "addrlen"),
    "recvfrom": ("sockfd", "buf", "len", "flags", "src_addr", "addrlen"),
    "send": ("sockfd", "buf", "len", "flags"),
    "recv": ("sockfd", "buf", "len", "flags"),
    "sendmsg": ("sockfd", "msg", "flags"),
    "recvmsg": ("sockfd", "msg", "flags"),
    "read": ("fd", "buf", "count"),
    "write": ("fd", "buf", "count"),
    "readv": ("fd", "iov", "iovcnt"),
    "writev": ("fd", "iov", "iovcnt"),
    "close": ("fd",),
    "fcntl": ("fd", "op", "arg"),
    "fcntl64": ("fd", "op", "arg"),
    "openat": ("dirfd", "pathname", "flags", "mode"),
    "epoll_create": ("size",),
    "epoll_create1": ("flags",),
    "epoll_ctl": ("epfd", "op", "fd", "event"),
    "epoll_wait": ("epfd", "events", "maxevents", "timeout"),
    "epoll_pwait": ("epfd", "events", "maxevents", "timeout", "sigmask", "sigsetsize"),
    "eventfd2": ("initval", "flags"),
    "pipe2": ("pipefd", "flags"),
}
_DESCRIPTORS = frozenset({"sockfd", "fd", "epfd"})
_NUMBERS: dict[str, dict[str, int]] = {
    "level": {name: number for number, name in k.SOL.items()},
    "optname": {  # a number is a different option at each level; names differ
        name: number for table in (k.SO, k.TCP, k.IP, k.IPV6) for number, name in table.items()
    },
}
_OP_OF: dict[str, dict[str, int]] = {
    "fcntl": {name: number for number, name in k.FCNTL.items()},
    "fcntl64": {name: number for number, name in k.FCNTL.items()},
    "epoll_ctl": {name: number for number, name in k.EPOLL_CTL.items()},
}
_ERRORS = {name: number for number, name in (k.ERRNO | RESTARTED).items()}
_REMEMBERED = 8192
"""A server repeats itself: of a hundred calls in a long log about four are new."""
_WHOLE = re.compile(r"-?(?:0|[1-9]\d{0,18})")
_POINTED_TO = re.compile(r"\[(-?(?:0|[1-9]\d{0,9}))\]", re.ASCII)
_FAILED = re.compile(r"(?:-1|\?) (E[A-Z0-9_]+)")
_HEX = re.compile(r"0x([0-9a-f]{1,16})\b")


@lru_cache(_REMEMBERED)
def arguments_of(call: str, text: str) -> tuple[Argument, ...]:
    """Return the arguments of a call, named as a capture names them. Never raises.

    Those of a call off the path are one text: there may be very many such calls.
    """
    names = PARAMETERS.get(call)
    if names is None:
        return (Argument("", Spelled(text)),) if text else ()
    return tuple(
        Argument(names[at], _value(call, names[at], part))
        if at < len(names)
        else Argument("", Spelled(part))
        for at, part in enumerate(split(text))
    )


def _value(call: str, parameter: str, text: str) -> Value:
    bare = plain(text) if parameter in _DESCRIPTORS else text
    if parameter != "mode" and _WHOLE.fullmatch(bare):
        return int(bare)
    if parameter == "optval" and (pointed_to := _POINTED_TO.fullmatch(text)) is not None:
        return Reference(int(pointed_to[1]))
    table = _OP_OF.get(call) if parameter == "op" else _NUMBERS.get(parameter)
    if table is not None and bare in table:
        return Constant(bare, table[bare])
    return Spelled(text)


@lru_cache(_REMEMBERED)
def result_of(text: str) -> tuple[int, Constant | None] | None:
    """Return the result, -1 with the error of a call that failed; None if there is none.

    An unknown result (``?``) is None, unless strace names the reason.
    """
    if text.isdecimal() and text.isascii() and len(text) < 19:  # nearly all
        return int(text), None
    if (failed := _FAILED.match(text)) is not None:
        return -1, Constant(failed[1], _ERRORS.get(failed[1], 0))
    bare = plain(text).partition(" ")[0]
    if _WHOLE.fullmatch(bare):
        return int(bare), None
    if (address := _HEX.match(bare)) is not None:
        return int(address[1], 16), None
    return None
