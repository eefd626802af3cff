"""Which system calls make, copy, use and close descriptors, and how to read those in one."""

import re

from walkthrough.call_stages.told_call import ToldCall


def names(text: str) -> frozenset[str]:
    """Return the names of system calls that occur in a text."""
    return frozenset(text.split())


OPENING = names(
    "open openat openat2 creat socket accept accept4 epoll_create epoll_create1 eventfd eventfd2 "
    "timerfd_create signalfd signalfd4 inotify_init inotify_init1 memfd_create pidfd_open "
    "pidfd_getfd io_uring_setup"
)
"""Calls that make an open file and return its descriptor."""
PAIRS = names("pipe pipe2 socketpair")
"""Calls that make two descriptors and write them down."""
COPIES = names("dup dup2 dup3")
CLONES = names("clone clone2 clone3 fork vfork")
ACCEPTS = names("accept accept4")
CREATES_EPOLL = names("epoll_create epoll_create1")
MAKES_WAKER = names("eventfd eventfd2 pipe pipe2")
EPOLL_WAITS = names("epoll_wait epoll_pwait epoll_pwait2 epoll_wait_old")
POLLS = names(
    "poll ppoll ppoll_time64 select _newselect old_select oldselect pselect6 pselect6_time64"
)
"""Calls that wait for descriptors which they name."""
READS = names("read readv preadv preadv2 recv recvfrom recvmsg recvmmsg recvmmsg_time64")
WRITES = names(
    "write writev pwritev pwritev2 send sendto sendmsg sendmmsg sendfile sendfile64 splice"
)
ON_SOCKETS = names(
    "bind listen connect accept accept4 getsockname getpeername setsockopt getsockopt shutdown "
    "send sendto sendmsg sendmmsg recv recvfrom recvmsg recvmmsg recvmmsg_time64"
)
"""Calls that only sockets have."""
TRANSFERS = frozenset(name for name in ON_SOCKETS if name.startswith(("send", "recv")))
"""Calls that transfer bytes and work on sockets only."""
ON_EPOLL = EPOLL_WAITS | {"epoll_ctl"}
ABOUT = ON_SOCKETS | ON_EPOLL | READS | WRITES | COPIES | names("close ioctl fcntl fcntl64")
"""Calls whose first argument is a descriptor, as far as they are followed."""
PASSES_FILES = names("sendmsg sendmmsg recvmsg recvmmsg recvmmsg_time64")
"""Calls that may pass descriptors on to another process (SCM_RIGHTS, unix(7))."""

_MAYBE_SOCKETS = names("socket accept accept4 socketpair pidfd_getfd") | COPIES | PASSES_FILES
_MAYBE_LISTENERS = _MAYBE_SOCKETS - {"accept", "accept4", "socketpair"}
_MAYBE_EPOLL = CREATES_EPOLL | COPIES | PASSES_FILES | {"pidfd_getfd"}
_FD = re.compile(r"(?:[a-z_]\w*=)?(\d{1,7})(?=[<, \]]|$)", re.ASCII).match
_PAIR = re.compile(r"\[(\d{1,7})(?:<.{0,999}?>)?, (\d{1,7})(?=[<\]])", re.ASCII)
_PASSED = re.compile(
    r"SCM_RIGHTS, (?:cmsg_data=)?\[((?:\d{1,7}(?:<.*?>(?=[,\]]))?(?:, )?)+)", re.ASCII
)
_EACH = re.compile(r"(?:^|, )(\d{1,7})(?=[<,]|$)", re.ASCII)
_CLONED = re.compile(r"\d{1,10}", re.ASCII).match
_FLAGS = re.compile(r"flags=(0x[0-9a-f]{1,16})")
_CLONE_FILES = 0x400


def descriptor(text: str) -> int | None:
    """Return the descriptor at the head of some arguments, or of a result; None if none is.

    What ``-y`` adds after it, ``-N`` before it, or anything else may follow.
    """
    found = _FD(text)
    return int(found[1]) if found is not None else None


def contradicts(use: str, made: str) -> bool:
    """Return whether a call cannot have succeeded on what another call has made."""
    if made.startswith("fcntl"):
        return False
    if use in ACCEPTS or use == "listen":
        return made not in _MAYBE_LISTENERS
    if use in ON_EPOLL:
        return made not in _MAYBE_EPOLL
    return use in ON_SOCKETS and made not in _MAYBE_SOCKETS


def made_pair(call: ToldCall) -> list[int]:
    """Return the two descriptors that pipe(2) or socketpair(2) has made."""
    return [int(fd) for pair in _PAIR.findall(call.arguments) for fd in pair]


def passed(call: ToldCall) -> list[int]:
    """Return the descriptors that a call has passed on, or received, as ancillary data."""
    if "SCM_RIGHTS" not in call.arguments:
        return []
    return [int(fd) for fds in _PASSED.findall(call.arguments) for fd in _EACH.findall(fds)]


def made_by(call: ToldCall) -> int | None:
    """Return the pid that clone(2), fork(2) or wait4(2) has returned; None for none, or 0."""
    found = _CLONED(call.result)
    return int(found[0]) or None if found is not None else None


def shares_files(call: ToldCall) -> bool:
    """Return whether a clone(2) makes a thread, or a process, that shares the descriptors."""
    flags = _FLAGS.search(call.arguments)
    if flags is not None:
        return bool(int(flags[1], 16) & _CLONE_FILES)
    return "CLONE_FILES" in call.arguments
