"""A keyboard for tests: keys as a terminal sends them, several at one go."""

from textual._xterm_parser import XTermParser
from textual.app import App


def type_at_once(app: App[None], keys: str) -> None:
    """Send keys as a terminal does that has got all of them before the first was looked at."""
    driver = app._driver
    assert driver is not None
    for event in XTermParser().feed(keys):
        driver.process_message(event)
