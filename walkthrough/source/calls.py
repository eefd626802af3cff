"""Reads the calls in a line of Go or of Python: how they look, and what only looks like one."""

import re

from walkthrough.source.pairing import code_of

CALL = re.compile(r"(?P<of>(?:[A-Za-z_]\w*(?:\(\))?\.)*)(?P<name>[A-Za-z_]\w*)\(")
_QUOTED = re.compile(r"""("[^"]*"|`[^`]*`|'[^']*')""")
_NOT_CALLED = """
    append bool byte cap close copy delete error float64 func if int int32 int64 len make max min
    new panic print println recover return string switch throw uint uint32 uint64 uint8 uintptr for
    range select bytearray bytes isinstance suppress super and elif in not or while
"""
NO_FUNCTIONS = frozenset(_NOT_CALLED.split())
"""Words before a bracket that are no functions of the source's: keywords, types, built-ins."""


def bare(line: str) -> str:
    """Return a line without comment, and without what is quoted."""
    return code_of(_QUOTED.sub('""', line))
