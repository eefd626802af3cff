"""The page in a real browser: it says what the view says, and asks for nothing."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.export.html.conftest import SCENARIOS, hostile_recording, packets_recording
from tests.support.browser import Browser, started
from tests.support.every_page import differences, open_page
from tests.support.firefox import started_firefox
from walkthrough.cli import main
from walkthrough.recording.file import load
from walkthrough.state.history import History
from walkthrough.view.event_filter import parse

pytestmark = [pytest.mark.live, pytest.mark.browser]
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


def questions(browser: Browser) -> int:
    return int(browser.evaluate("window.walkthrough.data.questions.en.length"))


def test_predict_mode_asks_first_and_keeps_the_score(browser: Browser, page: Path) -> None:
    open_page(browser, page, "?lang=en")
    box = "document.getElementById('question')"
    score = "document.getElementById('score').textContent"
    browser.press("p")
    assert browser.evaluate(score) == "nothing answered yet"
    assert browser.evaluate("document.getElementById('note-box').hidden")
    for asked in range(questions(browser)):
        browser.press("r")  # as far as the next question
        at = event(browser)
        assert browser.evaluate(f"{box}.querySelectorAll('.choice').length") >= 2, asked
        browser.press("ArrowRight")  # it waits for the answer
        assert event(browser) == at
        browser.press("1")
        assert event(browser) == at  # it is marked, no more: Enter answers
        browser.press("Enter")
        said = browser.evaluate(f"{box}.textContent")
        assert "✓" in said, said
        assert event(browser) >= at
        browser.press("Enter")
    right, counted = browser.evaluate(score).removesuffix(" right").split(" of ")
    assert int(counted) == questions(browser)
    answers = "window.walkthrough.data.questions.en.filter((q) => q.answers[0][0] === 1).length"
    assert int(right) == browser.evaluate(answers)
    browser.press("r", "r")  # past the end: what to look at again
    assert browser.evaluate("document.getElementById('review-dialog').open")
    again = browser.evaluate("document.querySelectorAll('#review .again').length")
    assert again == int(counted) - int(right)
    browser.press("Escape")
    browser.press("p")
    assert not browser.evaluate("document.body.classList.contains('predicting')")


def test_what_is_to_come_is_covered_while_predicting(browser: Browser, page: Path) -> None:
    open_page(browser, page, "?lang=en")
    cover = "Number(document.querySelector('#timeline .cover').getAttribute('width'))"
    assert browser.evaluate(cover) == 0
    browser.press("p")
    assert browser.evaluate(cover) > 300
    shown = "getComputedStyle(document.getElementById('goal-box')).display"
    assert browser.evaluate(shown) == "none"


def test_search_and_go_to_lead_to_an_event(browser: Browser, page: Path) -> None:
    open_page(browser, page, "?lang=en")
    browser.press("/", *"epoll_create1")
    assert browser.evaluate("document.activeElement.id") == "search-words"
    assert browser.evaluate("document.querySelectorAll('#found li').length") >= 1
    browser.press("Enter")
    told = "document.getElementById('said-box').textContent"
    assert "epoll_create1" in browser.evaluate(told)
    browser.press("g", *"41", "Enter")
    assert browser.evaluate("document.querySelectorAll('dialog[open]').length") == 0
    assert event(browser) >= 41
    at = event(browser)
    browser.press("g", *"bind", "Enter")
    assert event(browser) > at
    browser.press("g", *"nowhere", "Enter")
    assert "no such event" in browser.evaluate(
        "document.getElementById('goto-trouble').textContent"
    )
    browser.press("Escape")


def test_the_timeline_is_a_slider_that_a_click_sets(browser: Browser, page: Path) -> None:
    open_page(browser, page, "?lang=en")
    place = browser.evaluate(
        "(() => { const r = document.getElementById('timeline').getBoundingClientRect();"
        " return [r.left + r.width * 0.75, r.top + 8]; })()"
    )
    for kind in ("mousePressed", "mouseReleased"):
        browser.call(
            "Input.dispatchMouseEvent",
            type=kind,
            x=place[0],
            y=place[1],
            button="left",
            clickCount=1,
        )
    count = browser.evaluate("window.walkthrough.data.walk.count")
    assert 0.6 * count < event(browser) < 0.9 * count
    value = browser.evaluate("document.getElementById('timeline').getAttribute('aria-valuetext')")
    assert said(browser) in value
    assert said(browser) in browser.evaluate("document.getElementById('live').textContent")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(320, 568), (900, 640), (1280, 800)])
def test_nothing_is_wider_than_the_window(
    browser: Browser, page: Path, theme: str, width: int, height: int
) -> None:
    browser.resize(width, height)
    open_page(browser, page, f"?theme={theme}#event=226")
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    small = browser.evaluate(
        "[...document.querySelectorAll('button')].filter((b) => b.offsetWidth &&"
        " (b.offsetWidth < 24 || b.offsetHeight < 24)).map((b) => b.outerHTML)"
    )
    assert small == []


def test_everything_that_can_be_done_has_a_name(browser: Browser, page: Path) -> None:
    browser.resize(1280, 800)
    open_page(browser, page, "?lang=zh")
    nameless = browser.evaluate(
        "[...document.querySelectorAll('button, input, [role=slider], [role=list], dialog, nav')]"
        ".filter((e) => !(e.ariaLabel || e.textContent.trim() || e.labels?.length))"
        ".map((e) => e.outerHTML.slice(0, 80))"
    )
    assert nameless == []
    named = browser.evaluate(
        "[...document.querySelectorAll('.box')].every((e) => document.getElementById("
        "e.getAttribute('aria-labelledby')).textContent.trim())"
    )
    assert named


CONTRAST = """(() => {
  const rgb = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => (v /= 255) <= 0.03928 ? v / 12.92
    : ((v + 0.055) / 1.055) ** 2.4).reduce((s, v, i) => s + v * [0.2126, 0.7152, 0.0722][i], 0);
  const under = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e)
    .backgroundColor); if (c.length < 4 || c[3] === 1) return c; } return [255, 255, 255]; };
  const found = new Set();
  for (const e of document.querySelectorAll("span, h1, h2, button, p, li")) {
    if (!e.textContent.trim() || !e.offsetWidth || e.disabled) continue;
    if (rgb(getComputedStyle(e).color)[3] === 0) continue;
    const one = light(rgb(getComputedStyle(e).color)), other = light(under(e));
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < 4.5) found.add(`${e.className} ${e.textContent.slice(0, 30)} ${ratio.toFixed(2)}`);
  }
  return [...found];
})()"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read_on_its_ground(browser: Browser, page: Path, theme: str) -> None:
    """WCAG 2.2, 1.4.3: at least 4.5 to 1."""
    browser.resize(1280, 800)
    for at in (60, 226, 390):
        open_page(browser, page, f"?theme={theme}#event={at}")
        faint = [each for each in browser.evaluate(CONTRAST) if not each.startswith("gap")]
        assert faint == [], at


def test_it_plays_by_itself_until_it_is_told_to_stop(browser: Browser, page: Path) -> None:
    open_page(browser, page, "?lang=en")
    browser.press("+", "+", "+", "U")  # by changes
    assert browser.evaluate("document.getElementById('remark').textContent") == "by changes"
    browser.press("t")
    changes = "window.walkthrough.data.walk.changes"
    third = browser.evaluate(f"window.walkthrough.data.walk.events[{changes}[2]] + 1")
    browser.evaluate(
        f"new Promise((done) => {{ const look = () => location.hash.slice(7) >= {third} ? done(1)"
        " : requestAnimationFrame(look); look(); })"
    )
    assert browser.evaluate("document.body.classList.contains('playing')")
    browser.press("t")
    assert not browser.evaluate("document.body.classList.contains('playing')")
    assert event(browser) >= third


def test_a_printed_page_has_the_stages(browser: Browser, page: Path) -> None:
    browser.resize(1280, 800)
    open_page(browser, page, "?lang=en")
    assert browser.printed().startswith(b"%PDF")
    stages = browser.evaluate("document.querySelectorAll('#handout section h3').length")
    assert stages == 1 + browser.evaluate("window.walkthrough.data.walk.stages.length")
    assert "listenerBacklog" in browser.evaluate("document.getElementById('handout').textContent")


def test_an_embedded_page_has_the_panes_alone(browser: Browser, page: Path) -> None:
    open_page(browser, page, "?embed&pane=ladder")
    seen = (
        "[...document.querySelectorAll('header, footer, #goal-box')].filter((e) => e.offsetHeight)"
    )
    assert browser.evaluate(f"{seen}.length") == 0
    assert browser.evaluate("document.body.dataset.pane") == "ladder"


def test_a_page_that_is_cut_off_says_so(browser: Browser, page: Path, tmp_path: Path) -> None:
    text = page.read_text("utf-8")
    at = text.index('id="data">') + 5_000
    file = tmp_path / "cut.html"
    file.write_text(text[:at] + text[text.index("</script>", at) :], "utf-8")
    browser.open(file.as_uri())
    browser.evaluate(
        "new Promise((done) => { const look = () => document.getElementById('trouble').hidden ?"
        " requestAnimationFrame(look) : done(1); look(); })"
    )
    trouble = browser.evaluate("document.getElementById('trouble').textContent")
    assert "could not be unpacked" in trouble


def test_hostile_text_runs_nothing(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "hostile.html"
    recording = hostile_recording(tmp_path)
    assert main(["export", str(recording), "--to", "html", "-o", str(file)]) == 0
    open_page(browser, file)
    browser.press("End", "n", "b", "l", "Home")
    assert browser.evaluate("document.querySelectorAll('script').length") == 1
    assert browser.evaluate("document.querySelectorAll('img').length") == 0
    assert "</script>" in browser.evaluate("document.title")
    assert browser.errors == []
    assert [url for url in browser.requests if not url.startswith("data:")] == [file.as_uri()]


def test_a_question_leaves_the_current_line_in_sight(browser: Browser, page: Path) -> None:
    browser.resize(1280, 800)
    open_page(browser, page, "#event=54")
    browser.press("p", "n")
    assert browser.evaluate("!document.getElementById('quiz').hidden")
    inside = """new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
      const rows = document.querySelectorAll("#source-rows .m-here");
      const line = rows[rows.length - 1].getBoundingClientRect();
      const box = document.getElementById("source-box").getBoundingClientRect();
      done(line.top >= box.top && line.bottom <= box.bottom);
    })))"""
    assert browser.evaluate(inside)


def test_firefox_shows_the_same(page: Path, tmp_path: Path) -> None:
    with started_firefox(tmp_path / "profile") as browser:
        recording = SCENARIOS / COMPARED[0] / "recording.jsonl"
        count, wrong = differences(browser, recording, tmp_path)
        assert count > 20
        assert not wrong, "\n".join(wrong[:10])
        open_page(browser, page)
        browser.press("ArrowRight", "n")
        assert browser.evaluate("location.hash.startsWith('#event=')")
        assert browser.evaluate("performance.getEntriesByType('resource').length") == 0
        assert browser.errors == []
        browser.evaluate("window.dispatchEvent(new ErrorEvent('error', { message: 'seen' }))")
        assert browser.errors == ["seen"]  # or nothing that goes wrong would be noticed


PATH_ROWS = "[...document.querySelectorAll('#path-rows .row')].map((row) => row.textContent)"
POINTED = "document.querySelector('#path-rows .m-cursor')?.textContent"


def test_the_cursor_folds_a_stage_of_the_path_and_leads_to_a_step(
    browser: Browser, page: Path
) -> None:
    browser.resize(1280, 800)
    open_page(browser, page, "?lang=en#event=226")
    usual = browser.evaluate(PATH_ROWS)
    row = next(number for number, text in enumerate(usual) if "▸" in text)
    browser.press("1", *["k"] * len(usual))
    assert browser.evaluate(POINTED) == usual[0]
    browser.press(*["j"] * row)
    assert browser.evaluate(POINTED) == usual[row]
    browser.press("Enter")
    unfolded = browser.evaluate(PATH_ROWS)
    assert len(unfolded) > len(usual)
    assert "▾" in unfolded[row]
    browser.press("ArrowRight")  # it stays unfolded
    assert browser.evaluate(PATH_ROWS)[row : row + 2] == unfolded[row : row + 2]
    click = f"document.querySelectorAll('#path-rows .row')[{row}].click()"
    browser.evaluate(click)
    assert "▸" in browser.evaluate(PATH_ROWS)[row]
    browser.evaluate(click)
    at = event(browser)
    browser.press(*["k"] * len(unfolded), *["ArrowDown"] * (row + 1), "Enter")
    assert event(browser) < at
    browser.press("1")  # once more: zoom
    assert browser.evaluate("document.body.classList.contains('zoomed')")


def test_at_the_cursor_a_captured_packet_shows_its_options(
    browser: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "packets.html"
    assert main(["export", str(packets_recording(tmp_path)), "--to", "html", "-o", str(file)]) == 0
    browser.resize(1280, 800)
    open_page(browser, file, "?lang=en")
    browser.press("End", "6")
    shown = "document.querySelector('#ladder-svg .cursor')?.textContent || ''"
    count = browser.evaluate("document.querySelectorAll('#ladder-svg .ladder-row').length")
    found = []
    for _ in range(count):
        browser.press("ArrowUp")
        found.append(browser.evaluate(shown))
    assert all(found)
    assert any("mss 65495" in each for each in found)
    browser.press("Enter")
    assert event(browser) < browser.evaluate("window.walkthrough.data.walk.count")
    browser.press("3")
    assert browser.evaluate(shown) == ""


def test_a_step_goes_to_what_passes_the_filter(browser: Browser, page: Path) -> None:
    open_page(browser, page, "?lang=en")
    typed = "document.getElementById('filter-words').value"
    browser.press("F", *"call:accept4", "Enter")
    assert "steps that pass:" in browser.evaluate(
        "document.getElementById('filter-said').textContent"
    )
    reached: list[int] = []
    while not reached or event(browser) != reached[-1]:
        reached.append(event(browser))
        browser.press("ArrowRight")
    assert len(reached) > 2
    told = "document.getElementById('said-box').textContent"
    assert "accept4" in browser.evaluate(told)
    assert "No event ahead passes" in browser.evaluate(told)
    browser.press("ArrowLeft")
    assert event(browser) == reached[-2]
    browser.press("F")
    assert browser.evaluate(typed) == "call:accept4"
    browser.evaluate("document.getElementById('filter-words').value = 'fd:3'")
    browser.press("Enter")
    trouble = browser.evaluate("document.getElementById('filter-trouble').textContent")
    assert "does not know fd:3" in trouble
    browser.evaluate("document.getElementById('filter-words').value = ''")
    browser.press("Enter")
    assert browser.evaluate("document.getElementById('filter-said').hidden")


def test_the_filter_means_on_the_page_what_it_means_on_the_screen(
    browser: Browser, page: Path
) -> None:
    history = History.load(load(SCENARIOS / "first-connection" / "recording.jsonl"))
    open_page(browser, page)
    for text in ("stage:accept errors", "Step:accept4", "g:1 call:read,write", "error:eagain"):
        browser.press("F")
        browser.evaluate(f"document.getElementById('filter-words').value = {text!r}")
        browser.press("Enter")
        filter = parse(text, history.header.pid)
        starts = {history.step_start(index) for index in history.steps()}
        passing = sum(filter.passes_as_step(history.line(start)) for start in starts)
        said = browser.evaluate("document.getElementById('filter-said').textContent")
        assert re.findall(r"\d+$|: (\d+)", said.split("  ")[1])[-1] == str(passing), text


@pytest.mark.parametrize(("key", "form", "typed"), [("F", "filter", "errors"), ("g", "goto", "9")])
def test_a_key_right_after_a_dialog_is_one_for_the_page(
    browser: Browser, page: Path, key: str, form: str, typed: str
) -> None:
    """What was typed into has the focus still: no picture has been drawn in between."""
    open_page(browser, page)
    browser.press(key)
    browser.evaluate("document.activeElement.value = '" + typed + "'")
    left = browser.evaluate(f"""
        document.getElementById("{form}-form").requestSubmit();
        const left = document.activeElement;
        left.dispatchEvent(new KeyboardEvent("keydown", {{key: "F", bubbles: true}}));
        left.tagName""")
    assert left == "INPUT"
    assert browser.evaluate("document.querySelector('dialog[open]')?.id") == "filter-dialog"


def test_bookmarks_are_in_the_address(browser: Browser, page: Path) -> None:
    open_page(browser, page, "?lang=en#event=226")
    first = event(browser)
    browser.press("m", "n", "n", "m")
    second = event(browser)
    assert browser.evaluate("location.hash") == f"#event={second}&marks={first},{second}"
    assert browser.evaluate("document.querySelectorAll('#timeline .bookmark').length") == 2
    browser.press("[")
    assert event(browser) == first
    browser.press("[")
    assert "no bookmark before" in browser.evaluate("document.getElementById('remark').textContent")
    browser.press("]", "M", "Tab", "Enter")
    open_page(browser, page, f"?lang=en#event=1&marks={first},{second},x,-1,99999999")
    browser.press("M")
    rows = "document.querySelectorAll('#bookmark-list .to').length"
    assert browser.evaluate(rows) == 3  # what is beyond the end is at the end
    browser.evaluate("document.querySelector('#bookmark-list button:not(.to)').click()")
    assert browser.evaluate(rows) == 2
    browser.evaluate("document.querySelector('#bookmark-list .to').click()")
    assert event(browser) == second


def test_paper_is_light_whatever_the_screen_is(browser: Browser, page: Path) -> None:
    ink = "getComputedStyle(document.documentElement).getPropertyValue('--ink').trim()"
    open_page(browser, page, "?theme=light")
    light = browser.evaluate(ink)
    open_page(browser, page, "?theme=dark")
    assert browser.evaluate(ink) != light
    browser.call("Emulation.setEmulatedMedia", media="print")
    assert browser.evaluate(ink) == light
    browser.call("Emulation.setEmulatedMedia", media="")


def test_of_a_program_without_source_the_calls_have_the_place(
    browser: Browser, page: Path, tmp_path: Path
) -> None:
    file = tmp_path / "calls.html"
    recording = packets_recording(tmp_path)  # no line of source, no goal
    assert main(["export", str(recording), "--to", "html", "-o", str(file)]) == 0
    browser.resize(1280, 800)
    open_page(browser, file, "?lang=en&pane=source")
    seen = "[...document.querySelectorAll('.pane')].filter((e) => e.offsetHeight).map((e) => e.id)"
    assert "pane-source" not in browser.evaluate(seen)
    assert browser.evaluate("document.getElementById('goal-box').offsetHeight") == 0
    for key, said in (("2", "no source to show"), ("i", "of no scenario")):
        browser.press(key)
        assert said in browser.evaluate("document.getElementById('remark').textContent")
    open_page(browser, page)
    assert "pane-source" in browser.evaluate(seen)
