"""Which calls look up what a server is to listen on, and which ask for something else.

They serve a listener where the next socket that the same process uses listens, or tries to; or,
if there is no such socket, where there has been no listener yet.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable

from walkthrough.call_stages.roles import FileRole

_USED = frozenset({FileRole.SOCKET, FileRole.LISTENER, FileRole.DIALLED})


class LookUps:
    """What is known of the sockets around calls that look up names.

    Args:
        changed: Is called with the number of a call for which `serves` may answer differently.
    """

    def __init__(self, changed: Callable[[int], None] | None) -> None:
        self._changed = changed
        self._roles: dict[int, FileRole | None] = {}  # of sockets that are used
        self._used: dict[int, list[int]] = {}  # those by process, ascending
        self._listening: dict[int, set[int]] = {}  # by process what proves it
        self._asked: dict[int, list[int]] = {}  # by process the calls that were asked about

    def socket(self, process: int, number: int, role: FileRole | None) -> None:
        """Note what the socket is for that call ``number`` has made."""
        before = self._roles.get(number)
        now = role if role in _USED else None
        if before is now:
            return
        used = self._used.setdefault(process, [])
        if now is None:
            del self._roles[number]
            del used[bisect_left(used, number)]
        else:
            self._roles[number] = now
            if before is None:
                insort(used, number)
        self.listens(process, number, listens=now not in (None, FileRole.DIALLED))
        if self._changed is not None and (asked := self._asked.get(process)):
            at = bisect_left(used, number)
            last = used[at - 1] if at else -1
            for call in asked[bisect_right(asked, last) : bisect_left(asked, number)]:
                self._changed(call)

    def listens(self, process: int, file: int, *, listens: bool) -> None:
        """Note whether a file proves that a process listens, or has a socket to do so."""
        proofs = self._listening.get(process)
        if proofs is None:
            if not listens:
                return
            proofs = self._listening[process] = set()
        before = bool(proofs)
        (proofs.add if listens else proofs.discard)(file)
        if bool(proofs) != before and self._changed is not None:
            asked, used = self._asked.get(process, ()), self._used.get(process, ())
            for call in asked[bisect_right(asked, used[-1]) if used else 0 :]:
                self._changed(call)

    def forget(self, process: int, number: int) -> None:
        """Forget a socket that is closed, and what was asked before it: nobody asks again."""
        if self._roles.pop(number, None) is not None:
            used = self._used[process]
            del used[bisect_left(used, number)]
        if asked := self._asked.get(process):
            del asked[: bisect_left(asked, number)]

    def serves(self, process: int, number: int) -> bool:
        """Return whether a call of a process looks up what a listener is to be."""
        if self._changed is not None:
            asked = self._asked.setdefault(process, [])
            at = bisect_left(asked, number)
            if at == len(asked) or asked[at] != number:
                asked.insert(at, number)
        used = self._used.get(process, ())
        at = bisect_right(used, number)
        if at < len(used):
            return self._roles[used[at]] is not FileRole.DIALLED
        return not self._listening.get(process)
