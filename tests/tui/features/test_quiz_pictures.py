"""Pictures of predict mode, compared with those that a person has looked at."""

import pytest

from tests.support.pictures import Picture, compare, drawn, picture, styles_of
from tests.support.quiz_screen import EVENTS, replay
from tests.support.screen import press, resize
from walkthrough.model.events import ClientActed

CONNECTS = next(event.seq for event in EVENTS if isinstance(event, ClientActed)) - 1
VIEWS = {
    "question": ("p", "space"),
    "verdict": ("1", "enter"),
    "bar": ("enter",),
    "classroom": ("r", "h", "2", "enter"),
    "review": ("escape", "r", "h", "1", "enter", "enter", "R"),
}
"""What is pressed for each, one after the other."""


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_the_views(size: tuple[int, int], language: str) -> None:
    app = replay(language=language)
    async with app.run_test(size=size) as pilot:
        app.walk.move_to(CONNECTS)
        for view, keys in VIEWS.items():
            await press(pilot, *keys)
            name = f"predict-{view}-{size[0]}x{size[1]}-{language}"
            told = view == "verdict" and language == "en"
            compare(name, Picture(drawn(app), styles_of(app) if told else ""), colours=told)
            if told and size[0] == 120:
                await resize(pilot, (180, 50))
                compare("predict-verdict-180x50-en", Picture(drawn(app), ""))
                await resize(pilot, size)


async def test_without_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    shown = await picture((80, 24), "en", CONNECTS, "p", "space", "1", "enter")
    assert "✗ Not quite: 0" in shown.text
    assert "✓ It is: 1" in shown.text
