"""What the Chinese catalogue says is Chinese: in its characters, and in its punctuation."""

import re

import pytest

from walkthrough.i18n.catalogue import catalogue

CHINESE = re.compile(r"[\u4e00-\u9fff]")
_HAN = r"[\u4e00-\u9fff\u3000-\u303f\uff00-\uffef]"
HALF_WIDTH = re.compile(rf"{_HAN}[,;:!?)]|{_HAN}\.(?:\s|$)|[,;:!?(]{_HAN}")
"""Punctuation of English beside Chinese."""
PHRASE = re.compile(r"(?<![\w.])[A-Za-z][a-z]+(?: [a-z]{2,}){3,}")
"""Four English words in a row."""
QUOTED = re.compile(r"`[^`]*`|'[^']*'|\"[^\"]*\"|sudo sysctl \S+|pip install \S+|::\S*")
"""What is typed, quoted, or an address is the same in every language."""

NAMES = {
    "LISTEN, backlog {most}",
    "Linux {release}, WSL 2",
    "Python",
    "Sockets",
    "epoll",
    "epoll: fd {fd} {events}",
    "eventfd",
    "fd {fd} {events}",
    "fd {fd} {state}",
    "goroutine {number}",
    "recv-q {count}",
    "send-q {count}",
    "socket",
    "strace",
    "{kind}: {right} of {counted}",
    "{number} of {count}",
    "{socket} backlog {change}",
}
"""What is the same in every language: names of the kernel's, of Go's, of programs; numbers."""


def sentences() -> dict[str, str]:
    """Return every message with words of its own, and what it says in Chinese."""
    known: dict[object, str] = vars(catalogue("zh")._translations)["_catalog"]
    said = {
        str(key[0] if isinstance(key, tuple) else key).rpartition("\4")[2]: chinese
        for key, chinese in known.items()
    }
    return {
        english: chinese
        for english, chinese in said.items()
        if re.search("[a-z]{2}", re.sub(r"\{\w+\}", "", english))
    }


def test_every_message_has_chinese_in_it() -> None:
    assert len(sentences()) > 150
    foreign = {english for english, chinese in sentences().items() if not CHINESE.search(chinese)}
    assert foreign == NAMES


@pytest.mark.parametrize("mistake", [HALF_WIDTH, PHRASE], ids=["half-width punctuation", "English"])
def test_nothing_in_it_is_english(mistake: re.Pattern[str]) -> None:
    wrong = {
        chinese for chinese in sentences().values() if mistake.search(QUOTED.sub('"', chinese))
    }
    assert not wrong


def test_a_sentence_ends_as_one() -> None:
    ends = {".": "。", "?": "？"}
    for english, chinese in sentences().items():
        if english[-1] in ends and english[0].isupper() and not english.endswith("..."):
            assert chinese[-1] == ends[english[-1]], chinese
