"""Which epoll instances of a log wait for a server's connections, and what wakes them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from walkthrough.strace_log.calls import ACCEPTS, CREATES_EPOLL, EPOLL_WAITS, MAKES_WAKER, READS
from walkthrough.strace_log.fd_table import UNKNOWN, FollowedFiles
from walkthrough.strace_log.model import LogCall
from walkthrough.strace_log.roles import SERVED, FileRole

_FAR = 1000
"""How many calls are searched for what wakes a poller."""


class Pollers(NamedTuple):
    """The epoll instances that watch listeners or connections.

    Attributes:
        sure: Those that were asked to.
        likely: Those that behave so, though they were not seen to be asked.
        wakers: The eventfds or pipes that wake them.
    """

    sure: set[int]
    likely: set[int]
    wakers: set[int]


def find_pollers(
    calls: Sequence[LogCall], found: FollowedFiles, roles: Mapping[int, FileRole], asked: Set[int]
) -> Pollers:
    """Find them.

    Args:
        calls: All calls of a log.
        found: Which files they are about.
        roles: What sockets are for, by file.
        asked: The instances that were asked to watch something, or waited for.
    """
    return _PollerFinder(calls, found, roles, asked).pollers()


class _PollerFinder:
    def __init__(
        self,
        calls: Sequence[LogCall],
        found: FollowedFiles,
        roles: Mapping[int, FileRole],
        asked: Set[int],
    ) -> None:
        self._calls = calls
        self._found = found
        self._is = roles
        self._asked = asked
        self._watching = defaultdict[int, set[int]](set)
        for number, file in found.watched.items():
            self._watching[found.about[number]].add(file)

    def pollers(self) -> Pollers:
        sure = {
            epoll
            for epoll, files in self._watching.items()
            if any(self._is.get(file) in SERVED for file in files)
        }
        likely = set(self._told_of_sockets()) - sure
        likely |= self._only_ones(sure | likely)
        if not (sure or likely):
            sure.update(self._first_of_server())
        wakers = {self._waker(each) for each in sure | likely if each < len(self._calls)}
        return Pollers(sure, likely, {waker for waker in wakers if waker is not None})

    def _told_of_sockets(self) -> Iterator[int]:
        """Yield epoll instances that have reported listeners or connections.

        For an instance from before the log, or whose epoll_ctl(2) is not in it, it is unknown
        what it watches. It follows from what it reports, and from what the woken thread
        does next.
        """
        woken: dict[int | None, int] = {}
        for number, call in enumerate(self._calls):
            file = self._found.about[number]
            if call.name in EPOLL_WAITS:
                woken.pop(call.thread, None)
                if file == UNKNOWN:  # only its end is in the log
                    continue
                ready = self._found.ready.get(number)
                if ready is None:
                    continue
                if any(self._is.get(each) in SERVED for each in ready):
                    yield file
                elif file >= len(self._calls) or not self._watching[file]:
                    woken[call.thread] = file
            elif file != UNKNOWN and call.thread in woken and self._takes(call, file):
                yield woken.pop(call.thread)

    def _only_ones(self, known: Set[int]) -> set[int]:
        """Return instances from before the log in which serving threads wait that have no other.

        A server that hangs in its event loop may never receive an event.
        """
        calls = len(self._calls)
        unknown = {each for each in self._asked - known if each >= calls}
        unknown = {each for each in unknown if not self._watching[each]}
        if not unknown:
            return set()
        waits = defaultdict[int | None, set[int]](set)
        serving: set[int | None] = set()
        for number, call in enumerate(self._calls):
            file = self._found.about[number]
            if call.name in EPOLL_WAITS and file != UNKNOWN:
                waits[call.thread].add(file)
            elif self._is.get(file) in SERVED:
                serving.add(call.thread)
        alone = (waits[thread] for thread in serving if len(waits[thread]) == 1)
        return {file for each in alone for file in each} & unknown

    def _takes(self, call: LogCall, file: int) -> bool:
        return self._is.get(file) in SERVED and (call.name in ACCEPTS or call.name in READS)

    def _first_of_server(self) -> list[int]:
        """Return the poller of a server that failed early: the one that it began to use.

        It belongs to the process that has the sockets, and was not closed again.
        """
        process = self._found.process
        of_server = {
            process[number]
            for number, call in enumerate(self._calls)
            if call.name == "socket"
            and self._is.get(number) in (FileRole.SOCKET, FileRole.LISTENER)
        }
        about = self._found.about
        waited, closed = set(), set()
        for number, call in enumerate(self._calls):
            if call.name in EPOLL_WAITS:
                waited.add(about[number])
            elif call.name == "close":
                closed.add(about[number])
        for epoll, call in enumerate(self._calls):
            if call.name not in CREATES_EPOLL or process[epoll] not in of_server:
                continue
            if epoll in closed - waited:
                continue
            wakers = any(
                0 <= file < len(self._calls)
                and (
                    self._calls[file].name in MAKES_WAKER or self._is.get(file) is FileRole.BACKLOG
                )
                for file in self._watching[epoll]
            )
            if call.result[:1] == "-" or wakers or self._waker(epoll) is not None:
                return [epoll]
        return []

    def _waker(self, poller: int) -> int | None:
        """Find what wakes a poller: it is made next, by the same thread, and watched by it.

        One that failed was meant for it as well, and so was one that is made right after a poller
        which is not asked to watch anything: the program did not get further.
        """
        thread = self._calls[poller].thread
        watches = self._watching[poller]
        for number in range(poller + 1, min(poller + _FAR, len(self._calls))):
            call = self._calls[number]
            if call.thread != thread:
                continue
            if call.name == "close" and self._found.about[number] == poller:
                return None
            if call.name in MAKES_WAKER:
                return number if number in watches or poller not in self._asked else None
        return None
