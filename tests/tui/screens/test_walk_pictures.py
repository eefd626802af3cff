"""Pictures of the screen, compared with those that a person has looked at.

All are kept as text, which a reviewer can read in a diff, some also with the styles of all cells.
``WALKTHROUGH_UPDATE_SNAPSHOTS=1`` writes them again; look at every one that changed.
"""

import re

import pytest

from tests.support.pictures import STEPS, Picture, compare, drawn, picture, styles_of
from tests.support.records import HEADER, Recorder, first_connection, history_of, index_of
from tests.support.screen import press, replay, speak
from walkthrough.model.events import AnyEvent, CallEntered

EVENTS = first_connection()


def failing() -> list[AnyEvent]:
    """Return a walk that fails at bind: the port is taken."""
    at = index_of(EVENTS, CallEntered, "bind")
    entered = EVENTS[at]
    assert isinstance(entered, CallEntered)
    walk = Recorder()
    walk.events = list(EVENTS[: at - 1])
    walk.enter("syscall.Bind", "bind", fd=3)
    walk.call(
        "bind",
        error="EADDRINUSE",
        sockfd=3,
        addr=entered.arguments[1].value,
        addrlen=16,
    )
    walk.leave(failed=True, err=None)
    return walk.events


VIEWS = [
    # Name, the keys that lead there and those that lead back.
    ("calls-tab", ["3"], ["4"]),
    ("zoomed-source", ["2", "2"], ["z"]),
    ("help", ["question_mark"], ["escape"]),
]


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_steps_and_views(size: tuple[int, int]) -> None:
    app = replay(history_of(EVENTS, HEADER))
    async with app.run_test(size=size) as pilot:
        for language in ("en", "zh"):
            await speak(pilot, language)
            for step, at in STEPS.items():
                app.walk.move_to(0)  # where the source stands depends on where one comes from
                await pilot.pause()
                app.walk.move_to(at)
                await pilot.pause()
                shown = Picture(drawn(app), styles_of(app))
                compare(f"{step}-{size[0]}x{size[1]}-{language}", shown, colours=step == "queue")
            if size == (80, 24):
                for name, keys, back in VIEWS:
                    app.walk.move_to(0)
                    await pilot.pause()
                    app.walk.move_to(STEPS["queue"])
                    await press(pilot, *keys)
                    compare(f"{name}-80x24-{language}", Picture(drawn(app), ""))
                    await press(pilot, *back)
                    app.walk.set_focus(None)


async def test_a_failure() -> None:
    events = failing()
    compare("failed-120x40-en", await picture((120, 40), "en", len(events) - 1, events=events))


async def test_a_wide_and_low_terminal() -> None:
    compare("queue-130x22-en", await picture((130, 22), "en", STEPS["queue"]))


async def test_without_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    shown = await picture((120, 40), "en", STEPS["queue"], "1")
    colours = set(re.findall(r"#[0-9a-f]{6}", shown.styles))
    compare("no-colour-120x40-en", shown, colours=True)
    assert len(colours) < 12, "something is still drawn in colour"
