"""``walkthrough check`` and a lesson that nobody would see: a failure with file and line."""

import sys
from pathlib import Path

import msgspec
import pytest

from tests.support.need import need
from walkthrough.capture.environment.doctor import can_trace_go
from walkthrough.capture.workers.unattended import RunOutcome, ScenarioVerdict
from walkthrough.cli import main
from walkthrough.scenario import loader as scenarios

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(sys.platform != "linux", reason="the servers need Linux"),
]

SCENARIO = """
network = "tcp"
address = "127.0.0.1:0"
timeout_s = 20
title = { en = "A walk", zh = "走一遍" }
summary = { en = "A walk.", zh = "走一遍。" }
end = { when = "while accept is parked" }
"""
LESSON = """\
[[note]]
id = "walk.accept"
function = "net.(*netFD).accept"
text = "wrapSyscallError("
python = 'SyscallError("accept4"'
en = "A note."
zh = "注。"

[[question]]
id = "walk.next"
when = "after listen"
ask = { en = "What?", zh = "什么？" }
choice = [{ en = "This.", zh = "这个。", right = true }, { en = "That.", zh = "那个。" }]
why = { en = "So it is.", zh = "就是这样。" }
"""


def checked(
    folder: Path, server: str, capsys: pytest.CaptureFixture[str], *changes: tuple[str, str]
) -> ScenarioVerdict:
    lesson = LESSON
    for old, new in changes:
        assert old in lesson
        lesson = lesson.replace(old, new)
    folder.mkdir()
    (folder / "scenario.toml").write_text(SCENARIO, "utf-8")
    (folder / "lesson.toml").write_text(lesson, "utf-8")
    main(["check", "--server", server, "--json", str(folder)])
    (verdict,) = msgspec.json.decode(capsys.readouterr().out, type=list[ScenarioVerdict])
    return verdict


@pytest.mark.parametrize("server", ["go", "python"])
def test_a_lesson_that_nobody_would_see_fails(
    server: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(scenarios.ELSEWHERE, "")
    if server == "go":
        need(*can_trace_go())
    (tmp_path / "bad").mkdir()
    assert checked(tmp_path / "walk", server, capsys).why == ()
    verdict = checked(
        tmp_path / "bad" / "walk",
        server,
        capsys,
        ("wrapSyscallError(", "wrapSyscalError("),
        ('SyscallError("accept4"', "SyscalError("),
        ("after listen", "after read"),
    )
    assert verdict.outcome is RunOutcome.FAILED
    question, note = verdict.why
    assert question == (
        "walk/lesson.toml, line 11 (question 1): 'after read' was never reached, so the question "
        "is never asked."
    )
    line, text = (3, "wrapSyscalError(") if server == "go" else (5, "SyscalError(")
    said = f"walk/lesson.toml, line {line} (note 1): {text!a} is not on exactly one line of"
    assert str(note).startswith(f"{said} net.(*netFD).accept")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "zh: 2 texts are missing, and shown in English: title, note walk.accept."),
        ("zh", "zh：缺少 2 个文本，将以英文显示：title、note walk.accept。"),
    ],
)
def test_texts_that_a_language_lacks_are_named_and_fail_nothing(
    language: str,
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(scenarios.ELSEWHERE, "")
    folder = tmp_path / "walk"
    folder.mkdir()
    half = SCENARIO.replace('"A walk", zh = "走一遍"', '"A walk"')
    (folder / "scenario.toml").write_text(half, "utf-8")
    (folder / "lesson.toml").write_text(LESSON.replace('zh = "注。"\n', ""), "utf-8")
    assert main(["check", "--server", "python", "--lang", language, str(folder)]) == 0
    assert f"walk:\n  {said}\n" in capsys.readouterr().out
