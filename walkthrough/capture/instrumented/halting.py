"""The server's side of halting: each event is written as a line, then a byte is awaited.

Knows nothing of what events mean.
"""

import fcntl
import os
import resource

import msgspec

from walkthrough.capture.parent_death import die_with_parent
from walkthrough.model.events import AnyEvent

_HIGH = 200


class HaltingPipe:
    """Writes events to one pipe and waits on another to be released.

    The descriptors are moved up, so that the first socket gets number 3 as in Go.

    Args:
        events: Descriptor to write lines to.
        release: Descriptor to read one byte for each event from.
    """

    def __init__(self, events: int, release: int) -> None:
        self._events = _move_up(events)
        self._release = _move_up(release)
        self._encoder = msgspec.json.Encoder()
        die_with_parent(os.getppid())  # if it has ended already, the first event finds out

    def __call__(self, event: AnyEvent) -> None:
        """Send ``event`` and return once it is released. If nobody listens, the process ends."""
        try:
            rest = memoryview(self._encoder.encode(event) + b"\n")
            while rest:
                rest = rest[os.write(self._events, rest) :]
            if os.read(self._release, 1):
                return
        except OSError:
            pass  # the watcher is gone
        os._exit(0)


def _move_up(fd: int) -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = _HIGH if soft == resource.RLIM_INFINITY else min(_HIGH, max(3, soft - 8))
    moved = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, lowest)
    os.close(fd)
    return moved
