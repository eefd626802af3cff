"""The client is yours: what is typed, what it becomes, and what is wrong with it."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot
from textual.widgets import Label

from tests.support.feeds import FakeFeed
from tests.support.pictures import drawn
from tests.support.records import HEADER, first_connection
from tests.support.screen import live, press, type_at_once, until
from walkthrough.capture.session.script_runner import MOST_AT_ONCE as MOST_CAPTURED
from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.events import ClientActed
from walkthrough.model.protocol import (
    ActCommand,
    ActionOffered,
    AnyCommand,
    CaptureFinished,
    NextActCommand,
    ServerHalted,
    ServerRunning,
    SkipActCommand,
)
from walkthrough.scenario.schema import NO_CLIENTS, ActionKind
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.features.client.act_parser import (
    GRAMMAR,
    MOST_AT_ONCE,
    complete,
    explain,
    parse_act,
)
from walkthrough.tui.features.client.stalled_act import StalledActScreen
from walkthrough.tui.screens.status import WalkMode
from walkthrough.tui.widgets.prompt import PromptLine

EN, ZH = catalogue("en"), catalogue("zh")
KNOWN = (1, 2, 3)


def act(action: str, **more: Any) -> ActCommand:
    return ActCommand(action=action, **more)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("connect", act("connect")),
        (" Connect ", act("connect")),
        ("con", act("connect")),
        ("connect 5", act("connect", clients=5)),
        ("ｃｏｎｎｅｃｔ　５", act("connect", clients=5)),
        ("connect ipv4", act("connect", to="127.0.0.1")),
        ("connect ipv6 3", act("connect", to="::1", clients=3)),
        ("connect 127.0.0.1", act("connect", to="127.0.0.1")),
        ("connect 127.0.0.9", act("connect", to="127.0.0.9")),
        ("connect [::1]", act("connect", to="::1")),
        ("connect ::ffff:127.0.0.1", act("connect", to="::ffff:127.0.0.1")),
        ("connect 2 listener 2", act("connect", clients=2, listener=2)),
        ("accept", act("accept")),
        ("send hello", act("send", data=b"hello\n")),
        ("send 2 hello", act("send", client=2, data=b"hello\n")),
        ("send 2 3 apples", act("send", client=2, data=b"3 apples\n")),
        ('send "3 apples "', act("send", data=b"3 apples \n")),
        ("send Hello,  World", act("send", data=b"Hello,  World\n")),
        (r"send one\c", act("send", data=b"one")),
        (r"send \x1b[2J\0\\\c", act("send", data=b"\x1b[2J\0\\")),
        ("send 你好", act("send", data="你好\n".encode())),
        ("receive", act("receive")),
        ("half-close 2", act("half-close", client=2)),
        ("half", act("half-close")),
        ("close 1-3", act("close", client=1, clients=3)),
        ("close 3-1", act("close", client=1, clients=3)),
        ("reset 2", act("reset", client=2)),
    ],
)
def test_what_it_becomes(typed: str, expected: ActCommand) -> None:
    assert parse_act(typed, KNOWN, EN) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("dance", "A client can connect, accept, send, receive, half-close, close, reset."),
        ("c", "Which one: connect, close?"),
        ("connect 0", "0 is not from 1 to 1000."),
        ("connect 1001", "1001 is not from 1 to 1000."),
        ("connect listener 0", "0 is not from 1 to 1000."),
        (
            "connect example.org",
            "example.org is no count and no address: write connect 5, connect ipv4, "
            "connect 127.0.0.1 or connect listener 2.",
        ),
        (
            "connect 192.0.2.1",
            "Clients stay on this machine: 192.0.2.1 is no loopback address, such as 127.0.0.1 "
            "or ::1.",
        ),
        (
            "connect 0.0.0.0",
            "Clients stay on this machine: 0.0.0.0 is no loopback address, such as 127.0.0.1 "
            "or ::1.",
        ),
        ("accept 2", "Nothing goes behind accept: a new client gets the connection."),
        ("send", "What is to be sent? Write: send hello, or send 2 hello."),
        ("send 2", "What is to be sent? Write: send hello, or send 2 hello."),
        ("send 7 hello", "There is no client 7; the newest is 3."),
        (
            r"send \q",
            r"\q is no escape: there are \n, \r, \t, \0, \\, \xNN and, at the end, \c.",
        ),
        (
            "send a\\",
            "\\ is no escape: there are \\n, \\r, \\t, \\0, \\\\, \\xNN and, at the end, \\c.",
        ),
        ("send " + "x" * 4097, "At most 4096 bytes can be sent at once."),
        ("close 9", "There is no client 9; the newest is 3."),
        ("close all", "all is no client: write close, close 2 or close 1-3."),
        ("close 1 2", "1 2 is no client: write close, close 2 or close 1-3."),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(typed: str, expected: str) -> None:
    assert parse_act(typed, KNOWN, EN) == expected
    said = parse_act(typed, KNOWN, ZH)
    assert isinstance(said, str)
    assert said != expected


def test_without_clients_there_is_none_to_name() -> None:
    assert parse_act("close 1", (), EN) == "There is no client yet: write connect."


def test_of_very_many_clients_the_oldest_can_be_named_though_only_the_newest_are_kept() -> None:
    kept = range(745, 1001)
    assert parse_act("close 1", kept, EN) == act("close", client=1)
    assert parse_act("close 1001", kept, EN) == "There is no client 1001; the newest is 1000."
    assert parse_act("close 1-1000", kept, EN) == act("close", client=1, clients=1000)


@given(st.text(max_size=60))
def test_whatever_is_typed_is_a_command_or_a_sentence_that_can_be_drawn(typed: str) -> None:
    for text in (typed, f"send {typed}", f"connect {typed}", f"close {typed}"):
        made = parse_act(text, KNOWN, EN)
        if isinstance(made, str):
            assert made.isprintable()
            assert made[-1] in ".?"
        else:
            assert 1 <= made.clients <= MOST_AT_ONCE
            assert len(made.data) <= 4097
        assert len(complete(text)) >= len(text)
        assert explain(text, EN).isprintable()


def test_it_can_say_what_clients_can_do_and_no_more_at_once_than_the_capture_allows() -> None:
    done = {each.value for each in ActionKind if each not in NO_CLIENTS}
    assert set(GRAMMAR) <= done
    assert done - set(GRAMMAR) == {"allow-replies"}  # only a script drops any
    assert MOST_AT_ONCE == MOST_CAPTURED


@pytest.mark.parametrize(
    ("typed", "completed", "help"),
    [
        ("", "", ""),
        ("con", "connect ", "connect [COUNT] [ipv4 | ipv6 | ADDRESS] [listener N]"),
        ("c", "c", "connect close"),
        ("send 2", "send 2", r"send [CLIENT] TEXT · \n \xNN \c (no end of line)"),
        ("xyz", "xyz", ""),
    ],
)
def test_help_and_completion_while_typing(typed: str, completed: str, help: str) -> None:
    assert complete(typed) == completed
    assert explain(typed, EN) == help


EVENTS = first_connection()
ACTED = next(event.seq for event in EVENTS if isinstance(event, ClientActed))


async def opened(pilot: Pilot[Any], app: WalkthroughApp) -> PromptLine:
    await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
    await press(pilot, "C")
    return app.walk.query_one(PromptLine)


def shown(app: WalkthroughApp, id: str) -> str:
    return str(app.walk.query_one(id, Label).render()).strip()


async def test_a_client_does_what_is_typed(tmp_path: Path) -> None:
    feed = FakeFeed(HEADER, *EVENTS[: ACTED + 1], ServerHalted(seq=ACTED))
    app = live(feed)
    async with app.run_test(size=(80, 24)) as pilot:
        line = await opened(pilot, app)
        assert line.has_focus
        assert shown(app, "#prompt-question") == "Client"
        type_at_once(app, "se")
        await until(pilot, lambda: line.value == "se")
        assert shown(app, "#prompt-hint").startswith("send [CLIENT] TEXT")
        await press(pilot, "tab")
        assert line.value == "send "
        type_at_once(app, "7 x\r")
        await until(pilot, lambda: "There is no client 7" in shown(app, "#prompt-wrong"))
        assert feed.sent == []
        line.value = "send 1 that is all"
        await press(pilot, "enter")
        assert feed.sent == [act("send", client=1, data=b"that is all\n")]
        assert not app.walk.prompt.asking
        await press(pilot, "left", "C")
        assert app.walk.status.at_edge
        type_at_once(app, "connect 5 ipv6\r")
        await until(pilot, lambda: len(feed.sent) == 2)
        assert feed.sent[1] == act("connect", clients=5, to="::1")
        await press(pilot, "C", "enter")
        assert not app.walk.prompt.asking  # nothing typed, nothing done
        await press(pilot, "C", "escape", "g")
        assert shown(app, "#prompt-question") == "Go to"
        assert len(feed.sent) == 2


async def test_a_capture_that_ends_meanwhile_takes_no_more() -> None:
    feed = FakeFeed(HEADER, *EVENTS[: ACTED + 1], ServerHalted(seq=ACTED))
    app = live(feed)
    async with app.run_test(size=(80, 24)) as pilot:
        line = await opened(pilot, app)
        feed.say(CaptureFinished())
        await until(pilot, lambda: app.walk.status.mode is WalkMode.ENDED)
        line.value = "connect"
        await press(pilot, "enter")
        assert shown(app, "#prompt-wrong").startswith("✗ The capture has ended")
        assert feed.sent == []


def is_asked(app: WalkthroughApp) -> bool:
    """Return whether the box is open; nothing else may be in front of the walk."""
    opened = isinstance(app.screen, StalledActScreen)
    assert opened or app.screen is app.walk
    return opened


@pytest.mark.parametrize(
    ("keys", "sent"),
    [
        (("A",), NextActCommand(early=True)),
        (("s",), SkipActCommand()),
        (("down", "enter"), NextActCommand(early=True)),
        (("down", "down", "enter"), SkipActCommand()),
        (("escape",), None),
        (("enter",), None),
    ],
)
@pytest.mark.parametrize("waiting", [True, False])
async def test_an_act_that_nothing_makes_due_is_asked_about(
    waiting: bool, keys: tuple[str, ...], sent: AnyCommand | None
) -> None:
    stalled = ActionOffered(action="close", client=1, when="after close", stalled=True, left=1)
    feed = FakeFeed(HEADER, *first_connection(), stalled, ServerRunning(waiting=waiting))
    app = live(feed)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.walk.status.act_is_stalled)
        await press(pilot, "A")
        assert is_asked(app)
        assert "that is due after close returns" in " ".join(drawn(app).split())
        assert feed.sent == []
        await press(pilot, *keys)
        assert not is_asked(app)
        assert feed.sent == ([sent] if sent is not None else [])
