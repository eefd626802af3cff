"""Journeys with a live capture that a test plays: stepping, clients, failures, death."""

import re
from typing import Any

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot

from tests.support.feeds import FakeFeed
from tests.support.records import (
    CLIENT,
    HEADER,
    LISTENER,
    first_connection,
    history_of,
    index_of,
)
from tests.support.screen import come_to, halted_at, live, press, text_of, until
from walkthrough.i18n.catalogue import catalogue
from walkthrough.i18n.messages import Message
from walkthrough.model.events import CallReturned, ClientActed, ProcessExited, begins_stage
from walkthrough.model.protocol import (
    ActCommand,
    ActionOffered,
    ActionSkipped,
    CaptureFailed,
    CaptureFinished,
    CommandRefused,
    NextActCommand,
    NextChangeCommand,
    NextStageCommand,
    PauseCommand,
    ProgressReported,
    RunCommand,
    ServerChosen,
    ServerGone,
    ServerHalted,
    ServerRunning,
    StepCommand,
)
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.screens.live_session import GREETING
from walkthrough.tui.screens.status import WalkMode

EN = catalogue("en")
CLIENT_CONNECTS = ActCommand(action="connect")


EVENTS = first_connection()
LISTENING = index_of(EVENTS, CallReturned, "listen") + 1


async def test_before_the_first_event_it_says_what_goes_on() -> None:
    feed = FakeFeed(
        ServerChosen(server="go", why="Go 1.27.3 and ptrace are here."),
        ProgressReported(phase="build", detail="compiling net"),
    )
    app = live(feed)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "compiling net" in text_of(app, "start"))
        shown = text_of(app, "start")
        assert "Go server" in shown
        assert "Go 1.27.3 and ptrace are here." in shown
        assert re.search(r"\d+ s", shown)
        await press(pilot, "space", "c", "r", "n")
        assert feed.sent == []
        feed.say(HEADER, *EVENTS[:3], ServerHalted(seq=2))
        await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
        assert not app.walk.query_one("#start").display
        assert "LIVE, halted" in text_of(app, "header")
        assert "live edge" in text_of(app, "header")


async def a_step_at_the_edge_is_asked_of_the_server_and_behind_it_is_not(
    app: WalkthroughApp, pilot: Pilot[Any], feed: FakeFeed
) -> None:
    await come_to(pilot, feed, 9)
    await press(pilot, "left", "left")
    assert app.walk.status.index < 8
    assert "looking back" in text_of(app, "header")
    await press(pilot, "space", "space")
    assert app.walk.status.index == 9
    assert feed.sent == []
    await press(pilot, "space")
    assert feed.sent == [StepCommand()]
    feed.say(EVENTS[10], ServerHalted(seq=10))
    await until(pilot, lambda: app.walk.status.index == 10)
    await press(pilot, "right")
    assert feed.sent == [StepCommand(), StepCommand()]


async def events_that_come_while_looking_back_do_not_move_the_view(
    app: WalkthroughApp, pilot: Pilot[Any], feed: FakeFeed
) -> None:
    await come_to(pilot, feed, 20)
    await press(pilot, "left")
    here = app.walk.status.index
    feed.say(*EVENTS[21:25], ServerHalted(seq=24))
    await until(pilot, lambda: app.walk.status.last == 24)
    assert app.walk.status.index == here
    await press(pilot, "end")
    assert app.walk.status.index == 24


async def test_next_stage_run_and_pause() -> None:
    feed = halted_at(5)
    app = live(feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
        await press(pilot, "n")
        assert feed.sent == [NextStageCommand()]
        feed.say(*EVENTS[6:11], ServerHalted(seq=10))
        await until(pilot, lambda: app.walk.status.index == 10)
        await press(pilot, "r")
        assert "LIVE, running" in text_of(app, "header")
        await press(pilot, "space")
        assert feed.sent == [NextStageCommand(), RunCommand()]
        await press(pilot, "r")
        assert feed.sent == [NextStageCommand(), RunCommand(), PauseCommand()]
        feed.say(*EVENTS[11:31], ServerHalted(seq=30))
        await until(pilot, lambda: app.walk.status.index == 30)
        assert "LIVE, halted" in text_of(app, "header")
        await press(pilot, "full_stop")
        assert feed.sent == [NextStageCommand(), RunCommand(), PauseCommand(), PauseCommand()]


async def test_next_change_and_back() -> None:
    feed = halted_at(LISTENING)
    whole = history_of(EVENTS[: LISTENING + 1])
    app = live(feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
        await press(pilot, "W")
        back = whole.previous_change(LISTENING)
        assert 0 < back < LISTENING - 1
        assert app.walk.status.index == back
        await press(pilot, "W", "w")
        assert app.walk.status.index == back
        assert feed.sent == []
        await press(pilot, "w")
        if app.walk.status.index < LISTENING:
            await press(pilot, "w")
        await press(pilot, "w")
        assert app.walk.status.index == LISTENING
        assert feed.sent == [NextChangeCommand()]
        await press(pilot, "w")  # it is on its way
        assert feed.sent == [NextChangeCommand()]


async def test_what_a_client_wakes_is_on_its_way_to_a_halt_also_under_run() -> None:
    feed = halted_at(LISTENING)
    app = live(feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
        await press(pilot, "r")
        feed.say(ServerRunning(waiting=True))
        await until(pilot, lambda: app.walk.status.mode is WalkMode.WAITING)
        await press(pilot, "c")
        feed.say(*EVENTS[LISTENING + 1 : LISTENING + 3])
        await until(pilot, lambda: app.walk.status.mode is WalkMode.RUNNING)
        assert app.walk.status.coming
        await press(pilot, "space")
        feed.say(ServerHalted(seq=LISTENING + 2))
        await until(pilot, lambda: len(feed.sent) == 3)
        assert feed.sent == [RunCommand(), CLIENT_CONNECTS, StepCommand()]


async def a_client_connects_while_the_server_stands_between_listen_and_accept(
    app: WalkthroughApp, pilot: Pilot[Any], feed: FakeFeed
) -> None:
    await come_to(pilot, feed, app.walk.status.last)
    assert "0/4096" in text_of(app, "kernel")
    await press(pilot, "left", "left", "c")
    assert feed.sent == [ActCommand(action="connect")]
    assert app.walk.status.at_edge
    seq = app.walk.status.last + 1
    feed.say(
        ClientActed(
            seq=seq,
            time_ns=seq * 1000,
            client=1,
            action="connect",
            local=CLIENT,
            remote=LISTENER,
        )
    )
    await until(pilot, lambda: app.walk.status.index == seq)
    assert "client 1 is connected" in text_of(app, "header")
    assert app.walk.status.mode is WalkMode.HALTED


async def client_keys(app: WalkthroughApp, pilot: Pilot[Any], feed: FakeFeed) -> None:
    await come_to(pilot, feed, LISTENING)
    for key, command in (
        ("c", ActCommand(action="connect")),
        ("a", ActCommand(action="accept")),
        ("s", ActCommand(action="send", data=GREETING)),
        ("e", ActCommand(action="receive")),
        ("f", ActCommand(action="half-close")),
        ("x", ActCommand(action="close")),
        ("X", ActCommand(action="reset")),
    ):
        feed.sent.clear()
        await press(pilot, key)
        assert feed.sent == [command], key


async def a_parked_server_says_that_only_a_client_can_wake_it(
    app: WalkthroughApp, pilot: Pilot[Any], feed: FakeFeed
) -> None:
    await come_to(pilot, feed, LISTENING)
    await press(pilot, "space")
    feed.say(ServerRunning(waiting=True))
    await until(pilot, lambda: app.walk.status.mode is WalkMode.WAITING)
    assert "only a client can wake it (c)" in text_of(app, "header")
    await press(pilot, "space", "space")
    assert feed.sent == [StepCommand()]
    assert [note.message for note in app._notifications] == [
        EN("The server is parked, nothing to release: let a client act ({keys}).", keys="c")
    ]
    await press(pilot, "c")
    assert feed.sent[-1] == ActCommand(action="connect")
    feed.say(*EVENTS[LISTENING + 1 : LISTENING + 3], ServerHalted(seq=LISTENING + 2))
    await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)


async def what_cannot_be_done_is_said_and_the_walk_goes_on(
    app: WalkthroughApp, pilot: Pilot[Any], feed: FakeFeed
) -> None:
    await come_to(pilot, feed, LISTENING)
    await press(pilot, "c")
    feed.say(CommandRefused(message="The client does not connect to [red]192.0.2.1[/red]."))
    await until(pilot, lambda: bool(app._notifications))
    said = [note.message for note in app._notifications]
    assert said == ["The client does not connect to [red]192.0.2.1[/red]."]
    assert app.walk.status.mode is WalkMode.HALTED
    await press(pilot, "space")
    assert feed.sent == [ActCommand(action="connect"), StepCommand()]


async def test_a_server_on_its_way() -> None:
    """It goes on from where the journey before has left it."""
    feed = halted_at(9)
    app = live(feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.index == 9)
        for journey in (
            a_step_at_the_edge_is_asked_of_the_server_and_behind_it_is_not,
            events_that_come_while_looking_back_do_not_move_the_view,
            client_keys,
            what_cannot_be_done_is_said_and_the_walk_goes_on,
            a_parked_server_says_that_only_a_client_can_wake_it,
            a_client_connects_while_the_server_stands_between_listen_and_accept,
        ):
            await journey(app, pilot, feed)


async def test_a_server_that_comes_to_no_stage_is_asked_whether_it_listens() -> None:
    before = next(event.seq for event in EVENTS if begins_stage(event))
    feed = FakeFeed(HEADER, *EVENTS[:before])
    app = live(feed)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.walk.status.last == before - 1)
        assert EN(
            "The server runs, and has come to no stage of the path yet. Does it listen?"
        ) not in text_of(app, "banner")
        await press(pilot, "full_stop")
        assert [note.message for note in app._notifications] == [
            EN("The server has not started yet.")
        ]
        feed.say(ServerRunning(waiting=False))
        await until(pilot, lambda: app.walk.status.mode is WalkMode.RUNNING)
        asks = EN("The server runs, and has come to no stage of the path yet. Does it listen?")
        assert asks not in " ".join(text_of(app, "banner").split()), "it may just be starting"
        await until(pilot, lambda: asks in " ".join(text_of(app, "banner").split()))
        assert "LIVE, running" in text_of(app, "header")
        feed.say(*EVENTS[before : LISTENING + 1], ServerRunning(waiting=False))
        await until(pilot, lambda: "Does it listen" not in text_of(app, "banner"))
        await press(pilot, "home")
        assert "Does it listen" not in text_of(app, "banner")


async def test_a_capture_that_never_starts(capsys: pytest.CaptureFixture[str]) -> None:
    app = live(
        FakeFeed(CaptureFailed(message="The port is taken; name [red]another[/red] address."))
    )
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.walk.status.mode is WalkMode.FAILED)
        assert "The port is taken" in text_of(app, "start")
        assert "q leaves" in text_of(app, "start")
        await press(pilot, "space", "c")
        await press(pilot, "q")
        assert app.return_code == 2
    assert capsys.readouterr().err == "The port is taken; name [red]another[/red] address.\n"


async def test_a_child_that_dies_leaves_what_it_told() -> None:
    feed = halted_at(12)
    app = live(feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.index == 12)
        feed.end()
        await until(pilot, lambda: app.walk.status.mode is WalkMode.FAILED)
        await until(pilot, lambda: "ended without saying why" in text_of(app, "banner"))
        await press(pilot, "space", "c")
        assert feed.sent == []
        await press(pilot, "left")
        assert app.walk.status.index < 12
        await press(pilot, "q")
        assert app.return_code == 0
        assert feed.closed


async def test_a_failure_on_the_way_is_shown_over_the_panes() -> None:
    feed = halted_at(12)
    app = live(feed)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.walk.status.index == 12)
        feed.say(CaptureFailed(message="The server was killed; start it again."))
        await until(pilot, lambda: "The server was killed" in text_of(app, "banner"))
        assert app.walk.query_one("#path").display


async def test_a_message_that_no_catalogue_has_is_shown_as_it_is_and_escaped() -> None:
    feed = FakeFeed(HEADER, *EVENTS[:13], ServerHalted(seq=12))
    app = live(feed)
    app.language = "zh"
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.index == 12)
        unknown = Message("Newer {what} \x1b[2J {gone}", {"what": "[bold]words"})
        feed.say(CaptureFailed(message=unknown))
        await until(pilot, lambda: "Newer [bold]words \\x1b[2J {gone}" in text_of(app, "banner"))


async def test_a_capture_that_comes_to_its_end() -> None:
    feed = FakeFeed(HEADER, *EVENTS, CaptureFinished())
    app = live(feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.mode is WalkMode.ENDED)
        await until(pilot, lambda: "the server has exited with status 0" in text_of(app, "banner"))
        assert app.walk.status.index == len(EVENTS) - 1
        await press(pilot, "space", "c")
        assert feed.sent == []


async def test_an_event_out_of_order_is_a_failure_and_no_crash() -> None:
    feed = FakeFeed(HEADER, *EVENTS[:4], EVENTS[9])
    app = live(feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.mode is WalkMode.FAILED)
        await until(
            pilot, lambda: "event 9 arrived where event 4 was due" in text_of(app, "banner")
        )


async def test_a_torrent_of_events_leaves_the_keys_alive() -> None:
    feed = FakeFeed(HEADER, *EVENTS[:10], ServerHalted(seq=9))
    app = live(feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.index == 9)
        await press(pilot, "r")
        feed.say(*EVENTS[10:])
        await press(pilot, "l")
        await until(pilot, lambda: app.walk.status.last == len(EVENTS) - 1)
        assert app.walk.language == "zh"
        await until(pilot, lambda: app.walk.status.at_edge)


async def test_quitting_closes_the_feed() -> None:
    feed = halted_at(3)
    app = live(feed)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.walk.status.index == 3)
        await press(pilot, "q")
    assert feed.closed


async def test_a_crash_of_the_screen_closes_the_feed() -> None:
    feed = halted_at(3)
    app = live(feed)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.walk.status.index == 3)
        app.exit()
    assert feed.closed


async def test_lines_that_come_while_the_screen_closes_do_no_harm() -> None:
    class Talkative(FakeFeed):
        """Says a last word when it is closed, as a capture does."""

        async def close(self) -> None:
            await super().close()
            self.say(EVENTS[LISTENING + 1], ServerHalted(seq=LISTENING + 1))

    feed = Talkative(HEADER, *EVENTS[: LISTENING + 1], ServerHalted(seq=LISTENING))
    app = live(feed)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)


async def test_a_server_that_does_not_answer_is_said_so_and_looking_back_works() -> None:
    feed = halted_at(9)
    app = live(feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.index == 9)
        await press(pilot, "space")
        await until(
            pilot,
            lambda: (
                EN(
                    "The server does not answer: it may be computing, or stopped by another "
                    "program. Looking back works; q ends it."
                )[:40]
                in text_of(app, "banner")
            ),
        )
        await press(pilot, "left")
        assert app.walk.status.index < 9
        feed.say(EVENTS[10], ServerHalted(seq=10))
        await until(
            pilot,
            lambda: (
                EN(
                    "The server does not answer: it may be computing, or stopped by another "
                    "program. Looking back works; q ends it."
                )[:40]
                not in text_of(app, "banner")
            ),
        )
        await press(pilot, "end")
        assert app.walk.status.index == 10


async def test_what_comes_while_the_screen_is_taken_down_is_not_drawn() -> None:
    feed = halted_at(9)
    app = live(feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.index == 9)
        await app.walk.query_one("#header").remove()
        app.walk.show()
        app.walk.tell_header()
        feed.say(EVENTS[10], ServerHalted(seq=10))
        await until(pilot, lambda: app.walk.status.index == 10)


async def test_what_was_said_and_is_gone_stops_no_drawing() -> None:
    feed = halted_at(9)
    app = live(feed)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: app.walk.status.index == 9)
        app.walk.say("something")
        await pilot.pause()
        app.walk.show()
        app.clear_notifications()
        await pilot.pause()
        feed.say(EVENTS[10], ServerHalted(seq=10))
        await until(pilot, lambda: "event 11/11" in text_of(app, "header"))


OFFER = ActionOffered(action="connect", client=1, when="while accept is parked", left=2)
DUE = replace(OFFER, due=True, when="")


async def test_the_scripts_next_act_is_told_and_done_once_it_is_due() -> None:
    feed = FakeFeed(HEADER, *EVENTS[: LISTENING + 1], OFFER, ServerHalted(seq=LISTENING))
    app = live(feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
        assert app.walk.status.offered == OFFER
        await press(pilot, "A")
        (said,) = app._notifications
        assert said.message == (
            "Not due yet: client 1 connects, while accept is parked. Go on until then (n, w or r)."
        )
        assert feed.sent == []
        await press(pilot, "left", "r")
        await press(pilot, "A")  # on its way it may become due
        feed.say(DUE, ServerRunning(waiting=True))
        await until(pilot, lambda: app.walk.status.mode is WalkMode.WAITING)
        assert "only a client can wake it (A)" in text_of(app, "header")
        await press(pilot, "n")
        (said,) = app._notifications
        assert said.message.endswith("let a client act (A).")
        await press(pilot, "left", "A")
        assert app.walk.status.at_edge
        assert feed.sent[-1] == NextActCommand()
        feed.say(ActionOffered())
        await until(pilot, lambda: app.walk.status.offered == ActionOffered())
        sent = len(feed.sent)
        await press(pilot, "A")
        assert len(feed.sent) == sent
        (said,) = app._notifications
        assert said.message == "The scenario's clients have done all that its script says."


async def test_what_is_pressed_before_the_halt_is_done_there() -> None:
    feed = FakeFeed(HEADER, *EVENTS[: LISTENING + 1], OFFER, ServerHalted(seq=LISTENING))
    app = live(feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
        await press(pilot, "n", "A")
        assert feed.sent == [NextStageCommand()]
        feed.say(EVENTS[LISTENING + 1], DUE, ServerHalted(seq=LISTENING + 1))
        await until(pilot, lambda: len(feed.sent) == 2)
        assert feed.sent[1] == NextActCommand()


async def test_an_act_that_becomes_due_at_rest_waits_for_no_halt() -> None:
    """A server can sleep where it is not seen to park: then no halt comes until a client acts."""
    feed = FakeFeed(HEADER, *EVENTS[: LISTENING + 1], OFFER, ServerHalted(seq=LISTENING))
    app = live(feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
        await press(pilot, "n", "A")
        feed.say(ServerRunning(waiting=False))
        await until(pilot, lambda: app.walk.status.mode is WalkMode.RUNNING)
        assert feed.sent == [NextStageCommand()]
        feed.say(DUE)
        await until(pilot, lambda: len(feed.sent) == 2)
        await press(pilot, "A")
        assert feed.sent == [NextStageCommand(), NextActCommand(), NextActCommand()]


async def test_a_key_lets_the_scripts_client_act_if_that_comes_next() -> None:
    line = ActionOffered(action="send", client=1, data=b"that is all\n", due=True, left=2)
    close = ActionOffered(action="close", client=1, due=True, left=1)
    acted = next(event.seq for event in EVENTS if isinstance(event, ClientActed))
    feed = FakeFeed(HEADER, *EVENTS[: acted + 1], line, ServerHalted(seq=acted))
    app = live(feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
        await press(pilot, "s", "x")
        assert feed.sent == [
            ActCommand(action="send", client=1, data=b"that is all\n"),
            ActCommand(action="close"),  # the newest
        ]
        feed.say(close)
        await until(pilot, lambda: app.walk.status.offered == close)
        await press(pilot, "x", "s", "c")
        assert feed.sent[2:] == [
            ActCommand(action="close", client=1),
            ActCommand(action="send", data=GREETING),
            ActCommand(action="connect"),
        ]


async def test_after_the_servers_end_its_clients_can_act() -> None:
    feed = halted_at(LISTENING)
    app = live(feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
        await press(pilot, "r")
        exited = ProcessExited(seq=LISTENING + 1, time_ns=10**9, pid=1, code=1)
        feed.say(exited, DUE, ServerGone())
        await until(pilot, lambda: app.walk.status.mode is WalkMode.EXITED)
        assert "the server has ended, its clients can still act" in text_of(app, "header")
        await press(pilot, "space")
        (said,) = app._notifications
        assert said.message == ("The server has ended; only its clients can still act (A does it).")
        await press(pilot, "A", "e")
        assert feed.sent[1:] == [NextActCommand(), ActCommand(action="receive")]
        feed.say(CaptureFinished())
        await until(pilot, lambda: app.walk.status.mode is WalkMode.ENDED)


async def test_an_act_that_is_left_out_is_told() -> None:
    feed = halted_at(LISTENING)
    app = live(feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
        feed.say(ActionSkipped(action="close", client=2), DUE)
        await until(pilot, lambda: bool(app._notifications))
        (said,) = app._notifications
        assert said.message.endswith("its client is gone: client 2 closes its connection.")
