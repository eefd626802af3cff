"""Pictures of steps are what the screen shows there."""

import asyncio
import re

import pytest

from tests.support.pictures import EVENTS, STEPS, picture
from tests.support.records import HEADER, FakeLesson, history_of
from walkthrough.tui.camera import Camera
from walkthrough.view.screen_picture import PictureRequest, ScreenPicture


def taken(wanted: PictureRequest) -> list[ScreenPicture]:
    seen: list[ScreenPicture] = []
    documents: list[str] = []

    def look(shown: ScreenPicture) -> None:
        seen.append(shown)
        documents.append(shown.svg())

    Camera(FakeLesson)(history_of(EVENTS, HEADER), wanted, look)
    for each in documents:
        assert each.startswith("<svg")
        assert not re.search(r"url\((?!#)|@import|<script|href=", each), "it would load something"
    return seen


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_a_picture_is_the_screen(language: str) -> None:
    at = STEPS["queue"]
    screen = await picture((80, 24), language, at)
    history = history_of(EVENTS, HEADER)

    def photograph() -> ScreenPicture:
        seen: list[ScreenPicture] = []
        Camera(FakeLesson)(history, PictureRequest(language, 80, 24, [at]), seen.append)
        return seen[0]

    shown = await asyncio.to_thread(photograph)
    text = "\n".join("".join(piece for piece, _ in row).rstrip() for row in shown.rows) + "\n"
    assert text == screen.text
    assert shown.event == at
    assert shown.time_ns == EVENTS[at].time_ns
    looks = {look for row in shown.rows for _, look in row}
    assert any("38;2;" in look for look in looks)


def test_all_steps_come_in_order_and_stages_are_named() -> None:
    seen = taken(PictureRequest("en", 80, 24))
    history = history_of(EVENTS, HEADER)
    assert [each.event for each in seen] == list(history.steps())
    stages = [each.stage for each in seen if each.stage]
    assert stages[:3] == ["resolveAddrList", "sysSocket", "setDefaultSockopts"]
