"""Codes of languages."""

import re
from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

ENGLISH: "Final" = "en"
"""The language that everything is said in; what another one lacks is said in it."""

CODE: "Final" = "[a-z]{2,3}(_[A-Z]{2}|_[A-Z][a-z]{3})?"
"""A language's code, as a regular expression."""


@lru_cache(maxsize=64)  # every text of every scenario asks about the same few
def is_language(code: str) -> bool:
    """Return whether ``code`` may be a language's: ``de``, ``pt_BR``, ``zh_Hant``."""
    return re.fullmatch(CODE, code) is not None
