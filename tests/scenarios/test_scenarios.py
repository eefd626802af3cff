"""Every scenario is run for real, under every server it names, and keeps what it promises."""

import asyncio
import contextlib
import sys

import pytest

from tests.support.need import need
from tests.support.time_limits import SLOW
from walkthrough.capture.workers import pool
from walkthrough.capture.workers.pool import CheckJob
from walkthrough.capture.workers.unattended import RunOutcome, ScenarioVerdict
from walkthrough.scenario import loader as scenarios

PATIENCE = 3 * SLOW
"""Times the scenario's own limit: others run beside it here, and a limit measures nothing."""
RUNS = [(name, server) for name in scenarios.names() for server in scenarios.load(name).servers]


def verdict_on(name: str, server: str) -> ScenarioVerdict:
    """Run one in a process of its own, as `walkthrough check` does."""

    async def first() -> ScenarioVerdict:
        job = CheckJob(name, server, scenarios.load(name).timeout_s * PATIENCE)
        async with contextlib.aclosing(pool.run([job], 1)) as coming:
            return await anext(coming)

    return asyncio.run(first())


@pytest.mark.live
@pytest.mark.skipif(sys.platform != "linux", reason="the servers need Linux")
@pytest.mark.parametrize(("name", "server"), RUNS)
def test_it_keeps_what_it_promises(name: str, server: str) -> None:
    verdict = verdict_on(name, server)
    need(verdict.outcome is not RunOutcome.NOT_RUN, f"{name} under {server}: {verdict.why}")
    assert verdict.why == ()
    assert verdict.outcome is RunOutcome.PASSED


def test_most_run_under_both_servers() -> None:
    both = [name for name in scenarios.names() if len(scenarios.load(name).servers) == 2]
    assert len(both) >= 24
