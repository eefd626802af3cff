"""Every scenario ships with a recording, and the recording keeps what the scenario promises."""

import pytest

from walkthrough.model.stages import Stage
from walkthrough.recording.file import Recording, load
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.checks.checker import check_run
from walkthrough.scenario.goals import GoalTracker

NAMES = scenarios.names()
LARGEST = 2 * 1024 * 1024
"""Bytes: recordings are shipped with the program, all of them."""


def recording_of(name: str) -> Recording:
    return load(scenarios.find(name) / scenarios.RECORDING)


@pytest.mark.parametrize("name", NAMES)
def test_its_recording_is_of_this_scenario_under_the_go_server(name: str) -> None:
    header = recording_of(name).header
    assert (header.scenario, header.server) == (name, "go")
    assert header.go_version


@pytest.mark.parametrize("name", NAMES)
def test_its_recording_keeps_its_promises(name: str) -> None:
    recording = recording_of(name)
    events = (event for _, event in recording)
    assert check_run(scenarios.load(name), recording.header, events) == ()


@pytest.mark.parametrize("name", NAMES)
def test_its_goals_are_reached_in_their_order(name: str) -> None:
    recording = recording_of(name)
    tracker = GoalTracker(scenarios.load(name).goal, recording.header)
    for _, event in recording:
        tracker.fold(event)
    tracker.settle()
    reached = [event for event in tracker.reached if event is not None]
    assert len(reached) == len(tracker.goals)
    assert reached == sorted(set(reached)), "each is a sight of its own, and the next comes later"


@pytest.mark.parametrize("name", NAMES)
def test_its_recording_is_small_and_names_no_place_of_this_machine(name: str) -> None:
    file = scenarios.find(name) / scenarios.RECORDING
    assert file.stat().st_size <= LARGEST
    assert b"/home/" not in file.read_bytes()


def test_another_scenarios_promises_are_not_kept() -> None:
    """The judge does look: what `port-in-use` promises is not in the recording of `burst`."""
    recording = recording_of("burst")
    events = (event for _, event in recording)
    assert check_run(scenarios.load("port-in-use"), recording.header, events)


def test_every_scenario_promises_something_that_is_its_own() -> None:
    for name in NAMES:
        scenario = scenarios.load(name)
        expect, neighbour = scenario.expect, scenario.neighbour
        assert expect.stages, name
        listens_already = neighbour is not None and neighbour.hands_over
        begins = Stage.POLL_SERVER_INIT if listens_already else Stage.RESOLVE_ADDR_LIST
        assert expect.stages[0] is begins, name
        assert expect.calls or expect.path, name
