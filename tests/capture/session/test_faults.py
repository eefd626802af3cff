"""Which call fails: every fault counts for itself, over the whole process."""

import pytest

from walkthrough.capture.session.faults import FaultInjector
from walkthrough.model.stages import NOWHERE, Place, Stage, Step
from walkthrough.scenario.schema import Fault

LISTENER = Place(Stage.POLL_OPEN)
BACKLOG = Place(None, Step.LISTENER_BACKLOG)
CONNECTION = Place(Stage.ACCEPT, Step.POLL_OPEN)
WALK = [
    ("socket", Place(Stage.SYS_SOCKET)),
    ("epoll_ctl", Place(Stage.POLL_SERVER_INIT)),
    ("epoll_ctl", BACKLOG),
    ("epoll_ctl", LISTENER),
    ("accept4", Place(Stage.ACCEPT, Step.ACCEPT4)),
    ("epoll_ctl", CONNECTION),
    ("close", NOWHERE),
]
ENOSPC, EMFILE = 28, 24


@pytest.mark.parametrize(
    ("faults", "errors"),
    [
        ([], [0, 0, 0, 0, 0, 0, 0]),
        ([Fault(errno="ENOSPC", call="epoll_ctl")], [0, ENOSPC, 0, 0, 0, 0, 0]),
        ([Fault(errno="ENOSPC", call="epoll_ctl", occurrence=3)], [0, 0, 0, ENOSPC, 0, 0, 0]),
        ([Fault(errno="ENOSPC", at="pollOpen")], [0, 0, 0, ENOSPC, 0, 0, 0]),
        ([Fault(errno="ENOSPC", at="accept/pollOpen")], [0, 0, 0, 0, 0, ENOSPC, 0]),
        ([Fault(errno="ENOSPC", at="listenerBacklog")], [0, 0, ENOSPC, 0, 0, 0, 0]),
        ([Fault(errno="EMFILE", at="accept", times=9)], [0, 0, 0, 0, EMFILE, EMFILE, 0]),
        (
            [Fault(errno="ENOSPC", call="epoll_ctl", occurrence=2, times=2)],
            [0, 0, ENOSPC, ENOSPC, 0, 0, 0],
        ),
        (  # each counts for itself, and of two that fit the first says which error it is
            [
                Fault(errno="EMFILE", at="pollOpen"),
                Fault(errno="ENOSPC", call="epoll_ctl", occurrence=3, times=2),
            ],
            [0, 0, 0, EMFILE, 0, ENOSPC, 0],
        ),
        ([Fault(errno="EMFILE", call="bind")], [0, 0, 0, 0, 0, 0, 0]),
    ],
)
def test_which_calls_fail(faults: list[Fault], errors: list[int]) -> None:
    decide = FaultInjector(faults)
    assert [decide.strikes(call, place) for call, place in WALK] == errors
    assert bool(decide) == bool(faults)
