"""The neighbour that shares the server's listeners: started, seen, and let go on.

It is a process of its own (`walkthrough.capture.workers.neighbour`) that is not traced: it can be
seen by what it reports and by what /proc says of it.
"""

import contextlib
import os
import select
import socket
import subprocess
import time
from collections.abc import Sequence
from typing import Self

from walkthrough.capture import processes
from walkthrough.capture.decode.calls import calls_here
from walkthrough.capture.environment.resource_limits import not_started
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.kernel import proc
from walkthrough.capture.kernel.thread_status import is_asleep
from walkthrough.i18n.messages import message
from walkthrough.model.kernel_state import EpollState, NeighbourDoing, NeighbourState
from walkthrough.scenario.schema import Watching

_START_SECONDS = 20.0
_SECONDS = 2.0
"""How long it may take to fall asleep again, or to do what it was let do."""
_MILLISECOND = 1


class NeighbourProcess:
    """One such process; a context manager. Belongs to one thread.

    Args:
        listeners: The listening sockets that it shares.
        watches: How it watches each.

    Raises:
        CaptureError: It cannot be started.
    """

    def __init__(self, listeners: Sequence[socket.socket], watches: Sequence[Watching]) -> None:
        self._control, theirs = socket.socketpair()
        self._said = b""
        self._doing = NeighbourDoing.ENDED
        self._woken = [0] * len(listeners)
        self._accepted = [0] * len(listeners)
        shared = [f"{each.fileno()}:{how}" for each, how in zip(listeners, watches, strict=True)]
        command = processes.python(
            "walkthrough.capture.workers.neighbour", str(theirs.fileno()), *shared
        )
        self._private = frozenset({os.readlink(f"/proc/self/fd/{theirs.fileno()}")})
        descriptors = (theirs.fileno(), *(each.fileno() for each in listeners))
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._process = processes.popen(command, pass_fds=descriptors)
        except OSError as error:
            self._control.close()
            raise not_started(message("The neighbour"), error) from error
        finally:
            theirs.close()
        self._wait_for_report(_START_SECONDS)
        self._settle()
        if self._doing is not NeighbourDoing.WAITING:
            self.close()
            raise CaptureError(
                message("The neighbour ended before it began: close other programs.")
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def state(self) -> NeighbourState:
        """Return what it does and has, once it sleeps again. Never raises."""
        self._settle()
        if self._process is None or self._doing is NeighbourDoing.ENDED:
            return self._state(NeighbourDoing.ENDED)
        pid = self._process.pid
        try:
            table = proc.read_descriptors(pid, self._private)
            epolls = tuple(
                EpollState(fd, tuple(proc.parse_interests("".join(proc.read_interests(pid, fd)))))
                for fd in table.epolls
            )
        except OSError:
            return self._state(NeighbourDoing.ENDED)
        own = tuple(each for each in table.listed if each.kind in ("socket", "epoll"))
        state = self._state(self._doing)
        return NeighbourState(
            pid, state.doing, self._call(), state.woken, state.accepted, own, epolls
        )

    def let_go_on(self) -> bool:
        """If it has been woken, let it accept; return whether it has."""
        self._settle()
        if self._doing is not NeighbourDoing.WOKEN:
            return False
        with contextlib.suppress(OSError):
            self._control.send(b"\n")
            self._wait_for_report(_SECONDS)
        self._settle()
        return True

    def close(self) -> None:
        """End it. Idempotent."""
        self._control.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _state(self, doing: NeighbourDoing) -> NeighbourState:
        pid = self._process.pid if self._process is not None else 0
        return NeighbourState(pid, doing, "", tuple(self._woken), tuple(self._accepted))

    def _call(self) -> str:
        """Return the system call that it is in; "" while it waits for us."""
        assert self._process is not None
        if self._doing is NeighbourDoing.WOKEN:
            return ""
        spec = calls_here().get(proc.read_system_call(self._process.pid))
        return spec.name if spec is not None else ""

    def _settle(self) -> None:
        """Take in what it has reported until it sleeps: then nothing more comes by itself."""
        if self._process is None:
            return
        until = time.monotonic() + _SECONDS
        asleep = False
        while not asleep and time.monotonic() < until:
            asleep = is_asleep(self._process.pid)
            self._take_reports()  # what it said before it fell asleep, too
            if not asleep:
                self._wait_for_report(_MILLISECOND / 1000)

    def _wait_for_report(self, seconds: float) -> None:
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.poll(seconds * 1000)

    def _take_reports(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while said := self._control.recv(4096, socket.MSG_DONTWAIT):
                self._said += said
            self._doing = NeighbourDoing.ENDED
        *lines, self._said = self._said.split(b"\n")
        for line in lines:
            word, _, number = line.decode().partition(" ")
            if word == "woken":
                self._doing = NeighbourDoing.WOKEN
                self._woken[int(number)] += 1
            elif word == "accepted":
                self._doing = NeighbourDoing.SERVING
                self._accepted[int(number)] += 1
            elif word == "waiting":
                self._doing = NeighbourDoing.WAITING
