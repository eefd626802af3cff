"""A recording is read whole, or without what was read and written."""

from walkthrough.model.events import ClientActed
from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios
from walkthrough.view.recorded_history import history_of

RECORDING = scenarios.find("first-connection") / scenarios.RECORDING


def test_payload_is_there_or_its_length_alone() -> None:
    for payload in (True, False):
        history = history_of(load(RECORDING), payload=payload)
        events = map(history.event, range(len(history)))
        (sent,) = [each for each in events if isinstance(each, ClientActed) and each.length]
        assert (sent.data == b"hello from the first client\n") is payload
        assert sent.length == 28
        assert history.header.payload_omitted is not payload
