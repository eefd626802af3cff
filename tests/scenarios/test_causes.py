"""Takes the cause out of a scenario: then its check has to fail, and to say what did not come.

A check that passes with and without the cause would prove nothing.
"""

import sys
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from tests.support.need import need
from walkthrough.capture.environment import backends
from walkthrough.capture.environment.requirements import why_not_runnable
from walkthrough.capture.environment.server_kind import ServerKind
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.workers.unattended import run_and_judge
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.schema import ActionKind, Limits, Scenario, ScriptAction

Change = Callable[[Scenario], Scenario]
SECONDS = (3.0, 20.0, 90.0)
"""For a run that waits for what can no longer come; a whole one takes half of the first, if left
alone. On a busy machine they may be over before the cause is missed: then it is given more."""


def options(**changed: object) -> Change:
    """Set options of the server to what they are without the scenario."""
    return lambda scenario: replace(scenario, server=replace(scenario.server, **changed))


def without_faults(scenario: Scenario) -> Scenario:
    return replace(scenario, fault=())


def without_limits(scenario: Scenario) -> Scenario:
    return replace(scenario, limits=Limits())


def without_neighbour(scenario: Scenario) -> Scenario:
    return replace(scenario, neighbour=None, address="127.0.0.1:0")


def at(address: str, network: str = "tcp") -> Change:
    return lambda scenario: replace(scenario, address=address, network=network)


def another_port(scenario: Scenario) -> Scenario:
    return replace(without_faults(scenario), address="127.0.0.1:0")


def script(change: Callable[[ScriptAction], ScriptAction | None]) -> Change:
    def changed(scenario: Scenario) -> Scenario:
        actions = (change(action) for action in scenario.script)
        return replace(scenario, script=tuple(each for each in actions if each is not None))

    return changed


def silent(action: ScriptAction) -> ScriptAction | None:
    return action if action.do in (ActionKind.CONNECT, ActionKind.CLOSE) else None


def polite(action: ScriptAction) -> ScriptAction:
    return replace(action, do=ActionKind.CLOSE) if action.do is ActionKind.RESET else action


def late(action: ScriptAction) -> ScriptAction:
    return (
        replace(action, when="while accept is parked")
        if action.do is ActionKind.CONNECT
        else action
    )


CAUSES: list[tuple[str, Change, str]] = [
    # scenario, what takes its cause away, what its check then has to miss
    ("port-in-use", without_neighbour, "EADDRINUSE"),
    ("out-of-descriptors-at-socket", without_limits, "EMFILE"),
    ("out-of-descriptors-at-accept", without_limits, "EMFILE"),
    ("bind-fails-late", at("127.0.0.1:0"), "EADDRNOTAVAIL"),
    ("epoll-ctl-fails", without_faults, "ENOSPC"),
    ("accept-aborted", without_faults, "ECONNABORTED"),
    ("interrupted", without_faults, "EINTR"),
    ("accept-deadline", options(deadline_ms=None), "i/o timeout"),
    ("close-while-accepting", options(close_on=""), "use of closed network connection"),
    ("backlog-full", options(backlog=None), "EINPROGRESS"),
    ("control-hook", options(control=()), "SO_REUSEPORT"),
    ("second-listener", options(also=()), "listen"),
    ("half-close", options(reply=""), "receive"),
    ("mptcp", options(go=""), "probe"),
    ("first-connection", script(silent), "hello from the first client"),
    ("client-resets", script(polite), "reset"),
    ("handshake-before-accept", script(late), "accept4"),
    ("ipv4-any", at("127.0.0.1:0"), "AF_INET6"),
    ("dual-stack", at("127.0.0.1:0"), "AF_INET6"),
    ("ipv6-only", at("[::1]:0"), "IPV6_V6ONLY"),
    ("privileged-port", another_port, "EACCES"),
    ("dial", at("127.0.0.1:1"), "connected to"),
    ("udp", at("[::1]:0", "udp"), "AF_INET"),
]
RUNS = [
    pytest.param(name, ServerKind(server), change, said, id=f"{name}-{server}")
    for name, change, said in CAUSES
    for server in scenarios.load(name).servers
]


@pytest.mark.live
@pytest.mark.timeout(300)
@pytest.mark.skipif(sys.platform != "linux", reason="the servers need Linux")
@pytest.mark.parametrize(("name", "server", "change", "said"), RUNS)
def test_without_its_cause_it_fails(
    name: str, server: ServerKind, change: Change, said: str
) -> None:
    whole = scenarios.load(name)
    try:
        backends.choose(server)
        reason = why_not_runnable(whole, server)
    except CaptureError as error:
        reason = str(error)
    need(not reason, f"{name} under {server}: {reason}")
    assert change(whole) != whole
    for seconds in SECONDS:
        verdict = run_and_judge(replace(change(whole), timeout_s=seconds), server)
        assert verdict.outcome == "failed"
        found = " ".join(map(str, verdict.why))
        if said in found:
            break
    assert said in found
