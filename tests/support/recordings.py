"""The recordings of the scenarios, read once for all tests of a process that only look at them."""

from functools import cache

from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios
from walkthrough.state.history import History


@cache
def shared_history(name: str) -> History:
    """Return the recording of a scenario: nobody appends to it, and no screen watches it."""
    return History.load(load(scenarios.find(name) / scenarios.RECORDING))
