"""The glossary as rows, and the term that a step is about."""

from dataclasses import replace

import pytest

from walkthrough.i18n.catalogue import catalogue
from walkthrough.lesson.glossary import glossary
from walkthrough.model.events import AnyEvent, CallReturned, ClientActed, FunctionEntered
from walkthrough.model.stages import Stage, Step
from walkthrough.model.values import Constant
from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios
from walkthrough.state.history import History
from walkthrough.view.glossary import ACTS, CALLS, ERRORS, STAGES, STEPS, glossary_rows, term_of
from walkthrough.view.step import StepContext, step_at
from walkthrough.view.text import width_of

EN, ZH = catalogue("en"), catalogue("zh")
NOTHING = step_at(
    History.load(load(scenarios.find("accept-parks") / scenarios.RECORDING)), -1, None, EN
)


def about(event: AnyEvent) -> StepContext:
    return replace(NOTHING, event=event)


def test_every_term_that_a_step_may_be_about_is_explained() -> None:
    keys = {entry.key for entry in glossary("en")}
    for table in (ERRORS, CALLS, ACTS, STEPS, STAGES):
        assert {*table.values()} <= keys, table


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (
            CallReturned(
                seq=1, time_ns=1, call="accept4", span=1, result=-1, error=Constant("EAGAIN", 11)
            ),
            "EAGAIN",
        ),
        (CallReturned(seq=1, time_ns=1, call="accept4", span=1, result=4), "accept queue"),
        (CallReturned(seq=1, time_ns=1, call="getpid", span=1, stage=Stage.LISTEN), "backlog"),
        (ClientActed(seq=1, time_ns=1, client=1, action="half-close"), "half-close"),
        (ClientActed(seq=1, time_ns=1, client=1, action="send"), ""),
        (
            FunctionEntered(
                seq=1, time_ns=1, span=1, stage=Stage.ACCEPT, step=Step.POLL_WAIT, function="f"
            ),
            "to park",
        ),
        (
            FunctionEntered(seq=1, time_ns=1, span=1, stage=Stage.ACCEPT, function="f"),
            "accept queue",
        ),
    ],
)
def test_the_nearest_term_counts(event: AnyEvent, expected: str) -> None:
    assert term_of(about(event)) == expected


def test_before_the_first_event_there_is_none() -> None:
    assert term_of(NOTHING) == ""


def test_it_is_listed_under_its_headings_and_searched_in_both_languages() -> None:
    entries = glossary("zh")
    rows = glossary_rows(entries, ZH, 70)
    assert {each.meant for each in rows} - {None} == {*range(len(entries))}
    assert [e.row[0].text for e in rows if e.row and e.row[0].kind == "heading"] == [
        "本程序的用语",
        "Go 的用语",
        "内核的用语",
    ]
    found = glossary_rows(entries, ZH, 70, lambda text: "accept queue" in text)
    (one,) = {each.meant for each in found} - {None}
    assert one is not None
    assert entries[one].key == "accept queue"
    (none,) = glossary_rows(entries, EN, 70, lambda text: False)
    assert none.row[0].text == "No term has this in its name or its explanation."
    for width in (20, 76):
        assert all(width_of(each.row) <= width for each in glossary_rows(entries, ZH, width))
