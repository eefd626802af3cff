"""What the script's next act is called, and when it is due, in every language."""

from typing import Any

import pytest

from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.protocol import ActionOffered, ActionSkipped
from walkthrough.scenario import loader
from walkthrough.scenario.schema import ActionKind
from walkthrough.view.next_act import (
    StalledAct,
    does,
    due,
    next_act_row,
    not_due,
    skipped,
    stalled_rows,
)

EN, ZH = catalogue("en"), catalogue("zh")


def offered(action: str = "connect", **more: Any) -> ActionOffered:
    return ActionOffered(**{"action": action, "client": 3, "left": 2, **more})


def said(row: tuple[Any, ...]) -> str:
    return "".join(piece.text for piece in row)


@pytest.mark.parametrize(
    ("offer", "expected"),
    [
        (offered(), "client 3 connects"),
        (offered(clients=5), "client 3 connects (and so do 4 more)"),
        (offered(clients=2), "client 3 connects (and so does 1 more)"),
        (offered(to="127.0.0.1"), "client 3 connects to 127.0.0.1"),
        (offered(listener=2), "client 3 connects to listener 2"),
        (offered("send", data=b"that is all\n"), r'client 3 sends "that is all\n"'),
        (offered("send", data=b"\x1b[2J\xff"), r'client 3 sends "\33[2J\377"'),
        (offered("juggle"), "3: juggle"),
        (offered("connect", to="\x1b[2J"), r"client 3 connects to \x1b[2J"),
    ],
)
def test_who_does_what(offer: ActionOffered, expected: str) -> None:
    assert does(offer, EN) == expected


@pytest.mark.parametrize("kind", ActionKind)
def test_every_action_has_words_in_both_languages(kind: ActionKind) -> None:
    offer = offered(kind.value)
    assert does(offer, EN) != does(offer, ZH)
    assert does(offer, EN) != f"3: {kind.value}"


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("after listen", "after listen returns"),
        ("before accept", "when accept begins"),
        ("after accept/pollOpen", "after accept/pollOpen returns"),
        ("while read is parked", "while read is parked"),
        ("server idle", "once the server is idle"),
        ("server exited", "once the server has ended"),
        ("", "once the server has come to rest"),
        ("when pigs \x1b[2J fly", r"when pigs \x1b[2J fly"),
    ],
)
def test_when(when: str, expected: str) -> None:
    assert due(offered(when=when), EN) == expected


def test_what_only_waits_for_rest_says_so() -> None:
    parked = offered("receive", when="while read is parked", rests=True)
    assert due(parked, EN) == "once the server has come to rest"


def test_what_waits_for_something_to_read_says_so() -> None:
    assert due(offered("receive"), EN) == "once there is something to read"
    assert due(offered("accept"), EN) == "once the server has dialled"


def test_the_line() -> None:
    later = offered(when="after listen")
    assert said(next_act_row(later, EN, "A")) == (
        "next act: client 3 connects · due after listen returns"
    )
    assert said(next_act_row(later, ZH, "A")) == "下一动作：客户端 3 连接 · listen 返回后进行"
    now = next_act_row(offered(due=True), EN, "A")
    assert said(now) == "next act: client 3 connects · now: A"
    assert now[-1].kind == "key"
    assert next_act_row(None, EN, "A") == ()
    assert next_act_row(ActionOffered(), EN, "A") == ()


def test_whoever_is_to_predict_is_not_told_the_moment() -> None:
    later = offered(when="while accept is parked")
    assert said(next_act_row(later, EN, "A", hushed=True)) == (
        "next act: client 3 connects · not due yet"
    )


def test_at_rest_it_is_not_promised_but_a_way_is_offered() -> None:
    stalled = offered("close", when="after close", stalled=True)
    row = next_act_row(stalled, EN, "A")
    assert said(row) == (
        "next act: client 3 closes its connection · due after close returns; the server rests: A"
    )
    assert row[-1].kind == "key"
    assert said(next_act_row(stalled, EN, "A", hushed=True)).endswith(
        " · not due, and the server rests: A"
    )


def test_where_a_kernel_sends_something_again_there_is_time_to_wait() -> None:
    stalled = offered("close", when="after accept", stalled=True)
    row = next_act_row(stalled, EN, "A", waits=True)
    assert said(row).endswith(" · due after accept returns: wait")
    hushed = next_act_row(stalled, EN, "A", waits=True, hushed=True)
    assert said(hushed).endswith(" · not due yet: wait")
    assert {row[-1].kind, hushed[-1].kind} == {"dim"}


def test_what_can_be_done_with_it_is_listed() -> None:
    stalled = offered("close", when="after close", stalled=True)
    rows = stalled_rows(stalled, EN, 76)
    text = " ".join(said(row.row) for row in rows)
    assert text.startswith("client 3 closes its connection; that is due after close returns. The")
    assert [row.meant for row in rows if row.meant is not None] == [*StalledAct]
    told = " ".join(said(row.row) for row in stalled_rows(stalled, ZH, 76, hushed=True))
    assert "尚未到时候" in told
    assert "close 返回" not in told


def test_what_is_refused_says_when_and_how_to_get_there() -> None:
    said = not_due(offered(when="after listen"), EN)
    assert said == (
        "Not due yet: client 3 connects, after listen returns. Go on until then (n, w or r)."
    )
    assert not_due(offered(when="after listen"), ZH) != said


def test_what_is_left_out_names_the_client() -> None:
    gone = ActionSkipped(action="send", client=2)
    assert skipped(gone, EN) == (
        "The script's next act is left out, since its client is gone: client 2 sends a line."
    )
    assert skipped(ActionSkipped(action="close", client=2, count=3), EN) == (
        "The script's next 3 acts are left out, since their clients are gone; "
        "the first: client 2 closes its connection."
    )
    assert "客户端 2" in skipped(ActionSkipped(action="close", client=2), ZH)


@pytest.mark.parametrize("name", loader.names())
def test_every_action_of_every_scenario_is_told(name: str) -> None:
    for action in loader.load(name).script:
        offer = ActionOffered(
            action=action.do.value,
            client=action.client,
            clients=action.clients,
            data=action.payload,
            to=action.to,
            listener=action.listener,
            when=action.when,
            left=1,
        )
        for tr in (EN, ZH):
            text = said(next_act_row(offer, tr, "A"))
            assert text.isprintable()
            assert "{" not in text.replace(does(offer, tr), "")
        assert action.when == "at once" or due(offer, EN) != due(offer, ZH)
