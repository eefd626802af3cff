"""A neighbour that is a process of its own and shares the server's listeners.

Run as ``python -m walkthrough.capture.workers.neighbour CONTROL FD:HOW...``, where HOW is ``plain``
or ``exclusive``. It does what a worker of a prefork server does: it watches all of them in one
epoll, and when it is woken it accepts a connection and keeps it until its client has ended it.

Nobody traces it. What it does it reports on the socket CONTROL, a line each: ``waiting``, ``woken
N``, ``accepted N`` and ``empty N``, where N is the listener, from 0. Once woken it goes on when
it is sent a byte, so that nobody's speed decides who accepts first.
"""

import contextlib
import fcntl
import os
import select
import socket
import sys
from collections.abc import Sequence

_FIRST = 3
"""The listeners have the numbers that they have in the server."""
_ASIDE = 64
_BYTES = 1 << 16


class _Worker:
    def __init__(self, control: socket.socket, listeners: Sequence[tuple[socket.socket, int]]):
        self._control = control
        self._epoll = select.epoll()
        self._listeners = {}
        for number, (listener, events) in enumerate(listeners):
            self._epoll.register(listener, events)
            self._listeners[listener.fileno()] = number, listener

    def run(self) -> None:
        """Wait and serve until whoever started it is gone."""
        while True:
            self._report("waiting")
            descriptor, _ = self._epoll.poll(maxevents=1)[0]
            number, listener = self._listeners[descriptor]
            self._report(f"woken {number}")
            if not self._control.recv(1):
                return
            # Another process may have been quicker: who shares a listener must not block in it.
            listener.setblocking(False)
            try:
                connection, _ = listener.accept()
            except BlockingIOError:
                self._report(f"empty {number}")
                continue
            self._report(f"accepted {number}")
            with connection, contextlib.suppress(ConnectionError):
                connection.setblocking(True)
                while connection.recv(_BYTES):
                    pass

    def _report(self, line: str) -> None:
        self._control.sendall(f"{line}\n".encode())


def main(arguments: list[str]) -> int:
    """Watch and accept until the control socket is closed."""
    control, *shared = arguments
    watched = [each.partition(":") for each in shared]
    aside = [_put_aside(int(number)) for number in (control, *(each[0] for each in watched))]
    os.closerange(_FIRST, _ASIDE)
    listeners = []
    for number, (descriptor, (_, _, how)) in enumerate(zip(aside[1:], watched, strict=True)):
        os.dup2(descriptor, _FIRST + number, inheritable=False)
        os.close(descriptor)
        events = select.EPOLLIN | (select.EPOLLEXCLUSIVE if how == "exclusive" else 0)
        listeners.append((socket.socket(fileno=_FIRST + number), events))
    with contextlib.suppress(ConnectionError):
        _Worker(socket.socket(fileno=aside[0]), listeners).run()
    return 0


def _put_aside(descriptor: int) -> int:
    return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _ASIDE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
