"""What msgspec says of broken data is a message: the same in English, and Chinese in Chinese."""

import re
from typing import Annotated

import msgspec
import pytest

from walkthrough.i18n.catalogue import catalogue
from walkthrough.i18n.decoding_errors import decoding_error
from walkthrough.i18n.messages import Message
from walkthrough.model.events import AnyEvent

BROKEN = (
    b"{",
    b'{"a" 1}',
    b'{"a":1 2}',
    b"[1 2]",
    b'{"a":1,}',
    b"[1,]",
    b'{"a":"\\q"}',
    b'{"a":01}',
    b"{a:1}",
    b"{} x",
    b'{"a":"\x01"}',
    b'"\\ud800"',
    b'"\\u12',
    b'"\\u12zz"',
    b'"\xff"',
    b'{"type":"foo"}',
    b'{"type":"signal_delivered"}',
    b'{"type":"signal_delivered","seq":"x"}',
    b'{"type":"thread_started","seq":1,"time_ns":1,"stage":"x"}',
    b'{"type":"signal_delivered","seq":1e400}',
    b"7",
)


def failure(data: bytes, kind: object = AnyEvent) -> Exception:
    with pytest.raises((msgspec.MsgspecError, ValueError)) as caught:
        msgspec.json.decode(data, type=kind)
    return caught.value


@pytest.mark.parametrize("data", BROKEN, ids=map(repr, BROKEN))
def test_it_says_in_english_what_msgspec_says_and_in_chinese_the_same(data: bytes) -> None:
    error = failure(data)
    said = decoding_error(error)
    assert isinstance(said, Message)
    assert str(said).replace("enum value", "value") == str(error).replace("enum value", "value")
    chinese = re.sub("`[^`]*`|'[^']*'", "", catalogue("zh")(said))
    assert re.search("[\u4e00-\u9fff]", chinese)
    assert not re.search("[a-z]{3,} [a-z]{3,}", chinese)


@pytest.mark.parametrize(
    ("kind", "data", "chinese"),
    [
        (Annotated[int, msgspec.Meta(ge=0)], b"-1", "`int` 应 >= 0"),
        (Annotated[str, msgspec.Meta(max_length=2)], b'"abc"', "`str` 的长度应 <= 2"),
        (list[Annotated[int, msgspec.Meta(ge=0)]], b"[-1]", "`$[0]` 处：`int` 应 >= 0"),
    ],
)
def test_a_bound_is_told(kind: object, data: bytes, chinese: str) -> None:
    error = failure(data, kind)
    said = decoding_error(error)
    assert str(said) == str(error)
    assert catalogue("zh").text(said) == chinese


def test_what_is_worded_otherwise_is_told_as_it_is_and_does_nothing_to_a_terminal() -> None:
    assert decoding_error(ValueError("something \x1b[2J new")) == "something \\x1b[2J new"
    assert str(decoding_error(ValueError("Invalid value '\x1b[2J'"))) == "Invalid value '\\x1b[2J'"
