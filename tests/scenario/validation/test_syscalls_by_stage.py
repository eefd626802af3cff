"""Faults that can never strike are refused, and no call that is made somewhere is taken for one."""

import pytest

from walkthrough.model.events import CallEntered
from walkthrough.model.stages import Place, Stage, Step
from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.loader import parse_scenario
from walkthrough.scenario.validation.errors import ScenarioError
from walkthrough.scenario.validation.syscalls_by_stage import calls_made_at, may_be_made

FAULTY = """\
network = "tcp"
address = "127.0.0.1:0"
title = { en = "One", zh = "一" }
summary = { en = "A walk.", zh = "走一遍。" }
end = { when = "server idle" }

[[fault]]
errno = "EINTR"
at = "AT"
call = "CALL"
"""


def recorded() -> set[tuple[str, Place]]:
    """Every system call of every recording, with its place."""
    return {
        (event.call, event.place)
        for name in scenarios.names()
        for _, event in load(scenarios.find(name) / scenarios.RECORDING)
        if isinstance(event, CallEntered) and not event.quiet
    }


def test_what_the_recordings_show_may_be_made() -> None:
    seen = recorded()
    assert [pair for pair in seen if not may_be_made(*pair)] == []
    found = {place for _, place in seen if calls_made_at(place) is not None}
    assert {place.stage for place in found} >= set(Stage) - {Stage.RESOLVE_ADDR_LIST}
    assert {place.step for place in found} >= {Step.READ, Step.CLOSE, Step.CONNECT, Step.POLL_READY}


@pytest.mark.parametrize(
    ("at", "call"),
    [
        ("accept", "bind"),
        ("accept", "read"),
        ("bind", "listen"),
        ("pollOpen", "accept4"),
        ("accept/pollOpen", "accept4"),
        ("accept/accept4", "epoll_ctl"),
        ("setNoDelay", "recvfrom"),
        ("read", "accept4"),
    ],
)
def test_a_call_that_is_never_made_there_is_refused(at: str, call: str) -> None:
    with pytest.raises(ScenarioError, match=r"one/scenario\.toml, line 10 \(fault 1\): call is"):
        parse_scenario(FAULTY.replace("AT", at).replace("CALL", call), "one", "one/scenario.toml")


def test_what_is_made_there_is_named() -> None:
    with pytest.raises(ScenarioError) as error:
        parse_scenario(FAULTY.replace("AT", "bind").replace("CALL", "listen"), "one")
    assert str(error.value).endswith(
        "call is 'listen', which is never made at 'bind'; what may be made there: bind."
    )


@pytest.mark.parametrize(
    ("at", "call"),
    [
        ("accept", "accept4"),
        ("accept", "epoll_ctl"),
        ("accept", "close"),
        ("listenerBacklog", "openat"),
        ("control", "setsockopt"),
        ("resolveAddrList", "socket"),
        ("accept/pollWait", "read"),
    ],
)
def test_a_call_that_may_be_made_there_is_taken(at: str, call: str) -> None:
    text = FAULTY.replace("AT", at).replace("CALL", call)
    # The user's own program may have a hook, which may make any call.
    (fault,) = parse_scenario(text, "one", own_program=True).fault
    assert (fault.at, fault.call) == (at, call)
