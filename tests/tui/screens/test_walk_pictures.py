"""Pictures of the screen, compared with those that a person has looked at.

All are kept as text, which a reviewer can read in a diff, some also with the styles of all cells.
``WALKTHROUGH_UPDATE_SNAPSHOTS=1`` writes them again; look at every one that changed.
"""

import re

import pytest

from tests.support.pictures import STEPS, compare, picture
from tests.support.records import Recorder, first_connection, index_of
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


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_a_step(size: tuple[int, int], language: str, step: str) -> None:
    shown = await picture(size, language, STEPS[step])
    compare(f"{step}-{size[0]}x{size[1]}-{language}", shown, colours=step == "queue")


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("calls-tab", ["3"]),
        ("zoomed-source", ["2", "2"]),
        ("help", ["question_mark"]),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh"])
async def test_a_view(name: str, keys: list[str], language: str) -> None:
    shown = await picture((80, 24), language, STEPS["queue"], *keys)
    compare(f"{name}-80x24-{language}", shown)


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
