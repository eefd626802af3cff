"""runtime/netpoll_epoll.go: the poller on Linux, one epoll instance for the whole process."""

import ctypes
import platform
import sys
from typing import TYPE_CHECKING

from walkthrough.capture.instrumented.errors import Errno, Throw
from walkthrough.capture.instrumented.runtime import netpoll as generic
from walkthrough.capture.instrumented.syscall.trap import trap
from walkthrough.capture.instrumented.tracing import traced

if TYPE_CHECKING:
    from walkthrough.capture.instrumented.runtime.netpoll import PollDesc
    from walkthrough.capture.instrumented.runtime.proc import G

EPOLL_CLOEXEC = EFD_CLOEXEC = 0o2000000
EFD_NONBLOCK = 0o4000
EPOLL_CTL_ADD, EPOLL_CTL_DEL = 1, 2
EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP, EPOLLRDHUP, EPOLLET = 0x1, 0x4, 0x8, 0x10, 0x2000, 1 << 31

_SEQ_BITS = 20
_SEQ_MASK = (1 << _SEQ_BITS) - 1


class EpollEvent(ctypes.Structure):
    """``struct epoll_event``, see epoll_ctl(2). Packed on x86_64 and nowhere else."""

    _pack_ = 1 if platform.machine() in ("x86_64", "AMD64") else 8
    _fields_ = [("events", ctypes.c_uint32), ("data", ctypes.c_uint64)]


epfd = -1
_eventfd = -1


@traced("runtime.netpollinit")
def netpollinit() -> None:
    """Make the epoll instance, and an eventfd in it by which a sleeping poll could be woken."""
    global epfd, _eventfd
    epfd = _essential("epollcreate", "netpollinit", "epoll_create1", EPOLL_CLOEXEC)
    _eventfd = _essential("eventfd", "eventfd", "eventfd2", 0, EFD_CLOEXEC | EFD_NONBLOCK)
    event = EpollEvent(EPOLLIN, 0)
    arguments = (epfd, EPOLL_CTL_ADD, _eventfd, ctypes.addressof(event))
    _essential("epollctl", "epollctl", "epoll_ctl", *arguments)


def _essential(what: str, fatal: str, call: str, *words: int) -> int:
    try:
        return trap(call, *words)
    except Errno as err:
        sys.stderr.write(f"runtime: {what} failed with {err.number}\n")
        raise Throw(f"runtime: {fatal} failed") from None


@traced("runtime.netpollopen")
def netpollopen(fd: int, pd: "PollDesc") -> int:
    """Put ``fd`` on the interest list, edge-triggered, for all that can happen to it.

    Edge-triggered: epoll tells a change once, so nobody may wait again before EAGAIN.
    """
    interest = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET
    event = EpollEvent(interest, pd.number << _SEQ_BITS | pd.fdseq & _SEQ_MASK)
    try:
        trap("epoll_ctl", epfd, EPOLL_CTL_ADD, fd, ctypes.addressof(event))
    except Errno as err:
        return err.number
    return 0


def netpollclose(fd: int) -> int:
    """Take ``fd`` off the interest list."""
    event = EpollEvent(0, 0)
    try:
        trap("epoll_ctl", epfd, EPOLL_CTL_DEL, fd, ctypes.addressof(event))
    except Errno as err:
        return err.number
    return 0


@traced("runtime.netpoll")
def netpoll(delay: int) -> "list[G]":
    """Ask epoll what has happened; return the goroutines that waited for it.

    Args:
        delay: How long to wait, in nanoseconds; below 0: until something happens; 0: not at all.
    """
    events = (EpollEvent * 128)()
    waitms = delay if delay <= 0 else max(1, delay // 1_000_000)
    n = _epoll_wait(events, max(-1, waitms))
    to_run: list[G] = []
    for event in events[:n]:
        number, seq = event.data >> _SEQ_BITS, event.data & _SEQ_MASK
        if number == 0:  # the eventfd; it has done its work by waking us
            continue
        mode = ""
        if event.events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR):
            mode += "r"
        if event.events & (EPOLLOUT | EPOLLHUP | EPOLLERR):
            mode += "w"
        pd = generic.pollcache[number - 1]
        if mode and pd.fdseq & _SEQ_MASK == seq:
            pd.event_err = event.events == EPOLLERR
            generic.netpollready(to_run, pd, mode)
    return to_run


def _epoll_wait(events: "ctypes.Array[EpollEvent]", waitms: int) -> int:
    while True:
        try:
            return trap("epoll_pwait", epfd, ctypes.addressof(events), len(events), waitms, 0, 0)
        except Errno as err:
            if err.name != "EINTR":
                sys.stderr.write(f"runtime: epollwait on fd {epfd} failed with {err.number}\n")
                raise Throw("runtime: netpoll failed") from None
            if waitms > 0:
                return 0
