"""Which epoll instances wait for a server's connections, and what wakes them.

Sure are those that were asked to watch a listener or a connection. For an instance from before, or
whose epoll_ctl(2) was not seen, it is unknown what it watches: it follows from what it reports,
and from what the woken thread does next. A server that hangs in its event loop may never receive
an event: a thread that serves and waits in one instance only has its own. And a server that failed
early has a poller, too: the one that it began to use.
"""

from collections import Counter
from collections.abc import Callable, Iterable

from walkthrough.call_stages.calls import ACCEPTS, READS
from walkthrough.call_stages.fd_table import STRANGERS, UNKNOWN
from walkthrough.call_stages.roles import SERVED, FileRole
from walkthrough.call_stages.told_call import Thread

_FAR = 1000
"""How many calls lie at most between a poller and what wakes it."""
_MOST_TRIED = 256
"""How many instances are tried, the first ones, for that of a server that failed early."""
_MOST_AWAITING = 64
"""How many instances of a thread may wait for what wakes them."""
_TAKES = ACCEPTS | READS


class Pollers:
    """The epoll instances of a program, each known by its file.

    Args:
        role: Returns what a file is for.
        changed: Is called with a file for which `is_poller` or `is_waker` may answer differently.
    """

    def __init__(
        self, role: Callable[[int], FileRole | None], changed: Callable[[int], None]
    ) -> None:
        self._role = role
        self._changed = changed
        self.asked: set[int] = set()  # instances that were asked to watch something, or waited for
        self._watching: dict[int, set[int]] = {}
        self._watched_by: dict[int, list[int]] = {}
        # By file the instances that have reported it, and those whose woken thread has taken it.
        self._reported_by: dict[int, list[int]] = {}
        self._taken_after: dict[int, list[int]] = {}
        # How many of an instance's files are a server's: watched, reported, taken.
        self._watches, self._reports, self._takes = Counter[int](), Counter[int](), Counter[int]()
        self._sure: dict[int, bool] = {}  # the pollers, False where it is likely
        self._woken: dict[Thread, int] = {}
        self._unclear = False  # whether what follows has to be found again
        self._alone: set[int] = set()
        self._first: int | None = None
        self._strangers: set[int] = set()  # those of `asked` that were there before
        self._waits: dict[Thread, set[int]] = {}
        self._serving = Counter[Thread]()
        self._created: dict[int, int] = {}  # the first ones, with their processes
        self._failed: set[int] = set()
        self._closed: set[int] = set()
        self._waited: set[int] = set()
        self._with_waker: set[int] = set()
        self._server_sockets = Counter[int]()  # by process
        self._awaiting: dict[Thread, list[int]] = {}  # instances without a waker so far
        self._waker_of: dict[int, int] = {}
        self._wakes: dict[int, list[int]] = {}

    def is_poller(self, file: int) -> bool:
        """Return whether a file is a poller of a server."""
        return file in self._sure or file in self._alone or file == self._first

    def is_likely(self, file: int) -> bool:
        """Return whether a poller is one only by its behaviour."""
        return not self._sure.get(file, file not in self._alone)

    def is_waker(self, file: int) -> bool:
        """Return whether a file wakes a poller.

        It is made next, by the same thread, and watched by the poller. One that failed was meant
        for it as well, and so was one that is made right after a poller which is not asked to
        watch anything: the program did not get further.
        """
        return any(
            self.is_poller(epoll)
            and (epoll not in self.asked or file in self._watching.get(epoll, ()))
            for epoll in self._wakes.get(file, ())
        )

    # What calls do

    def creates(self, epoll: int, thread: Thread, process: int) -> None:
        """Note that an instance is made by call ``epoll``."""
        awaiting = self._awaiting.setdefault(thread, [])
        awaiting.append(epoll)
        if len(awaiting) > _MOST_AWAITING:
            del awaiting[0]
        if len(self._created) < _MOST_TRIED:
            self._created[epoll] = process
            self._unclear = True

    def fails(self, epoll: int) -> None:
        """Note that an instance could not be made."""
        self._failed.add(epoll)
        self._unclear = True

    def makes_waker(self, number: int, thread: Thread) -> None:
        """Note that call ``number`` makes an eventfd or a pipe."""
        for epoll in self._awaiting.pop(thread, ()):
            if number - epoll < _FAR:
                self._waker_of[epoll] = number
                self._wakes.setdefault(number, []).append(epoll)
                self._unclear = True
        if number in self._wakes:
            self._changed(number)

    def asks(self, epoll: int, file: int, *, for_waking: bool) -> None:
        """Note that an instance is asked to watch a file, or no longer to.

        Args:
            epoll: The instance.
            file: The file, or `UNKNOWN`.
            for_waking: It is one that may wake a poller, or the file with the length of queues.
        """
        self._ask(epoll)
        watching = self._watching.setdefault(epoll, set())
        if file in watching:
            return
        if not watching:
            self._unclear = True
        watching.add(file)
        if file != UNKNOWN:
            self._watched_by.setdefault(file, []).append(epoll)
            if self._role(file) in SERVED:
                self._watches[epoll] += 1
        if for_waking and epoll not in self._with_waker:
            self._with_waker.add(epoll)
            self._unclear = True
        self._judge(epoll)
        if (waker := self._waker_of.get(epoll)) is not None:
            self._changed(waker)

    def waits(self, thread: Thread, epoll: int) -> None:
        """Note that a thread begins to wait in an instance, or in an unknown one."""
        self._woken.pop(thread, None)
        self._waited.add(epoll)
        if epoll == UNKNOWN:
            return
        self._ask(epoll)
        waits = self._waits.get(thread)
        if waits is None:
            waits = self._waits[thread] = set()
        if epoll not in waits:
            waits.add(epoll)
            self._unclear = True

    def reports(self, thread: Thread, epoll: int, files: Iterable[int]) -> None:
        """Note what an instance has reported to a thread."""
        watching = self._watching.get(epoll, ())
        if epoll >= STRANGERS or not watching:
            self._woken[thread] = epoll
        for file in files:
            if file in watching:
                continue
            reported_by = self._reported_by.setdefault(file, [])
            if epoll not in reported_by:
                reported_by.append(epoll)
                if self._role(file) in SERVED:
                    self._reports[epoll] += 1
                    self._judge(epoll)

    def uses(self, thread: Thread, file: int, name: str) -> None:
        """Note that a thread which may have been woken makes a call about a file."""
        if name not in _TAKES or (epoll := self._woken.get(thread)) is None:
            return
        taken_after = self._taken_after.setdefault(file, [])
        if epoll not in taken_after:
            taken_after.append(epoll)
            if self._role(file) in SERVED:
                self._takes[epoll] += 1
                self._judge(epoll)

    @property
    def any_woken(self) -> bool:
        """Whether there is a thread that may have been woken for a server's file."""
        return bool(self._woken)

    def closes(self, thread: Thread, file: int) -> None:
        """Note that a thread closes a file."""
        awaiting = self._awaiting.get(thread)
        if awaiting is not None and file in awaiting:
            awaiting.remove(file)
        if file in self._created and file not in self._closed:
            self._closed.add(file)
            self._unclear = True

    def forget(self, file: int) -> None:
        """Forget a file that is closed; what follows from it stays."""
        for epoll in self._watched_by.pop(file, ()):
            if epoll in self._watching:
                self._watching[epoll].discard(file)
                self._watching[epoll].add(UNKNOWN)  # that it watches something stays known
        self._reported_by.pop(file, None)
        self._taken_after.pop(file, None)
        self._watching.pop(file, None)
        self._wakes.pop(file, None)
        self._waker_of.pop(file, None)
        for waits in self._waits.values():
            waits.discard(file)
        for files in (self.asked, self._strangers, self._failed, self._closed, self._waited):
            files.discard(file)
        self._with_waker.discard(file)
        self._created.pop(file, None)
        self._sure.pop(file, None)
        for counted in (self._watches, self._reports, self._takes):
            del counted[file]

    # What becomes known

    def served(self, file: int, by: int) -> None:
        """Note that a file turned out to be a server's (``by`` 1), or none (-1)."""
        for epoll in self._watched_by.get(file, ()):
            self._watches[epoll] += by
            self._judge(epoll)
        for epoll in self._reported_by.get(file, ()):
            self._reports[epoll] += by
            self._judge(epoll)
        for epoll in self._taken_after.get(file, ()):
            self._takes[epoll] += by
            self._judge(epoll)

    def serves(self, thread: Thread, by: int) -> None:
        """Note that a thread has used one more, or one less, of a server's files."""
        before = self._serving[thread]
        self._serving[thread] = before + by
        if self._strangers and (before > 0) != (before + by > 0):
            self._unclear = True

    def has_socket(self, process: int, by: int) -> None:
        """Note that a process has one more, or one less, of the sockets of a server."""
        self._server_sockets[process] += by
        self._unclear = True

    def _ask(self, epoll: int) -> None:
        if epoll in self.asked:
            return
        self.asked.add(epoll)
        if epoll >= STRANGERS:
            self._strangers.add(epoll)
        self._unclear = True
        if (waker := self._waker_of.get(epoll)) is not None:
            self._changed(waker)

    def _judge(self, epoll: int) -> None:
        """Find out whether an instance is a poller, by its own files."""
        told = self._reports[epoll] > 0 or (
            self._takes[epoll] > 0 and (epoll >= STRANGERS or not self._watching.get(epoll))
        )
        before = self._sure.get(epoll)
        if self._watches[epoll] > 0:
            now: bool | None = True
        else:
            now = False if told else None
        if before is now:
            return
        if now is None:
            del self._sure[epoll]
        else:
            self._sure[epoll] = now
        self._unclear = True
        self._tell(epoll)

    def _tell(self, epoll: int) -> None:
        self._changed(epoll)
        if (waker := self._waker_of.get(epoll)) is not None:
            self._changed(waker)

    def settle(self) -> None:
        """Find those that are pollers since there is no other."""
        for _ in range(_FAR):
            if not self._unclear:
                return
            self._unclear = False
            before = self._alone if self._first is None else {*self._alone, self._first}
            self._alone = self._only_ones() if self._strangers else set()
            self._first = None if self._sure or self._alone else self._first_of_server()
            now = self._alone if self._first is None else {*self._alone, self._first}
            for epoll in before ^ now:
                self._tell(epoll)

    def _only_ones(self) -> set[int]:
        """Return instances from before in which serving threads wait that have no other."""
        unknown = {
            each
            for each in self._strangers
            if each not in self._sure and not self._watching.get(each)
        }
        if not unknown:
            return set()
        alone = (waits for thread, waits in self._waits.items() if self._serving[thread] > 0)
        return {epoll for waits in alone if len(waits) == 1 for epoll in waits} & unknown

    def _first_of_server(self) -> int | None:
        """Return the poller of a server that failed early.

        It belongs to the process that has the sockets, and was not closed again.
        """
        for epoll, process in self._created.items():
            if self._server_sockets[process] <= 0:
                continue
            if epoll in self._closed and epoll not in self._waited:
                continue
            waker = self._waker_of.get(epoll)
            meant = waker is not None and (
                epoll not in self.asked or waker in self._watching.get(epoll, ())
            )
            if epoll in self._failed or epoll in self._with_waker or meant:
                return epoll
        return None
