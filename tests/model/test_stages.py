"""Where marks lead on the path."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkthrough.model.events import (
    AnyEvent,
    FunctionEntered,
    FunctionReturned,
    ThreadStarted,
    begins_stage,
)
from walkthrough.model.stages import (
    NOWHERE,
    SHOWN_UNDER,
    Place,
    Stage,
    Step,
    descend,
    is_mark,
    place_of,
)

MARKS = st.sampled_from([None, "net.socket", *Stage, *Step])


@pytest.mark.parametrize(
    ("marks", "place"),
    [
        ([], NOWHERE),
        ([None, None], NOWHERE),
        (["bind"], Place(Stage.BIND)),
        ([None, "sysSocket", None], Place(Stage.SYS_SOCKET)),
        (["bind", "control"], Place(Stage.BIND)),
        (["control"], Place(None, Step.CONTROL)),
        (["listenerBacklog"], Place(None, Step.LISTENER_BACKLOG)),
        # The poller is set up while the backlog is read; the watch on that file is no stage.
        (["listenerBacklog", "pollServerInit"], Place(Stage.POLL_SERVER_INIT)),
        (["listenerBacklog", "pollOpen"], Place(None, Step.LISTENER_BACKLOG)),
        (["listenerBacklog", "close"], Place(None, Step.LISTENER_BACKLOG)),
        (["pollOpen"], Place(Stage.POLL_OPEN)),
        (["accept"], Place(Stage.ACCEPT)),
        (["accept", "accept"], Place(Stage.ACCEPT)),
        (["accept", "accept4"], Place(Stage.ACCEPT, Step.ACCEPT4)),
        (["accept", None, "pollWait"], Place(Stage.ACCEPT, Step.POLL_WAIT)),
        (["accept", "pollOpen"], Place(Stage.ACCEPT, Step.POLL_OPEN)),
        (["accept", "setKeepAlive", "setNoDelay"], Place(Stage.ACCEPT, Step.SET_NO_DELAY)),
        (["accept", "bind"], Place(Stage.ACCEPT)),
        (["read", "pollWait"], Place(None, Step.READ)),
        (["pollWait"], Place(None, Step.POLL_WAIT)),
        # Sockets that serve a probe, or the looking up of a name, are not the listener's.
        (["probe", "sysSocket"], Place(None, Step.PROBE)),
        (["probe", "probe", "bind"], Place(None, Step.PROBE)),
        (["resolveAddrList", "sysSocket", None], Place(Stage.RESOLVE_ADDR_LIST)),
        (["resolveAddrList", "pollOpen"], Place(Stage.RESOLVE_ADDR_LIST)),
        (["resolveAddrList", "pollServerInit"], Place(Stage.POLL_SERVER_INIT)),
        (["probe", "pollServerInit"], Place(Stage.POLL_SERVER_INIT)),
        (["pollReady"], Place(None, Step.POLL_READY)),
        (["lunch"], NOWHERE),
    ],
)
def test_marks_lead_to_a_place(marks: list[str | None], place: Place) -> None:
    assert place_of(marks) == place


@given(st.lists(MARKS, max_size=8), MARKS)
def test_a_function_without_a_mark_changes_nothing(
    marks: list[str | None], mark: str | None
) -> None:
    place = place_of(marks)
    assert descend(place, None) == place
    assert descend(place, mark) == place_of([*marks, mark])
    if place.stage is Stage.ACCEPT:
        assert descend(place, mark).stage is Stage.ACCEPT


@pytest.mark.parametrize(
    ("place", "under"),
    [
        (NOWHERE, None),
        (Place(Stage.BIND), Stage.BIND),
        (Place(Stage.ACCEPT, Step.POLL_OPEN), Stage.ACCEPT),
        (Place(None, Step.LISTENER_BACKLOG), Stage.LISTEN),
        (Place(None, Step.READ), Stage.ACCEPT),
        (Place(None, Step.ACCEPT4), Stage.ACCEPT),
    ],
)
def test_where_a_place_is_listed(place: Place, under: Stage | None) -> None:
    assert place.shown_under is under


def test_every_step_outside_the_stages_is_listed_somewhere() -> None:
    outside = {place_of([step]).step for step in Step} - {None}
    assert outside == set(SHOWN_UNDER)


def test_marks_are_stages_and_steps() -> None:
    assert all(is_mark(name) for name in (*Stage, *Step))
    assert not is_mark("net.Listen")


def entered(stage: Stage | None, mark: str | None, step: Step | None = None) -> FunctionEntered:
    return FunctionEntered(seq=0, time_ns=0, stage=stage, step=step, mark=mark)


@pytest.mark.parametrize(
    ("event", "begins"),
    [
        (entered(Stage.BIND, "bind"), True),
        (entered(Stage.BIND, None), False),
        (entered(Stage.BIND, "control"), False),
        (entered(None, "control", Step.CONTROL), False),
        (entered(Stage.ACCEPT, "pollOpen", Step.POLL_OPEN), False),
        (
            FunctionEntered(seq=0, time_ns=0, stage=Stage.BIND, mark="bind", quiet=True),
            False,
        ),
        (FunctionReturned(seq=0, time_ns=0, stage=Stage.BIND, mark="bind"), False),
        (ThreadStarted(seq=0, time_ns=0), False),
    ],
)
def test_what_begins_a_stage(event: AnyEvent, begins: bool) -> None:
    assert begins_stage(event) is begins
