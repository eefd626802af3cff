"""What all tests of the screen need."""

from typing import Any

import pytest
from textual.app import App

from tests.support import parsed_styles, settling


@pytest.fixture(autouse=True)
def _the_screen_says_when_it_has_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    settling.use(monkeypatch)


@pytest.fixture(autouse=True)
def _style_sheets_are_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed_styles.use(monkeypatch)


@pytest.fixture(autouse=True)
def _messages_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no message vanish while a test looks at it, however busy the machine is."""
    notify = App.notify

    def stay(self: App[Any], message: str, **named: Any) -> None:
        notify(self, message, **named | {"timeout": 3600})

    monkeypatch.setattr(App, "notify", stay)
