"""The page: one file, that asks for nothing, in which hostile text is text."""

import base64
import hashlib
import html.parser
import json
import re
from pathlib import Path

import pytest

from tests.export.html.conftest import (
    FIRST,
    SHORT,
    WrittenPage,
    data_of,
    hostile_recording,
    written_page,
)
from walkthrough.cli import main
from walkthrough.export.html.packing import unpacked
from walkthrough.recording.file import RecordingError


class Markup(html.parser.HTMLParser):
    """Elements, attributes, and what scripts and styles hold."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.held: list[tuple[str, str]] = []
        self._last = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._last = tag
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        if self._last in ("script", "style"):
            self.held.append((self._last, data))

    def handle_endtag(self, tag: str) -> None:
        self._last = ""

    @property
    def policy(self) -> str:
        return next(
            v for t, n, v in self.attributes if (t, n) == ("meta", "content") and "src" in v
        )


def texts_of(page: WrittenPage) -> set[str]:
    rows = page.data["walk"]["rows"]
    return {text for row in rows for text in row[2::2]}


def test_it_is_one_file_that_asks_for_nothing(first_connection: WrittenPage) -> None:
    markup = Markup(first_connection.text)
    named = {name for _, name, _ in markup.attributes}
    assert not named & {"src", "srcset", "action", "style", "onclick", "onload", "background"}
    links = [value for tag, name, value in markup.attributes if name == "href"]
    assert all(link.startswith(("data:", "#")) for link in links), links
    assert not re.search(r"\b(fetch|XMLHttpRequest|WebSocket|import)\s*\(", first_connection.text)
    assert "@import" not in first_connection.text
    assert "url(" not in first_connection.text


def test_script_and_style_are_those_that_the_policy_names(first_connection: WrittenPage) -> None:
    markup = Markup(first_connection.text)
    held = [content for _, content in markup.held if len(content) > 100]
    digests = [
        f"'sha256-{base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()}'"
        for each in held
    ]
    named = re.findall(r"'sha256-[^']+'", markup.policy)
    assert len(named) == 2
    assert set(named) <= set(digests)
    assert "innerHTML" not in first_connection.text
    assert "unsafe" not in markup.policy


def test_it_is_small(first_connection: WrittenPage) -> None:
    assert len(first_connection.text.encode()) <= 250_000


def test_everything_is_there_in_every_language(first_connection: WrittenPage) -> None:
    data = first_connection.data
    assert data["languages"] == ["en", "zh"]
    panes = data["walk"]["panes"]
    assert (
        {*panes["en"]}
        == {*panes["zh"]}
        >= {
            *("said", "note", "path", "source", "calls", "kernel", "ladder", "facts", "goal"),
        }
    )
    steps = len(data["walk"]["events"])
    assert {len(track) for of in panes.values() for track in of.values()} == {steps}
    for part in ("labels", "titles", "keys", "about", "timeline", "questions"):
        assert {*data[part]} == {"en", "zh"}
    assert {*data["labels"]["en"]} == {*data["labels"]["zh"]}
    assert len(data["questions"]["en"]) == len(data["questions"]["zh"]) > 3
    assert first_connection.remark == ""


def test_what_the_markup_says_by_name_is_among_the_labels(first_connection: WrittenPage) -> None:
    named = {
        v for _, n, v in Markup(first_connection.text).attributes if n in ("data-say", "data-label")
    }
    script = first_connection.text.rsplit("<script>", 1)[1]
    named |= {*re.findall(r'\bsay\("(\w+)"', script)}
    labels = {*first_connection.data["labels"]["en"]}
    assert named | {"by_events", "by_changes", "by_stages", "name"} == labels


def test_lines_of_go_come_with_its_notice_and_can_be_left_out(
    first_connection: WrittenPage,
) -> None:
    about = json.dumps(first_connection.data["about"])
    assert "The Go Authors" in about
    assert any("fd.pfd.Accept()" in text or "pfd" in text for text in texts_of(first_connection))
    without = written_page(FIRST, source=False)
    assert "The Go Authors" not in json.dumps(without.data["about"])
    assert not any("pfd" in text and ":=" in text for text in texts_of(without))
    assert "149 " in texts_of(without)  # the line's number, and its note below
    assert len(without.text) < len(first_connection.text)


def test_payload_can_be_left_out(first_connection: WrittenPage) -> None:
    def tells(page: WrittenPage) -> bool:
        return any("hello" in text for text in texts_of(page))

    assert tells(first_connection)
    assert not tells(written_page(FIRST, payload=False))


def test_hostile_text_stays_text(first_connection: WrittenPage, tmp_path: Path) -> None:
    page = written_page(hostile_recording(tmp_path))
    assert Markup(page.text).tags == Markup(first_connection.text).tags
    assert "alert(1)" not in page.text.split("<title>")[0]
    said = json.dumps(page.data, ensure_ascii=False)
    assert "alert(1)" in said  # it is told
    assert not {*"\u202e\x1b"} & {*said}  # and what a terminal or a browser would obey is escaped
    title = re.search("<title>(.*)</title>", page.text)
    assert title is not None
    assert "&lt;/script&gt;" in title[1]


def test_a_torn_recording_is_a_page_that_says_so(tmp_path: Path) -> None:
    torn = tmp_path / "torn.jsonl"
    torn.write_bytes(FIRST.read_bytes()[:60_000])
    page = written_page(torn)
    assert "breaks off" in str(page.remark)
    assert "breaks off" in page.data["remarks"]["en"][0]
    assert str(torn.parent) not in page.data["remarks"]["en"][0]  # a page is handed out
    assert page.data["remarks"]["zh"] != page.data["remarks"]["en"]


def test_a_recording_without_an_event_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text(FIRST.read_text("utf-8").splitlines()[0] + "\n", "utf-8")
    with pytest.raises(RecordingError, match=r"empty\.jsonl holds no event"):
        written_page(empty)


def test_what_is_too_long_for_a_page_is_left_out_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("walkthrough.export.html.page.MOST_STEPS", 12)
    page = written_page(SHORT)
    assert len(page.data["walk"]["events"]) == 12
    assert "first 12 steps" in str(page.remark)
    assert "first 12 steps" in page.data["remarks"]["en"][0]
    reach = page.data["walk"]["events"][-1]
    assert all(asked["at"] <= reach for asked in page.data["questions"]["en"])


def test_without_the_go_that_ran_it_is_told(tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    other.write_bytes(SHORT.read_bytes().replace(b'"go_version":"go1.', b'"go_version":"go1.9', 1))
    page = written_page(other)
    assert "is not on this machine, so the page has no lines of Go" in str(page.remark)
    assert any("pip install" in text for text in texts_of(page))


def test_the_command_takes_a_scenario_and_replaces_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "page.html"
    command = ["export", "out-of-descriptors-at-socket", "--to", "html", "-o", str(out)]
    assert main([*command, "--no-source", "--no-payload"]) == 0
    assert unpacked(data_of(out.read_text("utf-8")))["walk"]["events"]
    assert main(command) == 2
    assert "exists: replace it with --force" in capsys.readouterr().err
    assert main(["export", str(FIRST), "--to", "json", "--no-source"]) == 2
    assert "--no-source makes no difference to json" in capsys.readouterr().err
