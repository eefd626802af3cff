"""runtime/netpoll.go: joins descriptors that become ready to the goroutines that wait for them.

Independent of the kernel's mechanism, which is in netpoll_epoll.
"""

from enum import Enum

from walkthrough.capture.instrumented.errors import Throw
from walkthrough.capture.instrumented.runtime import netpoll_epoll as epoll
from walkthrough.capture.instrumented.runtime.proc import G, gopark, goready
from walkthrough.capture.instrumented.runtime.time import Timer, nanotime, timers
from walkthrough.capture.instrumented.tracing import traced
from walkthrough.model.values import Fields, Value

POLL_NO_ERROR, POLL_ERR_CLOSING, POLL_ERR_TIMEOUT, POLL_ERR_NOT_POLLABLE = range(4)


class State(Enum):
    """Who waits for a descriptor to become readable (or writable), if not a goroutine."""

    NIL = 0
    READY = 1
    WAIT = 2


class PollDesc:
    """What the poller knows of one descriptor (not internal/poll's pollDesc, which holds one).

    Attributes:
        number: Its place in `pollcache`; from 1, for the wake-up descriptor has the data 0.
        fd: The descriptor.
        fdseq: Raised when the object is used for another descriptor, so that old news is known.
        closing: The descriptor is being closed.
        event_err: The last poll reported an error and nothing else.
        waits: For ``r`` and ``w``: a goroutine, or a `State`.
        deadlines: For ``r`` and ``w``: until when one may wait, by `nanotime`; 0: for ever, below
            0: no longer.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.fd = -1
        self.fdseq = 1
        self.closing = False
        self.event_err = False
        self.waits: dict[str, State | G] = {"r": State.NIL, "w": State.NIL}
        self.deadlines = {"r": 0, "w": 0}
        self._timers = {"r": Timer(), "w": Timer()}

    def described(self) -> Value:
        """Return it as a value."""
        return Fields("*runtime.pollDesc", {"fd": self.fd})

    def set_timers(self) -> None:
        """Set the timers by the deadlines; the same deadline for both takes only one of them."""
        read, write = self.deadlines["r"], self.deadlines["w"]
        both = read > 0 and read == write
        self._set_timer("r", read, "rw" if both else "r")
        self._set_timer("w", 0 if both else write, "w")

    def _set_timer(self, which: str, when: int, modes: str) -> None:
        if when > 0:
            timers.modify(self._timers[which], when, lambda: netpolldeadlineimpl(self, modes))
        else:
            timers.stop(self._timers[which])


pollcache: list[PollDesc] = []
_free: list[PollDesc] = []
_inited = False


@traced("internal/poll.runtime_pollServerInit")
def poll_server_init() -> None:
    """Set the poller up; once in the life of a process."""
    netpoll_generic_init()


@traced("runtime.netpollGenericInit")
def netpoll_generic_init() -> None:
    """Set the poller up if nothing has done so: timers may have been first."""
    global _inited
    if not _inited:
        epoll.netpollinit()
        _inited = True


@traced("internal/poll.runtime_pollOpen")
def poll_open(fd: int) -> tuple[PollDesc | None, int]:
    """Have ``fd`` watched from now on, for reading and writing alike.

    Returns:
        What stands for it in the poller, and 0; or None and an errno.
    """
    pd = _alloc()
    pd.fd = fd
    pd.closing = pd.event_err = False
    pd.waits = {"r": State.NIL, "w": State.NIL}
    pd.deadlines = {"r": 0, "w": 0}
    errno = epoll.netpollopen(fd, pd)
    if errno:
        _release(pd)
        return None, errno
    return pd, 0


@traced("internal/poll.runtime_pollClose")
def poll_close(pd: PollDesc) -> None:
    """Remove it from the poller."""
    if not pd.closing:
        raise Throw("runtime: close polldesc w/o unblock")
    epoll.netpollclose(pd.fd)
    _release(pd)


def poll_reset(pd: PollDesc, mode: str) -> int:
    """Forget news that came before: to be called before the system call is tried."""
    errcode = _check(pd, mode)
    if errcode == POLL_NO_ERROR:
        pd.waits[mode] = State.NIL
    return errcode


@traced("internal/poll.runtime_pollWait")
async def poll_wait(pd: PollDesc, mode: str) -> int:
    """Let the goroutine sleep until the descriptor is ready; return 0, or why it was woken."""
    errcode = _check(pd, mode)
    if errcode != POLL_NO_ERROR:
        return errcode
    while not await netpollblock(pd, mode, False):
        errcode = _check(pd, mode)
        if errcode != POLL_NO_ERROR:
            return errcode
    return POLL_NO_ERROR


@traced("runtime.netpollblock")
async def netpollblock(pd: PollDesc, mode: str, waitio: bool) -> bool:
    """Park until ``pd`` is ready (True) or not to be waited for (False); if ready, do not park.

    Args:
        pd: The descriptor's stand-in.
        mode: ``r`` or ``w``.
        waitio: Wait for the descriptor alone, whatever else happens.
    """
    if pd.waits[mode] is State.READY:
        pd.waits[mode] = State.NIL
        return True
    if pd.waits[mode] is not State.NIL:
        raise Throw("runtime: double wait")
    pd.waits[mode] = State.WAIT
    if waitio or _check(pd, mode) == POLL_NO_ERROR:
        await gopark(_BLOCK_COMMIT[mode], pd)
    old, pd.waits[mode] = pd.waits[mode], State.NIL
    return old is State.READY


def _block_commit(gp: G, pd: PollDesc, mode: str) -> bool:
    """Leave the goroutine where news will find it, unless news came while it went to sleep."""
    if pd.waits[mode] is not State.WAIT:
        return False
    pd.waits[mode] = gp
    gp.waiting = "IO wait"
    return True


_BLOCK_COMMIT = {
    "r": lambda gp, pd: _block_commit(gp, pd, "r"),
    "w": lambda gp, pd: _block_commit(gp, pd, "w"),
}


@traced("internal/poll.runtime_pollUnblock")
def poll_unblock(pd: PollDesc) -> None:
    """Wake whatever waits for ``pd``, since it is being closed."""
    if pd.closing:
        raise Throw("runtime: unblock on closing polldesc")
    pd.closing = True
    pd.deadlines = {"r": 0, "w": 0}
    pd.set_timers()
    _give_up(pd, "rw")


@traced("internal/poll.runtime_pollSetDeadline")
def poll_set_deadline(pd: PollDesc, d: int, mode: str) -> None:
    """Let waits for ``pd`` end ``d`` nanoseconds from now; 0: let them last, below 0: end now.

    Args:
        pd: The descriptor's stand-in.
        d: Nanoseconds.
        mode: ``r``, ``w`` or ``rw``: which waits.
    """
    if pd.closing:
        return
    for each in mode:
        pd.deadlines[each] = d + nanotime() if d > 0 else d
    pd.set_timers()
    _give_up(pd, "".join(each for each in "rw" if pd.deadlines[each] < 0))


def netpolldeadlineimpl(pd: PollDesc, modes: str) -> None:
    """Let waits end whose time has come; run by a timer."""
    for each in modes:
        pd.deadlines[each] = -1
    _give_up(pd, modes)


def _give_up(pd: PollDesc, modes: str) -> None:
    woken = [_unblock(pd, mode, ioready=False) for mode in modes]
    for gp in woken:
        if gp is not None:
            netpollgoready(gp)


@traced("runtime.netpollready")
def netpollready(to_run: list[G], pd: PollDesc, mode: str) -> None:
    """Note that ``pd`` is ready for ``mode`` (``r``, ``w`` or ``rw``); add who waited to a list.

    If nobody waits, the news is kept: the next who would park need not.
    """
    for each in mode:
        gp = _unblock(pd, each, ioready=True)
        if gp is not None:
            to_run.append(gp)


def _unblock(pd: PollDesc, mode: str, *, ioready: bool) -> G | None:
    old = pd.waits[mode]
    if old is State.READY or (old is State.NIL and not ioready):
        return None
    pd.waits[mode] = State.READY if ioready else State.NIL
    return old if isinstance(old, G) else None


@traced("runtime.netpollgoready")
def netpollgoready(gp: G) -> None:
    """Make a goroutine that waited for a descriptor runnable."""
    goready(gp)


def _check(pd: PollDesc, mode: str) -> int:
    if pd.closing:
        return POLL_ERR_CLOSING
    if pd.deadlines[mode] < 0:
        return POLL_ERR_TIMEOUT
    return POLL_ERR_NOT_POLLABLE if mode == "r" and pd.event_err else POLL_NO_ERROR


def _alloc() -> PollDesc:
    if _free:
        return _free.pop()
    pollcache.append(PollDesc(len(pollcache) + 1))
    return pollcache[-1]


def _release(pd: PollDesc) -> None:
    # Events of the old descriptor may still be under way: a new number tells them apart.
    pd.fdseq += 1
    _free.append(pd)
