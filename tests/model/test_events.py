"""Events and values come back from a line as they were."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.strategies import EVENTS, values
from walkthrough.model import protocol
from walkthrough.model.events import AnyEvent, ThreadStarted
from walkthrough.model.stages import NOWHERE, Place, Stage, Step
from walkthrough.model.values import Value


@given(st.one_of(*EVENTS.values()))
def test_events_come_back_as_they_were(event: AnyEvent) -> None:
    line = msgspec.json.encode(event)
    assert b"\n" not in line
    assert msgspec.json.decode(line, type=AnyEvent) == event
    assert msgspec.json.decode(line, type=protocol.Line) == event


@given(values)
def test_values_come_back_as_they_were(value: Value) -> None:
    back = msgspec.json.decode(msgspec.json.encode(value), type=Value)
    assert back == value
    assert type(back) is type(value)


def test_defaults_are_left_out_of_a_line() -> None:
    line = msgspec.json.encode(ThreadStarted(seq=3, time_ns=9, thread=7))
    assert line == b'{"type":"thread_started","seq":3,"time_ns":9,"thread":7}'


@pytest.mark.parametrize(
    ("stage", "step", "place"),
    [
        (None, None, NOWHERE),
        (Stage.BIND, None, Place(Stage.BIND)),
        (Stage.ACCEPT, Step.POLL_WAIT, Place(Stage.ACCEPT, Step.POLL_WAIT)),
        (None, Step.READ, Place(None, Step.READ)),
    ],
)
def test_an_event_has_a_place(stage: Stage | None, step: Step | None, place: Place) -> None:
    assert ThreadStarted(seq=0, time_ns=0, stage=stage, step=step).place == place
