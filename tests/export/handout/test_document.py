"""The handout has the walk's stages, questions and their key, and nothing in it runs or loads."""

import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.support.written import written
from walkthrough.export.handout.document import to_handout
from walkthrough.export.handout.stages import MOST_SECTIONS
from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    CaptureEnded,
    FunctionEntered,
    FunctionReturned,
    Header,
    OutputWritten,
)
from walkthrough.model.stages import Stage
from walkthrough.model.values import Argument, Data
from walkthrough.recording.file import RecordingError, load
from walkthrough.scenario import loader as scenarios

EVIL = "</pre><script>alert(1)</script>\x1b]0;x\x07\u202e"


class Elements(HTMLParser):
    """Collects a document's elements and the text of each kind."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(document)
        assert not self._open, "an element was not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            assert not name.startswith("on")
            assert name not in ("href", "src"), f"{tag} loads {value}"
        if tag != "meta":
            self._open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in set(self._open):
            self.texts[tag][-1] += data


def exported(path: Path, language: str = "en", *, payload: bool = True, source: bool = True) -> str:
    out = io.BytesIO()
    to_handout(load(path), out, language=language, payload=payload, source=source)
    return out.getvalue().decode()


def recording(name: str) -> Path:
    return scenarios.find(name) / scenarios.RECORDING


@pytest.mark.parametrize("language", ["en", "zh"])
def test_stages_questions_and_key(language: str) -> None:
    tr = catalogue(language)
    document = Elements(exported(recording("first-connection"), language))
    headings = document.texts["h2"]
    stages = [re.sub(r"^\d+\. | .*", "", each) for each in headings if re.match(r"\d+\. ", each)]
    assert stages[:4] == ["resolveAddrList", "sysSocket", "setDefaultSockopts", "pollServerInit"]
    assert [tr("Ladder"), tr("Questions"), tr("Key to the questions")] == [
        each for each in headings if not re.match(r"\d", each) and each != tr("Goals")
    ][:3]
    assert set(document.tags).isdisjoint({"script", "img", "iframe", "link", "form"})
    calls = "\n".join(document.texts["pre"])
    for call in ("socket(AF_INET", "bind(3", "listen(3", "accept4("):
        assert call in calls


def test_every_recording_gives_a_whole_document() -> None:
    for name in ("backlog-full", "echo-udp", "two-queues"):
        if name in scenarios.names():
            assert "h2" in Elements(exported(recording(name), source=False)).tags


def hostile(tmp_path: Path) -> Path:
    events: list[AnyEvent] = [
        FunctionEntered(
            seq=0, time_ns=0, goroutine=1, span=1, function=EVIL, stage=Stage.BIND, mark="bind"
        ),
        CallEntered(seq=1, time_ns=1, goroutine=1, thread=7, span=2, parent=1, call="write"),
        CallReturned(
            seq=2,
            time_ns=2,
            goroutine=1,
            thread=7,
            span=2,
            parent=1,
            call="write",
            arguments=(Argument("buf", Data(EVIL.encode(), 9)),),
        ),
        OutputWritten(seq=3, time_ns=3, stream=1, data=EVIL.encode()),
        CaptureEnded(seq=4, time_ns=4, reason="finished"),
    ]
    return written(tmp_path / "evil.jsonl", events, Header(command=(EVIL,), scenario=EVIL, pid=7))


def test_nothing_that_a_recording_holds_becomes_markup(tmp_path: Path) -> None:
    document = exported(hostile(tmp_path))
    assert "<script" not in document
    assert "alert(1)" in document
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202e]", document)
    Elements(document)


def test_without_payload_and_without_source() -> None:
    path = recording("first-connection")
    assert "hello from the first client" in exported(path)
    assert "hello from the first client" not in exported(path, payload=False)
    assert "Copyright" not in exported(path, source=False)


def test_many_stages_are_cut_and_that_is_said(tmp_path: Path) -> None:
    events: list[AnyEvent] = []
    for number in range(MOST_SECTIONS + 3):
        at = 2 * number
        enter = FunctionEntered(
            seq=at,
            time_ns=at,
            goroutine=1,
            span=number + 1,
            stage=Stage.ACCEPT,
            function="net.(*TCPListener).Accept",
            mark="accept",
        )
        leave = FunctionReturned(
            seq=at + 1, time_ns=at + 1, goroutine=1, span=number + 1, function=enter.function
        )
        events += [enter, leave]
    events.append(CaptureEnded(seq=len(events), time_ns=len(events), reason="finished"))
    out = io.BytesIO()
    said = to_handout(load(written(tmp_path / "many.jsonl", events)), out, language="en")
    assert str(said) == f"The handout has the first {MOST_SECTIONS} stages: 3 more are left out."


def test_an_empty_recording(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="holds no event"):
        exported(written(tmp_path / "empty.jsonl", []))
