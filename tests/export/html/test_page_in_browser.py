"""The page in a real browser: it says what the view says, and asks for nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.export.html.conftest import SCENARIOS
from tests.support.browser import Browser, started
from tests.support.every_page import differences, open_page
from walkthrough.cli import main

pytestmark = pytest.mark.live
COMPARED = ("first-connection", "bind-fails-late", "out-of-descriptors-at-socket")
"""A walk, one that fails, one under the shortest limits; `tests.support.every_page` has all."""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with started(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "first connection.html"
    assert main(["export", "first-connection", "--to", "html", "-o", str(file)]) == 0
    return file


def said(browser: Browser) -> str:
    return str(browser.evaluate("document.getElementById('said').firstChild.textContent"))


def event(browser: Browser) -> int:
    return int(browser.evaluate("location.hash.match(/event=(\\d+)/)?.[1] || 0"))


@pytest.mark.parametrize("name", COMPARED)
def test_the_page_says_what_the_view_says(browser: Browser, name: str, tmp_path: Path) -> None:
    count, wrong = differences(browser, SCENARIOS / name / "recording.jsonl", tmp_path)
    assert count > 20
    assert not wrong, "\n".join(wrong[:10])


def test_it_asks_for_nothing_and_nothing_goes_wrong(browser: Browser, page: Path) -> None:
    browser.resize(1280, 800)
    open_page(browser, page)
    browser.press("n", "ArrowRight", "l", "End", "ArrowLeft", "T")
    assert [url for url in browser.requests if not url.startswith("data:")] == [page.as_uri()]
    assert browser.errors == []


def test_keys_lead_through_the_walk(browser: Browser, page: Path) -> None:
    open_page(browser, page)
    first = said(browser)
    browser.press("ArrowRight", " ")
    assert event(browser) > 2
    browser.press("ArrowLeft", "ArrowLeft")
    assert said(browser) == first
    browser.press("n")
    assert "resolveAddrList" in str(
        browser.evaluate("document.getElementById('facts').textContent")
    )
    at = event(browser)
    browser.press("w")
    assert event(browser) > at
    browser.press("W")
    assert event(browser) <= at
    browser.press("End")
    assert event(browser) == browser.evaluate("window.walkthrough.data.walk.count")
    browser.press("b")
    assert event(browser) < browser.evaluate("window.walkthrough.data.walk.count")


def test_a_link_leads_to_its_event_and_the_language_is_switched(
    browser: Browser, page: Path
) -> None:
    open_page(browser, page, "?lang=zh&theme=dark#event=41")
    facts = "document.getElementById('facts').textContent"
    shown = browser.evaluate(facts)
    ends = "window.walkthrough.data.walk.events.find((end) => end >= 40)"
    assert f"{1 + browser.evaluate(ends)}/" in shown  # the step that event 41 belongs to
    assert browser.evaluate("document.documentElement.lang") == "zh"
    assert browser.evaluate("document.title") == "第一个连接"
    assert browser.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    browser.press("l")
    assert browser.evaluate("document.title") == "The first connection"
    assert browser.evaluate(facts) != shown
