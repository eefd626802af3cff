"""The instrumented server enters what Go's server entered when a scenario was recorded."""

import itertools
import sys
from collections.abc import Iterable, Iterator

import pytest

from tests.support.instrumented_walk import Walk, of
from walkthrough.capture.environment.exposure import isolated
from walkthrough.capture.environment.requirements import why_not_runnable
from walkthrough.capture.environment.server_kind import ServerKind
from walkthrough.capture.instrumented.target import InstrumentedTarget
from walkthrough.capture.session.fixtures import Fixtures
from walkthrough.capture.session.run_config import configure_run
from walkthrough.model.events import AnyEvent, FunctionEntered, ProcessExited
from walkthrough.model.stages import Stage, Step
from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(sys.platform != "linux", reason="the server runs on Linux only"),
]

# All that fail at once, or accept in one goroutine: what several do may come in any order.
NAMES = [
    "accept-deadline",
    "backlog-full",
    "bind-fails-late",
    "close-while-accepting",
    "dual-stack",
    "epoll-ctl-fails",
    "first-connection",
    "ipv4-any",
    "ipv6-only",
    "out-of-descriptors-at-socket",
    "port-in-use",
    "udp",
    "unix-socket",
]


def way_to_accept(events: Iterable[AnyEvent]) -> Iterator[tuple[str | None, ...]]:
    """Yield the functions entered before accepting, or waiting, begins; polls left out."""
    entered = (event for event in of(events, FunctionEntered) if not event.quiet)
    for event in itertools.takewhile(lambda each: not waits(each), entered):
        if event.step is not Step.POLL_READY:
            yield event.function, event.mark, event.stage, event.step


def waits(event: AnyEvent) -> bool:
    parks = isinstance(event, FunctionEntered) and event.mark == Step.POLL_WAIT
    return parks or event.stage is Stage.ACCEPT


@pytest.mark.parametrize("name", NAMES)
def test_both_servers_go_the_same_way(name: str) -> None:
    scenario = scenarios.load(name)
    recording = scenarios.find(name) / "recording.jsonl"
    with isolated(scenario) as exposure, Fixtures(scenario, exposure) as fixtures:
        if why := why_not_runnable(scenario, ServerKind.PYTHON):
            pytest.skip(str(why))
        target = InstrumentedTarget(configure_run(scenario, fixtures))
        try:
            target.start()
            walk = Walk(target)
            walk.until(lambda event: waits(event) or isinstance(event, ProcessExited))
        finally:
            target.close()
    ours = list(way_to_accept(walk.events))
    assert ours == list(way_to_accept(event for _, event in load(recording)))
    assert len(ours) > 5
