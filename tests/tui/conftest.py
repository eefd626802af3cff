"""What all tests of the screen need."""

from typing import Any

import pytest
from textual.app import App

from tests.support import known_lookups, settling, shared_styles, undisplayed


@pytest.fixture(autouse=True)
def _the_screen_says_when_it_has_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    settling.use(monkeypatch)


@pytest.fixture(autouse=True)
def _what_style_sheets_say_is_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    shared_styles.use(monkeypatch)


@pytest.fixture(autouse=True)
def _what_is_looked_up_again_and_again_is_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    known_lookups.use(monkeypatch)


@pytest.fixture(autouse=True)
def _what_no_terminal_gets_is_not_put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    undisplayed.use(monkeypatch)


@pytest.fixture(autouse=True)
def _messages_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no message vanish while a test looks at it, however busy the machine is."""
    notify = App.notify

    def stay(self: App[Any], message: str, **named: Any) -> None:
        notify(self, message, **named | {"timeout": 3600})

    monkeypatch.setattr(App, "notify", stay)
