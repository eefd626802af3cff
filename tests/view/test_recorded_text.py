"""Sentences of recordings in another language: of this program's, of older and of newer ones."""

import msgspec

from walkthrough.i18n.catalogue import catalogue
from walkthrough.i18n.messages import message
from walkthrough.model.kernel_state import KernelState, unavailable
from walkthrough.view.recorded_text import recorded_text

EN, ZH = catalogue("en"), catalogue("zh")
GONE = message(
    "Descriptors of process {process}: {why}", process=7, why=message("Permission denied")
)


def said_of(recorded: bytes) -> list[tuple[str, str]]:
    """Return what is said of what the kernel's state in a recording lacks, in both languages."""
    state = msgspec.json.decode(recorded, type=KernelState)
    return [(recorded_text(each, EN), recorded_text(each, ZH)) for each in state.reasons()]


def test_a_recording_of_now_is_said_in_chinese() -> None:
    texts, reasons = unavailable([GONE])
    state = KernelState(unavailable=texts, unavailable_reasons=reasons)
    assert said_of(msgspec.json.encode(state)) == [
        ("Descriptors of process 7: Permission denied", "进程 7 的描述符：权限不足")
    ]


def test_one_of_before_is_quoted_in_english() -> None:
    recorded = b'{"unavailable":["Descriptors of process 7: Permission denied"]}'
    assert said_of(recorded) == [
        (
            "Descriptors of process 7: Permission denied",
            "（原文）Descriptors of process 7: Permission denied",
        )
    ]


def test_a_sentence_without_fields_is_found_whole_in_one_of_before() -> None:
    text = "queues and the other ends: this view is told from the calls of a log"
    assert said_of(msgspec.json.encode(KernelState(unavailable=(text,)))) == [
        (text, "队列和另一端：这里的状态是从日志里的调用推断的")
    ]


def test_one_of_a_newer_program_is_quoted_too() -> None:
    recorded = (
        b'{"unavailable":["Nobody knows of 3."],'
        b'"unavailable_reasons":[{"id":"Nobody knows of {fd}.","fields":{"fd":3}}]}'
    )
    assert said_of(recorded) == [("Nobody knows of 3.", "（原文）Nobody knows of 3.")]


def test_braces_in_a_recording_stay_as_they_are() -> None:
    recorded = msgspec.json.encode(KernelState(unavailable=("{{x}} {text} \x1b[2J",)))
    assert said_of(recorded) == [("{{x}} {text} \x1b[2J", "（原文）{{x}} {text} \x1b[2J")]
