"""Pictures of predict mode, compared with those that a person has looked at."""

import pytest

from tests.support.pictures import compare, picture
from tests.support.quiz_screen import EVENTS
from walkthrough.model.events import ClientActed

CONNECTS = next(event.seq for event in EVENTS if isinstance(event, ClientActed)) - 1
VIEWS = {
    "question": ("p", "space"),
    "verdict": ("p", "space", "1"),
    "bar": ("p", "space", "1", "enter"),
    "hall": ("p", "space", "h", "2", "enter"),
    "review": ("p", "space", "1", "enter", "r", "escape", "r", "1", "enter", "R"),
}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_a_view(size: tuple[int, int], language: str, view: str) -> None:
    shown = await picture(size, language, CONNECTS, *VIEWS[view])
    name = f"predict-{view}-{size[0]}x{size[1]}-{language}"
    compare(name, shown, colours=view == "verdict" and language == "en")


async def test_in_a_large_terminal() -> None:
    shown = await picture((180, 50), "en", CONNECTS, *VIEWS["verdict"])
    compare("predict-verdict-180x50-en", shown)


async def test_without_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    shown = await picture((80, 24), "en", CONNECTS, *VIEWS["verdict"])
    assert "✗ Not quite: 0" in shown.text
    assert "✓ It is: 1" in shown.text
