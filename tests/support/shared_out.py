"""How tests are shared out among workers: in pieces, with as much work at the end as at the start.

xdist goes through all that a worker has ever been given whenever a test ends, and looks for each
test that it gives out in the list of all: with ten thousand tests, to run nothing took 36 s of CPU,
of which 11 were the tests'. Here what is done is forgotten, and each test's number is known.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

PIECE = 8
"""So many short tests, one behind the other in a file, are given out at once: what they read is
read by one worker, and not by each."""
_LONG = ("/tui/", "/cli/", "/systems/", "_live.py", "/test_every_step.py")
"""Parts of the names of files whose tests are given out one by one: each may take seconds."""


class _NumberedTests(list[str]):
    """A worker's tests, which knows where each one is."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(names)
        self._numbers = {name: number for number, name in enumerate(names)}

    def index(self, name: str, *limits: object) -> int:
        """Return a test's number."""
        return self._numbers[name]


class PiecewiseScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Shares out groups of tests whole, short tests in pieces, and others one by one.

    Args:
        config: Of the run.
        log: What xdist writes to.
        groups_of: Returns the groups of those tests of a worker that are in any.
    """

    def __init__(
        self,
        config: pytest.Config,
        log: Producer,
        groups_of: Callable[[WorkerController], Mapping[str, str]],
    ) -> None:
        super().__init__(config, log)
        self._groups_of = groups_of
        self._pieces: dict[str, str] = {}

    def add_node_collection(self, node: WorkerController, collection: Sequence[str]) -> None:
        """Note that a worker has found its tests."""
        super().add_node_collection(node, collection)
        if node in self.registered_collections:
            self._pieces = self._pieces or dict(_in_pieces(collection, self._groups_of(node)))
            self.registered_collections[node] = _NumberedTests(collection)

    def mark_test_complete(
        self, node: WorkerController, item_index: int, duration: float = 0
    ) -> None:
        """Forget a piece when all of its tests have been run."""
        piece = self._split_scope(self.registered_collections[node][item_index])
        super().mark_test_complete(node, item_index, duration)
        given = self.assigned_work.get(node, {})
        if piece in given and all(given[piece].values()):
            del given[piece]

    def _split_scope(self, nodeid: str) -> str:
        return self._pieces[nodeid]


def _in_pieces(names: Iterable[str], groups: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each test and the piece that it belongs to, which has its first test's name."""
    piece, file, count = "", "", 0
    for name in names:
        if name in groups:
            yield name, groups[name]
            continue
        its_file = name.partition("::")[0]
        if its_file != file or count == PIECE or any(part in its_file for part in _LONG):
            piece, file, count = name, its_file, 0
        count += 1
        yield name, piece
