"""What is written is GIFT: read by its rules it gives back each question and what it says."""

import html
import io
import re
from pathlib import Path

import pytest

from tests.support.written import written
from walkthrough.export.quiz import to_gift
from walkthrough.i18n.catalogue import catalogue
from walkthrough.lesson.lesson import lesson_for
from walkthrough.model.events import CaptureEnded
from walkthrough.quiz.walk_questions import questions_of
from walkthrough.recording.file import RecordingError, load
from walkthrough.scenario import loader as scenarios
from walkthrough.state.history import History
from walkthrough.view.text import safe

QUESTION = re.compile(
    r"::(?P<title>(?:\\.|[^\\:])+)::\[html\](?P<ask>(?:\\.|[^\\{])+) \{\n(?P<answers>(?:  .*\n)+)\}"
)
ANSWER = re.compile(
    r"  (?P<sign>[=~])(?P<text>(?:\\.|[^\\#~=])+)(?:#(?P<feedback>(?:\\.|[^\\#~=])+))?"
)
GENERAL = re.compile(r"  ####((?:\\.|[^\\])+)")


def plain(text: str) -> str:
    return html.unescape(re.sub(r"\\(.)", r"\1", text))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", ["first-connection", "backlog-full"])
def test_each_question_is_read_back(name: str, language: str) -> None:
    path = scenarios.find(name) / scenarios.RECORDING
    out, tr = io.BytesIO(), catalogue(language)
    to_gift(load(path), out, language=language)
    history = History.load(load(path))
    wanted = [
        each
        for each in questions_of(history, lesson_for(history.header).questions)
        if each.right is not None
    ]
    document = out.getvalue().decode()
    assert document.startswith(f"$CATEGORY: walkthrough/{name}\n")
    found = list(QUESTION.finditer(document))
    assert len(found) == len(wanted) > 3
    for question, asked in zip(found, wanted, strict=True):
        assert plain(question["ask"]) == safe(tr.text(asked.ask))
        *answers, general = question["answers"].splitlines()
        assert len(answers) == len(asked.options)
        for number, (line, option) in enumerate(zip(answers, asked.options, strict=True)):
            answer = ANSWER.fullmatch(line)
            assert answer is not None, line
            assert (answer["sign"] == "=") == (number == asked.right)
            assert plain(answer["text"]) == safe(tr.text(option.text))
            why = asked.why if number == asked.right else option.why
            assert why is not None
            assert plain(answer["feedback"]) == safe(tr.text(why))
        told = GENERAL.fullmatch(general)
        assert told is not None
        assert asked.why is not None
        assert plain(told[1]).startswith(safe(tr.text(asked.why)))


def test_nothing_to_ask_is_said(tmp_path: Path) -> None:
    path = written(tmp_path / "end.jsonl", [CaptureEnded(seq=0, time_ns=0, reason="finished")])
    with pytest.raises(RecordingError, match="nothing that could be asked about"):
        to_gift(load(path), io.BytesIO(), language="en")
