"""Whether others can connect is said on home and on the walk, before a server takes a step."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from textual.pilot import Pilot

from tests.support.feeds import FakeFeed
from tests.support.home_catalogue import ABILITIES, TODAY
from tests.support.records import HEADER, FakeLesson, first_connection, history_of
from tests.support.screen import text_of
from walkthrough.capture.environment.exposure import OWN, Exposure
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.session.guard import ListenGuard
from walkthrough.i18n.catalogue import catalogue
from walkthrough.i18n.messages import message
from walkthrough.model.events import CallEntered
from walkthrough.model.protocol import CaptureFinished, Line, ServerChosen, ServerHalted
from walkthrough.model.values import Argument, Data, SocketAddress, Value
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.screens.home.catalogue import Capabilities, ScenarioDetail
from walkthrough.tui.screens.home.detail_rows import about_rows
from walkthrough.tui.screens.home.run_modes import way_of
from walkthrough.tui.screens.status import WalkMode

EVENTS = first_connection()
WHY = message("the limit user.{which} is reached", which="max_net_namespaces")
EVERYWHERE = {
    "en": "This server listens on every interface of this machine (0.0.0.0:7099): others on your "
    "network can connect to it.",
    "zh": "这个服务端监听本机的所有接口（0.0.0.0:7099）：你网络上的其他人可以连接它。",
}


def abilities(**more: Any) -> Capabilities:
    """Return a machine on which everything can be run."""
    return replace(ABILITIES, lacking={}, known=ABILITIES.known | {TODAY.name}, **more)


def shown(here: Capabilities, language: str, server: str = "go") -> str:
    way = way_of(TODAY, here, server)
    rows = about_rows(TODAY, ScenarioDetail(), way, catalogue(language), 80)
    gap = "" if language == "zh" else " "
    return gap.join("".join(piece.text for piece in row).strip() for row in rows)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "! Its server listens where others on your network can connect to it"),
        ("zh", "! 它的服务端在运行期间，你网络上的其他人都能连接"),
    ],
)
def test_home_warns_where_there_is_no_namespace(language: str, sentence: str) -> None:
    exposed = abilities(exposed=frozenset({TODAY.name}), no_namespace=WHY)
    said = shown(exposed, language)
    assert sentence in said
    assert "user.max_net_namespaces" in said
    assert ("limit" in said) is (language == "en")
    assert sentence not in shown(abilities(alone=frozenset({TODAY.name})), language)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "its own network namespace: nobody else can connect"),
        ("zh", "在自己的网络命名空间里运行：别人无法连接"),
    ],
)
def test_home_says_that_nobody_else_can(language: str, sentence: str) -> None:
    assert sentence in shown(abilities(alone=frozenset({TODAY.name})), language)
    assert sentence not in shown(abilities(), language)


def test_home_does_not_warn_of_what_is_only_replayed() -> None:
    here = abilities(exposed=frozenset({TODAY.name}), no_namespace=WHY)
    without_go = replace(here, lacking={(TODAY.name, "go"): TODAY_LACKS})
    assert "others on your network" not in shown(without_go, "en")


TODAY_LACKS = next(iter((ABILITIES.lacking or {}).values()))


def on_screen(language: str, *lines: Line) -> tuple[WalkthroughApp, FakeFeed]:
    feed = FakeFeed(*lines)
    return WalkthroughApp(feed=feed, lesson_factory=FakeLesson, language=language), feed


async def until(pilot: Pilot[Any], condition: Callable[[], bool]) -> None:
    for _ in range(200):
        if condition():
            return
        await pilot.pause()
    raise AssertionError("it never came about")


def banner_of(app: WalkthroughApp) -> str:
    return " ".join(text_of(app, "banner").replace("\n", " ").split())


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_the_walk_says_so_before_the_first_step_and_until_the_end(language: str) -> None:
    header = msgspec.structs.replace(
        HEADER, network_namespace="host", exposed=("0.0.0.0:7099",), server="go"
    )
    app, feed = on_screen(language, header, EVENTS[0], ServerHalted(seq=0))
    async with app.run_test(size=(140, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
        assert feed.sent == []
        assert EVERYWHERE[language] in banner_of(app)
        feed.say(*EVENTS[1:5], ServerHalted(seq=4))
        await until(pilot, lambda: app.walk.status.last == 4)
        assert EVERYWHERE[language] in banner_of(app)
        feed.say(CaptureFinished())
        await until(pilot, lambda: app.walk.status.mode is WalkMode.ENDED)
        assert "0.0.0.0" not in banner_of(app)


@pytest.mark.parametrize(
    ("exposed", "sentence"),
    [
        ((), ""),
        (
            ("192.0.2.7:80",),
            "This server listens on 192.0.2.7:80: others on your network can connect to it.",
        ),
    ],
)
async def test_one_address_is_named_and_none_is_not(
    exposed: tuple[str, ...], sentence: str
) -> None:
    header = msgspec.structs.replace(HEADER, exposed=exposed)
    app, _ = on_screen("en", header, EVENTS[0], ServerHalted(seq=0))
    async with app.run_test(size=(140, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
        assert sentence in banner_of(app)
        assert ("others on" in banner_of(app)) is bool(sentence)


async def test_a_recording_lets_nobody_in() -> None:
    header = msgspec.structs.replace(HEADER, exposed=("0.0.0.0:7099",))
    app = WalkthroughApp(
        history=history_of(EVENTS, header), lesson_factory=FakeLesson, language="en"
    )
    async with app.run_test(size=(140, 40)) as pilot:
        await pilot.pause()
        assert "others on your network" not in banner_of(app)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Python. It runs in its own network namespace: nobody else can connect to it."),
        ("zh", "它在自己的网络命名空间里运行：别人无法连接它。"),
    ],
)
async def test_the_walk_says_that_nobody_else_can(language: str, sentence: str) -> None:
    (remark,) = Exposure(namespace=OWN).remarks()
    app, feed = on_screen(language)
    async with app.run_test(size=(140, 40)) as pilot:
        feed.say(ServerChosen(server="python", why="It is Python.", remarks=(remark,)))
        await until(pilot, lambda: bool(app._notifications))
        assert any(sentence in each.message for each in app._notifications)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (SocketAddress("AF_INET", host="0.0.0.0", port=80), "0.0.0.0:80"),
        (Data(b"\x0a\x00\x00", 3), "一个此处无法识别的地址"),
        (None, "所有接口"),
    ],
)
def test_what_ended_a_program_is_said_in_chinese_whole(address: Value, said: str) -> None:
    call = "bind" if address is not None else "listen"
    arguments = (Argument("sockfd", 3), Argument("addr", address))
    with pytest.raises(CaptureError) as ended:
        ListenGuard("mine").check(
            CallEntered(seq=0, time_ns=0, thread=1, call=call, arguments=arguments)
        )
    assert (
        catalogue("zh").text(ended.value.message).startswith(f"mine 的程序在监听 {said} 之前被结束")
    )
