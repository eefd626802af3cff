"""Says in Chinese what the layers below say in English: whole sentences, known by their pattern.

So does the command line, for what opens the screen or refuses to; its other commands are English.
What is not known here is left as it is, and said to be a quotation; `tests/tui/test_languages.py`
makes sure that everything is known.
"""

import re
from functools import cache, lru_cache

from walkthrough.i18n.catalogue import catalogue
from walkthrough.i18n.messages import Message
from walkthrough.view.translated_captures import CAPTURES
from walkthrough.view.translated_files import FILES
from walkthrough.view.translated_reach import REACH

UNKNOWN = "（原文）{sentence}"
"""What stands for a sentence that has no translation."""

SENTENCES: dict[str, str] = {**FILES, **CAPTURES, **REACH}
"""Sentence in English, with ``{}`` for what differs, and in Chinese, with it by number."""


def spoken(sentence: Message | str, language: str) -> str:
    """Return what a layer below says in English, in ``language`` (``en`` or ``zh``)."""
    if isinstance(sentence, Message):
        return catalogue(language)(sentence)
    if language != "zh" or not sentence:
        return sentence
    known = in_chinese(sentence)
    return UNKNOWN.format(sentence=sentence) if known is None else known


def quoted(text: Message | str, language: str) -> str:
    """Return what a sentence of the screen's quotes: as it is, where it is not known."""
    if isinstance(text, Message):
        return catalogue(language)(text)
    return (in_chinese(text) or text) if language == "zh" else text


@lru_cache(maxsize=256)
def in_chinese(sentence: str) -> str | None:
    """Return a sentence in Chinese; None if it is not known."""
    if len(sentence) > 1000:
        return None
    for pattern, chinese in _patterns():
        if match := pattern.fullmatch(sentence):
            # A sentence may quote another one.
            return chinese.format(*(in_chinese(part) or part for part in match.groups()))
    return None


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return all patterns: those with the most words of their own first."""
    by_words = sorted(SENTENCES, key=lambda english: (-len(english.replace("{}", "")), english))
    return tuple(
        (
            re.compile("(.+?)".join(map(re.escape, english.split("{}"))), re.I | re.S),
            SENTENCES[english],
        )
        for english in by_words
    )
